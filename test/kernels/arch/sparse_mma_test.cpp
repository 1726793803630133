// Each form of the sparse product against the product of the dense A that the metadata describes.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>

#include "kernels/layout/fragment.hpp"
#include "kernels/layout/metadata.hpp"
#include "test/kernels/arch/kernels.hpp"
#include "test/kernels/arch/sparse_case.hpp"
#include "test/oracle/codes.hpp"

namespace heddle::arch_test {
namespace {

std::string name_of(const SparseForm& f) {
  static constexpr const char* types[] = {"f16", "bf16", "tf32", "s8", "e4m3", "e5m2"};
  return std::string(types[static_cast<int>(f.a)]) + "_" + types[static_cast<int>(f.b)] + "_k" +
         std::to_string(f.k) + "_f" + std::to_string(f.selector) + (f.saturate ? "_sat" : "");
}

class SparseMma : public testing::TestWithParam<SparseForm> {};
INSTANTIATE_TEST_SUITE_P(All, SparseMma, testing::ValuesIn(sparse_forms()),
                         [](const auto& form) { return name_of(form.param); });

void expect_product(const SparseForm& f, const SparseCase& c,
                    const std::array<SparseLane, 32>& lanes) {
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < 4; ++i) {
      const At at = c_at(lane, i);
      const std::int64_t want = c.expected(f, at.row, at.column);
      const std::uint32_t got = lanes[static_cast<unsigned>(lane)].d[i];
      if (f.a == Element::s8) {
        EXPECT_EQ(static_cast<std::int32_t>(got), want) << "lane " << lane << " register " << i;
      } else {
        EXPECT_EQ(std::bit_cast<float>(got), static_cast<float>(want))
            << "lane " << lane << " register " << i;
      }
    }
  }
}

TEST_P(SparseMma, EqualsTheDenseProduct) {
  const SparseForm f = GetParam();
  std::mt19937 random(7);
  for (unsigned turn = 0; turn < 24; ++turn) {
    SparseCase c(f, f.a == Element::s8 ? 127 : 4, 100, turn, random);
    Options options;
    options.schedule = simt::schedules()[turn % 16];
    const Report report = run_sparse(f, c.lanes, options);
    ASSERT_TRUE(report.clean()) << report.text();
    EXPECT_EQ(report.counters.mma, 1u);
    expect_product(f, c, c.lanes);
    if (HasFailure()) FAIL() << "turn " << turn;
  }
}

TEST_P(SparseMma, EverySelectorIsLegal) {
  const SparseForm f = GetParam();
  EXPECT_LT(f.selector, simt::models::selectors(f));
  int seen = 0;
  for (const SparseForm& other : sparse_forms()) {
    SparseForm same = other;
    same.selector = f.selector;
    seen += same == f;
  }
  EXPECT_EQ(seen, simt::models::selectors(f));
}

// Every nibble in every place that counts: six are legal, two for tf32, and the others are laid at
// the door of the lane that supplied them.
TEST_P(SparseMma, EveryNibble) {
  const SparseForm f = GetParam();
  std::mt19937 random(3);
  const SparseCase c(f, 1, 1, 0, random);
  for (int lane = 0; lane < 32; ++lane) {
    for (int n = 0; n < 8; ++n) {
      const At at = chunk_at(f, lane, n);
      for (unsigned nibble = 0; nibble < 16; ++nibble) {
        SparseLane lanes[32];
        std::copy(c.lanes.begin(), c.lanes.end(), lanes);
        lanes[lane].metadata = (lanes[lane].metadata & ~(0xFu << 4 * n)) | nibble << 4 * n;
        simt::models::sparse_mma(f, lanes);
        bool legal = at.row < 0;
        for (const unsigned l : kLegal) legal |= nibble == l;
        if (f.a == Element::tf32 && at.row >= 0) legal = nibble == 0x4 || nibble == 0xE;
        for (int i = 0; i < 32; ++i) {
          const SparseLane::Refusal& refused = lanes[i].refused;
          if (legal || i != lane) {
            ASSERT_LT(refused.row, 0) << "lane " << i;
          } else {
            ASSERT_EQ(refused.row, at.row);
            ASSERT_EQ(refused.chunk, at.column);
            ASSERT_EQ(refused.nibble, n);
            ASSERT_EQ(refused.value, nibble);
          }
        }
      }
    }
  }
}

TEST(SparseMmaValues, IntegersWrapOrSaturate) {
  for (const SparseForm& f : sparse_forms()) {
    if (f.a != Element::s8) continue;
    SCOPED_TRACE(name_of(f));
    std::mt19937 random(1);
    SparseCase c(f, 127, 0, 0, random);
    for (SparseLane& lane : c.lanes) {
      lane.c[0] = lane.c[2] = 0x7FFFFFFF;
      lane.c[1] = lane.c[3] = 0x80000000;
    }
    ASSERT_TRUE(run_sparse(f, c.lanes, {}).clean());
    int clamped = 0;
    for (int lane = 0; lane < 32; ++lane) {
      for (int i = 0; i < 4; ++i) {
        const At at = c_at(lane, i);
        const std::int64_t start = i % 2 ? INT32_MIN : INT32_MAX;
        const std::int64_t exact = start + c.expected(f, at.row, at.column);
        const bool fits = exact >= INT32_MIN && exact <= INT32_MAX;
        clamped += !fits;
        const auto got = static_cast<std::int32_t>(c.lanes[static_cast<unsigned>(lane)].d[i]);
        EXPECT_EQ(got, fits || !f.saturate ? static_cast<std::int32_t>(exact) : start);
      }
    }
    EXPECT_GT(clamped, 10);
  }
}

TEST(SparseMmaValues, Tf32IgnoresItsLowBits) {
  std::mt19937 random(5);
  for (const SparseForm& f : sparse_forms()) {
    if (f.a != Element::tf32) continue;
    SparseCase c(f, 4, 4, 0, random);
    for (SparseLane& lane : c.lanes) {
      for (std::uint32_t& word : lane.a) word |= random() & 0x1FFF;
      for (std::uint32_t& word : lane.b) word |= random() & 0x1FFF;
    }
    ASSERT_TRUE(run_sparse(f, c.lanes, {}).clean());
    expect_product(f, c, c.lanes);
  }
}

// A NaN or an infinity of B counts only where A keeps the column.
TEST(SparseMmaValues, UnkeptColumnsAreNotLookedAt) {
  const SparseForm f = {Element::f16, Element::f16, 32, 0};
  for (const bool kept : {false, true}) {
    std::array<SparseLane, 32> lanes{};
    for (SparseLane& lane : lanes) {
      lane.metadata = 0x44444444;  // columns 0 and 1 of every chunk
      for (std::uint32_t& word : lane.a) word = 0x3C003C00;
      const auto q = static_cast<unsigned>(&lane - lanes.data()) % 4;  // columns 2q, 2q + 1
      if ((q % 2 == 0) == kept) lane.b[1] = 0x7E007C00;                // infinity and NaN
    }
    ASSERT_TRUE(run_sparse(f, lanes, {}).clean());
    for (const SparseLane& lane : lanes) {
      for (const std::uint32_t d : lane.d) EXPECT_EQ(d, kept ? 0x7FFFFFFFu : 0u);
    }
  }
}

TEST(SparseMmaValues, OneRoundingToNearestEven) {
  using simt::models::round_to_f32;
  EXPECT_EQ(round_to_f32(16777217.0), std::bit_cast<std::uint32_t>(16777216.0f));
  EXPECT_EQ(round_to_f32(16777219.0), std::bit_cast<std::uint32_t>(16777220.0f));
  EXPECT_EQ(round_to_f32(1e300), 0x7F800000u);
  EXPECT_EQ(round_to_f32(std::nan("")), 0x7FFFFFFFu);
}

TEST(Numbers, AgreeWithTheOracle) {
  struct Pair {
    Element element;
    DataType type;
  };
  for (const Pair p : {Pair{Element::f16, DataType::f16}, Pair{Element::bf16, DataType::bf16},
                       Pair{Element::e4m3, DataType::f8e4m3}, Pair{Element::e5m2, DataType::f8e5m2},
                       Pair{Element::s8, DataType::i8}}) {
    for (std::uint32_t bits = 0; bits < 1u << bits_of(p.element); ++bits) {
      const double got = simt::models::decode(p.element, bits);
      const double want = oracle::decode(p.type, bits);
      if (std::isnan(want)) {
        ASSERT_TRUE(std::isnan(got)) << bits;
      } else {
        ASSERT_EQ(got, want) << bits;
        ASSERT_EQ(std::signbit(got), std::signbit(want)) << bits;
      }
    }
  }
  for (std::uint32_t bits = 0; bits < 1u << 19; ++bits) {
    const double got = simt::models::decode(Element::tf32, bits << 13 | (bits & 0x1FFF));
    const float want = std::bit_cast<float>(bits << 13);
    ASSERT_TRUE(std::isnan(want) ? std::isnan(got) : got == want) << bits;
  }
}

// The library's layout functions put data where the models look for it.
TEST(Layout, PutsDataWhereTheModelsLook) {
  using layout::MetadataForm;
  for (const SparseForm& f : sparse_forms()) {
    const int columns = f.k / 2, e = 32 / bits_of(f.a);
    if (columns * bits_of(f.a) != 256) continue;  // the short forms are not used by the library
    SCOPED_TRACE(name_of(f));
    const MetadataForm form = bits_of(f.a) == 8 ? MetadataForm::rows : MetadataForm::halves;
    ASSERT_EQ(layout::selectors(form), simt::models::selectors(f));
    ASSERT_EQ(layout::chunks_per_row(form), simt::models::chunks(f));
    std::mt19937 random(11);
    std::array<SparseLane, 32> lanes{};
    int a[16][64] = {}, b[64][8];
    for (int row = 0; row < 16; ++row) {
      for (int chunk = 0; chunk < layout::chunks_per_row(form); ++chunk) {
        const int width = chunk_columns(f), kept = width / 2;
        const unsigned nibble = kept == 1 ? layout::half_pair_nibble(static_cast<int>(random() % 2))
                                          : layout::kLegalNibbles[random() % 6];
        const layout::MetadataSlot slot = layout::metadata_slot(form, {row, chunk, f.selector});
        ASSERT_EQ(slot.selector, f.selector);
        lanes[static_cast<unsigned>(slot.lane)].metadata |= nibble << 4 * slot.nibble;
        for (int i = 0; i < kept; ++i) {
          const int position = kept == 1 ? layout::half_pair_position(nibble)
                               : i == 0  ? layout::nibble_first(nibble)
                                         : layout::nibble_second(nibble);
          const int value = static_cast<int>(random() % 9) - 4;
          a[row][chunk * width + position] = value;
          const layout::LaneSlot place = layout::a_slot({row, chunk * kept + i}, e);
          put(&lanes[static_cast<unsigned>(place.lane)].a[place.reg], f.a, place.elem,
              encode(f.a, value));
        }
      }
    }
    for (int lane = 0; lane < 32; ++lane) {
      for (int i = 0; i < 4 * e; ++i) {
        const At at = b_at(f, lane, i);
        b[at.row][at.column] = static_cast<int>(random() % 9) - 4;
        put(lanes[static_cast<unsigned>(lane)].b, f.b, i, encode(f.b, b[at.row][at.column]));
      }
    }
    const Report report = run_sparse(f, lanes, {});
    ASSERT_TRUE(report.clean()) << report.text();
    for (int lane = 0; lane < 32; ++lane) {
      for (int i = 0; i < 4; ++i) {
        const At at = c_at(lane, i);
        int want = 0;
        for (int k = 0; k < f.k; ++k) want += a[at.row][k] * b[k][at.column];
        const std::uint32_t got = lanes[static_cast<unsigned>(lane)].d[i];
        const double value = f.a == Element::s8 ? double(static_cast<std::int32_t>(got))
                                                : double(std::bit_cast<float>(got));
        ASSERT_EQ(value, want) << "row " << at.row << " column " << at.column;
      }
    }
  }
}

// a_slot's inverse, against the models' side of the table.
TEST(Layout, AgreesOnFragmentAndMetadataPlaces) {
  for (const SparseForm& f : sparse_forms()) {
    const int e = 32 / bits_of(f.a);
    if (f.k / 2 * bits_of(f.a) != 256) continue;
    const auto form = bits_of(f.a) == 8 ? layout::MetadataForm::rows : layout::MetadataForm::halves;
    for (int lane = 0; lane < 32; ++lane) {
      for (int i = 0; i < 4 * e; ++i) {
        const layout::TilePlace place = layout::a_place({lane, i / e, i % e}, e);
        EXPECT_EQ(place.row, a_at(f, lane, i).row);
        EXPECT_EQ(place.col, a_at(f, lane, i).column);
      }
    }
    for (int row = 0; row < 16; ++row) {
      for (int chunk = 0; chunk < simt::models::chunks(f); ++chunk) {
        const layout::MetadataSlot slot = layout::metadata_slot(form, {row, chunk, f.selector});
        const simt::models::NibblePlace place = simt::models::nibble_place(f, row, chunk);
        EXPECT_EQ(slot.lane, place.lane);
        EXPECT_EQ(slot.nibble, place.nibble);
      }
    }
  }
}

}  // namespace
}  // namespace heddle::arch_test
