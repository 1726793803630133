#include "bench/gpu/rotation.hpp"

#include <gtest/gtest.h>

namespace heddle::bench::gpu {
namespace {

TEST(Rotations, HoldThreeTimesTheCache) {
  constexpr std::size_t kL2 = 50u << 20;
  for (const std::size_t bytes : {1u << 19, 1u << 20, 3u << 20, 50u << 20, 200u << 20, 1u << 30}) {
    const Rotation r = rotation(bytes, kL2);
    EXPECT_GE(r.sets * bytes, 3 * kL2) << bytes;
    EXPECT_GE(r.sets, 2u) << bytes;
    EXPECT_LT((r.sets - 1) * bytes, std::max(3 * kL2, 2 * bytes)) << bytes;
    EXPECT_GE(r.calls * bytes, 32 * kL2) << bytes;
    EXPECT_EQ(r.calls % r.sets, 0u) << bytes;
  }
}

// A tiny case would need too many sets; it stays small, and in the cache.
TEST(Rotations, AreBounded) {
  for (const std::size_t bytes : {0u, 1u, 100u}) {
    const Rotation r = rotation(bytes, 50u << 20);
    EXPECT_EQ(r.sets, 1024u);
    EXPECT_LE(r.calls, 4096u);
  }
}

TEST(Rotations, WithoutACache) {
  const Rotation r = rotation(1 << 20, 0);
  EXPECT_EQ(r.sets, 2u);
  EXPECT_EQ(r.calls, 2u);
}

}  // namespace
}  // namespace heddle::bench::gpu
