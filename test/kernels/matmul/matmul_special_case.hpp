#pragma once
// NaN and infinity, masks of one kind, matrices of almost nothing: for any kernel.
#include <cmath>
#include <utility>
#include <vector>

#include "test/kernels/matmul/matmul_device_case.hpp"

namespace heddle::test {

// Cases of a kind by every one of `ways`, with B in each of `orders`.
class SpecialCases {
 public:
  SpecialCases(const Kind& kind, std::vector<MatmulConfig> ways, std::vector<Order> orders)
      : kind_(kind), ways_(std::move(ways)), orders_(std::move(orders)) {}
  bool floats() const { return kind_.a != DataType::i8; }

  // In B: to exactly the rows whose stored entries select them, zeros among these.
  void nan_in_b_reaches_the_rows_that_select_it() {
    for (bool infinite : {false, true}) {
      if (infinite && !float_format(kind_.b).has_infinity) continue;
      for (const MatmulConfig& config : ways_) {
        DeviceCase c = of(70, 20, 2 * unit_cols(kind_.a) - 1, config);
        MatmulData x = make_data(c.p, c.data, random_);
        fill_sparse_mask(x.kept, random_, c.p.pattern);
        for (std::int64_t i : {std::int64_t{3}, c.p.k - 2})
          for (std::int64_t j : {0, 7, 19})
            x.b.set_bits(i, j, infinite ? infinity_code(c.p.b) : nan_code(c.p.b));
        const Reference want = reference(c.p, x);
        int reached = 0, spared = 0;
        for (std::int64_t r = 0; r < c.p.m; ++r)
          std::isfinite(want.at(r, 7)) ? ++spared : ++reached;
        ASSERT_GT(reached, 0);
        ASSERT_GT(spared, 0);
        expect_product(c, x, want, exact());
      }
    }
  }

  void nan_in_a_stays_in_its_row() {
    DeviceCase c = of(70, 12, unit_cols(kind_.a) + 9, ways_.front());
    MatmulData x = make_data(c.p, c.data, random_);
    for (std::int64_t row : {5, 69})
      for (std::int64_t col : {8, 9, 10, 11}) {
        x.kept.set(row, col, col % 4 == 1);
        if (col % 4 == 1) x.a.set_bits(row, col, nan_code(c.p.a));
      }
    const Reference want = reference(c.p, x);
    for (std::int64_t r = 0; r < c.p.m; ++r)
      ASSERT_EQ(std::isnan(want.at(r, 3)), r == 5 || r == 69);
    expect_product(c, x, want, exact());
  }

  // Behind the end of k and n, in the memory that follows, by every way B is loaded.
  void nan_behind_the_ends_of_b() {
    const int unit = unit_cols(kind_.a), whole_run = 16 / static_cast<int>(size_of(kind_.a));
    for (Order order : orders_)
      for (std::size_t misalign : {0, 1})
        for (std::int64_t cut : {1, 3, whole_run / 2 + 1}) {
          // With its border, a line of B is a multiple of 16 bytes.
          DeviceCase c = of(40, 32 - cut, 3 * unit - cut, next());
          c.border = 32 + cut;
          c.p.b_place = {order, 0, misalign};
          if (c.config->kernel == MatmulKernel::wgmma) align_b(c);
          expect_product(c, random_);
        }
  }

  void all_zero_a() {
    DeviceCase c = of(40, 9, unit_cols(kind_.a) + 1, ways_.front());
    MatmulData x = make_data(c.p, c.data, random_);
    x.a.each([&](auto, auto) { return encode(c.p.a, 0); });
    for (bool kept : {true, false}) {  // stored zeros; nothing but fillers
      for (std::int64_t r = 0; r < c.p.m; ++r)
        for (std::int64_t s = 0; s < c.p.k; ++s)
          if (!kept) x.kept.set(r, s, false);
      expect_product(c, x, reference(c.p, x), exact());
    }
  }

  // Every group keeps the same positions: each metadata nibble alone.
  void masks_of_one_nibble() {
    const Pattern pattern = pattern_of(kind_.a);
    for (unsigned keep = 1; keep < 1u << pattern.group; ++keep) {
      if (__builtin_popcount(keep) != pattern.keep) continue;
      for (const MatmulConfig& config : ways_) {
        DeviceCase c = of(80, 17, 2 * unit_cols(kind_.a), config);
        MatmulData x = make_data(c.p, c.data, random_);
        for (std::int64_t r = 0; r < c.p.m; ++r)
          for (std::int64_t s = 0; s < c.p.k; ++s)
            x.kept.set(r, s, (keep >> s % pattern.group & 1) != 0);
        expect_product(c, x, reference(c.p, x), exact());
      }
    }
  }

  // Odd numbers of blocks along k: the second half of a unit, or of a block, is not there.
  void last_block_alone() {
    const int unit = unit_cols(kind_.a);
    for (int k : {unit / 2, unit + unit / 2, 2 * unit, 3 * unit, 4 * unit + unit / 2})
      for (const MatmulConfig& config : ways_)
        for (std::int64_t m : {1, 65}) {
          DeviceCase c = of(m, 8, k, config);
          c.p.b_place.order = k % unit == 0 ? orders_.front() : orders_.back();
          c.border = 64;
          if (c.config->kernel == MatmulKernel::wgmma) align_b(c);
          c.effort.schedules = 1;
          expect_product(c, random_);
        }
  }

  // k = 0: D = activation(beta C + bias). m, n or the batch = 0: nothing happens.
  void empty_problems() {
    for (const MatmulConfig& config : ways_) {
      for (bool bias : {false, true}) {
        DeviceCase c = of(70, 9, 0, config);
        c.p.bias = bias, c.p.beta = 2, c.p.activation = Activation::relu;
        MatmulData x = make_data(c.p, c.data, random_);
        expect_product(c, x, reference(c.p, x), exact());
        c.p.beta = 0;
        expect_product(c, x, reference(c.p, x), exact());
      }
      for (const auto& [m, n] : {std::pair{0, 9}, std::pair{9, 0}, std::pair{0, 0}}) {
        DeviceCase c = of(m, n, 40, config);
        c.p.bias = true, c.p.beta = 1;
        MatmulData x = make_data(c.p, c.data, random_);
        expect_product(c, x, reference(c.p, x), exact());
      }
    }
  }

 private:
  DeviceCase of(std::int64_t m, std::int64_t n, std::int64_t k, const MatmulConfig& config) const {
    return case_of(kind_, m, n, k, config);
  }
  const MatmulConfig& next() { return ways_[cases_++ % ways_.size()]; }
  static Bound exact() {
    Bound bound;
    bound.zeros_expected = true;
    return bound;
  }

  Kind kind_;
  std::vector<MatmulConfig> ways_;
  std::vector<Order> orders_;
  Random random_{173};
  std::size_t cases_ = 0;
};

}  // namespace heddle::test
