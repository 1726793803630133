// The drawings of the report page, as inline SVG. Colours and fonts are the page's.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "host/cli/html_page.hpp"
#include "host/cli/report.hpp"
#include "host/io/markup.hpp"

namespace heddle::cli {
namespace {

constexpr double kWidth = 1000;
constexpr std::size_t kMostBars = 48;  // more layers than these get columns without names
constexpr std::size_t kLongestLabel = 40;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.5g", value);
  return text;
}

std::string rect(double x, double y, double width, double height, const char* style) {
  return "<rect class=\"" + std::string(style) + "\" x=\"" + number(x) + "\" y=\"" + number(y) +
         "\" width=\"" + number(width) + "\" height=\"" + number(height) + "\"/>";
}

std::string text(double x, double y, const char* anchor, const std::string& words,
                 const char* style = "") {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\"" +
         (*style != '\0' ? " class=\"" + std::string(style) + "\"" : "") + ">" +
         io::escape_markup(words) + "</text>";
}

std::string grid_line(double x1, double y1, double x2, double y2) {
  return "<line class=\"g\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" +
         number(x2) + "\" y2=\"" + number(y2) + "\"/>";
}

std::string open_svg(double height, const std::string& label) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(kWidth) + " " +
         number(height) + "\" role=\"img\" aria-label=\"" + io::escape_markup(label) + "\">\n";
}

std::string key(double x, double y, const char* style, const std::string& words) {
  return rect(x, y - 10, 12, 12, style) + text(x + 18, y, "start", words);
}

// The end of a long name says more than its beginning.
std::string label_of(const std::string& name) {
  // By characters, not bytes: continuation bytes of UTF-8 do not count.
  std::size_t characters = 0, at = name.size();
  while (at > 0 && characters < kLongestLabel) {
    --at;
    characters += (static_cast<unsigned char>(name[at]) & 0xc0) != 0x80;
  }
  return at == 0 ? name : "\xe2\x80\xa6" + name.substr(at);
}

double share(const MaskStats& stats) {
  const double part = stats.l1_kept / stats.l1_total;
  return std::isfinite(part) ? part : 0;
}

std::string legend(const Page& page, double x, double y) {
  return key(x, y, "rows", to_string(page.pattern) + " along rows") +
         key(x + 190, y, "exact", "tile exact");
}

// A bar for each layer, with a mark where a tile mask ends.
std::string bars(const Page& page) {
  constexpr double kLeft = 330, kRight = 930, kTop = 34, kStep = 20;
  const double bottom = kTop + kStep * static_cast<double>(page.layers.size());
  const auto at = [&](double value) { return kLeft + value * (kRight - kLeft); };
  std::string svg = open_svg(bottom + 24, "Share of L1 kept, a bar for each layer");
  svg += legend(page, kLeft, 16);
  for (int tenth = 0; tenth <= 10; tenth += 2) {
    svg += grid_line(at(tenth / 10.0), kTop - 4, at(tenth / 10.0), bottom);
    svg += text(at(tenth / 10.0), bottom + 16, "middle", std::to_string(10 * tenth) + " %", "s");
  }
  double y = kTop;
  for (const PageLayer& layer : page.layers) {
    const MaskStats& rows = layer.numbers.rows;
    const double exact = share(layer.numbers.tiles[0]);
    svg += "\n<g><title>" + io::escape_markup(layer.name) + "</title>" +
           text(kLeft - 10, y + 13, "end", label_of(layer.name)) +
           rect(kLeft, y + 2, share(rows) * (kRight - kLeft), 14, "rows") +
           rect(at(exact) - 1.5, y, 3, 18, "exact") +
           text(kRight + 60, y + 13, "end", exact_percent(rows.l1_kept, rows.l1_total)) + "</g>";
    y += kStep;
  }
  return svg + "</svg>\n";
}

// Many layers: columns in file order, as one path.
std::string columns(const Page& page) {
  constexpr double kLeft = 60, kRight = 990, kTop = 34, kBottom = 254;
  const auto count = static_cast<double>(page.layers.size());
  const double step = (kRight - kLeft) / count;
  const auto y = [&](double value) { return kBottom - value * (kBottom - kTop); };
  std::string svg = open_svg(kBottom + 40, "Share of L1 kept, a column for each layer");
  svg += legend(page, kLeft, 16);
  std::string path = "M" + number(kLeft) + " " + number(kBottom), line;
  for (std::size_t i = 0; i < page.layers.size(); ++i) {
    const LayerNumbers& numbers = page.layers[i].numbers;
    const double next = kLeft + static_cast<double>(i + 1) * step;
    path += "V" + number(y(share(numbers.rows))) + "H" + number(next);
    line += (i == 0 ? "M" + number(kLeft) + " " : "V") + number(y(share(numbers.tiles[0]))) + "H" +
            number(next);
  }
  svg += "<path class=\"rows\" d=\"" + path + "V" + number(kBottom) + "Z\"/>\n";
  for (int tenth = 0; tenth <= 10; tenth += 2) {
    svg += grid_line(kLeft, y(tenth / 10.0), kRight, y(tenth / 10.0));
    svg += text(kLeft - 8, y(tenth / 10.0) + 4, "end", std::to_string(10 * tenth) + " %", "s");
  }
  svg += "\n<path class=\"exactline\" d=\"" + line + "\"/>\n";
  const std::size_t every = (page.layers.size() + 9) / 10;
  for (std::size_t i = 0; i < page.layers.size(); i += every) {
    svg += text(kLeft + (static_cast<double>(i) + 0.5) * step, kBottom + 18, "middle",
                std::to_string(i + 1), "s");
  }
  svg +=
      text((kLeft + kRight) / 2, kBottom + 36, "middle", "number of the layer in the table", "s");
  return svg + "</svg>\n";
}

// 2^-3, or the number where it is shorter.
std::string power_text(int exponent) {
  if (exponent >= -3 && exponent <= 10) return number(std::ldexp(1.0, exponent));
  return "2^" + std::to_string(exponent);
}

}  // namespace

std::string exact_percent(double part, double whole) {
  const double value = part / whole;
  if (!std::isfinite(value)) return "\xe2\x80\x93";
  char words[32];
  std::snprintf(words, sizeof(words), "%.2f %%", 100 * value);
  return words;
}

std::string layer_chart(const Page& page) {
  return page.layers.size() <= kMostBars ? bars(page) : columns(page);
}

std::string magnitude_chart(const Page& page) {
  constexpr double kLeft = 60, kRight = 970, kTop = 34, kBottom = 234;
  const Magnitudes& all = page.magnitudes;
  double total = 0;
  for (std::size_t i = 0; i < Magnitudes::kBins; ++i) total += all.kept[i] + all.dropped[i];
  if (!(total > 0)) return {};
  // The bins that matter; what lies outside, 0.1 % a side, joins the first and the last of them.
  std::size_t first = 0, last = Magnitudes::kBins - 1;
  for (double tail = 0; first < last; ++first) {
    tail += all.kept[first] + all.dropped[first];
    if (tail > 0.001 * total) break;
  }
  for (double tail = 0; last > first; --last) {
    tail += all.kept[last] + all.dropped[last];
    if (tail > 0.001 * total) break;
  }
  std::vector<double> kept(last - first + 1), dropped(last - first + 1);
  for (std::size_t i = 0; i < Magnitudes::kBins; ++i) {
    const std::size_t bin = std::clamp(i, first, last) - first;
    kept[bin] += all.kept[i];
    dropped[bin] += all.dropped[i];
  }
  double most = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) most = std::max(most, kept[i] + dropped[i]);

  const double step = (kRight - kLeft) / static_cast<double>(kept.size());
  const auto height = [&](double count) { return count / most * (kBottom - kTop); };
  std::string svg = open_svg(kBottom + 44, "Entries by magnitude, kept and dropped");
  svg += key(kLeft, 16, "rows", "kept") + key(kLeft + 90, 16, "drop", "dropped");
  for (int quarter = 0; quarter <= 4; ++quarter) {
    const double y = kBottom - quarter * (kBottom - kTop) / 4;
    svg += grid_line(kLeft, y, kRight, y);
    svg += text(kLeft - 8, y + 4, "end", exact_percent(most * quarter / 4, total), "s");
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const double x = kLeft + static_cast<double>(i) * step + 0.08 * step;
    const double low = height(kept[i]), high = height(dropped[i]);
    svg += "\n" + rect(x, kBottom - low, 0.84 * step, low, "rows") +
           rect(x, kBottom - low - high, 0.84 * step, high, "drop");
  }
  const std::size_t every = kept.size() > 20 ? 4 : 2;  // in bins: whole powers of two
  for (std::size_t i = first + first % 2; i <= last + 1; i += every) {
    svg += text(kLeft + static_cast<double>(i - first) * step, kBottom + 18, "middle",
                power_text(Magnitudes::kLowest + static_cast<int>(i / 2)), "s");
  }
  svg += text((kLeft + kRight) / 2, kBottom + 38, "middle", "|w|, two bins to a doubling", "s");
  return svg + "\n</svg>\n";
}

}  // namespace heddle::cli
