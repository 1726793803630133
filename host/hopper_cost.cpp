#include "host/hopper_cost.hpp"

#include <algorithm>

#include "host/matmul_config.hpp"
#include "host/multiply.hpp"
#include "host/split_choices.hpp"
#include "kernels/hopper/hopper.hpp"

namespace heddle::cost {
namespace {

// ---- constants: whence they come is in docs/kernels/selection.md --------------------------------

constexpr double kLeastClocks = 32;          // of an instruction, however few its tokens
constexpr int kPairs = 9;                    // pairs of multiprocessors in a group of them, at most
constexpr double kElementClocks = 1 / 16.0;  // of a multiprocessor per result on its way out

// Units of A on their way into a warpgroup's registers: kernels/hopper/consume.cuh.
int units_under_way(const HopperShape& s, int stages) {
  return s.staged ? stages - 1 : hopper_units_ahead(s) - 1;
}

// As many stages as fit.
int stages_for(const SelectProblem& p, const HopperShape& shape, const DeviceDescription& d) {
  for (int stages = kHopperMaxStages; stages >= kHopperMinStages; --stages)
    if (hopper_fits(p, shape, stages, d)) return stages;
  return 0;
}

// A shape half of which lies outside the problem has a smaller one that serves. Up to 64 tokens one
// tile covers them all, so that A is read once.
bool covers(const HopperShape& shape, const SelectProblem& p) {
  constexpr int kOneTile = 64, kLeastTokens = 8, kLeastRows = 128;
  const bool tokens = shape.tokens == kLeastTokens || shape.tokens / 2 < p.n;
  const bool rows = shape.rows() == kLeastRows || shape.rows() / 2 < p.m;
  return tokens && rows && (p.n > kOneTile || shape.tokens >= p.n);
}

}  // namespace

Grid hopper_grid(const SelectProblem& p, const HopperShape& shape) {
  return grid_of(p, shape.rows(), shape.tokens, 1);
}

std::int64_t clusters_at_once(int multiprocessors, int cluster) {
  if (cluster == 1) return multiprocessors;
  const int pairs = multiprocessors / 2,
            groups = std::max(1, static_cast<int>(ceil_div(pairs, kPairs)));
  const int each = pairs / groups, more = pairs % groups;  // of them have a pair more
  return std::int64_t{groups - more} * (2 * each / cluster) +
         std::int64_t{more} * (2 * (each + 1) / cluster);
}

bool hopper_fits(const SelectProblem& p, const HopperShape& shape, int stages,
                 const DeviceDescription& d) {
  const int bytes = hopper_shared_bytes(shape, stages, static_cast<int>(size_of(p.a_type)));
  return static_cast<std::size_t>(bytes) <= d.shared_bytes_per_block;
}

void for_each_hopper_config(const SelectProblem& p, const DeviceDescription& d,
                            const std::function<void(const MatmulConfig&)>& visit) {
  if (d.compute_capability != kWgmmaCapability || !d.wgmma || p.k == 0) return;
  const Multiply multiply = native_multiply(p.a_type, p.b_type);
  for (HopperShape shape : kHopperShapeList)
    for (const bool staged : {false, true})
      for (int cluster = 1; cluster <= kHopperMaxCluster; cluster *= 2) {
        shape.cluster = cluster;
        shape.staged = staged;
        const std::int64_t most = clusters_at_once(d.multiprocessors, cluster);
        if (!hopper_exists(multiply, shape, p.b_n_major) || !covers(shape, p) || most == 0)
          continue;
        MatmulConfig c;
        c.kernel = MatmulKernel::wgmma;
        c.groups = shape.groups, c.row_blocks = shape.row_blocks, c.tiles = shape.tokens / 8;
        c.cluster = cluster;
        c.staged = staged;
        c.stages = stages_for(p, shape, d);
        if (c.stages == 0) continue;
        const Grid grid = hopper_grid(p, shape);
        if (!is_countable(grid)) continue;
        c.raster = raster_for(grid, shape.rows(), shape.tokens, std::min(most, grid.tiles));
        for_each_split(grid, most, hopper_max_split_tiles(shape),
                       [&](std::int64_t clusters, std::int64_t tiles, std::int64_t split) {
                         c.blocks = static_cast<int>(clusters) * cluster;
                         c.split_tiles = tiles;
                         c.split_blocks = static_cast<int>(split) * cluster;
                         visit(c);
                       });
      }
}

Selection hopper_estimate(const SelectProblem& p, const DeviceDescription& d,
                          const MatmulConfig& c) {
  const HopperShape shape = hopper_shape_of(c);
  const Grid grid = hopper_grid(p, shape);
  const std::int64_t places =
      std::max<std::int64_t>(1, clusters_at_once(d.multiprocessors, c.cluster));
  const Workers clusters = {c.blocks / c.cluster, places, c.split_blocks / c.cluster};
  const Load load = busiest(grid, clusters, c.split_tiles);
  const double share = supply(std::min<std::int64_t>(c.blocks, places * c.cluster), d);
  const double clocks_per_us = 1e3 * d.clock_ghz;

  Selection s;
  s.config = c;
  s.balance = load.balance;

  // The whole machine. A tile of the grid is a cluster's: its blocks fetch B together, once.
  const Traffic traffic =
      traffic_of(p, grid, c.raster, d, std::min({clusters.count, places, grid.tiles}));
  const double block_elements = double(shape.block_rows()) * shape.tokens;
  const Fixup fixup = fixup_of(grid, clusters, c.split_tiles);
  const double slot_bytes = 4 * block_elements * c.cluster;
  s.memory_us = traffic.memory / (share * d.memory_gbytes_per_s) * 1e-3;
  s.l2_us = (traffic.l2 + 2 * fixup.slots * slot_bytes) / (share * d.l2_gbytes_per_s) * 1e-3;

  // A unit in a block: two instructions for every 64 rows, each of tokens / 2 clocks.
  if (p.k > 0) {
    const int blocks64 = shape.groups * shape.row_blocks;
    const double math_clocks =
        blocks64 * 2 * std::max(kLeastClocks, shape.tokens / 2.0) / kMathShare;
    const double b_bytes = double(kHopperUnitBytes) * shape.tokens;
    const double port_clocks = (b_bytes * (1 + blocks64) +  // written, and read for every 64 rows
                                unit_bytes(p) * blocks64 * (shape.staged ? 2 : 1)) /
                               kPortBytesPerClock;
    s.math_us = load.place_steps * math_clocks / clocks_per_us;
    s.shared_us = load.place_steps * port_clocks / clocks_per_us;
    // What is under way must last until the next arrives: A in the registers, B in the ring.
    const double a_latency =
        kL2LatencyUs + (kMemoryLatencyUs - kL2LatencyUs) * traffic.memory_share;
    s.wait_us =
        load.steps * double(load.rounds) *
        std::max(a_latency / units_under_way(shape, c.stages), kL2LatencyUs / (c.stages - 1));
  }

  // Results leave while nothing is multiplied.
  const double epilogue_us = block_elements * kElementClocks / clocks_per_us;
  s.fill_us = kMemoryLatencyUs + load.segments * double(load.rounds) * (kSegmentUs + epilogue_us);
  if (fixup.contributors > 1)
    s.fixup_us = kSyncUs + fixup.contributors *
                               (kSlotUs + 4 * block_elements / kLoneBytesPerClock / clocks_per_us);

  const double body =
      std::max({s.balance * s.memory_us, s.balance * s.l2_us, s.shared_us, s.math_us, s.wait_us});
  s.predicted_us = d.launch_us + s.fill_us + body + s.fixup_us;
  return s;
}

}  // namespace heddle::cost
