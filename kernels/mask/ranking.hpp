#pragma once
// Ranking as unsigned integers: key(a) > key(b) where a ranks above b. Ties go to the lower
// position; that is the comparison's business.

#include <cstdint>

#include "kernels/layout/host_device.hpp"

namespace heddle {

// One formula for every type and ranking. A NaN gets the top key; sign and flips make the rest
// ascend.
struct RankRule {
  std::uint32_t sign;           // the sign bit; 0 where the rule does not look at it
  std::uint32_t flip_positive;  // xor of an element without that bit
  std::uint32_t flip_negative;  // xor of an element with it, after which add_negative is added
  std::uint32_t add_negative;
  std::uint32_t magnitude;  // bits without sign
  std::uint32_t nan;        // an element whose magnitude is at least this is a NaN
};

inline constexpr std::uint32_t kTopKey = ~1u;  // key + 1 is still a key's size

HEDDLE_HD constexpr std::uint32_t rank_key(const RankRule& rule, std::uint32_t bits) {
  const bool negative = (bits & rule.sign) != 0;
  const std::uint32_t key = (bits ^ (negative ? rule.flip_negative : rule.flip_positive)) +
                            (negative ? rule.add_negative : 0u);
  return (bits & rule.magnitude) >= rule.nan ? kTopKey : key;
}

// The same order for floats by magnitude, in two operations.
HEDDLE_HD constexpr std::uint32_t float_magnitude_key(const RankRule& rule, std::uint32_t bits) {
  const std::uint32_t magnitude = bits & rule.magnitude;
  return magnitude < rule.nan ? magnitude : rule.nan;
}

// Rules of a float of `bits` bits whose lowest NaN is `nan`. In both, -0.0 equals 0.
constexpr RankRule float_by_magnitude(int bits, std::uint32_t nan) {
  const std::uint32_t sign = 1u << (bits - 1);
  return {sign, 0, sign, 0, sign - 1, nan};
}
constexpr RankRule float_by_value(int bits, std::uint32_t nan) {
  const std::uint32_t sign = 1u << (bits - 1);
  return {sign, sign, sign | (sign - 1), 1, sign - 1, nan};  // negative: two's complement
}

inline constexpr RankRule kI8ByMagnitude = {0x80, 0, 0xFF, 1, 0, 1};
inline constexpr RankRule kI8ByValue = {0, 0x80, 0, 0, 0, 1};

}  // namespace heddle
