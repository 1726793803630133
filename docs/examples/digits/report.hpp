#pragma once
// What the demo measures, and how it is shown.

#include <cstddef>
#include <string>
#include <vector>

#include "plot.hpp"

namespace digits {

/// One way to prune, and what became of it. Accuracies are shares of the test set.
struct Variant {
  double l1_share = 0;                   // of the weights' magnitude, when pruned
  double pruned = 0, retrained = 0;      // f32
  std::vector<double> retrained_epochs;  // accuracy after each epoch
};

/// The ways, in the order of Outcome::variants.
struct Way {
  const char* name;
  const char* method;  // as Heddle names it
  bool tiles;
  bool reordered;
};
inline constexpr Way kWays[] = {{"2:4 along rows", "2:4", false, false},
                                {"2:4 along rows, reordered", "2:4", false, true},
                                {"2:4 tiles", "tile-exact-2:4", true, false},
                                {"2:4 tiles, reordered", "tile-exact-2:4", true, true}};

/// The measurements of one seed.
struct Outcome {
  double dense = 0;                  // f32
  std::vector<double> dense_epochs;  // accuracy after each epoch
  std::vector<Variant> variants;     // by kWays
  // Of the first way, deployed:
  double masked_half = 0, packed_half = 0;        // f16: masked dense loops, packed matmul
  std::size_t dense_bytes = 0, packed_bytes = 0;  // all weights, f16
  double deviation = 0, deviation_bound = 0;      // largest of the logits; see reference.hpp
};

/// The one table: mean and range over the seeds.
std::string table(const std::vector<Outcome>& outcomes);

/// Test accuracy over the epochs: training, the prune point, training again.
Chart accuracy_chart(const std::vector<Outcome>& outcomes);

double mean_dense(const std::vector<Outcome>& outcomes);
double mean_retrained(const std::vector<Outcome>& outcomes, std::size_t way);

}  // namespace digits
