#pragma once
// The order of the hidden units: the network computes the same function in any, and a mask along
// rows keeps more in a good one.

#include "dataset.hpp"
#include "heddle/status.hpp"
#include "network.hpp"

namespace digits {

/// Finds for every layer but the first the order of its inputs in which 2:4 keeps the most
/// magnitude, and folds it in: the layer's columns, and the rows and biases of the layer before.
heddle::Status reorder_units(Network& network);

/// corrupt unless both networks give the same logits up to rounding. The bound follows from the
/// arithmetic, with no constant to tune: f32 sums of k products and a bias in any order are within
/// gamma = (k + 2) * 2^-24 of the sum of magnitudes, and what comes in with an error e goes out with
/// sum |w| e more; either network may be off by that much.
heddle::Status require_same_function(const Network& network, const Network& reordered,
                                     const Dataset& data);

}  // namespace digits
