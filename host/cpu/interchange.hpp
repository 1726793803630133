#pragma once
// Formats of others on the CPU. Arguments are valid already: host/interchange.cpp checks them.

#include <cstdint>

#include "heddle/interchange.hpp"
#include "host/cpu/first_place.hpp"
#include "host/cpu/packed_rows.hpp"

namespace heddle::cpu {

Status to_sm80(const Exec& exec, const ConstPackedView& packed, const PackedArrays& out);
// bad: the first group whose nibble is not legal, the nibble as `what`.
Status from_sm80(const Exec& exec, const ConstPackedArrays& arrays, const PackedView& out,
                 FirstPlace& bad);

Status to_bitmask(const Exec& exec, const ConstPackedView& packed, const PackedArrays& out);
// bad: the first group that stores another number of entries than two, the number as `what`; a
// group past the last one where the row has bits there.
Status from_bitmask(const Exec& exec, const ConstPackedArrays& arrays, const PackedView& out,
                    FirstPlace& bad);

// The values of a unit, from its canonical rows to (or from) the array [rows, k_c].
void copy_values(const PackedDesc& desc, const Unit& unit, const ConstPackedRows& in,
                 std::byte* values);
void copy_values(const PackedDesc& desc, const Unit& unit, const std::byte* values,
                 const PackedRows& out);

// What breaks sparse-bitmask arrays.
enum class BitmaskFault {
  offset = 1,   // of the row; the group is -1
  tail = 2,     // bits past the last column; the group is -1
  crowded = 3,  // more than `keep` of a group
};

// counts, if not null, gets the stored entries of each row that are not zero.
Status count_nonzeros(const Exec& exec, const ConstPackedView& packed, std::int64_t* counts,
                      std::int64_t& total);
// out.row_offsets is right already.
Status to_sparse_bitmask(const Exec& exec, const ConstPackedView& packed, const SparseBitmask& out);
// bad: the first place and its BitmaskFault.
Status from_sparse_bitmask(const Exec& exec, const ConstSparseBitmask& arrays,
                           const PackedView& out, FirstPlace& bad);

}  // namespace heddle::cpu
