// Permuting weights, and what a network computes after folding a permutation into its layers.
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "heddle/permute.hpp"

namespace heddle {
namespace {

using namespace oracle;

Permutation shuffled(std::int64_t n, Random& random) {
  Permutation p(static_cast<std::size_t>(n));
  std::iota(p.begin(), p.end(), 0);
  for (std::size_t i = p.size(); i > 1; --i) std::swap(p[i - 1], p[random.below(i)]);
  return p;
}

TEST(Permute, EveryTypeAndPlacement) {
  for (const DataType type : matrix_types())
    for (const Placement& place : placements())
      for (const Placement& to : {place, Placement{Order::row, 0, 0}, Placement{Order::col, 1, 3}})
        for (const bool columns : {false, true}) {
          Random random(9);
          Matrix m(type, 70, 37, place), got(type, 70, 37, to);
          fill_codes(m, random);
          got.poison();
          m.freeze();
          const Permutation p = shuffled(columns ? 37 : 70, random);
          const Matrix& constant = m;
          const Exec exec = Exec::cpu(2);
          ASSERT_TRUE(succeeds(columns ? permute_columns(exec, constant.view(), p, got.view())
                                       : permute_rows(exec, constant.view(), p, got.view())));
          for (std::int64_t r = 0; r < 70; ++r)
            for (std::int64_t c = 0; c < 37; ++c) {
              const std::int64_t row = columns ? r : p[static_cast<std::size_t>(r)];
              const std::int64_t col = columns ? p[static_cast<std::size_t>(c)] : c;
              ASSERT_EQ(got.bits(r, c), m.bits(row, col)) << to_string(place);
            }
          EXPECT_TRUE(got.surroundings_intact());
          EXPECT_TRUE(m.unchanged());
        }
}

TEST(Permute, EmptyAndWrong) {
  Matrix m(DataType::f16, 4, 6), out(DataType::f16, 4, 6), none(DataType::f16, 0, 6);
  const Exec cpu = Exec::cpu(1);
  const Permutation six{0, 1, 2, 3, 4, 5};
  using enum StatusCode;
  EXPECT_TRUE(succeeds(permute_columns(cpu, none.view(), six, none.view())));
  EXPECT_TRUE(fails(permute_rows(cpu, m.view(), six, out.view()), invalid_argument,
                    {"6 entries", "4 rows"}));
  EXPECT_TRUE(fails(permute_columns(cpu, m.view(), {0, 1, 2, 3, 4, 6}, out.view()),
                    invalid_argument, {"permutation[5] = 6", "[0, 6)"}));
  EXPECT_TRUE(fails(permute_columns(cpu, m.view(), {0, 1, 2, 2, 4, 5}, out.view()),
                    invalid_argument, {"permutation[3] = 2", "once"}));
  EXPECT_TRUE(fails(permute_columns(cpu, m.view(), six, m.view()), invalid_argument, {"out"}));
  Matrix other(DataType::bf16, 4, 6);
  EXPECT_TRUE(fails(permute_columns(cpu, m.view(), six, other.view()), invalid_argument, {"out"}));
}

TEST(Permute, InverseAndRepeat) {
  EXPECT_EQ(*inverse({2, 0, 1}), (Permutation{1, 2, 0}));
  EXPECT_EQ(*inverse({}), Permutation{});
  EXPECT_EQ(*repeat({1, 0}, 3), (Permutation{1, 0, 3, 2, 5, 4}));
  EXPECT_EQ(*repeat({1, 0}, 0), Permutation{});
  using enum StatusCode;
  EXPECT_TRUE(fails(inverse({1, 1}).status(), invalid_argument, {"permutation[1] = 1"}));
  EXPECT_TRUE(fails(inverse({-1, 0}).status(), invalid_argument, {"permutation[0] = -1"}));
  EXPECT_TRUE(fails(repeat({0}, -1).status(), invalid_argument, {"copies = -1"}));
  EXPECT_TRUE(fails(repeat({0, 1}, std::int64_t{1} << 40).status(), invalid_argument, {"copies"}));
}

// y = W2 relu(norm(W1 x + b1)), norm per hidden channel: scale * (h - mean) / sqrt(var) + shift.
// W2 sees its inputs in `groups` blocks of its own columns, as a grouped convolution does.
struct Network {
  Matrix w1, w2, bias, mean, var, scale, shift;

  Network(std::int64_t in, std::int64_t hidden, std::int64_t out, std::int64_t groups)
      : w1(DataType::f32, hidden, in),
        w2(DataType::f32, out, hidden / groups),
        bias(DataType::f32, hidden, 1),
        mean(bias),
        var(bias),
        scale(bias),
        shift(bias) {}

  std::vector<double> run(const std::vector<double>& x) const {
    std::vector<double> h;
    for (std::int64_t i = 0; i < w1.rows(); ++i) {
      double sum = bias.at(i, 0);
      for (std::int64_t c = 0; c < w1.cols(); ++c)
        sum += w1.at(i, c) * x[static_cast<std::size_t>(c)];
      sum = scale.at(i, 0) * (sum - mean.at(i, 0)) / std::sqrt(var.at(i, 0)) + shift.at(i, 0);
      h.push_back(std::max(sum, 0.0));
    }
    std::vector<double> y;
    const std::int64_t groups = w1.rows() / w2.cols(), per_group = w2.rows() / groups;
    for (std::int64_t o = 0; o < w2.rows(); ++o) {
      double sum = 0;
      for (std::int64_t c = 0; c < w2.cols(); ++c)
        sum += w2.at(o, c) * h[static_cast<std::size_t>(o / per_group * w2.cols() + c)];
      y.push_back(sum);
    }
    return y;
  }

  // The order that suits w2, folded into everything around.
  Network folded() const {
    PermutationOptions options;
    options.escapes = 3;
    const auto found = find_permutation(Exec::cpu(1), w2.view(), options);
    EXPECT_TRUE(succeeds(found.status()));
    EXPECT_GT(found->kept, found->kept_identity);
    const Permutation rows = *repeat(found->permutation, w1.rows() / w2.cols());
    Network out = *this;
    EXPECT_TRUE(
        succeeds(permute_columns(Exec::cpu(1), w2.view(), found->permutation, out.w2.view())));
    for (auto part : {&Network::w1, &Network::bias, &Network::mean, &Network::var, &Network::scale,
                      &Network::shift}) {
      EXPECT_TRUE(
          succeeds(permute_rows(Exec::cpu(1), (this->*part).view(), rows, (out.*part).view())));
    }
    return out;
  }
};

TEST(Fold, IntegersGiveTheSameOutput) {
  for (const std::int64_t groups : {1, 4}) {
    Random random(static_cast<std::uint64_t>(groups));
    Network net(12, 64, 8, groups);
    for (Matrix* m : {&net.w1, &net.w2, &net.bias, &net.mean, &net.scale, &net.shift})
      fill_integers(*m, random, -5, 5);
    fill_integers(net.var, random, 1, 1);
    std::vector<double> x;
    for (int i = 0; i < 12; ++i) x.push_back(i - 5);
    EXPECT_EQ(net.run(x), net.folded().run(x));
  }
}

TEST(Fold, RealsGiveTheSameOutputToRounding) {
  for (const std::int64_t groups : {1, 2}) {
    Random random(7);
    Network net(20, 96, 10, groups);
    for (Matrix* m : {&net.w1, &net.w2, &net.bias, &net.mean, &net.scale, &net.shift})
      fill_normal(*m, random);
    fill_integers(net.var, random, 1, 9);
    std::vector<double> x;
    for (int i = 0; i < 20; ++i) x.push_back(std::sin(i));
    const std::vector<double> want = net.run(x), got = net.folded().run(x);
    for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-10);
  }
}

}  // namespace
}  // namespace heddle
