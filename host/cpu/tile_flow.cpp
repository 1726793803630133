#include "host/cpu/tile_flow.hpp"

#include <bit>

#include "kernels/tile/tile_weight.hpp"

namespace heddle::cpu {
namespace {

// A weight or a sum of weights that may hold NaN and infinities: what counts first comes first.
struct Mixed {
  double nan = 0, infinity = 0, finite = 0;
  friend Mixed operator+(const Mixed& a, const Mixed& b) {
    return {a.nan + b.nan, a.infinity + b.infinity, a.finite + b.finite};
  }
  friend Mixed operator-(const Mixed& a, const Mixed& b) {
    return {a.nan - b.nan, a.infinity - b.infinity, a.finite - b.finite};
  }
  friend bool operator<(const Mixed& a, const Mixed& b) {
    if (a.nan != b.nan) return a.nan < b.nan;
    if (a.infinity != b.infinity) return a.infinity < b.infinity;
    return a.finite < b.finite;
  }
};

double finite_value(std::uint32_t weight) {
  return static_cast<double>(std::bit_cast<float>(weight));
}
double value_of(std::uint32_t weight, double /*as*/) { return finite_value(weight); }
Mixed value_of(std::uint32_t weight, Mixed /*as*/) {
  if (weight == tile::kNan) return {1, 0, 0};
  if (weight == tile::kInfinity) return {0, 1, 0};
  return {0, 0, finite_value(weight)};
}

// Rows send `keep` units each to columns that take `keep` each, one unit a pair; successive
// shortest paths, row after row, with potentials that keep every residual cost >= 0. A unit costs
// minus its weight. For at_most a row may also drop units, at no cost.
template <class Value>
class Flow {
 public:
  Flow(const TileWeights& weight, Pattern pattern, TileRule rule, TileRows& rows)
      : group_(pattern.group), keep_(pattern.keep), drop_(rule == TileRule::at_most), rows_(rows) {
    Value largest{};
    for (int r = 0; r < group_; ++r)
      for (int c = 0; c < group_; ++c) {
        weight_[r][c] = value_of(weight[r][c], Value{});
        if (largest < weight_[r][c]) largest = weight_[r][c];
      }
    const Value least = Value{} - largest;  // below it no residual cost lies
    for (int c = 0; c < group_; ++c) column_potential_[c] = least;
    end_potential_ = least;
    for (int r = 0; r < kMaxSide; ++r) rows_[r] = 0;
  }

  void solve() {
    for (int r = 0; r < group_; ++r)
      for (int unit = 0; unit < keep_; ++unit) send(r);
    if (drop_) fill();
  }

 private:
  static constexpr int kNone = -1;
  static constexpr int kDropped = -2;

  bool kept(int r, int c) const { return (rows_[r] >> c & 1u) != 0; }

  struct Node {
    Value distance{};
    int from = kNone;  // the row (of a column) or column (of a row) before it on the path
    bool seen = false, done = false;
    void offer(const Value& d, int via) {
      if (done || (seen && !(d < distance))) return;
      distance = d;
      from = via;
      seen = true;
    }
  };

  // The nearest open node; columns count on from group_.
  int nearest() const {
    int best = kNone;
    for (int i = 0; i < 2 * group_; ++i) {
      const Node& node = i < group_ ? row_[i] : column_[i - group_];
      if (!node.seen || node.done) continue;
      if (best == kNone || node.distance < at(best).distance) best = i;
    }
    return best;
  }
  const Node& at(int i) const { return i < group_ ? row_[i] : column_[i - group_]; }

  void leave_row(int r) {
    row_[r].done = true;
    const Value base = row_[r].distance + row_potential_[r];
    for (int c = 0; c < group_; ++c)
      if (!kept(r, c)) column_[c].offer(base - weight_[r][c] - column_potential_[c], r);
    if (drop_) offer_end(base - end_potential_, r, true);
  }

  void leave_column(int c) {
    column_[c].done = true;
    const Value base = column_[c].distance + column_potential_[c];
    if (used_[c] < keep_) offer_end(base - end_potential_, c, false);
    for (int r = 0; r < group_; ++r)
      if (kept(r, c)) row_[r].offer(base + weight_[r][c] - row_potential_[r], c);
  }

  void offer_end(const Value& d, int via, bool dropped) {
    if (end_.seen && !(d < end_.distance)) return;
    end_.distance = d;
    end_.from = via;
    end_.seen = true;
    end_dropped_ = dropped;
  }

  // One more unit from `source`, by the cheapest path.
  void send(int source) {
    for (int i = 0; i < group_; ++i) row_[i] = column_[i] = Node{};
    end_ = Node{};
    row_[source].offer(Value{}, kNone);
    for (;;) {
      const int next = nearest();
      if (next == kNone || (end_.seen && !(at(next).distance < end_.distance))) break;
      if (next < group_)
        leave_row(next);
      else
        leave_column(next - group_);
    }
    raise_potentials();
    flip_path();
  }

  // By the distance, at most that of the end: costs along shortest paths become 0.
  void raise_potentials() {
    const Value& limit = end_.distance;
    const auto raise = [&](Value& potential, const Node& node) {
      potential = potential + (node.seen && node.distance < limit ? node.distance : limit);
    };
    for (int i = 0; i < group_; ++i) {
      raise(row_potential_[i], row_[i]);
      raise(column_potential_[i], column_[i]);
    }
    end_potential_ = end_potential_ + limit;
  }

  void flip_path() {
    int r = end_.from;
    if (!end_dropped_) {
      int c = end_.from;
      ++used_[c];
      r = column_[c].from;
      rows_[r] |= 1u << c;
    }
    while (row_[r].from != kNone) {  // the row gives up a column, which another row takes
      const int c = row_[r].from;
      rows_[r] &= ~(1u << c);
      r = column_[c].from;
      rows_[r] |= 1u << c;
    }
  }

  // Adds what has room. Nothing but weight 0 can be left.
  void fill() {
    for (int r = 0; r < group_; ++r)
      for (int c = 0; c < group_; ++c)
        if (!kept(r, c) && std::popcount(rows_[r]) < keep_ && used_[c] < keep_) {
          rows_[r] |= 1u << c;
          ++used_[c];
        }
  }

  int group_, keep_;
  bool drop_;
  TileRows& rows_;
  Value weight_[kMaxSide][kMaxSide];
  Value row_potential_[kMaxSide] = {}, column_potential_[kMaxSide] = {}, end_potential_{};
  Node row_[kMaxSide], column_[kMaxSide], end_;
  bool end_dropped_ = false;
  int used_[kMaxSide] = {};
};

}  // namespace

void best_tile_by_flow(const TileWeights& weight, Pattern pattern, TileRule rule, TileRows& rows) {
  bool finite = true;
  for (int r = 0; r < pattern.group; ++r)
    for (int c = 0; c < pattern.group; ++c) finite = finite && weight[r][c] < tile::kInfinity;
  if (finite)
    Flow<double>(weight, pattern, rule, rows).solve();
  else
    Flow<Mixed>(weight, pattern, rule, rows).solve();
}

}  // namespace heddle::cpu
