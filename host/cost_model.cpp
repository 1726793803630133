#include "host/cost_model.hpp"

#include <algorithm>
#include <cmath>

#include "host/matmul_config.hpp"
#include "kernels/layout/device_order.hpp"

namespace heddle::cost {
namespace {

// ---- constants: whence they come is in docs/kernels/selection.md --------------------------------

constexpr double kMemoryLatencyUs = 0.8;  // a load under load
constexpr double kL2LatencyUs = 0.25;
constexpr double kMathShare = 0.85;    // of the instruction's rate, in a main loop without stalls
constexpr double kHopperShare = 0.62;  // warp-level mma of what wgmma does
constexpr double kStepClocks = 120;    // a step's wait for B where only one copy is ahead of it
constexpr double kPortBytesPerClock = 128;  // L1 and shared memory of a multiprocessor
constexpr double kLoneBytesPerClock = 48;   // L2 to one multiprocessor while the others are idle
constexpr double kSegmentUs = 0.4;          // start and end of a run of steps: ring, flags
constexpr double kSyncUs = 0.8;             // fence, counter, and the last block's look at it
constexpr double kSlotUs = 0.05;            // per slot; several are in flight
constexpr double kSaturating = 0.9;  // of the multiprocessors use up memory or L2 between them
constexpr double kL2Share = 0.5;     // of L2 for operands that are to stay there

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0); }

// ---- work per block -----------------------------------------------------------------------------

struct Load {
  double block_steps;   // of block 0, which has the most
  double sm_steps;      // of the multiprocessor with block 0
  double segments;      // of block 0
  double balance;       // block 0 over the mean
  std::int64_t rounds;  // one block on a multiprocessor after the other
  double supply;        // of the rates of memory and L2, for the multiprocessors with a block
};

Load busiest(const Grid& grid, const MatmulConfig& c, const DeviceDescription& d) {
  const std::int64_t whole = grid.tiles - c.split_tiles;
  const std::int64_t range =
      c.split_blocks == 0 ? 0 : ceil_div(c.split_tiles * grid.steps, c.split_blocks);
  const std::int64_t tiles = ceil_div(whole, c.blocks);  // whole ones of block 0
  const std::int64_t per_sm = ceil_div(c.blocks, d.multiprocessors);
  Load load;
  load.block_steps = static_cast<double>(range + tiles * grid.steps);
  load.sm_steps = 0;
  constexpr std::int64_t kCounted = 16;  // blocks past these are taken to be like block 0
  for (std::int64_t i = 0; i < std::min(per_sm, kCounted); ++i) {  // blocks 0, SMs, 2 SMs ...
    const std::int64_t block = i * d.multiprocessors;
    const std::int64_t left = std::max<std::int64_t>(whole - block, 0);
    load.sm_steps += static_cast<double>((block < c.split_blocks ? range : 0) +
                                         ceil_div(left, c.blocks) * grid.steps);
  }
  if (per_sm > kCounted) load.sm_steps += static_cast<double>(per_sm - kCounted) * load.block_steps;
  load.segments = static_cast<double>(ceil_div(range, grid.steps) + tiles);
  load.balance = load.block_steps * static_cast<double>(c.blocks) /
                 (static_cast<double>(grid.tiles) * static_cast<double>(grid.steps));
  load.rounds = per_sm;
  load.supply = std::min(1.0, c.blocks / (kSaturating * d.multiprocessors));
  return load;
}

// ---- bytes --------------------------------------------------------------------------------------

struct Traffic {
  double memory;        // device memory
  double l2;            // L2 to and from the multiprocessors, without slots
  double memory_share;  // of the reads of A
};

Traffic traffic_of(const SelectProblem& p, const Grid& grid, const MatmulConfig& c,
                   const DeviceDescription& d, std::int64_t at_once, double unit_bytes) {
  const double batch = static_cast<double>(p.batch), l2 = kL2Share * double(d.l2_bytes);
  const double a = static_cast<double>(ceil_div(p.m, kWarpRows) * grid.units) * unit_bytes;
  const double b = static_cast<double>(p.n) * static_cast<double>(p.k) * double(size_of(p.a_type));
  const double out =
      static_cast<double>(p.m) * static_cast<double>(p.n) * double(size_of(p.d_type));

  // The tiles at work at a time are `band` high and `columns` wide, or several whole bands.
  const std::int64_t band = std::min<std::int64_t>(c.raster, grid.along_m);
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

// ---- sums of split tiles ------------------------------------------------------------------------

struct Fixup {
  double slot_bytes;    // written, and read again
  double contributors;  // of a tile, at most
};

Fixup fixup_of(const Grid& grid, const MatmulConfig& c, double tile_bytes) {
  if (c.split_blocks == 0) return {0, 1};
  const std::int64_t all = c.split_tiles * grid.steps;
  const double range = static_cast<double>(all) / c.split_blocks;
  const bool even = all % c.split_blocks == 0;
  if (even && all / c.split_blocks % grid.steps == 0) return {0, 1};  // whole tiles after all
  std::int64_t contributors = static_cast<std::int64_t>(std::ceil(double(grid.steps) / range));
  if (!even || grid.steps % (all / c.split_blocks) != 0) ++contributors;  // ranges across tiles
  contributors = std::min({contributors, grid.steps, std::int64_t{c.split_blocks}});
  const double slots = std::min(2.0 * c.split_blocks, double(c.split_blocks + c.split_tiles));
  return {slots * tile_bytes, static_cast<double>(contributors)};
}

}  // namespace

Grid grid_of(const SelectProblem& p, const TileShape& shape) {
  Grid g;
  g.along_m = ceil_div(p.m, shape.rows());
  g.along_n = ceil_div(p.n, shape.tokens());
  g.tiles = g.along_m * g.along_n * p.batch;
  g.units = unit_count(p.k, static_cast<int>(size_of(p.a_type)));
  g.steps = std::max<std::int64_t>(1, ceil_div(g.units, shape.warps_k));
  return g;
}

double multiply_rate(int capability, DataType a_type) {
  struct Rates {
    double half, tf32, i8, f8;  // f8 0: through f16
  };
  const auto rates = [&]() -> Rates {
    if (capability >= 120 || capability == 89) return {256, 128, 1024, 512};  // f32 sums
    if (capability >= 90) return {2048 * kHopperShare, 1024 * kHopperShare, 4096 * kHopperShare, 0};
    if (capability > 80) return {256, 128, 1024, 0};
    return {1024, 512, 2048, 0};
  }();
  switch (a_type) {
    case DataType::f32: return rates.tf32;
    case DataType::i8: return rates.i8;
    case DataType::f8e4m3:
    case DataType::f8e5m2: return rates.f8 > 0 ? rates.f8 : rates.half;
    default: return rates.half;
  }
}

bool fits(const TileShape& shape, int stages, const DeviceDescription& d) {
  return static_cast<std::size_t>(matmul_shared_bytes(shape, stages)) <= d.shared_bytes_per_block;
}

Selection estimate(const SelectProblem& p, const DeviceDescription& d, const MatmulConfig& c) {
  const TileShape shape = shape_of(c);
  const int elem = static_cast<int>(size_of(p.a_type)), unit_cols = kUnitBytes / elem;
  const layout::DeviceGeometry geometry{p.m, p.k, elem};
  const double unit_bytes =
      static_cast<double>(geometry.block_bytes()) * unit_cols / layout::kBlockCols;
  const Grid grid = grid_of(p, shape);
  const Load load = busiest(grid, c, d);
  const double clocks_per_us = 1e3 * d.clock_ghz;
  const bool read = p.k > 0;

  Selection s;
  s.config = c;
  s.balance = load.balance;

  // The whole machine.
  const std::int64_t at_once =
      std::min({std::int64_t{c.blocks}, std::int64_t{d.multiprocessors}, grid.tiles});
  const Traffic traffic = traffic_of(p, grid, c, d, at_once, unit_bytes);
  const double tile_bytes = 4.0 * static_cast<double>(tile_elements(shape));
  const Fixup fixup = fixup_of(grid, c, tile_bytes);
  s.memory_us = traffic.memory / (load.supply * d.memory_gbytes_per_s) * 1e-3;
  s.l2_us = (traffic.l2 + 2 * fixup.slot_bytes) / (load.supply * d.l2_gbytes_per_s) * 1e-3;

  // The busiest multiprocessor. Tokens beyond n are multiplied like the others.
  if (read) {
    const double macs = double(shape.rows()) * shape.tokens() * shape.warps_k * unit_cols;
    const double math_clocks =
        macs / (2 * kMathShare * multiply_rate(d.compute_capability, p.a_type)) +
        kStepClocks / (c.stages - 1);
    const double b_bytes =
        kUnitBytes * (shape.warps_k * shape.tokens() +        // written by the copies
                      kMatmulWarps * kTokens * shape.tiles);  // read by the warps
    const double port_clocks = (kMatmulWarps * unit_bytes + b_bytes) / kPortBytesPerClock;
    s.math_us = load.sm_steps * math_clocks / clocks_per_us;
    s.shared_us = load.sm_steps * port_clocks / clocks_per_us;
    // What a warp has under way must last until the next arrives.
    const double latency = kL2LatencyUs + (kMemoryLatencyUs - kL2LatencyUs) * traffic.memory_share;
    s.wait_us = load.block_steps * double(load.rounds) * latency / units_ahead(shape.tiles);
  }

  // Starts and ends. Sums of warps_k warps go through shared memory, then the result.
  const double epilogue_us = tile_bytes * (shape.warps_k + 1) / kPortBytesPerClock / clocks_per_us;
  s.fill_us = (read ? kMemoryLatencyUs : 0) +
              load.segments * double(load.rounds) * (kSegmentUs + epilogue_us);
  if (fixup.contributors > 1)
    s.fixup_us =
        kSyncUs + fixup.contributors * (kSlotUs + tile_bytes / kLoneBytesPerClock / clocks_per_us);

  const double body =
      std::max({s.balance * s.memory_us, s.balance * s.l2_us, s.shared_us, s.math_us, s.wait_us});
  s.predicted_us = d.launch_us + s.fill_us + body + s.fixup_us;
  return s;
}

}  // namespace heddle::cost
