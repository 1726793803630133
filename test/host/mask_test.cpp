// best_mask against brute force: every choice of every group is tried.

#include "heddle/mask.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/rank.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Mask;
using oracle::Matrix;
using oracle::RankKey;

using Keys = RankKey (*)(DataType, std::uint32_t);

// The mask that `m` must get, group by group; brute force if the group can be enumerated.
testing::AssertionResult is_best(const Matrix& m, Pattern pattern, const Mask& mask, Keys key,
                                 bool brute) {
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t begin = 0; begin < m.cols(); begin += pattern.group) {
      const std::int64_t end = std::min<std::int64_t>(begin + pattern.group, m.cols());
      std::vector<RankKey> group;
      for (std::int64_t c = begin; c < end; ++c) group.push_back(key(m.type(), m.bits(r, c)));
      const std::vector<bool> want = brute ? oracle::best_by_brute_force(group, pattern.keep)
                                           : oracle::best_by_rank(group, pattern.keep);
      for (std::int64_t c = begin; c < end; ++c)
        if (mask.byte(r, c) != std::uint32_t{want[static_cast<std::size_t>(c - begin)]})
          return testing::AssertionFailure()
                 << "row " << r << " group " << begin / pattern.group << " column " << c << ": got "
                 << mask.byte(r, c) << " for " << m.at(r, c);
    }
  return testing::AssertionSuccess();
}

Mask find(const Matrix& m, Pattern pattern, Ranking ranking = Ranking::magnitude) {
  Mask mask(m.rows(), m.cols());
  mask.poison();
  EXPECT_TRUE(oracle::succeeds(best_mask(Exec::cpu(1), m.view(), pattern, mask.view(), ranking)));
  EXPECT_TRUE(mask.surroundings_intact());
  return mask;
}

class BestMask : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, BestMask, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

// Every keep <= group <= 8, over ties, any bits and ordinary data; the last group is partial.
TEST_P(BestMask, IsBruteForceUpToGroupsOfEight) {
  oracle::Random random(11);
  for (int group = 1; group <= 8; ++group)
    for (int keep = 1; keep <= group; ++keep) {
      const Pattern pattern = {keep, group};
      const std::int64_t cols = group * 9 + group / 2;
      for (int kind = 0; kind < 3; ++kind) {
        Matrix m(GetParam(), oracle::effort(48), cols);
        if (kind == 0) fill_ties(m, random);
        if (kind == 1) fill_codes(m, random);
        if (kind == 2) fill_normal(m, random, GetParam() == DataType::i8 ? 30 : 1);
        ASSERT_TRUE(is_best(m, pattern, find(m, pattern), oracle::magnitude_key, true))
            << problem(m, pattern, {}) << " kind " << kind;
        ASSERT_TRUE(is_best(m, pattern, find(m, pattern, Ranking::value), oracle::value_key, true))
            << problem(m, pattern, {}) << " by value, kind " << kind;
      }
    }
}

// Every keep <= group <= 32 against counting.
TEST_P(BestMask, IsTheTopByRankUpToGroupsOf32) {
  oracle::Random random(12);
  for (int group = 1; group <= 32; ++group)
    for (int keep = 1; keep <= group; ++keep) {
      const Pattern pattern = {keep, group};
      const std::int64_t cols = group * 3 + random.below(group);
      Matrix m(GetParam(), oracle::effort(16), cols);
      if (keep % 3 == 0) fill_ties(m, random);
      if (keep % 3 == 1) fill_codes(m, random);
      if (keep % 3 == 2) fill_normal(m, random, GetParam() == DataType::i8 ? 30 : 1);
      ASSERT_TRUE(is_best(m, pattern, find(m, pattern), oracle::magnitude_key, false))
          << problem(m, pattern, {});
      ASSERT_TRUE(is_best(m, pattern, find(m, pattern, Ranking::value), oracle::value_key, false))
          << problem(m, pattern, {}) << " by value";
    }
}

// Values whose every arrangement in a group is tried.
std::vector<std::uint32_t> alphabet(DataType type) {
  std::vector<std::uint32_t> codes;
  const auto add = [&](std::uint32_t code) {
    codes.push_back(code);
    codes.push_back(oracle::negate_code(type, code));
  };
  add(oracle::encode(type, 1));
  add(oracle::encode(type, 3));
  if (type == DataType::i8) {
    codes.insert(codes.end(), {0x00, 0x7F, 0x81, 0x80});
    return codes;
  }
  add(oracle::encode(type, 0));
  add(oracle::nan_code(type));
  add(oracle::encode(type, oracle::smallest_subnormal(type)));
  if (oracle::float_format(type).has_infinity) {
    add(oracle::infinity_code(type));
    codes.push_back(oracle::infinity_code(type) + 1);  // another NaN
  }
  return codes;
}

TEST_P(BestMask, ExhaustiveOverGroupsOfFour) {
  const std::vector<std::uint32_t> codes = alphabet(GetParam());
  const auto base = static_cast<std::int64_t>(codes.size());
  // One row for each leading pair; in it every trailing pair.
  Matrix m(GetParam(), base * base, base * base * 4);
  m.each([&](std::int64_t r, std::int64_t c) {
    const std::int64_t tail = c / 4;
    const std::int64_t digits[4] = {r / base, r % base, tail / base, tail % base};
    return codes[static_cast<std::size_t>(digits[c % 4])];
  });
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 4}, Pattern{3, 4}, Pattern{1, 2}}) {
    EXPECT_TRUE(is_best(m, pattern, find(m, pattern), oracle::magnitude_key, true))
        << oracle::pattern_text(pattern);
    EXPECT_TRUE(is_best(m, pattern, find(m, pattern, Ranking::value), oracle::value_key, true))
        << oracle::pattern_text(pattern) << " by value";
  }
}

TEST_P(BestMask, PartialGroupKeepsNoMoreThanItHas) {
  oracle::Random random(13);
  for (int group = 2; group <= 9; ++group)
    for (int keep = 1; keep <= group; ++keep)
      for (std::int64_t cols = 1; cols < group; ++cols) {
        Matrix m(GetParam(), 7, cols);
        fill_ties(m, random);
        const Mask mask = find(m, {keep, group});
        ASSERT_TRUE(is_best(m, {keep, group}, mask, oracle::magnitude_key, true));
        for (std::int64_t r = 0; r < m.rows(); ++r) {
          std::int64_t kept = 0;
          for (std::int64_t c = 0; c < cols; ++c) kept += mask.kept(r, c);
          ASSERT_EQ(kept, std::min<std::int64_t>(keep, cols)) << keep << ":" << group;
        }
      }
}

}  // namespace
}  // namespace heddle
