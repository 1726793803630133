#pragma once
// What a method's mask keeps.

#include <cstdint>

#include "heddle/mask.hpp"
#include "heddle/method.hpp"
#include "heddle/tensor.hpp"
#include "host/cli/options.hpp"
#include "host/cli/report.hpp"

namespace heddle::cli {

/// A mask with memory of its own, without gaps.
struct OwnMask {
  Buffer memory;
  TensorMask view;
};
OwnMask make_mask(const ConstTensorView& weight);

/// The statistics of a tensor under the mask that ranks it by itself.
Result<MaskStats> method_stats(const Options& options, const MaskMethod& method,
                               const ConstTensorView& weight, Ranking ranking = Ranking::magnitude);

}  // namespace heddle::cli
