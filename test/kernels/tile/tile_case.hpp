#pragma once
// What the tests of the tile kernels share: matrices that provoke ties, cancellation and rounding,
// and the masks and blobs of the CPU path.

#include <string>
#include <vector>

#include "heddle/tile.hpp"
#include "test/kernels/pack/canonical_case.hpp"

namespace heddle::oracle {

enum class TileFill {
  codes,      // any bits: NaN, infinities, all exponents
  normal,     //
  ties,       // few values
  pruned,     // mostly zeros
  heavy,      // sizes from one end of the exponent range to the other, finite
  near_ties,  // sums that differ far below the largest weight
  zeros
};
inline constexpr TileFill kTileFills[] = {TileFill::codes,  TileFill::normal, TileFill::ties,
                                          TileFill::pruned, TileFill::heavy,  TileFill::near_ties,
                                          TileFill::zeros};

inline void fill_tiles(Matrix& m, TileFill how, Random& random) {
  switch (how) {
    case TileFill::codes: return fill_codes(m, random);
    case TileFill::normal: return fill_normal(m, random);
    case TileFill::ties: return fill_ties(m, random);
    case TileFill::zeros: return;
    case TileFill::pruned:
      return m.each([&](auto, auto) {
        return random.below(3) == 0 ? encode(m.type(), random.normal()) : 0u;
      });
    case TileFill::heavy:
      return m.each([&](auto, auto) {
        const double size = std::ldexp(random.uniform(), static_cast<int>(random.between(-40, 15)));
        return encode(m.type(), random.below(2) == 0 ? size : -size);
      });
    case TileFill::near_ties:
      return m.each([&](auto, auto) {
        static constexpr double kSizes[] = {1,       1,       2,         3,      0x1p-7,
                                            0x1p-12, 0x1p-22, 0x1.8p-23, 0x1p-60};
        return encode(m.type(), kSizes[random.below(9)]);
      });
  }
}

inline Mask cpu_mask(const Matrix& m, const TilePattern& pattern, Ranking ranking) {
  Mask mask(m.rows(), m.cols());
  EXPECT_TRUE(succeeds(best_tile_mask(Exec::cpu(1), m.view(), pattern, mask.view(), ranking)));
  return mask;
}

inline std::string tile_problem(const Matrix& m, const TilePattern& pattern,
                                const Placement& place) {
  return problem(m, pattern.pattern, place) + ":" + to_string(pattern);
}

}  // namespace heddle::oracle
