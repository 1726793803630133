#pragma once
// Ranking floats by magnitude for the device-order packer, which looks at all elements of a word at
// once.

#include <cstdint>

#include "kernels/mask/ranking.hpp"

namespace heddle {

struct MagnitudeRule {
  std::uint32_t nan_to_top;  // in every element: takes the lowest NaN's magnitude to the top bit
};

// `rule` ranks floats of elem_bytes by magnitude.
constexpr MagnitudeRule magnitude_rule(const RankRule& rule, int elem_bytes) {
  const std::uint32_t every = elem_bytes == 4 ? 1u : elem_bytes == 2 ? 0x00010001u : 0x01010101u;
  return {(rule.sign - rule.nan) * every};
}

}  // namespace heddle
