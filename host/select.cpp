// Which configurations there are for a problem, and which of them costs least.

#include "host/select.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "host/cost_model.hpp"
#include "host/guard.hpp"
#include "host/hopper_cost.hpp"
#include "host/matmul_config.hpp"
#include "host/message.hpp"
#include "host/multiply.hpp"
#include "host/split_choices.hpp"
#include "host/validate.hpp"
#include "kernels/hopper/hopper.hpp"
#include "kernels/matmul/schedule.hpp"

namespace heddle {
namespace {

constexpr std::int64_t kOneTile = 64;  // tokens

// ---- checks -------------------------------------------------------------------------------------

template <class... Parts>
Status invalid(const Parts&... parts) {
  return {StatusCode::invalid_argument, message(parts...)};
}

Status check_problem(const SelectProblem& p) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;  // and elements of a product below 2^60
  const std::array<std::pair<const char*, std::int64_t>, 4> sizes = {
      {{"m", p.m}, {"n", p.n}, {"k", p.k}, {"batch", p.batch}}};
  for (const auto& [name, size] : sizes)
    if (size < 0 || size > kMost)
      return invalid("problem.", name, " = ", size, ": must be 0 to 2^40");
  const double m = double(p.m), n = double(p.n), k = double(p.k), batch = double(p.batch);
  if (std::max({m * n * batch, m * k, n * k * batch, m * n * batch * k / 1024}) > 0x1p60)
    return invalid("problem: m = ", p.m, ", n = ", p.n, ", k = ", p.k, ", batch = ", p.batch,
                   ": a matrix must have at most 2^60 elements, the product 2^70");
  if (size_of(p.a_type) == 0 || p.a_type == DataType::i32)
    return invalid("problem.a_type = ", to_string(p.a_type), ": must be a type of packed values");
  if (p.b_type != p.a_type && !(is_eight_bit_float(p.a_type) && is_eight_bit_float(p.b_type)))
    return invalid("problem.b_type = ", to_string(p.b_type), ": must be a_type (",
                   to_string(p.a_type), "), or both 8-bit floats");
  if (size_of(p.d_type) == 0)
    return invalid("problem.d_type = ", to_string(p.d_type), ": must be a data type");
  return {};
}

Status check_device(const DeviceDescription& d) {
  if (d.compute_capability < 80)
    return invalid("device.compute_capability = ", d.compute_capability,
                   ": must be >= 80, where sparse mma begins");
  if (d.multiprocessors < 1 || d.multiprocessors > (1 << 20))
    return invalid("device.multiprocessors = ", d.multiprocessors, ": must be 1 to 2^20");
  const std::array<std::pair<const char*, double>, 3> rates = {
      {{"clock_ghz", d.clock_ghz},
       {"memory_gbytes_per_s", d.memory_gbytes_per_s},
       {"l2_gbytes_per_s", d.l2_gbytes_per_s}}};
  for (const auto& [name, rate] : rates)
    if (!(rate > 0) || !std::isfinite(rate))
      return invalid("device.", name, " = ", rate, ": must be above 0");
  if (!(d.launch_us >= 0) || !std::isfinite(d.launch_us))
    return invalid("device.launch_us = ", d.launch_us, ": must be >= 0");
  constexpr std::size_t kLeast = 48 * 1024;  // every CUDA device has them
  if (d.shared_bytes_per_block < kLeast)
    return invalid("device.shared_bytes_per_block = ", d.shared_bytes_per_block,
                   ": must be at least 48 KiB");
  return {};
}

Status check_both(const SelectProblem& problem, const DeviceDescription& device) {
  HEDDLE_TRY(check_problem(problem));
  return check_device(device);
}

Status uncountable(const SelectProblem& p) {
  return invalid("problem: m = ", p.m, ", n = ", p.n, ", k = ", p.k, ", batch = ", p.batch,
                 ": there must be fewer than 2^31 output tiles, and steps along k");
}

bool is_empty(const SelectProblem& p) { return p.m == 0 || p.n == 0 || p.batch == 0; }

Selection nothing_to_do(MatmulConfig config) {
  config.blocks = config.split_blocks = 0;
  config.split_tiles = 0;
  Selection s;
  s.config = config;
  return s;
}

// ---- enumeration --------------------------------------------------------------------------------

// As many stages as fit.
int stages_for(const TileShape& shape, const DeviceDescription& device) {
  for (int stages = kMaxStages; stages >= kMinStages; --stages)
    if (cost::fits(shape, stages, device)) return stages;
  return 0;
}

// A shape more than half of which would lie outside the problem has a smaller one that serves. Up
// to 64 tokens one tile covers them all, so that A is read once.
bool covers(const TileShape& shape, const SelectProblem& p) {
  const bool tokens = shape.tokens() == kTokens || shape.tokens() / 2 < p.n;
  const bool rows = shape.warps_m == 1 || shape.rows() / 2 < p.m;
  return tokens && rows && (p.n > kOneTile || shape.tokens() >= p.n);
}

// Up to 32 tokens one warp has them all, where shared memory allows: a unit of A then goes into the
// registers of one warp alone. (With 64 the accumulators cost a warp the second unit under way.)
bool splits_tokens(const TileShape& shape, const SelectProblem& p, const DeviceDescription& d) {
  if (2 * p.n > kOneTile || shape.warps_n == 1) return false;
  const TileShape narrow{shape.warps_m, 1, kMatmulWarps / shape.warps_m,
                         shape.tiles * shape.warps_n};
  return narrow.tiles <= 4 && stages_for(narrow, d) > 0;
}

// Small tiles are for small problems.
bool is_tiny(const TileShape& shape, const cost::Grid& grid, const DeviceDescription& d) {
  return tile_elements(shape) < 4096 && grid.tiles > 32 * std::int64_t{d.multiprocessors};
}

// Calls visit(config) with every mma configuration worth a prediction.
template <class Visit>
void for_each_mma_config(const SelectProblem& p, const DeviceDescription& d, Visit visit) {
  for (int warps_m = 1; warps_m <= kMatmulWarps; warps_m *= 2)
    for (int warps_n = 1; warps_m * warps_n <= kMatmulWarps; warps_n *= 2)
      for (int tiles = 1; tiles <= 8; tiles *= 2) {
        const TileShape shape{warps_m, warps_n, kMatmulWarps / (warps_m * warps_n), tiles};
        if (!covers(shape, p) || splits_tokens(shape, p, d)) continue;
        MatmulConfig c;
        c.warps_m = shape.warps_m;
        c.warps_n = shape.warps_n;
        c.warps_k = shape.warps_k;
        c.tiles = shape.tiles;
        c.stages = stages_for(shape, d);
        if (c.stages == 0) continue;
        const cost::Grid grid = cost::grid_of(p, shape);
        if (!cost::is_countable(grid) || (p.n > kOneTile && is_tiny(shape, grid, d))) continue;
        c.raster = cost::raster_for(grid, shape.rows(), shape.tokens(),
                                    std::min<std::int64_t>(d.multiprocessors, grid.tiles));
        for_each_split(
            grid, d.multiprocessors, kMaxSplitTiles,
            [&](std::int64_t blocks, std::int64_t split_tiles, std::int64_t split_blocks) {
              c.blocks = static_cast<int>(blocks);
              c.split_tiles = split_tiles;
              c.split_blocks = static_cast<int>(split_blocks);
              visit(c);
            });
      }
}

// Calls visit(config) with every configuration worth a prediction. 8-bit floats go through f16 in mma
// configurations of a device with wgmma, in conversions that the model does not count: those are for
// problems without another.
template <class Visit>
void for_each_config(const SelectProblem& p, const DeviceDescription& d, Visit visit) {
  bool found = false;
  const auto note = [&](const MatmulConfig& c) {
    found = true;
    visit(c);
  };
  cost::for_each_hopper_config(p, d, std::ref(note));  // takes no memory
  if (!found || !is_eight_bit_float(p.a_type)) for_each_mma_config(p, d, visit);
}

Selection estimate(const SelectProblem& p, const DeviceDescription& d, const MatmulConfig& c) {
  return c.kernel == MatmulKernel::mma ? cost::estimate(p, d, c) : cost::hopper_estimate(p, d, c);
}

// ---- a configuration and a problem --------------------------------------------------------------

// Output tiles and steps; blocks that share a tile count as one worker.
cost::Grid grid_of(const SelectProblem& p, const MatmulConfig& c) {
  return c.kernel == MatmulKernel::mma ? cost::grid_of(p, shape_of(c))
                                       : cost::hopper_grid(p, hopper_shape_of(c));
}
int worker_blocks(const MatmulConfig& c) { return c.kernel == MatmulKernel::mma ? 1 : c.cluster; }

int shared_bytes_of(const SelectProblem& p, const MatmulConfig& c) {
  if (c.kernel == MatmulKernel::mma) return matmul_shared_bytes(shape_of(c), c.stages);
  return hopper_shared_bytes(hopper_shape_of(c), c.stages, static_cast<int>(size_of(p.a_type)));
}

// Whether there is a kernel: of mma there is one for everything.
Status check_kernel(const SelectProblem& p, const DeviceDescription& d, const MatmulConfig& c) {
  if (c.kernel == MatmulKernel::mma) return {};
  if (d.compute_capability != 90)
    return invalid("kernel = wgmma on compute capability ", d.compute_capability / 10, ".",
                   d.compute_capability % 10, ": must be mma but on 9.0");
  if (!d.wgmma) return invalid("kernel = wgmma: must be mma, no wgmma kernel is built or wanted");
  if (!hopper_exists(native_multiply(p.a_type, p.b_type), hopper_shape_of(c), p.b_n_major))
    return invalid("kernel = wgmma: must be mma, there is no wgmma kernel of this shape for ",
                   to_string(p.a_type), " with B of order ", p.b_n_major ? "row" : "col");
  return {};
}

}  // namespace

// ---- the public functions -----------------------------------------------------------------------

Status check_config(const SelectProblem& problem, const DeviceDescription& device,
                    const MatmulConfig& c) {
  HEDDLE_TRY(check_both(problem, device));
  HEDDLE_TRY(check_values(c));
  HEDDLE_TRY(check_kernel(problem, device, c));
  const int shared = shared_bytes_of(problem, c);
  if (static_cast<std::size_t>(shared) > device.shared_bytes_per_block)
    return invalid("stages = ", c.stages, ": a block would need ", shared,
                   " bytes of shared memory, must be at most ", device.shared_bytes_per_block);
  if (is_empty(problem)) return {};
  if (c.blocks < 1) return invalid("blocks = ", c.blocks, ": must be >= 1");
  const cost::Grid grid = grid_of(problem, c);
  if (!cost::is_countable(grid)) return uncountable(problem);
  if (c.split_tiles > grid.tiles)
    return invalid("split_tiles = ", c.split_tiles, ": must be at most the tiles (", grid.tiles,
                   ")");
  if (c.split_blocks / worker_blocks(c) > c.split_tiles * grid.steps)
    return invalid("split_blocks = ", c.split_blocks, ": must be at most the steps to split (",
                   c.split_tiles, " tiles of ", grid.steps, ")");
  return {};
}

MatmulConfig fit_to(const SelectProblem& problem, MatmulConfig c) {
  if (is_empty(problem)) return nothing_to_do(c).config;
  const cost::Grid grid = grid_of(problem, c);
  const int each = worker_blocks(c);  // counted in workers below
  c.split_tiles = std::min(c.split_tiles, grid.tiles);
  const auto split = std::min<std::int64_t>(c.split_blocks / each, c.split_tiles * grid.steps);
  const std::int64_t whole = grid.tiles - c.split_tiles;
  const std::int64_t useful = std::max<std::int64_t>(whole, split);
  c.split_blocks = static_cast<int>(split) * each;
  c.blocks = static_cast<int>(std::clamp<std::int64_t>(c.blocks / each, 1, useful)) * each;
  return c;
}

Result<Selection> select(const SelectProblem& problem, const DeviceDescription& device) try {
  if (Status status = check_both(problem, device); !status.ok()) return status;
  if (is_empty(problem)) return nothing_to_do({});
  Selection best;
  bool found = false;
  for_each_config(problem, device, [&](const MatmulConfig& config) {
    const Selection s = estimate(problem, device, config);
    if (found && s.predicted_us >= best.predicted_us) return;
    best = s;
    found = true;
  });
  if (!found) return uncountable(problem);  // 48 KiB hold some shape for every n
  return best;
} catch (...) {
  return caught();
}

Result<Selection> predict(const SelectProblem& problem, const DeviceDescription& device,
                          const MatmulConfig& config) try {
  if (Status status = check_config(problem, device, config); !status.ok()) return status;
  if (is_empty(problem)) return nothing_to_do(config);
  return estimate(problem, device, config);
} catch (...) {
  return caught();
}

Result<std::vector<Selection>> candidates(const SelectProblem& problem,
                                          const DeviceDescription& device, std::size_t most) try {
  if (Status status = check_both(problem, device); !status.ok()) return status;
  std::vector<Selection> all;
  if (is_empty(problem)) return all;
  for_each_config(problem, device, [&](const MatmulConfig& config) {
    const auto same = [&](const Selection& s) { return s.config == config; };
    if (std::none_of(all.begin(), all.end(), same))
      all.push_back(estimate(problem, device, config));
  });
  std::stable_sort(all.begin(), all.end(), [](const Selection& a, const Selection& b) {
    return a.predicted_us < b.predicted_us;
  });
  if (all.size() > most) all.resize(most);
  return all;
} catch (...) {
  return caught();
}

}  // namespace heddle
