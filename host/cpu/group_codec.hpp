#pragma once
// One row of groups in its three forms: kept bits, stored entries with positions, dense elements.
// Rows are contiguous and need no alignment. Compiled per instruction set, like simd.hpp, because
// bit counting and scanning are single instructions only above the x86 baseline.

#include <cstddef>
#include <cstdint>

#include "heddle/pattern.hpp"

namespace heddle::cpu {

struct GroupOps {
  // Groups of a bit stream with more than keep bits set; `first` gets the first of them, or -1.
  // The stream has bits for whole groups and one spare word.
  std::int64_t (*count_crowded)(const std::uint64_t* stream, std::int64_t groups, Pattern pattern,
                                std::int64_t* first);

  // mask[i] = bit i of the row, as 0 or 1, for the first `cols` elements.
  void (*expand_bits)(const std::uint32_t* bits, std::int64_t cols, int group, std::uint8_t* mask);

  // The entries of bits, exactly pattern.keep in each group: values gets keep elements a group,
  // metadata their positions. x holds whole groups.
  void (*compact)(std::size_t elem_bytes, const void* x, std::int64_t groups, Pattern pattern,
                  const std::uint32_t* bits, void* values, void* metadata);

  // Metadata of 2:4 from one nibble per byte.
  void (*pack_nibbles)(const std::uint8_t* nibbles, std::int64_t groups, void* metadata);

  // The dense elements of whole groups, zero where nothing is stored. Positions >= group are
  // skipped.
  void (*expand)(std::size_t elem_bytes, const void* values, const void* metadata,
                 std::int64_t groups, Pattern pattern, void* out);

  // Positions of `entries` stored entries, `bits` each.
  void (*read_positions)(const void* metadata, std::int64_t entries, int bits,
                         std::uint8_t* positions);
};

const GroupOps& group_ops();

}  // namespace heddle::cpu
