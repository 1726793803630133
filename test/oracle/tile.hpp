#pragma once
// Masks of tiles from their definition: every mask of a rule, sums without rounding.

#include <cstdint>
#include <vector>

#include "heddle/tile.hpp"
#include "test/oracle/matrix.hpp"

namespace heddle::oracle {

// A non-negative multiple of 2^-149 below 2^170: every finite weight and every sum of a tile's.
class ExactSum {
 public:
  ExactSum() = default;
  explicit ExactSum(double value);
  ExactSum& operator+=(const ExactSum& other);
  friend bool operator<(const ExactSum& a, const ExactSum& b);
  friend bool operator==(const ExactSum&, const ExactSum&) = default;

 private:
  std::uint32_t digit_[11] = {};  // lowest first
};

// What a mask keeps, better is larger.
struct KeptWeight {
  int nan = 0, infinite = 0;
  ExactSum finite;
  KeptWeight() = default;
  explicit KeptWeight(double weight);
  KeptWeight& operator+=(const KeptWeight& other);
  friend bool operator<(const KeptWeight& a, const KeptWeight& b);
  friend bool operator==(const KeptWeight&, const KeptWeight&) = default;
};

// Row-major, group x group.
using TileMask = std::vector<bool>;
using TileWeights = std::vector<double>;  // |x| or max(x, 0); NaN and infinity as they are

double tile_weight(DataType type, Ranking ranking, std::uint32_t bits);
// Of the tile at (row, col) of m, 0 beyond it.
TileWeights tile_weights(const Matrix& m, std::int64_t row, std::int64_t col, int group,
                         Ranking ranking);
KeptWeight kept_weight(const TileWeights& weights, const TileMask& mask);

// Does `mask` obey the rule (exact or at_most) by its definition?
bool obeys(const TileMask& mask, Pattern pattern, TileRule rule);

// Every mask of a rule, those first that keep the lowest position in which two differ.
const std::vector<TileMask>& all_tile_masks(Pattern pattern, TileRule rule);

TileMask best_tile(const TileWeights& weights, Pattern pattern, TileRule rule);
TileMask greedy_tile(const TileWeights& weights, Pattern pattern);

// The whole mask, tile by tile. For groups that all_tile_masks can list.
Mask best_tile_mask_of(const Matrix& m, const TilePattern& pattern,
                       Ranking ranking = Ranking::magnitude);

// The tile of `mask` at (row, col); what is beyond it is not kept.
TileMask tile_of(const Mask& mask, std::int64_t row, std::int64_t col, int group);

}  // namespace heddle::oracle
