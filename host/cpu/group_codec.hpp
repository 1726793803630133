#pragma once
// One row of groups in its three forms: kept bits, stored entries with positions, dense elements.
// Rows are contiguous and need no alignment; x and out hold groups * pattern.group elements.

#include <cstddef>
#include <cstdint>

#include "heddle/pattern.hpp"

namespace heddle::cpu {

// bits[g] = bits [g * group, (g + 1) * group) of the stream; the stream has one spare word.
void extract_groups(const std::uint64_t* stream, std::int64_t groups, int group,
                    std::uint32_t* bits);

// Adds the lowest unset positions until each group has `keep` (the filler rule).
void add_fillers(std::uint32_t* bits, std::int64_t groups, Pattern pattern);

// mask[i] = bit i of the row, as 0 or 1, for the first `cols` elements.
void expand_bits(const std::uint32_t* bits, std::int64_t cols, int group, std::uint8_t* mask);

// The entries of bits: values gets keep elements a group, metadata their positions.
void compact(std::size_t elem_bytes, const void* x, std::int64_t groups, Pattern pattern,
             const std::uint32_t* bits, void* values, void* metadata);

// Metadata of 2:4 from one nibble per byte.
void pack_nibbles(const std::uint8_t* nibbles, std::int64_t groups, void* metadata);

// The dense elements, zero where nothing is stored. Positions >= group are skipped.
void expand(std::size_t elem_bytes, const void* values, const void* metadata, std::int64_t groups,
            Pattern pattern, void* out);

// Positions of `entries` stored entries, ascending index; `bits` each.
void read_positions(const void* metadata, std::int64_t entries, int bits, std::uint8_t* positions);

}  // namespace heddle::cpu
