#include "kernels/layout/sm80_order.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace heddle::layout {
namespace {

// Every piece has bytes of its own, none are left over, and the inverse finds it again.
TEST(Sm80Order, IsABijection) {
  for (const int elem : {1, 2, 4})
    for (std::int64_t tiles = 1; tiles <= 5; ++tiles)
      for (std::int64_t pairs = 1; pairs <= 5; ++pairs) {
        const std::int64_t rows = tiles * sm80_row_group(elem);
        const std::int64_t bytes = sm80_piece_chunks(elem) / 2;
        std::vector<int> taken(static_cast<std::size_t>(rows * pairs * 2 * bytes));
        for (std::int64_t row = 0; row < rows; ++row)
          for (std::int64_t piece = 0; piece < 2 * pairs; ++piece) {
            const std::int64_t offset = sm80_offset(elem, rows, {row, piece});
            ASSERT_EQ(offset % bytes, 0);
            for (std::int64_t b = 0; b < bytes; ++b)
              ++taken.at(static_cast<std::size_t>(offset + b));
            const PiecePlace back = sm80_place(elem, rows, offset);
            ASSERT_EQ(back.row, row) << elem << " bytes, piece " << piece;
            ASSERT_EQ(back.piece, piece) << elem << " bytes, row " << row;
          }
        for (const int times : taken) ASSERT_EQ(times, 1);
      }
}

}  // namespace
}  // namespace heddle::layout
