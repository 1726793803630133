#pragma once
// How a matrix is cut for the tile operations: whole tiles, whole bytes of metadata in both
// directions, whole 64 x 64 blocks where the group divides 64.

#include <algorithm>
#include <cstdint>

namespace heddle::cpu {

struct TileUnit {
  std::int64_t row, rows, col, cols;
};

class TileUnits {
 public:
  TileUnits(std::int64_t rows, std::int64_t cols, int group, std::int64_t wanted_cols)
      : rows_(rows), cols_(cols) {
    const std::int64_t step = 64 % group == 0 ? std::max(64, 8 * group) : 8 * group;
    unit_rows_ = std::max<std::int64_t>(64 / step, 1) * step;
    unit_cols_ = std::max<std::int64_t>(wanted_cols / step, 1) * step;
    across_ = (cols + unit_cols_ - 1) / unit_cols_;
  }
  std::int64_t unit_rows() const { return unit_rows_; }
  std::int64_t unit_cols() const { return unit_cols_; }
  std::int64_t count() const { return (rows_ + unit_rows_ - 1) / unit_rows_ * across_; }
  TileUnit operator[](std::int64_t index) const {
    const std::int64_t row = index / across_ * unit_rows_, col = index % across_ * unit_cols_;
    return {row, std::min(unit_rows_, rows_ - row), col, std::min(unit_cols_, cols_ - col)};
  }

 private:
  std::int64_t rows_, cols_, unit_rows_ = 0, unit_cols_ = 0, across_ = 0;
};

}  // namespace heddle::cpu
