// Each product of a warpgroup against the product of the dense A that the metadata describes.
#include <gtest/gtest.h>

#include <bit>
#include <string>

#include "test/kernels/arch/kernels.hpp"

namespace heddle::arch_test {
namespace {

using simt::models::refused_metadata;
using simt::models::WarpgroupLane;

std::string name_of(const WgmmaProduct& p) {
  static constexpr const char* types[] = {"f16", "bf16", "tf32", "s8", "e4m3", "e5m2"};
  const WarpgroupForm& f = p.form;
  return std::string(f.sparse ? "sp_" : "dense_") + types[static_cast<int>(f.a)] + "_" +
         types[static_cast<int>(f.b)] + "_n" + std::to_string(f.n) + "_f" +
         std::to_string(f.selector) + (p.a_shared ? "_shared" : "") + (f.transpose_a ? "_ta" : "") +
         (f.transpose_b ? "_tb" : "");
}

// The swizzles that an operand may have.
std::vector<TensorSwizzle> swizzles(const simt::models::SharedOperand& operand, bool sparse_b) {
  std::vector<TensorSwizzle> all{TensorSwizzle::b128, TensorSwizzle::b64, TensorSwizzle::b32,
                                 TensorSwizzle::none};
  if (!operand.transposed && sparse_b) all.resize(2);
  return all;
}

void expect_product(const WgmmaCase& c, const std::vector<WgmmaLane>& lanes, bool accumulate,
                    int times) {
  const bool integer = c.product.form.a == Element::s8;
  for (int thread = 0; thread < 128; ++thread) {
    for (int r = 0; r < c.product.form.n / 2; ++r) {
      const At at = d_at(thread, r);
      const std::int64_t want = c.expected(at.row, at.column, accumulate, times);
      const std::uint32_t got = lanes[static_cast<std::size_t>(thread)].d[r];
      const double value =
          integer ? double(static_cast<std::int32_t>(got)) : double(std::bit_cast<float>(got));
      ASSERT_EQ(value, static_cast<double>(want)) << "row " << at.row << " column " << at.column
                                                  << " thread " << thread << " register " << r;
    }
  }
}

class Wgmma : public testing::TestWithParam<WgmmaProduct> {};
INSTANTIATE_TEST_SUITE_P(All, Wgmma, testing::ValuesIn(wgmma_products()),
                         [](const auto& product) { return name_of(product.param); });

TEST_P(Wgmma, EqualsTheDenseProduct) {
  const WgmmaProduct p = GetParam();
  std::mt19937 random(7);
  unsigned turn = 0;
  for (const TensorSwizzle b : swizzles(b_operand(p.form), p.form.sparse)) {
    for (const TensorSwizzle a : swizzles(a_operand(p.form), false)) {
      if (!p.a_shared && a != TensorSwizzle::b128) continue;
      const WgmmaCase c(p, a, b, turn, random);
      Options options;
      options.schedule = simt::schedules()[turn % 16];
      const bool accumulate = turn % 2;
      const int times = 1 + static_cast<int>(turn % 3);
      std::vector<WgmmaLane> lanes;
      const Report report = run_wgmma(c, accumulate, times, lanes, options);
      ASSERT_TRUE(report.clean()) << report.text();
      EXPECT_EQ(report.counters.wgmma, static_cast<unsigned>(times));
      expect_product(c, lanes, accumulate, times);
      if (HasFatalFailure()) FAIL() << "turn " << turn;
      ++turn;
    }
  }
}

// The list above is the whole of it: 10 widths of 2 types x 2 selectors x 2 orders, of 1 x 2, of 5.
TEST(WgmmaList, HoldsEveryProductOfTheLibrary) {
  int registers = 0;
  for (const WgmmaProduct& p : wgmma_products()) registers += p.form.sparse && !p.a_shared;
  EXPECT_EQ(registers, 10 * (8 + 2 + 5));
}

// Every nibble in every place that counts: six are legal, two for tf32.
TEST(WgmmaMetadata, EveryNibble) {
  for (const WgmmaProduct& p : wgmma_products()) {
    const WarpgroupForm& f = p.form;
    if (!f.sparse || p.a_shared || f.n != 8 || f.transpose_b) continue;
    SCOPED_TRACE(name_of(p));
    const SparseForm warp{f.a, f.b, f.k, f.selector};
    const std::uint32_t legal_word = 0x44444444;
    for (int thread = 0; thread < 128; ++thread) {
      for (int n = 0; n < 8; ++n) {
        const At at = chunk_at(warp, thread % 32, n);
        for (unsigned nibble = 0; nibble < 16; ++nibble) {
          WarpgroupLane lane{};
          lane.metadata = (legal_word & ~(0xFu << 4 * n)) | nibble << 4 * n;
          bool legal = at.row < 0;
          for (const unsigned l : kLegal) legal |= nibble == l;
          if (f.a == Element::tf32 && at.row >= 0) legal = nibble == 0x4 || nibble == 0xE;
          const SparseLane::Refusal refused = refused_metadata(f, thread, lane);
          if (legal) {
            ASSERT_LT(refused.row, 0);
          } else {
            ASSERT_EQ(refused.row, thread / 32 * 16 + at.row);
            ASSERT_EQ(refused.chunk, at.column);
            ASSERT_EQ(refused.nibble, n);
            ASSERT_EQ(refused.value, nibble);
          }
        }
      }
    }
  }
}

// Half of a row of 128 bytes stays half of it, wherever the swizzle puts its chunks.
TEST(WgmmaDescriptor, ReadsItsOwnBytesOnly) {
  const std::uint64_t second_step = std::uint64_t{1} << 62 | std::uint64_t{64} << 32 | 64 / 16;
  std::vector<std::uint32_t> chunks;
  simt::models::chunk_addresses(second_step, {16, 64, 2, false}, chunks);
  std::vector<simt::models::SharedRange> want;
  for (std::uint32_t row = 0; row < 16; ++row) {
    const std::uint32_t at = row * 128 + (row % 8 < 4 ? 64 : 0);
    if (!want.empty() && want.back().end == at) {
      want.back().end = at + 64;
    } else {
      want.push_back({at, at + 64});
    }
  }
  EXPECT_EQ(simt::models::shared_ranges(chunks), want);
}

TEST(WgmmaValues, IntegersWrap) {
  for (const WgmmaProduct& p : wgmma_products()) {
    if (p.form.a != Element::s8 || p.form.n != 8) continue;
    std::mt19937 random(1);
    WgmmaCase c(p, TensorSwizzle::b128, TensorSwizzle::b128, 0, random);
    for (std::size_t i = 0; i < c.c.size(); ++i) c.c[i] = i % 2 ? INT32_MIN : INT32_MAX;
    for (int thread = 0; thread < 128; ++thread) {
      for (int r = 0; r < 4; ++r) {
        const At at = d_at(thread, r);
        c.lanes[static_cast<std::size_t>(thread)].d[r] =
            static_cast<std::uint32_t>(c.c[WgmmaCase::index(at.row, at.column, 8)]);
      }
    }
    std::vector<WgmmaLane> lanes;
    ASSERT_TRUE(run_wgmma(c, true, 1, lanes, {}).clean());
    int wrapped = 0;
    for (int thread = 0; thread < 128; ++thread) {
      for (int r = 0; r < 4; ++r) {
        const At at = d_at(thread, r);
        const std::int64_t exact = c.expected(at.row, at.column, true, 1);
        wrapped += exact > INT32_MAX || exact < INT32_MIN;
        ASSERT_EQ(lanes[static_cast<std::size_t>(thread)].d[r], static_cast<std::uint32_t>(exact));
      }
    }
    EXPECT_GT(wrapped, 50);
  }
}

}  // namespace
}  // namespace heddle::arch_test
