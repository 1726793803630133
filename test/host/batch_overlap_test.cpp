// Overlap of batches against a map of bytes.

#include "host/batch_overlap.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "test/oracle/effort.hpp"
#include "test/oracle/random.hpp"

namespace heddle {
namespace {

using oracle::effort;
using oracle::Random;

constexpr std::size_t kMap = 4096;
unsigned char memory[kMap];

BatchFootprint random_batch(Random& random, std::int64_t stride) {
  BatchFootprint b;
  b.item.lines = random.between(1, 4);
  b.item.width = random.between(1, stride);
  b.item.stride = stride;
  b.count = random.between(1, 5);
  b.step = random.between(0, 40);
  b.item.data = reinterpret_cast<const std::byte*>(memory) + random.between(0, 300);
  return b;
}

// How many items hold each byte; a step of 0 is one item.
std::vector<int> holders(const BatchFootprint& b) {
  std::vector<int> map(kMap);
  for (std::int64_t i = 0; i < (b.step == 0 ? 1 : b.count); ++i)
    for (std::int64_t line = 0; line < b.item.lines; ++line)
      for (std::int64_t x = 0; x < b.item.width; ++x) {
        const std::byte* at = b.item.data + i * b.step + line * b.item.stride + x;
        ++map[static_cast<std::size_t>(at - reinterpret_cast<const std::byte*>(memory))];
      }
  return map;
}

TEST(BatchOverlap, AgreesWithAMapOfBytes) {
  Random random(17);
  int yes = 0, no = 0;
  for (std::int64_t i = 0; i < effort(20000); ++i) {
    const std::int64_t stride = random.between(1, 24);  // one stride: the answer is exact
    const BatchFootprint a = random_batch(random, stride), b = random_batch(random, stride);
    const std::vector<int> in_a = holders(a), in_b = holders(b);
    bool shared = false;
    for (std::size_t at = 0; at < kMap; ++at) shared = shared || (in_a[at] != 0 && in_b[at] != 0);
    ASSERT_EQ(overlap(a, b), shared) << i;
    ASSERT_EQ(overlap(b, a), shared) << i;
    ++(shared ? yes : no);
  }
  EXPECT_GT(yes, 100);
  EXPECT_GT(no, 100);
}

TEST(BatchOverlap, ItemsApartAgreesWithAMapOfBytes) {
  Random random(18);
  int apart = 0, together = 0;
  for (std::int64_t i = 0; i < effort(20000); ++i) {
    const BatchFootprint a = random_batch(random, random.between(1, 24));
    bool expected = a.count == 1 || a.step > 0;
    for (int held : holders(a)) expected = expected && held <= 1;
    ASSERT_EQ(items_apart(a), expected) << i;
    ++(expected ? apart : together);
  }
  EXPECT_GT(apart, 100);
  EXPECT_GT(together, 100);
}

TEST(BatchOverlap, NothingOverlapsAnEmptyItem) {
  const BatchFootprint full = {{reinterpret_cast<const std::byte*>(memory), 1, 64, 64}, 4, 16};
  const BatchFootprint none = {{nullptr, 0, 0, 0}, 4, 0};
  EXPECT_FALSE(overlap(full, none));
  EXPECT_FALSE(overlap(none, full));
  EXPECT_TRUE(items_apart(none));
}

// Heads of one [n, heads, size] buffer: inputs and results in each other's gaps, found in bounded
// time.
TEST(BatchOverlap, ManyItemsInEachOthersGaps) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of nothing
  const auto* at = reinterpret_cast<const std::byte*>(std::uintptr_t{1} << 40);
  const std::int64_t heads = 100000, width = 64, ld = 2 * heads * width;
  const BatchFootprint in = {{at, 7, width, ld}, heads, 2 * width};
  const BatchFootprint out = {{at + width, 7, width, ld}, heads, 2 * width};
  EXPECT_FALSE(overlap(in, out));
  BatchFootprint shifted = out;
  shifted.item.data = at + width - 1;
  EXPECT_TRUE(overlap(in, shifted));
  EXPECT_TRUE(items_apart(in));
}

}  // namespace
}  // namespace heddle
