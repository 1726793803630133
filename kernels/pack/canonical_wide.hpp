#pragma once
// Groups that are not one lane's: a lane an element. A warp takes a unit of kUnitGroups groups of a
// row in steps; a group has `seats` adjacent lanes, a power of two:
//
//     group of  1..4   5..8   9..16   17..32
//     seats       4      8      16       32
//     steps       1      2       4        8

#include <cstdint>

#include "kernels/layout/host_device.hpp"

namespace heddle {

// Eight groups of a row: the fewest whose metadata is whole bytes under every pattern.
inline constexpr int kUnitGroups = 8;
inline constexpr int kWideThreads = 256;
inline constexpr int kWideWarps = kWideThreads / 32;

// The units of all rows.
struct UnitRange {
  std::int64_t row_units, units;
};
template <class Blob>
HEDDLE_HD constexpr UnitRange units_of(const Blob& blob) {
  const std::int64_t row_units = (blob.groups + kUnitGroups - 1) / kUnitGroups;
  return {row_units, row_units * blob.rows};
}

struct Seating {
  int seats;
  int slot;      // which group of the step is this lane's
  int position;  // and where in it the lane sits; may be past its end

  HEDDLE_HD constexpr int groups() const { return 32 / seats; }  // of a step
};
HEDDLE_HD constexpr Seating seating(int group, int lane) {
  const int seats = group <= 4 ? 4 : group <= 8 ? 8 : group <= 16 ? 16 : 32;
  return {seats, lane / seats, lane % seats};
}

}  // namespace heddle
