// Edmonds' blossom algorithm, primal-dual, with the cheapest edge kept for every pair of a blossom
// and another node (Galil 1986), which makes a stage O(n^2). Nodes are the vertices 1 ... n and
// blossoms above; 0 is none. An outer node is on top when it is its own `top`. Every vertex u has
// a dual price[u], every blossom twice its dual, and an edge (u, v) the slack
// price[u] + price[v] - 2 weight(u, v) >= 0; matched edges are tight. All of it is integer.

#include "host/permute_matching.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace heddle {
namespace {

class Matching {
 public:
  Matching(const std::vector<std::int64_t>& weight, int n)
      : weight_(weight),
        n_(n),
        nodes_(n),
        width_(static_cast<std::size_t>(n + n / 2 + 1)),
        edge_(width_ * width_),
        inside_(width_ * static_cast<std::size_t>(n + 1)),
        price_(width_),
        mate_(width_),
        closest_(width_),
        top_(width_),
        parent_(width_),
        seen_(width_),
        label_(width_),
        parts_(width_) {
    std::int64_t most = std::numeric_limits<std::int64_t>::min();
    for (int u = 1; u <= n; ++u) {
      top_[at(u)] = u;
      inside(u, u) = u;
      for (int v = 1; v <= n; ++v) {
        if (u == v) continue;
        edge(u, v) = {u, v};
        most = std::max(most, weight_of(u, v));
      }
    }
    for (int u = 1; u <= n; ++u) price_[at(u)] = most;
  }

  int mate(int u) const { return mate_[at(u)]; }

  // Matches two more vertices.
  void stage() {
    start_forest();
    for (;;) {
      while (!queue_.empty()) {
        const int u = queue_.back();
        queue_.pop_back();
        if (label_[at(top_[at(u)])] == kInner) continue;
        for (int v = 1; v <= n_; ++v) {
          if (top_[at(u)] == top_[at(v)]) continue;
          if (slack(edge(u, v)) != 0)
            offer(u, top_[at(v)]);
          else if (grow(edge(u, v)))
            return;
        }
      }
      change_prices();
      queue_.clear();
      for (int x = 1; x <= nodes_; ++x) {
        const int from = closest_[at(x)];
        if (top_[at(x)] == x && from != 0 && top_[at(from)] != x && slack(edge(from, x)) == 0 &&
            grow(edge(from, x)))
          return;
      }
      for (int b = n_ + 1; b <= nodes_; ++b)
        if (top_[at(b)] == b && label_[at(b)] == kInner && price_[at(b)] == 0) expand(b);
    }
  }

 private:
  struct Edge {
    int u, v;  // vertices; 0 for no edge
  };
  enum Label : signed char { kFree, kOuter, kInner };

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  Edge& edge(int x, int y) { return edge_[at(x) * width_ + at(y)]; }
  // The part of node x that holds vertex u, or 0.
  int& inside(int x, int u) { return inside_[at(x) * at(n_ + 1) + at(u)]; }
  std::int64_t weight_of(int u, int v) const { return weight_[at(u - 1) * at(n_) + at(v - 1)]; }
  std::int64_t slack(const Edge& e) const {
    return price_[at(e.u)] + price_[at(e.v)] - 2 * weight_of(e.u, e.v);
  }

  void offer(int u, int x) {
    int& best = closest_[at(x)];
    if (best == 0 || slack(edge(u, x)) < slack(edge(best, x))) best = u;
  }

  void find_closest(int x) {
    closest_[at(x)] = 0;
    for (int u = 1; u <= n_; ++u)
      if (top_[at(u)] != x && label_[at(top_[at(u)])] == kOuter) offer(u, x);
  }

  void enqueue(int x) {
    if (x <= n_) return queue_.push_back(x);
    for (int part : parts_[at(x)]) enqueue(part);
  }

  void set_top(int x, int b) {
    top_[at(x)] = b;
    if (x > n_)
      for (int part : parts_[at(x)]) set_top(part, b);
  }

  // Turns the cycle of blossom b so that `part` is an even number of steps from the base.
  int even_place(int b, int part) {
    std::vector<int>& cycle = parts_[at(b)];
    const auto place =
        static_cast<int>(std::find(cycle.begin(), cycle.end(), part) - cycle.begin());
    if (place % 2 == 0) return place;
    std::reverse(cycle.begin() + 1, cycle.end());
    return static_cast<int>(cycle.size()) - place;
  }

  // Matches node x to node y by their edge, and the inside of x accordingly.
  void match(int x, int y) {
    const Edge e = edge(x, y);
    mate_[at(x)] = e.v;
    if (x <= n_) return;
    const int base = inside(x, e.u), place = even_place(x, base);
    std::vector<int>& cycle = parts_[at(x)];
    for (int i = 0; i < place; ++i) match(cycle[at(i)], cycle[at(i ^ 1)]);
    match(base, y);
    std::rotate(cycle.begin(), cycle.begin() + place, cycle.end());
  }

  // Flips the path from x to its root, x now matched to y.
  void augment(int x, int y) {
    for (;;) {
      const int old = top_[at(mate_[at(x)])];
      match(x, y);
      if (old == 0) return;
      const int up = top_[at(parent_[at(old)])];
      match(old, up);
      x = up;
      y = old;
    }
  }

  // Where the paths of two outer nodes to their roots meet, or 0.
  int meeting(int x, int y) {
    ++time_;
    for (; x != 0 || y != 0; std::swap(x, y)) {
      if (x == 0) continue;
      if (seen_[at(x)] == time_) return x;
      seen_[at(x)] = time_;
      x = top_[at(mate_[at(x)])];
      if (x != 0) x = top_[at(parent_[at(x)])];
    }
    return 0;
  }

  void add_path(std::vector<int>& cycle, int x, int base) {
    while (x != base) {
      const int inner = top_[at(mate_[at(x)])];
      cycle.push_back(x);
      cycle.push_back(inner);
      enqueue(inner);
      x = top_[at(parent_[at(inner)])];
    }
  }

  void shrink(int x, int base, int y) {
    int b = n_ + 1;
    while (b <= nodes_ && top_[at(b)] != 0) ++b;
    nodes_ = std::max(nodes_, b);
    price_[at(b)] = 0;
    label_[at(b)] = kOuter;
    mate_[at(b)] = mate_[at(base)];
    parent_[at(b)] = parent_[at(base)];
    std::vector<int>& cycle = parts_[at(b)];
    cycle.assign(1, base);
    add_path(cycle, x, base);
    std::reverse(cycle.begin() + 1, cycle.end());
    add_path(cycle, y, base);
    set_top(b, b);
    for (int i = 1; i <= nodes_; ++i) edge(b, i) = edge(i, b) = {0, 0};
    for (int u = 1; u <= n_; ++u) inside(b, u) = 0;
    for (int part : cycle) {
      for (int i = 1; i <= nodes_; ++i) {
        const Edge e = edge(part, i);
        if (e.u == 0 || (edge(b, i).u != 0 && slack(e) >= slack(edge(b, i)))) continue;
        edge(b, i) = e;
        edge(i, b) = edge(i, part);
      }
      for (int u = 1; u <= n_; ++u)
        if (inside(part, u) != 0) inside(b, u) = part;
    }
    find_closest(b);
  }

  void expand(int b) {
    std::vector<int>& cycle = parts_[at(b)];
    for (int part : cycle) set_top(part, part);
    const int entry = inside(b, edge(b, parent_[at(b)]).u), place = even_place(b, entry);
    for (int i = 0; i < place; i += 2) {
      const int inner = cycle[at(i)], outer = cycle[at(i + 1)];
      parent_[at(inner)] = edge(outer, inner).u;
      label_[at(inner)] = kInner;
      label_[at(outer)] = kOuter;
      closest_[at(inner)] = 0;
      find_closest(outer);
      enqueue(outer);
    }
    label_[at(entry)] = kInner;
    parent_[at(entry)] = parent_[at(b)];
    for (std::size_t i = at(place) + 1; i < cycle.size(); ++i) {
      label_[at(cycle[i])] = kFree;
      find_closest(cycle[i]);
    }
    top_[at(b)] = 0;
  }

  // A tight edge from an outer node. True if it completed an augmenting path.
  bool grow(const Edge e) {
    const int x = top_[at(e.u)], y = top_[at(e.v)];
    if (label_[at(y)] == kFree) {
      parent_[at(y)] = e.u;
      label_[at(y)] = kInner;
      const int next = top_[at(mate_[at(y)])];
      closest_[at(y)] = closest_[at(next)] = 0;
      label_[at(next)] = kOuter;
      enqueue(next);
    } else if (label_[at(y)] == kOuter) {
      const int base = meeting(x, y);
      if (base == 0) {
        augment(x, y);
        augment(y, x);
        return true;
      }
      shrink(x, base, y);
    }
    return false;
  }

  void start_forest() {
    queue_.clear();
    for (int x = 1; x <= nodes_; ++x) {
      label_[at(x)] = kFree;
      closest_[at(x)] = 0;
    }
    for (int x = 1; x <= nodes_; ++x) {
      if (top_[at(x)] != x || mate_[at(x)] != 0) continue;
      parent_[at(x)] = 0;
      label_[at(x)] = kOuter;
      enqueue(x);
    }
  }

  void change_prices() {
    std::int64_t step = std::numeric_limits<std::int64_t>::max();
    for (int b = n_ + 1; b <= nodes_; ++b)
      if (top_[at(b)] == b && label_[at(b)] == kInner) step = std::min(step, price_[at(b)] / 2);
    for (int x = 1; x <= nodes_; ++x) {
      if (top_[at(x)] != x || closest_[at(x)] == 0 || label_[at(x)] == kInner) continue;
      const std::int64_t s = slack(edge(closest_[at(x)], x));
      step = std::min(step, label_[at(x)] == kFree ? s : s / 2);
    }
    for (int x = 1; x <= nodes_; ++x) {
      const Label label = label_[at(x <= n_ ? top_[at(x)] : x)];
      if ((x > n_ && top_[at(x)] != x) || label == kFree) continue;
      const std::int64_t change = x <= n_ ? -step : 2 * step;
      price_[at(x)] += label == kOuter ? change : -change;
    }
  }

  const std::vector<std::int64_t>& weight_;
  int n_, nodes_;
  std::size_t width_;
  std::vector<Edge> edge_;   // [nodes, nodes]: the edge of least slack
  std::vector<int> inside_;  // [nodes, vertices]
  std::vector<std::int64_t> price_;
  std::vector<int> mate_;     // a vertex
  std::vector<int> closest_;  // the outer vertex with the edge of least slack to a node
  std::vector<int> top_, parent_, seen_;
  std::vector<Label> label_;
  std::vector<std::vector<int>> parts_;  // a blossom's cycle, the base first
  std::vector<int> queue_;
  int time_ = 0;
};

}  // namespace

std::vector<std::int32_t> best_matching(const std::vector<std::int64_t>& weight, std::int32_t n,
                                        const std::function<bool()>& stop) {
  std::vector<std::int32_t> result(static_cast<std::size_t>(n));
  Matching matching(weight, n);
  for (std::int32_t i = 0; i < n / 2; ++i) {
    if (stop()) return {};
    matching.stage();
  }
  for (std::int32_t u = 0; u < n; ++u)
    result[static_cast<std::size_t>(u)] = matching.mate(u + 1) - 1;
  return result;
}

}  // namespace heddle
