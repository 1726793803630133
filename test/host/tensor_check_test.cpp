// check, check_tiles and mask_stats of tensors against counting.

#include <gtest/gtest.h>

#include <cmath>

#include "heddle/tensor.hpp"
#include "test/oracle/suite.hpp"
#include "test/oracle/tensor.hpp"

namespace heddle {
namespace {

using oracle::index_text;
using oracle::same_report;
using oracle::Tensor;
using oracle::TensorLayout;
using oracle::TensorShape;

class TensorChecks : public testing::TestWithParam<DataType> {
 protected:
  // Zeros of both signs but for a share of the entries.
  Tensor sparse(const TensorShape& s, int per_mille) {
    Tensor t(GetParam(), s.rank, s.shape);
    const std::uint32_t minus_zero =
        oracle::is_integer(GetParam()) ? 0u : oracle::negate_code(GetParam(), 0);
    t.fill([&](const Dims&) {
      if (random_.below(1000) < per_mille)
        return oracle::encode(GetParam(), random_.below(8) == 0 ? std::nan("") : 1.0);
      return random_.below(2) == 0 ? 0u : minus_zero;
    });
    return t;
  }
  oracle::Random random_{6};
};
INSTANTIATE_TEST_SUITE_P(Types, TensorChecks, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

TEST_P(TensorChecks, CountsInEveryLayout) {
  for (const TensorShape& s : oracle::tensor_shapes())
    for (const int per_mille : {0, 250, 600}) {
      const Tensor plain = sparse(s, per_mille);
      for (const TensorLayout& layout : oracle::tensor_layouts(s.rank))
        for (const Pattern pattern : {Pattern{2, 4}, Pattern{1, 3}, Pattern{4, 4}}) {
          SCOPED_TRACE(index_text(s.shape, s.rank) + ":" + to_string(pattern) + ":" + layout.name);
          Tensor t = relaid(plain, layout);
          t.freeze();
          const auto got = check(Exec::cpu(3), t.view(), pattern);
          ASSERT_TRUE(oracle::succeeds(got.status()));
          const CheckReport rows = checked(plain, pattern, oracle::group_dim(s.rank));
          ASSERT_TRUE(same_report(rows, *got));
          const auto both = check_tiles(Exec::cpu(2), t.view(), pattern);
          ASSERT_TRUE(oracle::succeeds(both.status()));
          ASSERT_TRUE(same_report(rows, both->rows));
          if (s.rank > 1) {
            ASSERT_TRUE(same_report(checked(plain, pattern, 0), both->cols));
          }
          ASSERT_TRUE(t.unchanged());
        }
    }
}

TEST_P(TensorChecks, StatsInEveryLayout) {
  for (const TensorShape& s : oracle::tensor_shapes()) {
    Tensor plain(GetParam(), s.rank, s.shape), keep(DataType::i8, s.rank, s.shape);
    // Integers: sums are exact in any order.
    plain.fill([&](const Dims&) {
      return oracle::encode(GetParam(), static_cast<double>(random_.between(-4, 4)));
    });
    keep.fill([&](const Dims&) { return random_.below(2) == 0 ? 0u : 0x80u; });
    MaskStats want;
    want.elements = plain.count();
    plain.each([&](const Dims& at) {
      const double x = std::fabs(plain.at(at));
      want.nonzeros += x != 0;
      want.l1_total += x;
      if (keep.bits(at) == 0) return;
      ++want.kept;
      want.l1_kept += x;
    });
    const auto layouts = oracle::tensor_layouts(s.rank);
    for (std::size_t i = 0; i < layouts.size(); ++i)
      for (const std::size_t j : {i, i + 2}) {
        const Tensor t = relaid(plain, layouts[i]);
        const Tensor mask = relaid(keep, layouts[j % layouts.size()]);
        SCOPED_TRACE(index_text(s.shape, s.rank) + ":" + layouts[i].name);
        const auto got = mask_stats(Exec::cpu(2), t.view(), mask.mask());
        ASSERT_TRUE(oracle::succeeds(got.status()));
        EXPECT_EQ(got->elements, want.elements);
        EXPECT_EQ(got->kept, want.kept);
        EXPECT_EQ(got->nonzeros, want.nonzeros);
        EXPECT_EQ(got->l1_total, want.l1_total);
        EXPECT_EQ(got->l1_kept, want.l1_kept);
      }
  }
}

}  // namespace
}  // namespace heddle
