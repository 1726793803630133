#pragma once
// Tile masks with CUDA. Arguments are valid already: host/tile.cpp.

#include <optional>

#include "heddle/tile.hpp"
#include "kernels/matrix.hpp"

namespace heddle::cuda {

Status best_tile_mask(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                      const MaskView& mask, Ranking ranking);
// The same of a matrix with any steps: where neither is the element's, `align` divides the address
// of every element.
Status best_tile_mask(const Exec& exec, const ConstMatrix& matrix, DataType type,
                      const TilePattern& pattern, const Matrix& mask, Ranking ranking);
Status pack_tiles(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                  const PackedView& out, const PackedView& out_transposed,
                  const std::optional<MaskView>& mask);

}  // namespace heddle::cuda
