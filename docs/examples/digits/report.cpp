#include "report.hpp"

#include <algorithm>
#include <cstdio>

namespace digits {
namespace {

struct Spread {
  double mean = 0, low = 0, high = 0;
};

Spread spread(const std::vector<double>& values) {
  Spread s{0, values.at(0), values.at(0)};
  for (double value : values) {
    s.mean += value / double(values.size());
    s.low = std::min(s.low, value);
    s.high = std::max(s.high, value);
  }
  return s;
}

Spread spread(const std::vector<Outcome>& outcomes, double Outcome::*field) {
  std::vector<double> values;
  for (const Outcome& outcome : outcomes) values.push_back(outcome.*field);
  return spread(values);
}

std::string row(const char* name, const char* format, const Spread& s, double scale) {
  std::string text(48, '\0'), line;
  const auto cell = [&](double value) {
    const int length = std::snprintf(text.data(), text.size(), format, value * scale);
    line += std::string(std::max(0, 12 - length), ' ') + std::string(text.c_str());
  };
  cell(s.mean), cell(s.low), cell(s.high);
  std::snprintf(text.data(), text.size(), "%-40s", name);
  return text.c_str() + line + "\n";
}

// The mean and range of one epoch, as a point of a curve, in percent.
void add_point(Curve& curve, double x, const std::vector<double>& values) {
  const Spread s = spread(values);
  curve.x.push_back(x);
  curve.mean.push_back(100 * s.mean);
  curve.low.push_back(100 * s.low);
  curve.high.push_back(100 * s.high);
}

}  // namespace

double mean(const std::vector<Outcome>& outcomes, double Outcome::*field) {
  return spread(outcomes, field).mean;
}

std::string table(const std::vector<Outcome>& outcomes) {
  const auto accuracy = [&](const char* name, double Outcome::*field) {
    return row(name, "%.2f %%", spread(outcomes, field), 100);
  };
  const auto bytes = [](const char* name, std::size_t count) {
    const double value = double(count);
    return row(name, "%.0f", {value, value, value}, 1);
  };
  const Outcome& any = outcomes.at(0);  // sizes do not depend on the seed
  char head[96];
  std::snprintf(head, sizeof head, "%-40s%12s%12s%12s\n", "", "mean", "lowest", "highest");
  std::string text = head;
  text += accuracy("accuracy: dense, f32", &Outcome::dense);
  text += accuracy("accuracy: pruned, f32", &Outcome::pruned);
  text += accuracy("accuracy: pruned and retrained, f32", &Outcome::retrained);
  text += accuracy("accuracy: the same, masked dense f16", &Outcome::masked_half);
  text += accuracy("accuracy: the same, packed f16", &Outcome::packed_half);
  text += bytes("weight bytes: dense f16", any.dense_bytes);
  text += bytes("weight bytes: packed f16", any.packed_bytes);
  text += row("largest |logit, packed - masked dense|", "%.2e",
              spread(outcomes, &Outcome::deviation), 1);
  text += row("the most that rounding explains", "%.2e",
              spread(outcomes, &Outcome::deviation_bound), 1);
  return text;
}

Chart accuracy_chart(const std::vector<Outcome>& outcomes) {
  const auto at = [&](std::vector<double> Outcome::*field, std::size_t epoch) {
    std::vector<double> values;
    for (const Outcome& outcome : outcomes) values.push_back((outcome.*field).at(epoch));
    return values;
  };
  Curve dense{"dense", "#1f5fa8", {}, {}, {}, {}};
  Curve sparse{"2:4, same recipe again", "#c8560b", {}, {}, {}, {}};
  const std::size_t epochs = outcomes.at(0).dense_epochs.size();
  for (std::size_t e = 0; e < epochs; ++e)
    add_point(dense, double(e + 1), at(&Outcome::dense_epochs, e));

  std::vector<double> pruned;
  for (const Outcome& outcome : outcomes) pruned.push_back(outcome.pruned);
  add_point(sparse, double(epochs), pruned);
  for (std::size_t e = 0; e < epochs; ++e) {
    add_point(sparse, double(epochs + e + 1), at(&Outcome::retrained_epochs, e));
  }
  return {"Handwritten digits: accuracy on the test images (mean and range of " +
              std::to_string(outcomes.size()) + " seeds)",
          "epoch",
          "accuracy, %",
          {dense, sparse},
          double(epochs),
          "pruned to 2:4"};
}

}  // namespace digits
