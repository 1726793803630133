// Shared memory of two arguments, against the sets of their bytes.

#include "host/overlap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "test/oracle/random.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

std::set<const std::byte*> bytes_of(const Footprint& f) {
  std::set<const std::byte*> bytes;
  for (std::int64_t line = 0; line < f.lines; ++line)
    for (std::int64_t i = 0; i < f.width; ++i) bytes.insert(f.data + line * f.stride + i);
  return bytes;
}

bool share_a_byte(const Footprint& a, const Footprint& b) {
  const std::set<const std::byte*> of_a = bytes_of(a);
  for (const std::byte* byte : bytes_of(b))
    if (of_a.count(byte) != 0) return true;
  return false;
}

TEST(Overlap, IsExactForOneStrideOrNoGapsAndNeverWronglyTrue) {
  static std::byte memory[128];
  oracle::Random random(141);
  const auto draw = [&] {
    const std::int64_t width = random.between(1, 7);
    return Footprint{memory + random.below(64), random.between(1, 5), width,
                     width + random.between(0, 5)};
  };
  std::int64_t shared = 0, apart = 0;
  for (std::int64_t i = 0; i < oracle::effort(200'000); ++i) {
    Footprint a = draw(), b = draw();
    if (i % 2 == 0) a.stride = b.stride = std::max(a.width, b.width) + random.between(0, 4);
    const bool want = share_a_byte(a, b), got = overlap(a, b);
    const auto dense = [](const Footprint& f) { return f.lines == 1 || f.stride == f.width; };
    const bool exact = a.stride == b.stride || dense(a) || dense(b);
    ASSERT_TRUE(exact ? got == want : !got || want)
        << a.data - memory << " " << a.lines << " x " << a.width << " every " << a.stride << " and "
        << b.data - memory << " " << b.lines << " x " << b.width << " every " << b.stride
        << ": got " << got;
    ASSERT_EQ(overlap(b, a), got);
    want ? ++shared : ++apart;
  }
  EXPECT_GT(shared, 1000 / (oracle::kSmall ? 16 : 1));
  EXPECT_GT(apart, 1000 / (oracle::kSmall ? 16 : 1));
}

TEST(Overlap, NothingOverlapsNothing) {
  static std::byte memory[16];
  const Footprint some = {memory, 2, 4, 8};
  EXPECT_FALSE(overlap(footprint(nullptr, 0), some));
  EXPECT_FALSE(overlap(some, footprint(memory, 0)));
  EXPECT_FALSE(overlap(footprint(row_major(memory, 0, 4, DataType::f32)), some));
}

TEST(Overlap, FootprintsOfViews) {
  static std::byte memory[512];
  const Footprint row = footprint(ConstMatrixView{memory, 3, 5, 8, DataType::f16, Order::row});
  EXPECT_EQ(row.lines, 3);
  EXPECT_EQ(row.width, 10);
  EXPECT_EQ(row.stride, 16);
  const Footprint col = footprint(ConstMatrixView{memory, 3, 5, 8, DataType::f32, Order::col});
  EXPECT_EQ(col.lines, 5);
  EXPECT_EQ(col.width, 12);
  EXPECT_EQ(col.stride, 32);
}

}  // namespace
}  // namespace heddle
