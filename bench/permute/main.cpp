// heddle_permute: what a search for a permutation keeps against the time it takes, beside the
// published strategies, on the published matrix: 128 x 64, uniform, NumPy's seed 1.
//
//     heddle_permute [--csv FILE] [--svg FILE] [--escapes MOST]
//     heddle_permute --seeds                    25 matrices of 64 x 128 and of 32 x 16
//     heddle_permute --size ROWS COLS SECONDS   one large matrix of normal weights
//
// One thread; times are its processor time, so that other work on the machine hardly shows.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "bench/permute/curve.hpp"
#include "heddle/permute.hpp"

namespace {

using heddle::PermutationOptions;
using heddle::PermutationSearch;

// numpy.random.seed(seed); numpy.random.rand(rows, cols): MT19937, 53 bits an entry.
std::vector<float> numpy_rand(unsigned seed, std::int64_t rows, std::int64_t cols) {
  std::mt19937 twister(seed);
  std::vector<float> x;
  for (std::int64_t i = 0; i < rows * cols; ++i) {
    const std::uint32_t high = twister() >> 5, low = twister() >> 6;
    x.push_back(static_cast<float>((high * 67108864.0 + low) / 9007199254740992.0));
  }
  return x;
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

heddle::PermutationResult search(const std::vector<float>& x, std::int64_t rows, std::int64_t cols,
                                 const PermutationOptions& options) {
  const auto view = heddle::row_major(x.data(), rows, cols, heddle::DataType::f32);
  const double start = processor_seconds();
  auto result = heddle::find_permutation(heddle::Exec::cpu(1), view, options);
  if (!result.ok()) {
    std::fprintf(stderr, "heddle_permute: %s\n", result.status().to_string().c_str());
    std::exit(1);
  }
  result->seconds = processor_seconds() - start;
  return *result;
}

std::vector<heddle::bench::CurvePoint> curve(const std::vector<float>& x,
                                             std::int64_t most_escapes) {
  std::vector<heddle::bench::CurvePoint> points;
  const auto add = [&](const std::string& name, const PermutationOptions& options) {
    const auto r = search(x, 128, 64, options);
    points.push_back({name, r.seconds, r.kept});
    std::printf("%-22s %10.4f s %12lld steps %12.3f\n", name.c_str(), r.seconds,
                static_cast<long long>(r.steps), r.kept);
    std::fflush(stdout);
  };
  PermutationOptions options;
  options.escapes = 0;
  for (const auto& [name, kind] : {std::pair{"plain 2:4", PermutationSearch::identity},
                                   {"matching", PermutationSearch::matching},
                                   {"swap", PermutationSearch::swap},
                                   {"stripes_8", PermutationSearch::stripes_8},
                                   {"stripes_12", PermutationSearch::stripes_12}}) {
    options.search = kind;
    add(name, options);
  }
  options.escapes = 1000;
  options.search = PermutationSearch::swap;
  add("swap, 1000", options);
  options.search = PermutationSearch::stripes_8;
  add("stripes_8, 1000", options);
  options.search = PermutationSearch::automatic;
  for (const std::int64_t escapes : {0, 1, 3, 10, 30, 100, 300, 1000, 3000}) {
    if (escapes > most_escapes) break;
    options.escapes = escapes;
    add("automatic, " + std::to_string(escapes), options);
  }
  return points;
}

void seeds() {
  double efficacy = 0;
  int optimal = 0;
  double seconds = 0, exact_seconds = 0;
  for (unsigned seed = 0; seed < 25; ++seed) {
    const auto wide = numpy_rand(seed, 64, 128);
    const auto r = search(wide, 64, 128, {});
    // 100 %: half of every row kept, anywhere.
    double half = 0;
    for (int row = 0; row < 64; ++row) {
      std::vector<float> line(wide.begin() + row * 128, wide.begin() + (row + 1) * 128);
      std::sort(line.begin(), line.end());
      for (int i = 64; i < 128; ++i) half += double{line[static_cast<std::size_t>(i)]};
    }
    efficacy += (r.kept - r.kept_identity) / (half - r.kept_identity) * 4;
    seconds += r.seconds / 25;
    const auto small = numpy_rand(seed, 32, 16);
    PermutationOptions exhaustive, annealed;
    exhaustive.search = PermutationSearch::exhaustive;
    annealed.search = PermutationSearch::stripes_12;
    annealed.escapes = 100;
    const auto best = search(small, 32, 16, exhaustive);
    exact_seconds += best.seconds / 25;
    optimal += search(small, 32, 16, annealed).kept >= best.kept;
  }
  std::printf("64 x 128: mean efficacy %.2f %% in %.3f s each\n", efficacy, seconds);
  std::printf(
      "32 x 16: stripes_12 with 100 escapes finds %d of 25 optima; exhaustive takes %.4f s\n",
      optimal, exact_seconds);
}

void large(std::int64_t rows, std::int64_t cols, double max_seconds) {
  std::mt19937 twister(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<std::size_t>(rows * cols));
  for (float& v : x) v = normal(twister);
  PermutationOptions options;
  options.max_seconds = max_seconds;
  double next = 0;
  options.progress = [&](const heddle::PermutationProgress& p) {
    if (p.seconds >= next) {
      std::printf("%8.2f s  %.4f of the total (was %.4f)\n", p.seconds, p.kept / p.total,
                  p.kept_identity / p.total);
      std::fflush(stdout);
      next = p.seconds * 1.5;
    }
    return true;
  };
  const auto r = search(x, rows, cols, options);
  std::printf("%lld x %lld: %.5f of the total, was %.5f, in %.2f s, %lld steps\n",
              static_cast<long long>(rows), static_cast<long long>(cols), r.kept / r.total,
              r.kept_identity / r.total, r.seconds, static_cast<long long>(r.steps));
}

}  // namespace

int main(int argc, char** argv) {
  std::string csv, svg;
  std::int64_t most_escapes = 1000;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--seeds") return seeds(), 0;
    if (name == "--size" && i + 3 < argc)
      return large(std::atoll(argv[i + 1]), std::atoll(argv[i + 2]), std::atof(argv[i + 3])), 0;
    if (i + 1 == argc) break;
    if (name == "--csv") csv = argv[++i];
    if (name == "--svg") svg = argv[++i];
    if (name == "--escapes") most_escapes = std::atoll(argv[++i]);
  }
  const auto points = curve(numpy_rand(1, 128, 64), most_escapes);
  const bool written = (csv.empty() || heddle::bench::write_csv(csv, points)) &&
                       (svg.empty() || heddle::bench::write_svg(svg, points));
  if (!written) std::fprintf(stderr, "heddle_permute: cannot write the files\n");
  return written ? 0 : 1;
}
