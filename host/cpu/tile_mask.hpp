#pragma once
// The CPU path of include/heddle/tile.hpp. Arguments are valid already: host/tile.cpp checks them.

#include <optional>

#include "heddle/tile.hpp"

namespace heddle::cpu {

Status best_tile_mask(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                      const MaskView& mask, Ranking ranking);

Status pack_tiles(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                  const PackedView& out, const PackedView& out_transposed,
                  const std::optional<MaskView>& mask);

}  // namespace heddle::cpu
