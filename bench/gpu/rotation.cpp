#include "bench/gpu/rotation.hpp"

#include <algorithm>

namespace heddle::bench::gpu {
namespace {

constexpr std::size_t kMostSets = 1024;  // tiny cases stay in the cache and say so by their names

std::size_t quotient_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

}  // namespace

Rotation rotation(std::size_t bytes, std::size_t l2_bytes) {
  const std::size_t each = std::max<std::size_t>(bytes, 1);
  Rotation found;
  found.sets = std::clamp<std::size_t>(quotient_up(3 * l2_bytes, each), 2, kMostSets);
  const std::size_t turns = quotient_up(32 * l2_bytes, each * found.sets);
  found.calls = found.sets * std::clamp<std::size_t>(turns, 1, 4 * kMostSets / found.sets);
  return found;
}

}  // namespace heddle::bench::gpu
