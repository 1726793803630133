#include "plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

namespace digits {
namespace {

constexpr double kWidth = 860, kHeight = 480;
constexpr double kLeft = 70, kRight = 20, kTop = 50, kBottom = 60;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return text;
}

// One axis: data range rounded out to ticks of 1, 2 or 5 times a power of ten, on pixels.
struct Axis {
  double low, high, tick, from, to;

  Axis(double data_low, double data_high, double from_, double to_) : from(from_), to(to_) {
    const double span = std::max(data_high - data_low, 1e-9);
    tick = std::pow(10, std::floor(std::log10(span)));
    const double ticks = span / tick;  // 1..10
    tick *= ticks > 5 ? 1 : ticks > 2 ? 0.5 : 0.2;
    low = std::floor(data_low / tick) * tick;
    high = std::ceil(data_high / tick) * tick;
  }
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

std::string text(double x, double y, const std::string& anchor, const std::string& what,
                 const std::string& more = "") {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\"" +
         more + ">" + what + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const std::string& style) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
         "\" y2=\"" + number(y2) + "\" " + style + "/>\n";
}

std::string axes(const Chart& chart, const Axis& x, const Axis& y) {
  std::string svg;
  for (int i = 0; y.low + i * y.tick <= y.high + y.tick / 2; ++i) {
    const double value = y.low + i * y.tick;
    svg += line(x.from, y.at(value), x.to, y.at(value), "stroke=\"#ddd\"");
    svg += text(x.from - 8, y.at(value) + 5, "end", number(value));
  }
  for (int i = 0; x.low + i * x.tick <= x.high + x.tick / 2; ++i) {
    const double value = x.low + i * x.tick;
    svg += line(x.at(value), y.from, x.at(value), y.from + 5, "stroke=\"#444\"");
    svg += text(x.at(value), y.from + 22, "middle", number(value));
  }
  svg += line(x.from, y.from, x.to, y.from, "stroke=\"#444\"");
  svg += line(x.from, y.from, x.from, y.to, "stroke=\"#444\"");
  svg += text((x.from + x.to) / 2, kHeight - 14, "middle", chart.x_label);
  const double middle = (y.from + y.to) / 2;
  svg += text(20, middle, "middle", chart.y_label,
              " transform=\"rotate(-90 20 " + number(middle) + ")\"");
  svg += text(x.from, 28, "start", chart.title, " font-size=\"17\" font-weight=\"bold\"");
  return svg;
}

std::string points(const Curve& curve, const std::vector<double>& values, const Axis& x,
                   const Axis& y, bool backwards) {
  std::string list;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t at = backwards ? values.size() - 1 - i : i;
    list += number(x.at(curve.x[at])) + "," + number(y.at(values[at])) + " ";
  }
  return list;
}

std::string draw(const Curve& curve, const Axis& x, const Axis& y) {
  std::string svg = "<polygon fill=\"" + curve.color + "\" fill-opacity=\"0.18\" points=\"" +
                    points(curve, curve.high, x, y, false) + points(curve, curve.low, x, y, true) +
                    "\"/>\n";
  svg += "<polyline fill=\"none\" stroke=\"" + curve.color + "\" stroke-width=\"2\" points=\"" +
         points(curve, curve.mean, x, y, false) + "\"/>\n";
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    svg += "<circle cx=\"" + number(x.at(curve.x[i])) + "\" cy=\"" + number(y.at(curve.mean[i])) +
           "\" r=\"2.6\" fill=\"" + curve.color + "\"/>\n";
  }
  return svg;
}

}  // namespace

std::string to_svg(const Chart& chart) {
  double x_low = INFINITY, x_high = -INFINITY, y_low = INFINITY, y_high = -INFINITY;
  for (const Curve& curve : chart.curves) {
    for (double x : curve.x) x_low = std::min(x_low, x), x_high = std::max(x_high, x);
    for (double low : curve.low) y_low = std::min(y_low, low);
    for (double high : curve.high) y_high = std::max(y_high, high);
  }
  const Axis x(x_low, x_high, kLeft, kWidth - kRight);
  const Axis y(y_low, y_high, kHeight - kBottom, kTop);

  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(kWidth) +
                    " " + number(kHeight) +
                    "\" font-family=\"sans-serif\" font-size=\"14\" fill=\"#222\">\n"
                    "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  svg += axes(chart, x, y);
  svg += line(x.at(chart.event_x), y.from, x.at(chart.event_x), y.to,
              "stroke=\"#777\" stroke-dasharray=\"5 4\"");
  svg += text(x.at(chart.event_x) + 8, y.to + 16, "start", chart.event);
  double legend_y = y.from - 14 - 22 * (double(chart.curves.size()) - 1);
  for (const Curve& curve : chart.curves) {
    svg += draw(curve, x, y);
    svg += line(x.to - 290, legend_y - 5, x.to - 260, legend_y - 5,
                "stroke-width=\"4\" stroke=\"" + curve.color + "\"");
    svg += text(x.to - 252, legend_y, "start", curve.name);
    legend_y += 22;
  }
  return svg + "</svg>\n";
}

heddle::Status write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return {heddle::StatusCode::io_error, "cannot write '" + path + "'"};
  return {};
}

}  // namespace digits
