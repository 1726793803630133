#pragma once
// TileSolver::fast: which mask it is, for CPU and GPU alike. docs/kernels/tile_mask.md says why.
//
// Weights become integers, prices of rows and columns balance the demand for them, every row takes
// its best entries at these prices, columns that got too many hand some over, and pairs of rows
// exchange entries while that gains. All arithmetic is in 32-bit integers, every choice has one
// answer, so that any order of execution gives the same mask. G = group, K = keep < G; a tile with
// K = G keeps everything. Absent entries (beyond the matrix) are entries of weight 0. Bit c of
// rows[r] tells that (r, c) is kept. "First" means the lowest row, then the lowest column.
//
// 1. q[r][c] = fast_weight(weight, low), low = top_of(largest finite weight) - kFastBits.
//    p[r][c] = min(q[r][c], 2^kFastBits).
// 2. u[r] = v[c] = 0. kFastRounds times:
//      for each column c: v[c] = price of { p[r][c] - u[r] over r };
//      for each row r:    u[r] = price of { p[r][c] - v[c] over c }.
//    price: low = -2^kFastBits, high = 2^kFastBits; kFastSteps times: middle = floor((low + high) /
//    2), n = how many values exceed middle; n >= K: low = middle; n <= K: high = middle (both where
//    n = K). The price is floor((low + high) / 2).
// 3. rows[r] = the K entries of row r with the largest q[r][c] - v[c], the first of equal ones.
// 4. While a column keeps more than K: of the first such column, c, and all columns j that keep
//    fewer than K and all rows r that keep c and not j: the pair with the largest q[r][j] -
//    q[r][c]; of equal ones the lowest j, then the lowest r. Row r gives up c and takes j.
// 5. At most kFastSweeps sweeps, until one changes nothing. A sweep calls exchange(a, b), a < b,
//    for the pairs of fast_pair: round 0 to fast_rounds(G) - 1, and in each round its pairs, which
//    share no row. exchange, with d(c) = q[a][c] - q[b][c]:
//      repeat: j = the column that b keeps and a does not with the largest d,
//              c = the column that a keeps and b does not with the smallest d (first of equal ones);
//              if both exist and d(j) > d(c): a takes j for c, b takes c for j; else stop.
// 6. Rule at_most only. At most kFastLooseSweeps sweeps like those of step 5, until one changes
//    nothing, of: loosen(a, b), then loosen(b, a), then exchange(a, b). loosen(x, y): j = the
//    column that y keeps and x does not with the largest g = q[x][j] - q[y][j] (first of equal
//    ones); none: nothing happens.
//      x keeps fewer than K: if g > 0, x takes j from y.
//      else: c = the column that both keep with the smallest q[x][c] (first of equal ones); if it
//            exists and g > q[x][c], x takes j from y and drops c.
//    Then, row by row and column by column, what has room in its row and column is kept too.

#include <cstdint>

#include "kernels/layout/host_device.hpp"
#include "kernels/tile/tile_weight.hpp"

namespace heddle::tile {

inline constexpr int kFastBits = 20;
inline constexpr int kFastRounds = 3;
inline constexpr int kFastSteps = 12;
inline constexpr int kFastSweeps = 16;
inline constexpr int kFastLooseSweeps = 4;

// No two finite weights make up for an infinity, no two infinities for a NaN.
inline constexpr std::int32_t kFastInfinity = 1 << 23;
inline constexpr std::int32_t kFastNan = 1 << 26;

HEDDLE_HD constexpr std::int32_t fast_weight(std::uint32_t weight, int low) {
  if (weight >= kInfinity) return weight == kInfinity ? kFastInfinity : kFastNan;
  return static_cast<std::int32_t>(quantised(weight, low));
}

struct RowPair {
  int a, b;  // a < b; b >= group: a sits out
};

// Every two rows meet once: the circle method, with one row more where the group is odd.
HEDDLE_HD constexpr int fast_rounds(int group) { return (group + 1) / 2 * 2 - 1; }
HEDDLE_HD constexpr int fast_pairs(int group) { return (group + 1) / 2; }  // of a round
HEDDLE_HD constexpr RowPair fast_pair(int group, int round, int pair) {
  const int last = fast_rounds(group);  // the row that stays, the others circle
  int a = round + pair, b = round - pair + last;
  if (a >= last) a -= last;
  if (b >= last) b -= last;
  if (pair == 0) b = last;
  return a < b ? RowPair{a, b} : RowPair{b, a};
}

}  // namespace heddle::tile
