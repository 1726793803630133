#pragma once
// What the demo measures, and how it is shown.

#include <cstddef>
#include <string>
#include <vector>

#include "plot.hpp"

namespace digits {

/// The measurements of one seed. Accuracies are shares of the test set.
struct Outcome {
  double dense = 0, pruned = 0, retrained = 0;         // f32
  double masked_half = 0, packed_half = 0;             // f16: masked dense loops, packed matmul
  std::size_t dense_bytes = 0, packed_bytes = 0;       // all weights, f16
  double deviation = 0, deviation_bound = 0;           // largest of the logits; see reference.hpp
  std::vector<double> dense_epochs, retrained_epochs;  // accuracy after each epoch
};

/// The one table: mean and range over the seeds.
std::string table(const std::vector<Outcome>& outcomes);

/// Test accuracy over the epochs: training, the prune point, training again.
Chart accuracy_chart(const std::vector<Outcome>& outcomes);

double mean(const std::vector<Outcome>& outcomes, double Outcome::*field);

}  // namespace digits
