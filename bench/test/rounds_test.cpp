#include "bench/rounds.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::bench {
namespace {

TEST(Quantiles, LieBetweenNeighbours) {
  EXPECT_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(quantile({4, 1, 2, 3}, 0.5), 2.5);
  EXPECT_EQ(quantile({4, 1, 2, 3, 5}, 0.25), 2);
  EXPECT_EQ(quantile({1, 2}, 0.75), 1.75);
  EXPECT_EQ(quantile({7}, 0.75), 7);
  EXPECT_EQ(quantile({1, 9}, 1), 9);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

// One slow moment hits both sides of its round: the ratio does not see it.
TEST(Summaries, PairWithinARound) {
  const Summary s = summarize({{2, 1}, {20, 10}, {4, 2}});
  EXPECT_EQ(s.operation, 4);
  EXPECT_EQ(s.baseline, 2);
  EXPECT_EQ(s.ratio, 0.5);
  EXPECT_EQ(s.ratio_quarter, 0.5);
  EXPECT_EQ(s.ratio_three_quarters, 0.5);
}

TEST(Summaries, RatioIsOfTheRounds) {
  const Summary s = summarize({{1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}});
  EXPECT_EQ(s.ratio, 3);
  EXPECT_EQ(s.ratio_quarter, 2);
  EXPECT_EQ(s.ratio_three_quarters, 4);
}

}  // namespace
}  // namespace heddle::bench
