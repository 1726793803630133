#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

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

Spread spread(const std::vector<Outcome>& outcomes, std::size_t way, double Variant::*field) {
  std::vector<double> values;
  for (const Outcome& outcome : outcomes) values.push_back(outcome.variants.at(way).*field);
  return spread(values);
}

std::string line(const std::string& name, const std::vector<std::string>& cells) {
  std::string text = name + std::string(std::max<int>(0, 40 - int(name.size())), ' ');
  for (const std::string& cell : cells) {
    text += std::string(std::max<int>(0, 12 - int(cell.size())), ' ') + cell;
  }
  return text + "\n";
}

std::string cell(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string row(const char* name, const char* format, const Spread& s, double scale) {
  return line(name, {cell(format, s.mean * scale), cell(format, s.low * scale),
                     cell(format, s.high * scale)});
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

double mean_dense(const std::vector<Outcome>& outcomes) {
  return spread(outcomes, &Outcome::dense).mean;
}

double mean_retrained(const std::vector<Outcome>& outcomes, std::size_t way) {
  return spread(outcomes, way, &Variant::retrained).mean;
}

std::string table(const std::vector<Outcome>& outcomes) {
  const auto accuracy = [&](const std::string& name, const Spread& s) {
    return row(name.c_str(), "%.2f %%", s, 100);
  };
  const auto bytes = [](const char* name, std::size_t count) {
    const double value = double(count);
    return row(name, "%.0f", {value, value, value}, 1);
  };
  std::string text = line("", {"mean", "lowest", "highest", "L1 kept"});
  text += accuracy("accuracy: dense, f32", spread(outcomes, &Outcome::dense));
  for (std::size_t way = 0; way < std::size(kWays); ++way) {
    const std::string name = kWays[way].name;
    std::string one_shot = accuracy(name + ", one-shot", spread(outcomes, way, &Variant::pruned));
    one_shot.pop_back();
    const std::string kept = cell("%.2f %%", 100 * spread(outcomes, way, &Variant::l1_share).mean);
    one_shot.append(std::max<int>(0, 12 - int(kept.size())), ' ');
    text += one_shot += kept + "\n";
    text += accuracy(name + ", retrained", spread(outcomes, way, &Variant::retrained));
  }
  const Outcome& any = outcomes.at(0);  // sizes do not depend on the seed
  text += accuracy("2:4 along rows: masked dense f16", spread(outcomes, &Outcome::masked_half));
  text += accuracy("2:4 along rows: packed f16", spread(outcomes, &Outcome::packed_half));
  text += bytes("weight bytes: dense f16", any.dense_bytes);
  text += bytes("weight bytes: packed f16", any.packed_bytes);
  text += row("largest |logit, packed - masked dense|", "%.2e",
              spread(outcomes, &Outcome::deviation), 1);
  text += row("the most that rounding explains", "%.2e",
              spread(outcomes, &Outcome::deviation_bound), 1);
  return text;
}

Chart accuracy_chart(const std::vector<Outcome>& outcomes) {
  const std::size_t epochs = outcomes.at(0).dense_epochs.size();
  const auto values = [&](const auto& of) {
    std::vector<double> all;
    for (const Outcome& outcome : outcomes) all.push_back(of(outcome));
    return all;
  };
  Curve dense{"dense", "#1f5fa8", {}, {}, {}, {}};
  for (std::size_t e = 0; e < epochs; ++e) {
    add_point(dense, double(e + 1), values([&](const Outcome& o) { return o.dense_epochs.at(e); }));
  }
  const auto again = [&](std::size_t way, const char* color) {
    Curve curve{std::string(kWays[way].name) + ", same recipe again", color, {}, {}, {}, {}};
    const auto of = [&](const Outcome& o) -> const Variant& { return o.variants.at(way); };
    add_point(curve, double(epochs), values([&](const Outcome& o) { return of(o).pruned; }));
    for (std::size_t e = 0; e < epochs; ++e) {
      add_point(curve, double(epochs + e + 1),
                values([&](const Outcome& o) { return of(o).retrained_epochs.at(e); }));
    }
    return curve;
  };
  return {"Handwritten digits: accuracy on the test images (mean and range of " +
              std::to_string(outcomes.size()) + " seeds)",
          "epoch",
          "accuracy, %",
          {dense, again(0, "#c8560b"), again(2, "#6b3fa0")},
          double(epochs),
          "pruned to 2:4"};
}

}  // namespace digits
