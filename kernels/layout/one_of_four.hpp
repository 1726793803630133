#pragma once
// 1:4 inside the hardware's 2:4: the kept entry and a filler of value zero.
//
// The filler sits at the next position, cyclically, so that the pair alone says which entry was
// kept, even when the kept value is zero:  0 -> (0,1)   1 -> (1,2)   2 -> (2,3)   3 -> (0,3)

#include "kernels/layout/metadata.hpp"

namespace heddle::layout {

HEDDLE_HD constexpr unsigned one_of_four_nibble(int position) {
  return position == 3 ? make_nibble(0, 3) : make_nibble(position, position + 1);
}

// Which of the chunk's two stored entries is the kept one.
HEDDLE_HD constexpr int one_of_four_slot(int position) { return position == 3 ? 1 : 0; }

HEDDLE_HD constexpr bool is_one_of_four_nibble(unsigned nibble) {
  for (int position = 0; position < 4; ++position)
    if (nibble == one_of_four_nibble(position)) return true;
  return false;
}

// Inverse; 0 for a nibble that is none of the four.
HEDDLE_HD constexpr int one_of_four_position(unsigned nibble) {
  for (int position = 3; position > 0; --position)
    if (nibble == one_of_four_nibble(position)) return position;
  return 0;
}

}  // namespace heddle::layout
