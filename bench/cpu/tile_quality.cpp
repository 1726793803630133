// heddle_tile_quality: how much TileSolver::fast keeps of what the optimal solver keeps, per tile,
// as a Markdown table. docs/kernels/tile_mask.md has its output.
//   heddle_tile_quality [TILES of 8x8; a quarter of them of 16x16, an eighth of 32x32]

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "heddle/heddle.hpp"

namespace heddle::bench {
namespace {

class Random {
 public:
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }

 private:
  std::uint64_t next() {  // splitmix64
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::uint64_t state_ = 20260101;
};

struct Distribution {
  const char* name;
  double (*draw)(Random& random);
};

constexpr Distribution kDistributions[] = {
    {"normal", [](Random& random) { return random.normal(); }},
    {"uniform", [](Random& random) { return random.uniform(); }},
    {"Laplace", [](Random& random) { return -std::log(1.0 - random.uniform()); }},
    {"lognormal, sigma 2", [](Random& random) { return std::exp(2.0 * random.normal()); }},
};

// What a mask keeps of each tile of a row of tiles.
std::vector<double> kept(const std::vector<float>& matrix, std::int64_t tiles,
                         const TilePattern& pattern) {
  const std::int64_t group = pattern.pattern.group, cols = tiles * group;
  std::vector<std::uint8_t> mask(matrix.size());
  std::vector<double> sums(static_cast<std::size_t>(tiles));
  const Status status =
      best_tile_mask(Exec::cpu(), row_major(matrix.data(), group, cols, DataType::f32), pattern,
                     row_major_mask(mask.data(), group, cols));
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.to_string().c_str());
    std::exit(1);
  }
  for (std::size_t i = 0; i < matrix.size(); ++i)
    if (mask[i] != 0)
      sums[i % static_cast<std::size_t>(cols) / static_cast<std::size_t>(group)] +=
          std::fabs(static_cast<double>(matrix[i]));
  return sums;
}

struct Loss {
  double mean = 0, worst = 0;  // percent
};

Loss loss(const std::vector<float>& matrix, std::int64_t tiles, TilePattern pattern) {
  const std::vector<double> best = kept(matrix, tiles, pattern);
  pattern.solver = TileSolver::fast;
  const std::vector<double> fast = kept(matrix, tiles, pattern);
  Loss out;
  for (std::size_t i = 0; i < best.size(); ++i) {
    const double percent = 100 * (1 - fast[i] / best[i]);
    out.mean += percent / static_cast<double>(best.size());
    out.worst = std::max(out.worst, percent);
  }
  return out;
}

void run(std::int64_t wanted) {
  std::printf("| pattern | weights | tiles | exact: mean | worst | at most: mean | worst |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
  Random random;
  for (const auto& [pattern, share] : {std::pair{Pattern{4, 8}, 1},
                                       {Pattern{2, 8}, 1},
                                       {Pattern{8, 16}, 4},
                                       {Pattern{4, 16}, 4},
                                       {Pattern{16, 32}, 8},
                                       {Pattern{8, 32}, 8}})
    for (const Distribution& distribution : kDistributions) {
      const std::int64_t tiles = std::max<std::int64_t>(wanted / share, 1);
      std::vector<float> matrix(static_cast<std::size_t>(tiles * pattern.group * pattern.group));
      for (float& x : matrix) x = static_cast<float>(distribution.draw(random));
      const Loss exact = loss(matrix, tiles, {pattern, TileRule::exact});
      const Loss at_most = loss(matrix, tiles, {pattern, TileRule::at_most});
      std::printf("| %s | %s | %lld | %.3f | %.2f | %.3f | %.2f |\n", to_string(pattern).c_str(),
                  distribution.name, static_cast<long long>(tiles), exact.mean, exact.worst,
                  at_most.mean, at_most.worst);
    }
}

}  // namespace
}  // namespace heddle::bench

int main(int argc, char** argv) { heddle::bench::run(argc > 1 ? std::atoll(argv[1]) : 8000); }
