#include "host/cpu/tile_mask.hpp"

#include "host/cpu/tile.hpp"
#include "host/cpu/tile_band.hpp"
#include "host/cpu/tile_units.hpp"
#include "host/validate.hpp"

namespace heddle::cpu {
namespace {

// Long rows keep the prefetchers busy; a large group is work enough.
std::int64_t wanted_cols(int group) { return group <= 4 ? 4096 : 64; }

}  // namespace

Status best_tile_mask(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                      const MaskView& mask, Ranking ranking) {
  const int group = pattern.pattern.group;
  const TileUnits units(matrix.rows, matrix.cols, group, wanted_cols(group));
  const MatrixView out = as_bytes(mask);
  const std::size_t arena_bytes =
      tile_bytes(units.unit_rows(), units.unit_cols(), size_of(matrix.type)) +
      tile_bytes(units.unit_rows(), units.unit_cols(), 1) +
      TileBand::arena_bytes(matrix.type, pattern, units.unit_cols());
  return parallel_for(exec, units.count(), arena_bytes, [&](std::int64_t index, Arena& arena) {
    const TileUnit u = units[index];
    const ConstTile in = load_tile(matrix, u.row, u.rows, u.col, u.cols, arena);
    const Tile to = open_tile(out, u.row, u.rows, u.col, u.cols, arena);
    TileBand band(matrix.type, pattern, ranking, u.cols, arena);
    for (std::int64_t r = 0; r < u.rows; r += group) {
      band.solve(in, r, std::min<std::int64_t>(group, u.rows - r), u.cols);
      band.write_mask(to, r);
    }
    store_tile(out, u.row, u.rows, u.col, u.cols, to);
  });
}

}  // namespace heddle::cpu
