#include "host/cost_parts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/layout/device_order.hpp"
#include "kernels/matmul/tile_shape.hpp"

namespace heddle::cost {
namespace {

constexpr double kL2Share = 0.5;  // of L2 for operands that are to stay there

}  // namespace

Grid grid_of(const SelectProblem& p, std::int64_t rows, std::int64_t tokens, int step_units) {
  Grid g;
  g.along_m = ceil_div(p.m, rows);
  g.along_n = ceil_div(p.n, tokens);
  g.tiles = g.along_m * g.along_n * p.batch;
  g.units = unit_count(p.k, static_cast<int>(size_of(p.a_type)));
  g.steps = std::max<std::int64_t>(1, ceil_div(g.units, step_units));
  return g;
}

Load busiest(const Grid& grid, const Workers& w, std::int64_t split_tiles) {
  const std::int64_t whole = grid.tiles - split_tiles;
  const std::int64_t range = w.split == 0 ? 0 : ceil_div(split_tiles * grid.steps, w.split);
  const std::int64_t tiles = ceil_div(whole, w.count);  // whole ones of worker 0
  const std::int64_t rounds = ceil_div(w.count, w.places);
  Load load;
  load.steps = static_cast<double>(range + tiles * grid.steps);
  load.place_steps = 0;
  constexpr std::int64_t kCounted = 16;  // workers past these are taken to be like worker 0
  for (std::int64_t i = 0; i < std::min(rounds, kCounted); ++i) {  // workers 0, places ...
    const std::int64_t worker = i * w.places;
    const std::int64_t left = std::max<std::int64_t>(whole - worker, 0);
    load.place_steps +=
        static_cast<double>((worker < w.split ? range : 0) + ceil_div(left, w.count) * grid.steps);
  }
  if (rounds > kCounted) load.place_steps += static_cast<double>(rounds - kCounted) * load.steps;
  load.segments = static_cast<double>(ceil_div(range, grid.steps) + tiles);
  load.balance = load.steps * static_cast<double>(w.count) /
                 (static_cast<double>(grid.tiles) * static_cast<double>(grid.steps));
  load.rounds = rounds;
  return load;
}

double supply(std::int64_t blocks, const DeviceDescription& d) {
  return std::min(1.0, static_cast<double>(blocks) / (kSaturating * d.multiprocessors));
}

double unit_bytes(const SelectProblem& p) {
  const int elem = static_cast<int>(size_of(p.a_type));
  const layout::DeviceGeometry geometry{p.m, p.k, elem};
  const int unit_cols = kUnitBytes / elem;
  return static_cast<double>(geometry.block_bytes()) * unit_cols / layout::kBlockCols;
}

Traffic traffic_of(const SelectProblem& p, const Grid& grid, int raster, const DeviceDescription& d,
                   std::int64_t at_once) {
  const double batch = static_cast<double>(p.batch), l2 = kL2Share * double(d.l2_bytes);
  const double a = static_cast<double>(ceil_div(p.m, kWarpRows) * grid.units) * unit_bytes(p);
  const double b = static_cast<double>(p.n) * static_cast<double>(p.k) * double(size_of(p.a_type));
  const double out =
      static_cast<double>(p.m) * static_cast<double>(p.n) * double(size_of(p.d_type));

  // The tiles at work at a time are `band` high and `columns` wide, or several whole bands.
  const std::int64_t band = std::min<std::int64_t>(raster, grid.along_m);
  const std::int64_t columns = std::clamp<std::int64_t>(at_once / band, 1, grid.along_n);
  const std::int64_t bands_at_once = std::max<std::int64_t>(1, at_once / (band * grid.along_n));
  const double a_band = a * static_cast<double>(band) / static_cast<double>(grid.along_m);
  const double a_passes = a_band <= l2 ? 1 : double(ceil_div(grid.along_n, columns));
  const double b_passes =
      b <= l2 ? 1 : double(ceil_div(ceil_div(grid.along_m, band), bands_at_once));

  Traffic t;
  const double a_memory = a <= l2 ? a : a * a_passes * batch;
  const double a_l2 = a * static_cast<double>(grid.along_n) * batch;
  t.memory = a_memory + (b * b_passes + out) * batch;
  t.l2 = a_l2 + (b * static_cast<double>(grid.along_m) + out) * batch;
  t.memory_share = a_l2 > 0 ? std::min(1.0, a_memory / a_l2) : 0;
  return t;
}

Fixup fixup_of(const Grid& grid, const Workers& w, std::int64_t split_tiles) {
  if (w.split == 0) return {0, 1};
  const std::int64_t all = split_tiles * grid.steps;
  const double range = static_cast<double>(all) / static_cast<double>(w.split);
  const bool even = all % w.split == 0;
  if (even && all / w.split % grid.steps == 0) return {0, 1};  // whole tiles after all
  std::int64_t contributors = static_cast<std::int64_t>(std::ceil(double(grid.steps) / range));
  if (!even || grid.steps % (all / w.split) != 0) ++contributors;  // ranges across tiles
  contributors = std::min({contributors, grid.steps, w.split});
  const auto slots = std::min(2 * w.split, w.split + split_tiles);
  return {static_cast<double>(slots), static_cast<double>(contributors)};
}

int raster_for(const Grid& grid, std::int64_t rows, std::int64_t tokens, std::int64_t at_once) {
  if (grid.along_n == 1) return 1;
  const double a = 4608.0 * double(rows) / kWarpRows, b = kUnitBytes * double(tokens);  // of a unit
  const double square = std::sqrt(double(at_once) * b / a);
  const std::int64_t least = ceil_div(at_once, grid.along_n);
  std::int64_t band = std::max(least, static_cast<std::int64_t>(std::lround(square)));
  band = std::clamp<std::int64_t>(band, 1, grid.along_m);
  band = ceil_div(grid.along_m, ceil_div(grid.along_m, band));
  return static_cast<int>(std::min<std::int64_t>(band, std::numeric_limits<int>::max()));
}

}  // namespace heddle::cost
