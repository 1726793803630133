#pragma once
// A line chart with bands, written as SVG.

#include <string>
#include <vector>

#include "heddle/status.hpp"

namespace digits {

/// A line through the means and a band from low to high; all of the length of x.
struct Curve {
  std::string name, color;
  std::vector<double> x, mean, low, high;
};

struct Chart {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  double event_x = 0;  ///< a vertical line: what happened here
  std::string event;
};

/// The chart as an SVG document; the axes span the data, rounded out to ticks.
std::string to_svg(const Chart& chart);

heddle::Status write_text(const std::string& path, const std::string& text);

}  // namespace digits
