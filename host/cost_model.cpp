#include "host/cost_model.hpp"

#include <algorithm>

#include "host/matmul_config.hpp"

namespace heddle::cost {
namespace {

// ---- constants: whence they come is in docs/kernels/selection.md --------------------------------

constexpr double kHopperShare = 0.62;  // warp-level mma of what wgmma does
constexpr double kStepClocks = 120;    // a step's wait for B where only one copy is ahead of it

}  // namespace

Grid grid_of(const SelectProblem& p, const TileShape& shape) {
  return grid_of(p, shape.rows(), shape.tokens(), shape.warps_k);
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
  const Grid grid = grid_of(p, shape);
  const Workers blocks = {c.blocks, d.multiprocessors, c.split_blocks};
  const Load load = busiest(grid, blocks, c.split_tiles);
  const double share = supply(c.blocks, d), weight_bytes = unit_bytes(p);
  const double clocks_per_us = 1e3 * d.clock_ghz;
  const bool read = p.k > 0;

  Selection s;
  s.config = c;
  s.balance = load.balance;

  // The whole machine.
  const std::int64_t at_once =
      std::min({std::int64_t{c.blocks}, std::int64_t{d.multiprocessors}, grid.tiles});
  const Traffic traffic = traffic_of(p, grid, c.raster, d, at_once);
  const double tile_bytes = 4.0 * static_cast<double>(tile_elements(shape));
  const Fixup fixup = fixup_of(grid, blocks, c.split_tiles);
  s.memory_us = traffic.memory / (share * d.memory_gbytes_per_s) * 1e-3;
  s.l2_us = (traffic.l2 + 2 * fixup.slots * tile_bytes) / (share * d.l2_gbytes_per_s) * 1e-3;

  // The busiest multiprocessor. Tokens beyond n are multiplied like the others.
  if (read) {
    const double macs = double(shape.rows()) * shape.tokens() * shape.warps_k * kUnitBytes /
                        double(size_of(p.a_type));
    const double math_clocks =
        macs / (2 * kMathShare * multiply_rate(d.compute_capability, p.a_type)) +
        kStepClocks / (c.stages - 1);
    const double b_bytes =
        kUnitBytes * (shape.warps_k * shape.tokens() +        // written by the copies
                      kMatmulWarps * kTokens * shape.tiles);  // read by the warps
    const double port_clocks = (kMatmulWarps * weight_bytes + b_bytes) / kPortBytesPerClock;
    s.math_us = load.place_steps * math_clocks / clocks_per_us;
    s.shared_us = load.place_steps * port_clocks / clocks_per_us;
    // What a warp has under way must last until the next arrives.
    const double latency = kL2LatencyUs + (kMemoryLatencyUs - kL2LatencyUs) * traffic.memory_share;
    s.wait_us = load.steps * double(load.rounds) * latency / units_ahead(shape.tiles);
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
