#include "bench/roof.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::bench {
namespace {

// By hand: 8192 x 8192 of bf16 at 2:4 with 16 tokens. Blob 128 + 128 * 128 blocks of 4608 bytes; B
// and D 8192 * 16 * 2 bytes each.
TEST(Roofs, WorkOfAProduct) {
  Case problem{8192, 8192, 16, {2, 4}, DataType::bf16};
  const ProductWork work = product_work(problem, 128 + 128 * 128 * 4608);
  EXPECT_EQ(work.dense_flops, 2147483648.0);
  EXPECT_EQ(work.stored_flops, 1073741824.0);
  EXPECT_EQ(work.sparse_bytes, 75497600.0 + 2 * 262144);
  EXPECT_EQ(work.dense_bytes, 134217728.0 + 2 * 262144);

  problem.type = DataType::i8;  // D is i32
  EXPECT_EQ(product_work(problem, 0).sparse_bytes, 131072.0 + 524288);
  problem.type = DataType::f8e4m3;  // D is bf16
  EXPECT_EQ(product_work(problem, 0).sparse_bytes, 131072.0 + 262144);
  problem = {8, 9, 1, {1, 4}, DataType::f32};  // three groups, the last one cut
  EXPECT_EQ(product_work(problem, 0).stored_flops, 48.0);
}

TEST(Roofs, TheSlowerBoundCounts) {
  const Roof memory = roof(4e12, 4e12, 1e12, 2e12);
  EXPECT_EQ(memory.seconds, 1.0);
  EXPECT_STREQ(memory.bound, "memory");
  const Roof math = roof(1e12, 4e12, 4e12, 2e12);
  EXPECT_EQ(math.seconds, 2.0);
  EXPECT_STREQ(math.bound, "math");
  EXPECT_EQ(roof(1, 0, 1, 0).seconds, 0);
  EXPECT_STREQ(roof(1, 0, 1, 0).bound, "");
  EXPECT_STREQ(roof(1, 0, 1, 1).bound, "math");
  EXPECT_STREQ(roof(1, 0, 1, 1, "wgmma").bound, "wgmma");
  EXPECT_STREQ(roof(4e12, 4e12, 1e12, 2e12, "wgmma").bound, "memory");
}

TEST(Roofs, ASampleIsSmallEnoughAndOdd) {
  EXPECT_EQ(sample_steps(8192, 16, 8192).row, 1);
  EXPECT_EQ(sample_steps(8192, 16, 8192).col, 1);
  for (const std::int64_t n : {1, 16, 4096, 16384}) {
    for (const std::int64_t m : {16384, 59136}) {
      const std::int64_t k = 1 << 16;
      const SampleSteps steps = sample_steps(m, n, k);
      const std::int64_t rows = (m + steps.row - 1) / steps.row;
      const std::int64_t cols = (n + steps.col - 1) / steps.col;
      EXPECT_LE(static_cast<double>(rows * cols * k), 0x1.1p34) << m << " " << n;
      EXPECT_GE(rows * cols * 64, 1000) << m << " " << n;
      EXPECT_EQ(steps.row % 2, 1);
      EXPECT_LE(steps.col, n);
    }
  }
}

TEST(Roofs, GeometricMean) {
  EXPECT_EQ(geometric_mean({}), 0);
  EXPECT_DOUBLE_EQ(geometric_mean({2, 8}), 4);
  EXPECT_DOUBLE_EQ(geometric_mean({0.5, 2, 1}), 1);
  EXPECT_EQ(geometric_mean({1, 0}), 0);
  EXPECT_EQ(geometric_mean({1, NAN}), 0);
}

TEST(Roofs, TheTableEndsWithMeans) {
  std::vector<Case> cases;
  std::vector<ProductRow> rows;
  const auto add = [&](std::int64_t n, DataType type, double dense, double sparse) {
    cases.push_back({64, 64, n, {2, 4}, type});
    ProductRow row;
    row.problem = to_string(cases.back());
    row.config = "warps";
    row.us = 12.345;
    row.over_dense = dense;
    row.over_sparse = sparse;
    row.roof_share = 0.875;
    row.bound = "memory";
    rows.push_back(row);
  };
  add(1, DataType::bf16, 2, 1);
  add(16, DataType::bf16, 8, 0);
  add(17, DataType::bf16, 1.25, 0);
  add(512, DataType::i8, 0, 3);
  const std::string table = product_table(rows, cases);
  const auto has_line = [&](const std::string& words) {  // whatever the number of blanks
    std::string flat;
    for (const char c : table)
      if (c != ' ' || flat.empty() || flat.back() != ' ') flat += c;
    EXPECT_NE(flat.find(words), std::string::npos) << words << "\n" << table;
  };
  has_line("m64n1k64:2:4:bf16:row 12.35 - - - 2.00 1.00 88% memory warps");
  has_line("bf16, n <= 16 4.00 2 1.00 1");
  has_line("bf16, n <= 64 1.25 1 - 0");
  has_line("i8, n <= 512 - 0 3.00 1");
}

TEST(Roofs, TheTableOfVariants) {
  ProductRow row;
  row.problem = "m64n64k64:2:4:bf16:row";
  row.config = "wgmma=2x64x256 cluster=2";
  row.us = 2;
  row.over_chosen = 0.5;
  row.over_sparse = 1.25;
  row.roof_share = 0.5;
  row.bound = "wgmma";
  const std::string table = variant_table({row});
  EXPECT_NE(table.find("0.50           -          1.25      50%  wgmma  wgmma=2x64x256 cluster=2"),
            std::string::npos)
      << table;
}

}  // namespace
}  // namespace heddle::bench
