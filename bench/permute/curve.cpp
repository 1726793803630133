#include "bench/permute/curve.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>

namespace heddle::bench {
namespace {

constexpr double kLeft = 70, kTop = 24, kWidth = 600, kHeight = 300;  // pixels
constexpr double kLowKept = 2912, kHighKept = 2928;
constexpr double kLowDecade = -4, kHighDecade = 2;  // powers of ten of a second

double x_of(double seconds) {
  return kLeft + (std::log10(seconds) - kLowDecade) / (kHighDecade - kLowDecade) * kWidth;
}
double y_of(double kept) { return kTop + (kHighKept - kept) / (kHighKept - kLowKept) * kHeight; }

void text(std::ofstream& out, double x, double y, const std::string& words, const char* anchor,
          const char* colour) {
  out << "<text x='" << x << "' y='" << y << "' text-anchor='" << anchor << "' fill='" << colour
      << "'>" << words << "</text>\n";
}

void axes(std::ofstream& out) {
  for (double kept = kLowKept; kept <= kHighKept; kept += 2) {
    out << "<path d='M" << kLeft << ' ' << y_of(kept) << 'h' << kWidth << "' stroke='#ddd'/>\n";
    text(out, kLeft - 8, y_of(kept) + 4, std::to_string(static_cast<int>(kept)), "end", "#333");
  }
  for (double decade = kLowDecade; decade <= kHighDecade; ++decade) {
    const double x = x_of(std::pow(10.0, decade));
    out << "<path d='M" << x << ' ' << kTop << 'v' << kHeight << "' stroke='#ddd'/>\n";
    const char* const names[] = {"0.1 ms", "1 ms", "10 ms", "0.1 s", "1 s", "10 s", "100 s"};
    text(out, x, kTop + kHeight + 18, names[static_cast<int>(decade - kLowDecade)], "middle",
         "#333");
  }
  text(out, kLeft, kTop - 8, "magnitude kept of 4083.169 (128 x 64, 2:4)", "start", "#333");
}

}  // namespace

const std::vector<CurvePoint>& published_points() {
  static const std::vector<CurvePoint> points = {
      {"random 1000", 0.12, 2873.4},        {"random 10000", 1.1, 2873.6},
      {"random 100000", 11.5, 2879.1},      {"channel swap, 0", 0.21, 2913.352},
      {"channel swap, 100", 2.2, 2914.174}, {"channel swap, 1000", 20, 2920.694},
      {"8 columns, 0", 0.013, 2919.757},    {"8 columns, 100", 0.15, 2919.758},
      {"8 columns, 1000", 1.4, 2919.935},   {"12 columns, 0", 0.86, 2921.947}};
  return points;
}

bool write_csv(const std::string& path, const std::vector<CurvePoint>& points) {
  std::ofstream out(path);
  out << "source,search,seconds,kept\n" << std::fixed << std::setprecision(4);
  for (const CurvePoint& p : published_points())
    out << "published V100,\"" << p.search << "\"," << p.seconds << ',' << p.kept << '\n';
  for (const CurvePoint& p : points)
    out << "heddle one CPU thread,\"" << p.search << "\"," << p.seconds << ',' << p.kept << '\n';
  return static_cast<bool>(out.flush());
}

bool write_svg(const std::string& path, const std::vector<CurvePoint>& points) {
  std::ofstream out(path);
  out << std::fixed << std::setprecision(1)
      << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 690 370' font-family='sans-serif' "
         "font-size='11'>\n<rect width='690' height='370' fill='#fff'/>\n";
  axes(out);
  constexpr const char* kTheirs = "#b33a1e";
  constexpr const char* kOurs = "#1f5fa8";
  for (const CurvePoint& p : published_points()) {
    if (p.kept < kLowKept) continue;  // random permutations, far below
    out << "<circle cx='" << x_of(p.seconds) << "' cy='" << y_of(p.kept) << "' r='3.5' fill='"
        << kTheirs << "'/>\n";
    const bool left = p.search == "channel swap, 1000", below = p.search == "8 columns, 0";
    text(out, x_of(p.seconds) + (left ? -7 : 7), y_of(p.kept) + (below ? 16 : 4), p.search,
         left ? "end" : "start", kTheirs);
  }
  std::string line;
  for (const CurvePoint& p : points) {
    if (p.kept < kLowKept) continue;
    const double x = x_of(std::max(p.seconds, 1e-4)), y = y_of(p.kept);
    if (p.search.starts_with("automatic"))
      line += (line.empty() ? "M" : "L") + std::to_string(x) + ' ' + std::to_string(y);
    if (p.search.starts_with("automatic"))
      text(out, x, y - 7, p.search.substr(11), "middle", kOurs);
    else
      text(out, x - 7, y + 4, p.search, "end", kOurs);
    out << "<circle cx='" << x << "' cy='" << y << "' r='3.5' fill='" << kOurs << "'/>\n";
  }
  out << "<path d='" << line << "' fill='none' stroke='" << kOurs << "' stroke-width='1.5'/>\n";
  text(out, kLeft + 10, kTop + 16, "Heddle, one CPU thread; line: automatic, with so many escapes",
       "start", kOurs);
  text(out, kLeft + 10, kTop + 32, "published for a V100, with so many escapes", "start", kTheirs);
  out << "</svg>\n";
  return static_cast<bool>(out.flush());
}

}  // namespace heddle::bench
