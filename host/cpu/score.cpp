#include "host/cpu/score.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "host/cpu/decode.hpp"
#include "host/cpu/parallel.hpp"
#include "host/cpu/tile.hpp"

namespace heddle::cpu {
namespace {

constexpr Pattern kAnyGroup{1, 1};
constexpr std::int64_t kScoreCols = 4096;  // of a unit

// One NaN for all: processors disagree on the sign and payload of those they make.
template <class T>
T settled(T x) {
  return std::isnan(x) ? std::numeric_limits<T>::quiet_NaN() : x;
}

void score_row(Score kind, const float* w, const float* c, std::int64_t n, float* out) {
  switch (kind) {
    case Score::magnitude:
      for (std::int64_t j = 0; j < n; ++j) out[j] = settled(std::fabs(w[j]));
      return;
    case Score::activation_norm:
      for (std::int64_t j = 0; j < n; ++j) out[j] = settled(std::fabs(w[j]) * c[j]);
      return;
    case Score::obs_diagonal:
      for (std::int64_t j = 0; j < n; ++j) {
        const float ratio = w[j] / c[j];
        out[j] = settled(ratio * ratio);
      }
  }
}

// ---- sums of squares ----------------------------------------------------------------------------

// Row i goes to partial sum i mod 32. A unit takes the rows of eight neighbouring partial sums, for
// a strip of columns, and adds the eight; the four that come of it are added when all are there.
constexpr std::int64_t kPartials = 32;
constexpr std::int64_t kShares = 4;
constexpr std::int64_t kShareRows = kPartials / kShares;
constexpr std::int64_t kStrip = 256;  // columns: its partial sums stay in the first-level cache

// p[0] = the sum of `count` lines of n, as a balanced tree of neighbours.
void add_neighbours(double* p, std::int64_t count, std::int64_t line, std::int64_t n) {
  for (std::int64_t step = 1; step < count; step *= 2)
    for (std::int64_t i = 0; i < count; i += 2 * step) {
      double* to = p + i * line;
      const double* from = to + step * line;
      for (std::int64_t j = 0; j < n; ++j) to[j] += from[j];
    }
}

}  // namespace

Status score(const Exec& exec, const ConstMatrixView& weight, Score kind, const float* columns,
             const MatrixView& scores) {
  const Units units(weight.rows, weight.cols, kAnyGroup, kScoreCols);
  const std::size_t arena_bytes = tile_bytes(kUnitRows, kScoreCols, size_of(weight.type)) +
                                  tile_bytes(kUnitRows, kScoreCols, 4) + 3 * (kScoreCols * 4 + 64);
  return parallel_for(exec, units.count(), arena_bytes, [&](std::int64_t index, Arena& arena) {
    const Unit u = units[index];
    const ConstTile in = load_tile(weight, u.row, u.rows, u.col, u.cols, arena);
    const Tile to = open_tile(scores, u.row, u.rows, u.col, u.cols, arena);
    auto* w = arena.take<float>(u.cols);
    auto* c = arena.take<float>(u.cols);
    auto* out = arena.take<float>(u.cols);
    const auto bytes = static_cast<std::size_t>(u.cols) * sizeof(float);
    if (kind != Score::magnitude)  // at any address
      std::memcpy(c, reinterpret_cast<const std::byte*>(columns) + u.col * 4, bytes);
    for (std::int64_t r = 0; r < u.rows; ++r) {
      decode_row(weight.type, in.row(r), u.cols, w);
      score_row(kind, w, c, u.cols, out);
      std::memcpy(to.row(r), out, bytes);
    }
    store_tile(scores, u.row, u.rows, u.col, u.cols, to);
  });
}

Status accumulate_squares(const Exec& exec, const ConstMatrixView& activations, double* sums) {
  const std::int64_t n = activations.rows, k = activations.cols;
  const std::int64_t strips = (k + kStrip - 1) / kStrip;
  const std::unique_ptr<double[]> shares(
      new (std::nothrow) double[static_cast<std::size_t>(kShares * k)]);
  if (!shares) return {StatusCode::out_of_memory, "partial sums of accumulate_squares"};
  const std::size_t block = tile_bytes(kShareRows, kStrip, size_of(activations.type));
  const std::size_t arena_bytes = block + kShareRows * kStrip * 8 + kStrip * 4 + 192;
  const Status status =
      parallel_for(exec, strips * kShares, arena_bytes, [&](std::int64_t index, Arena& arena) {
        const std::int64_t share = index % kShares, col = index / kShares * kStrip;
        const std::int64_t cols = std::min(kStrip, k - col);
        auto* partial = arena.take<double>(kShareRows * kStrip);
        auto* x = arena.take<float>(kStrip);
        auto* scratch = arena.take<std::byte>(static_cast<std::int64_t>(block));
        std::fill(partial, partial + kShareRows * kStrip, 0.0);
        for (std::int64_t row = share * kShareRows; row < n; row += kPartials) {
          const std::int64_t rows = std::min(kShareRows, n - row);
          Arena piece(scratch, block);
          const ConstTile in = load_tile(activations, row, rows, col, cols, piece);
          for (std::int64_t r = 0; r < rows; ++r) {
            decode_row(activations.type, in.row(r), cols, x);
            score_ops().add_squares(x, cols, partial + r * kStrip);
          }
        }
        add_neighbours(partial, kShareRows, kStrip, cols);
        std::copy(partial, partial + cols, shares.get() + share * k + col);
      });
  if (!status.ok()) return status;
  add_neighbours(shares.get(), kShares, k, k);
  for (std::int64_t j = 0; j < k; ++j)
    sums[j] = settled(sums[j] + shares[static_cast<std::size_t>(j)]);
  return {};
}

Status norms_of_squares(const Exec&, const double* sums, std::int64_t k, float* norms) {
  for (std::int64_t j = 0; j < k; ++j) norms[j] = settled(static_cast<float>(std::sqrt(sums[j])));
  return {};
}

}  // namespace heddle::cpu
