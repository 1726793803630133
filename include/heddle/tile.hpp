#pragma once
/// \file
/// Tile masks: transposable N:M. A matrix is cut into group x group tiles, and the mask of a tile
/// obeys keep:group along its rows and along its columns at once, so that W and W transposed are
/// both N:M and both products of training (forward W x, backward W^T g) run sparse.
///
/// The weight of an entry is |x| (Ranking::magnitude) or max(x, 0) (Ranking::value, for score
/// matrices; a NaN stays NaN). A better mask keeps more NaN; of equally many, more infinities; of
/// equally many, the larger sum of its finite weights as real numbers, without any rounding.
///
/// Tiles start at row 0, column 0. An edge tile is extended to a full one by entries of weight 0
/// below and on the right; its mask is what of the full tile's lies within the matrix.

#include <cstdint>
#include <optional>
#include <string>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/mask.hpp"
#include "heddle/pack.hpp"
#include "heddle/pattern.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// Which masks a tile may have.
enum class TileRule {
  exact,    ///< `keep` entries in every row and column of the (extended) tile; 90 masks for 2:4
  at_most,  ///< `keep` or fewer, and no entry could be added; 186 masks for 2:4
  greedy,   ///< the entries by descending weight, each if its row and column have room
};

/// How the mask of rule exact or at_most is found. (greedy has but one result.)
enum class TileSolver {
  /// The best mask. Groups up to 4: by comparing every one; of equally good masks the one that
  /// keeps the lowest position in which they differ (row-major in the tile). Larger groups: by
  /// min-cost flow with sums in double; which of equally good masks is fixed but not specified.
  optimal,
  /// Rounding and local search: for groups above 4 within 1 % of the best on average
  /// (docs/kernels/tile_mask.md has the measured mean and worst), the same on CPU and GPU bit for
  /// bit. Groups up to 4: as optimal.
  fast,
};

/// keep:group in both directions.
struct TilePattern {
  Pattern pattern{2, 4};                    ///< in both directions
  TileRule rule = TileRule::exact;          ///< which masks a tile may have
  TileSolver solver = TileSolver::optimal;  ///< of rules exact and at_most

  /// Equal in every field.
  friend constexpr bool operator==(const TilePattern& a, const TilePattern& b) noexcept {
    return a.pattern == b.pattern && a.rule == b.rule && a.solver == b.solver;
  }
  /// Different in some field.
  friend constexpr bool operator!=(const TilePattern& a, const TilePattern& b) noexcept {
    return !(a == b);
  }
};

/// "tile-exact-2:4", "tile-at-most-2:4", "tile-greedy-2:4"; with the fast solver
/// "tile-exact-fast-8:16", "tile-at-most-fast-8:16".
HEDDLE_API std::string to_string(const TilePattern& pattern);

/// Writes the mask of every tile of `matrix`.
/// matrix: [m, k] of any DataType but i32. mask: [m, k], any order and ld.
/// With CUDA: TileSolver::optimal for groups up to 4 (`unsupported` above, which names fast); fast
/// and greedy for every group.
HEDDLE_API Status best_tile_mask(const Exec& exec, const ConstMatrixView& matrix,
                                 const TilePattern& pattern, const MaskView& mask,
                                 Ranking ranking = Ranking::magnitude);

/// What `check_tiles` found.
struct TileCheckReport {
  CheckReport rows;  ///< groups along rows: row and group as `check` says
  CheckReport cols;  ///< groups down columns: here `row` is the column, `group` counts downwards
  bool compliant() const noexcept {
    return rows.compliant() && cols.compliant();
  }  ///< no violation in either direction
};

/// `check` in both directions: of the matrix and of its transpose.
/// With CUDA this waits for the stream and cannot be captured in a graph.
HEDDLE_API Result<TileCheckReport> check_tiles(const Exec& exec, const ConstMatrixView& matrix,
                                               Pattern pattern);

/// The same without waiting: *report is memory of the execution, aligned to 8 bytes.
HEDDLE_API Status check_tiles(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                              TileCheckReport* report);

/// Prunes matrix [m, k] and packs both the result and its transpose, in one pass over the matrix.
/// out.desc: [m, k]; out_transposed.desc: [k, m]; both of matrix.type and pattern.pattern, each in
/// any packed order that the type and pattern have. mask: [m, k], gets the mask; absent: not
/// stored. Where no fused kernel exists (docs/kernels/tile_mask.md lists them) and no mask is
/// given, CUDA takes m * k bytes of memory in stream order.
HEDDLE_API Status pack_tiles(const Exec& exec, const ConstMatrixView& matrix,
                             const TilePattern& pattern, const PackedView& out,
                             const PackedView& out_transposed,
                             const std::optional<MaskView>& mask = std::nullopt);

/// The same under a mask at hand; not_compliant (naming the first place, in rows before columns)
/// where it keeps more than pattern.keep of a group in either direction. On failure the blobs'
/// contents are unspecified. With CUDA this waits for the stream.
HEDDLE_API Status pack_tiles(const Exec& exec, const ConstMatrixView& matrix,
                             const ConstMaskView& mask, const PackedView& out,
                             const PackedView& out_transposed);

}  // namespace heddle
