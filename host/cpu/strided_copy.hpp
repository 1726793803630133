#pragma once
// Pieces of tensors between their places and row-major scratch.

#include <cstddef>
#include <cstdint>

#include "host/cpu/parallel.hpp"
#include "host/cpu/tile.hpp"
#include "host/tensor_rows.hpp"

namespace heddle::cpu {

// An operand of a TensorRows or TensorTaps.
struct Operand {
  int index;
  std::int64_t elem_bytes;
};

// to[r][c] = from[r][c]; steps in bytes.
struct Steps {
  std::int64_t row, col;
};
void copy_block(std::int64_t elem_bytes, const std::byte* from, Steps from_steps, std::byte* to,
                Steps to_steps, std::int64_t rows, std::int64_t cols);

// Rows [row, row + rows), columns [col, col + cols) of the operand at `data`, to and from scratch.
void gather(const TensorRows& tensor, Operand operand, const void* data, const Unit& at,
            const Tile& to);
void scatter(const TensorRows& tensor, Operand operand, void* data, const Unit& at,
             const ConstTile& from);

// Scratch of a unit.
Tile scratch_tile(const Unit& unit, std::int64_t elem_bytes, Arena& arena);

// Cuts rows x cols into units of whole groups that fit in the second-level cache.
class StridedUnits {
 public:
  StridedUnits(std::int64_t rows, std::int64_t cols, int group);
  std::int64_t count() const { return down_ * across_; }
  Unit operator[](std::int64_t index) const;
  std::int64_t rows() const { return unit_rows_; }  // at most, of a unit
  std::int64_t cols() const { return unit_cols_; }
  std::size_t tile_bytes(std::int64_t elem_bytes) const {
    return cpu::tile_bytes(unit_rows_, unit_cols_, static_cast<std::size_t>(elem_bytes));
  }

 private:
  std::int64_t rows_, cols_, group_, unit_rows_, unit_cols_, down_, across_;
};

}  // namespace heddle::cpu
