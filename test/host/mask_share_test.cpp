// The share of the L1 norm that the best mask keeps on random matrices: published and recomputed
// figures, reached within 1e-3 on more than two million samples.

#include <gtest/gtest.h>

#include <vector>

#include "heddle/mask.hpp"
#include "test/oracle/random.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

constexpr std::int64_t kRows = 1024, kCols = 2048;

double share(const std::vector<float>& data, Pattern pattern) {
  std::vector<std::uint8_t> mask(data.size());
  const ConstMatrixView m = row_major(data.data(), kRows, kCols, DataType::f32);
  const MaskView out = row_major_mask(mask.data(), kRows, kCols);
  EXPECT_TRUE(oracle::succeeds(best_mask(Exec::cpu(), m, pattern, out)));
  const Result<MaskStats> stats = mask_stats(Exec::cpu(), m, out);
  EXPECT_TRUE(stats.ok()) << stats.status().to_string();
  if (!stats.ok()) return 0;
  EXPECT_EQ(stats->elements, kRows * kCols);
  EXPECT_EQ(stats->kept, kRows * kCols * pattern.keep / pattern.group);
  return stats->l1_kept / stats->l1_total;
}

template <class Draw>
std::vector<float> samples(Draw draw) {
  std::vector<float> data(static_cast<std::size_t>(kRows * kCols));
  for (float& x : data) x = static_cast<float>(draw());
  return data;
}

TEST(ShareOfL1, Normal) {
  oracle::Random random(31);
  const std::vector<float> data = samples([&] { return random.normal(); });
  EXPECT_NEAR(share(data, {1, 2}), 0.7071, 1e-3);
  EXPECT_NEAR(share(data, {2, 4}), 0.7447, 1e-3);
  EXPECT_NEAR(share(data, {4, 8}), 0.7684, 1e-3);
  EXPECT_NEAR(share(data, {8, 16}), 0.7819, 1e-3);
  EXPECT_NEAR(share(data, {16, 32}), 0.7891, 1e-3);
  EXPECT_NEAR(share(data, {1, 4}), 0.4591, 1e-3);
  EXPECT_NEAR(share(data, {2, 8}), 0.4843, 1e-3);
}

TEST(ShareOfL1, Uniform) {
  oracle::Random random(32);
  const std::vector<float> data = samples([&] { return random.uniform(); });
  EXPECT_NEAR(share(data, {1, 2}), 0.6666, 1e-3);
  EXPECT_NEAR(share(data, {2, 4}), 0.7000, 1e-3);
  EXPECT_NEAR(share(data, {4, 8}), 0.7222, 1e-3);
  EXPECT_NEAR(share(data, {16, 32}), 0.7426, 1e-3);
}

TEST(ShareOfL1, Laplace) {
  oracle::Random random(33);
  const std::vector<float> data = samples([&] { return random.laplace(); });
  EXPECT_NEAR(share(data, {1, 2}), 0.7500, 1e-3);
  EXPECT_NEAR(share(data, {2, 4}), 0.7915, 1e-3);
  EXPECT_NEAR(share(data, {4, 8}), 0.8172, 1e-3);
  EXPECT_NEAR(share(data, {16, 32}), 0.8387, 1e-3);
}

}  // namespace
}  // namespace heddle
