#pragma once
/// \file
/// How a product is cut up on a GPU, and how that is chosen: a pure function of the problem and a
/// description of the device, so that it can be asked about machines one does not have.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/pattern.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// Which kernel multiplies: `mma.sp` by single warps (compute capability 8.0 and newer), or
/// `wgmma.sp` by warpgroups (9.0 alone).
enum class MatmulKernel {
  mma,    ///< mma.sp, compute capability 8.0 and newer
  wgmma,  ///< wgmma.sp, compute capability 9.0
};

/// A configuration of the sparse GEMM.
///
/// mma: blocks of 8 warps. A warp multiplies 64 rows of A with 8 * tiles tokens; warps_m * warps_n *
/// warps_k = 8 of them make an output tile of 64 warps_m x 8 tiles warps_n, and walk along k in
/// steps of warps_k units (128 bytes of a dense row each). docs/kernels/stream.md and tile.md.
///
/// wgmma: blocks of `groups` warpgroups that multiply and one that fetches. A warpgroup multiplies
/// 64 * row_blocks rows of A with 8 * tiles tokens, a unit at a time; `cluster` blocks, each with
/// rows of its own, share the tokens of an output tile of 64 row_blocks groups cluster x 8 tiles.
/// docs/kernels/hopper.md.
struct MatmulConfig {
  MatmulKernel kernel = MatmulKernel::mma;  ///< decides which of the fields below count
  int warps_m = 1;                          ///< mma only, as are warps_n and warps_k
  int warps_n = 1;                          ///< warps along n
  int warps_k = 8;                          ///< warps along k, whose sums are added
  int groups = 2;                           ///< wgmma only, as are row_blocks, cluster and staged
  int row_blocks = 1;                       ///< of 64 rows each, for every warpgroup: 1 or 2
  int cluster = 1;                          ///< 1, 2 or 4
  bool staged = false;  ///< A reaches the registers by way of shared memory, else straight
  int tiles = 1;        ///< mma: 1, 2, 4 or 8; wgmma: 1, 2, 4, 8, 16, 24 or 32
  int stages = 4;       ///< of B in shared memory; mma: 2 to 4, wgmma: 2 to 16
  int raster = 1;       ///< output tiles along m that are walked together, for L2
  /// Of the grid; a block works on several tiles in turn. 0: nothing to do. wgmma: a multiple of
  /// cluster, as is split_blocks.
  int blocks = 1;
  /// The first split_tiles output tiles are split along k among split_blocks blocks (stream-k);
  /// the others are whole.
  std::int64_t split_tiles = 0;
  int split_blocks = 0;  ///< blocks that share the split tiles

  /// Rows of an output tile.
  std::int64_t tile_m() const noexcept {
    if (kernel == MatmulKernel::mma) return 64 * std::int64_t{warps_m};
    return 64 * std::int64_t{row_blocks} * groups * cluster;
  }
  /// Tokens of an output tile.
  std::int64_t tile_n() const noexcept {
    return 8 * std::int64_t{tiles} * (kernel == MatmulKernel::mma ? warps_n : 1);
  }
  /// Equal in every field.
  friend bool operator==(const MatmulConfig& a, const MatmulConfig& b) noexcept {
    return a.kernel == b.kernel && a.warps_m == b.warps_m && a.warps_n == b.warps_n &&
           a.warps_k == b.warps_k && a.groups == b.groups && a.row_blocks == b.row_blocks &&
           a.cluster == b.cluster && a.staged == b.staged && a.tiles == b.tiles &&
           a.stages == b.stages && a.raster == b.raster && a.blocks == b.blocks &&
           a.split_tiles == b.split_tiles && a.split_blocks == b.split_blocks;
  }
  /// Different in some field.
  friend bool operator!=(const MatmulConfig& a, const MatmulConfig& b) noexcept {
    return !(a == b);
  }
};

/// One line, for example "warps=2x1x4 tiles=1 stages=4 raster=1 blocks=132 split=32/132", or
/// "wgmma=2x64x256 cluster=2 a=global stages=5 raster=4 blocks=132 split=0/0": groups x rows of each
/// x tokens; a=staged where A goes through shared memory.
HEDDLE_API std::string to_string(const MatmulConfig& config);
/// The configuration of a line as to_string writes it; invalid_argument names the field at fault.
/// Of the values, all is checked that depends on neither problem nor device.
HEDDLE_API Result<MatmulConfig> parse_matmul_config(const std::string& text);

/// Configurations for ranges of n: the first entry with n <= max_n counts; without one, select
/// decides.
struct MatmulTuning {
  /// A configuration and up to which n it counts.
  struct Entry {
    std::int64_t max_n = 0;  ///< the largest n it is meant for
    MatmulConfig config;     ///< what runs then
  };
  std::vector<Entry> entries;  ///< ascending max_n
};

/// One entry a line: "n<=16 warps=...". Reading skips empty lines.
HEDDLE_API std::string to_string(const MatmulTuning& tuning);
/// The entries of a text; invalid_argument names the line at fault.
HEDDLE_API Result<MatmulTuning> parse_matmul_tuning(const std::string& text);

/// What select needs to know about a problem. Epilogues do not change the choice.
struct SelectProblem {
  std::int64_t m = 0;               ///< output features
  std::int64_t n = 0;               ///< tokens
  std::int64_t k = 0;               ///< input features
  std::int64_t batch = 1;           ///< products of one A
  DataType a_type = DataType::f16;  ///< of the values of A
  DataType b_type = DataType::f16;  ///< of B
  DataType d_type = DataType::f16;  ///< of D
  bool b_n_major = false;           ///< B is of order row: wgmma takes that of 16-bit types alone
};

/// A device, as the model sees it. Rates are what a good kernel reaches, not the data sheet's.
struct DeviceDescription {
  std::string name;                                 ///< for messages
  int compute_capability = 80;                      ///< 10 * major + minor; 80 at least
  int multiprocessors = 1;                          ///< SMs
  double clock_ghz = 1.0;                           ///< sustained
  double memory_gbytes_per_s = 0;                   ///< copy bandwidth of device memory, 10^9 bytes
  double l2_gbytes_per_s = 0;                       ///< from L2 to the multiprocessors, together
  std::size_t l2_bytes = 0;                         ///< capacity of L2
  std::size_t shared_bytes_per_block = 0;           ///< the most that a block may ask for
  std::size_t shared_bytes_per_multiprocessor = 0;  ///< for all blocks that are resident
  double launch_us = 2.0;                           ///< of an empty kernel in a stream
  bool wgmma = true;  ///< compute capability 9.0: its kernels may be chosen; false: mma alone
};

/// A known GPU by name ("A100", "H100 PCIe", "H200", "B200", "RTX 4090", ...); not_found lists
/// them. Figures with their sources are in docs/kernels/selection.md.
HEDDLE_API Result<DeviceDescription> find_device(const std::string& name);
/// The current CUDA device; for one that is not known, rates follow from its attributes.
/// `unavailable` on the CPU.
HEDDLE_API Result<DeviceDescription> describe_device(const Exec& exec);

/// A configuration and what the model thinks of it (docs/kernels/selection.md):
/// predicted = launch + fill + max(balance * memory, balance * l2, shared, math, wait) + fixup.
/// All 0 for an empty problem (m, n or batch = 0).
struct Selection {
  MatmulConfig config;      ///< what would run
  double predicted_us = 0;  ///< microseconds, as all times here
  double memory_us = 0;     ///< the bound by device memory, A cold
  double l2_us = 0;         ///< by traffic between L2 and the multiprocessors
  double shared_us = 0;     ///< by the L1 and shared memory port of the busiest multiprocessor
  double math_us = 0;       ///< by its sparse mma
  double wait_us = 0;       ///< by the latency of one load of A after the other
  double fill_us = 0;       ///< first loads, and starts and ends of output tiles
  double fixup_us = 0;      ///< sums of split tiles
  double balance = 1;       ///< steps of the busiest block over those of the average one
};

/// The configuration with the least predicted time; for an empty problem one with blocks = 0. Under
/// 20 us on a current CPU. invalid_argument for sizes below 0, types that the kernel has not, and
/// devices that are none.
HEDDLE_API Result<Selection> select(const SelectProblem& problem, const DeviceDescription& device);
/// The model's opinion of one configuration; invalid_argument if it cannot run there.
HEDDLE_API Result<Selection> predict(const SelectProblem& problem, const DeviceDescription& device,
                                     const MatmulConfig& config);
/// Every configuration worth measuring, best prediction first, at most `most`. None for an empty
/// problem.
HEDDLE_API Result<std::vector<Selection>> candidates(const SelectProblem& problem,
                                                     const DeviceDescription& device,
                                                     std::size_t most);

}  // namespace heddle
