// NaN and infinity: where they come from, where they get to, and what is never read.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cmath>
#include <utility>

#include "test/host/matmul_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

class MatmulNaN : public testing::TestWithParam<DataType> {
 protected:
  MatmulProblem problem_of(Pattern pattern) {
    MatmulProblem p = random_problem({GetParam(), GetParam()}, DataType::f32, pattern, random_);
    p.m = 37, p.n = 20, p.k = 67;
    return p;
  }
  Random random_{111};
};
INSTANTIATE_TEST_SUITE_P(Types, MatmulNaN, testing::ValuesIn(float_types()), by_type);

// A NaN or infinity in row i of B reaches exactly the rows of A that store column i, even those
// that store a zero there. The oracle says which.
TEST_P(MatmulNaN, InBReachesTheRowsThatSelectIt) {
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{3, 7}})
    for (bool infinite : {false, true}) {
      if (infinite && !float_format(GetParam()).has_infinity) continue;
      MatmulProblem p = problem_of(pattern);
      SCOPED_TRACE(to_string(p));
      MatmulData x = make_data(p, Data::integers, random_);
      for (std::int64_t i : {3, 33})  // few enough that some rows keep neither
        for (std::int64_t j : {0, 7, 19})
          x.b.set_bits(i, j, infinite ? infinity_code(GetParam()) : nan_code(GetParam()));
      const Reference ref = reference(p, x);
      std::int64_t reached = 0, spared = 0;
      for (std::int64_t r = 0; r < p.m; ++r) std::isfinite(ref.at(r, 7)) ? ++spared : ++reached;
      ASSERT_GT(reached, 0);
      ASSERT_GT(spared, 0);
      ASSERT_TRUE(compare_exact(run(p, x, 2), ref, true));
    }
}

TEST_P(MatmulNaN, InAStaysInItsRow) {
  MatmulProblem p = problem_of({2, 4});
  MatmulData x = make_data(p, Data::integers, random_);
  const std::int64_t row = 5;
  x.a.set_bits(row, 8, nan_code(GetParam()));
  x.kept.set(row, 8, true), x.kept.set(row, 9, false);
  x.kept.set(row, 10, false), x.kept.set(row, 11, true);
  const Matrix d = run(p, x, 2);
  for (std::int64_t r = 0; r < p.m; ++r)
    for (std::int64_t c = 0; c < p.n; ++c)
      ASSERT_EQ(std::isnan(d.at(r, c)), r == row) << to_string(p) << " " << r << " " << c;
}

// A dropped NaN is nowhere.
TEST_P(MatmulNaN, DroppedFromAIsGone) {
  MatmulProblem p = problem_of({2, 4});
  MatmulData x = make_data(p, Data::integers, random_);
  x.a.each(
      [&](auto r, auto c) { return x.kept.kept(r, c) ? x.a.bits(r, c) : nan_code(GetParam()); });
  ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x)));
}

// beta = 0: C is not read. D is NaN before the run (run() poisons it), and so is C here.
TEST_P(MatmulNaN, BetaZeroReadsNoC) {
  for (bool separate : {false, true}) {
    MatmulProblem p = problem_of({2, 4});
    p.separate_c = separate;
    MatmulData x = make_data(p, Data::integers, random_);
    x.c.poison();
    ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x))) << to_string(p);
  }
}

TEST_P(MatmulNaN, AlphaZeroReadsNeitherANorB) {
  MatmulProblem p = problem_of({2, 4});
  p.alpha = 0, p.beta = 2, p.bias = true, p.separate_c = true;
  MatmulData x = make_data(p, Data::integers, random_);
  x.a.poison();
  x.b.poison();
  ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x)));
  p.beta = 0, p.bias = false;
  ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x), true));
}

TEST_P(MatmulNaN, OfCPropagatesThroughBetaAndActivations) {
  for (Activation activation : {Activation::none, Activation::relu, Activation::gelu_erf,
                                Activation::gelu_tanh, Activation::silu}) {
    MatmulProblem p = problem_of({1, 2});
    p.beta = 1, p.separate_c = true, p.activation = activation;
    MatmulData x = make_data(p, Data::integers, random_);
    x.c.set_bits(3, 4, nan_code(p.d));
    const Matrix d = run(p, x, 2);
    for (std::int64_t r = 0; r < p.m; ++r)
      for (std::int64_t c = 0; c < p.n; ++c)
        ASSERT_EQ(std::isnan(d.at(r, c)), r == 3 && c == 4) << to_string(p) << r << " " << c;
  }
}

// Memory that no one may read: touching it ends the program.
class Forbidden {
 public:
  explicit Forbidden(std::size_t bytes)
      : bytes_(bytes), data_(mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  ~Forbidden() { munmap(data_, bytes_); }
  Forbidden(const Forbidden&) = delete;
  Forbidden& operator=(const Forbidden&) = delete;
  void* data() const { return data_; }

 private:
  std::size_t bytes_;
  void* data_;
};

TEST(MatmulReads, NeitherAnorBForAlphaZeroNorCForBetaZero) {
  const Forbidden a(1 << 16), b(1 << 16), c(1 << 16);
  const PackedDesc desc = {5, 12, {2, 4}, DataType::f32, PackedOrder::canonical};
  const ConstMatrixView bad_b = row_major(b.data(), 12, 7, DataType::f32);
  Matrix d(DataType::f32, 5, 7);
  d.each([](auto, auto) { return encode(DataType::f32, 3); });
  MatmulOptions options;
  options.alpha = 0;
  options.beta = 2;
  ASSERT_TRUE(succeeds(matmul(Exec::cpu(1), {desc, a.data(), 1 << 16}, bad_b, d.view(), options)));
  EXPECT_EQ(d.at(4, 6), 6);
  options.beta = 0;
  options.c = row_major(c.data(), 5, 7, DataType::f32);
  ASSERT_TRUE(succeeds(matmul(Exec::cpu(1), {desc, a.data(), 1 << 16}, bad_b, d.view(), options)));
  EXPECT_EQ(d.at(4, 6), 0);
}

// Large finite results become infinity in f16, and the right one.
TEST(MatmulOverflow, F16OutputGoesToInfinity) {
  Matrix a(DataType::f32, 2, 4), b(DataType::f32, 4, 3), d(DataType::f16, 2, 3);
  a.each([](std::int64_t r, auto) { return encode(DataType::f32, r == 0 ? 40000 : -40000); });
  b.each([](auto, auto) { return encode(DataType::f32, 1); });
  Blob blob({2, 4, {2, 4}, DataType::f32, PackedOrder::canonical});
  ASSERT_TRUE(succeeds(pack(Exec::cpu(1), a.view(), blob.view())));
  ASSERT_TRUE(succeeds(matmul(Exec::cpu(1), blob.cview(), b.view(), d.view())));
  for (std::int64_t c = 0; c < 3; ++c) {
    EXPECT_EQ(d.bits(0, c), 0x7C00u);
    EXPECT_EQ(d.bits(1, c), 0xFC00u);
  }
}

}  // namespace
}  // namespace heddle
