#pragma once
// A small seeded generator: the same numbers on every platform and standard library.

#include <cmath>
#include <cstdint>

namespace heddle::oracle {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // splitmix64
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // 0 .. n-1
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(n));
  }
  // low .. high, both included
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  // [0, 1)
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }
  double laplace() {
    const double u = uniform() - 0.5;
    const double size = -std::log(1.0 - 2.0 * std::fabs(u));
    return u < 0 ? -size : size;
  }

 private:
  std::uint64_t state_;
};

}  // namespace heddle::oracle
