#pragma once
// The kept entries of one row.

#include <cstdint>

#include "heddle/mask.hpp"
#include "host/cpu/parallel.hpp"

namespace heddle::cpu {

// Chooses the entries of rows by a ranking. One per unit; holds the unit's scratch.
class RowSelector {
 public:
  RowSelector(DataType type, Ranking ranking, Pattern pattern, std::int64_t groups, Arena& arena);

  static constexpr std::size_t arena_bytes() { return 2 * (kUnitCols + 64) * sizeof(float); }

  // bits[g] for every group of the row of `cols` elements; the last group may be partial.
  void select(const void* row, std::int64_t cols, std::uint32_t* bits) const;

 private:
  DataType type_;
  Ranking ranking_;
  Pattern pattern_;
  float* scores_ = nullptr;  // these two only for Ranking::value
  std::int32_t* keys_ = nullptr;
};

}  // namespace heddle::cpu
