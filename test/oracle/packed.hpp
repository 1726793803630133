#pragma once
// What a packed blob must hold, entry by entry and byte by byte, from the dense matrix and the
// mask.

#include <cstdint>
#include <vector>

#include "heddle/pattern.hpp"
#include "test/oracle/matrix.hpp"

namespace heddle::oracle {

// The stored entries of one row, group after group: their positions in the group and their bits.
struct StoredRow {
  std::vector<int> position;
  std::vector<std::uint32_t> bits;
};

// A group that keeps fewer than `keep` is filled with zeros at the lowest positions not kept; a
// trailing partial group is a whole one whose missing columns are not kept.
StoredRow stored_row(const Matrix& m, const Mask& mask, Pattern pattern, std::int64_t row);

// The dense columns that are stored: the mask, completed by the fillers that fall inside.
Mask stored_mask(const Mask& mask, Pattern pattern);

int position_bits(Pattern pattern);  // ceil(log2 group)

// The two parts of a canonical blob.
std::vector<unsigned char> canonical_values(const Matrix& m, const Mask& mask, Pattern pattern);
std::vector<unsigned char> canonical_metadata(const Matrix& m, const Mask& mask, Pattern pattern);

}  // namespace heddle::oracle
