#pragma once
// Everything around the product: alpha, beta, C, bias, scales, activations, rounding, saturation;
// against the reference and against the CPU. For any kernel.
#include <limits>
#include <utility>
#include <vector>

#include "test/kernels/matmul/matmul_device_case.hpp"

namespace heddle::test {

inline constexpr Activation kActivations[] = {Activation::none, Activation::relu,
                                              Activation::gelu_erf, Activation::gelu_tanh,
                                              Activation::silu};

// Cases of a kind: shapes, orders and configurations in turn.
class EpilogueCases {
 public:
  // `schedules`: of some cases, the others run under one.
  EpilogueCases(const Kind& kind, std::vector<MatmulConfig> ways, unsigned schedules)
      : kind_(kind), ways_(std::move(ways)), schedules_(schedules) {}

  // Small integers and powers of two: no rounding anywhere, so that CPU and GPU agree to the bit.
  void exact_like_the_cpu() {
    for (DataType type : output_types(kind_.a))
      for (int i = 0; i < 10; ++i) {
        DeviceCase c = next(type);
        c.p.alpha = i % 3 == 0 ? 1.0f : i % 3 == 1 ? -0.5f : 2.0f;
        c.p.beta = i % 4 == 0 ? 0.0f : i % 4 == 1 ? 1.0f : -2.0f;
        c.p.bias = i % 2 == 1, c.p.scale_m = i >= 4 && i != 7, c.p.scale_n = i >= 6;
        c.p.activation = i % 5 == 2 ? Activation::relu : Activation::none;
        c.effort.schedules = i == 0 ? schedules_ : 1;
        expect_product(c, random_);
      }
  }

  void real_data_and_every_activation() {
    for (DataType type : output_types(kind_.a))
      for (Activation activation : kActivations)
        for (bool plain : {true, false}) {
          DeviceCase c = next(type);
          c.data = Data::real;
          c.p.activation = activation;
          c.p.alpha = plain ? 1.0f : 0.37f;
          c.p.beta = plain ? 0.0f : -1.7f;
          c.p.bias = c.p.scale_m = c.p.scale_n = !plain;
          if (type == DataType::f16 && c.p.a == DataType::i8) c.p.alpha *= 0.001f;
          if (type == DataType::i8) c.p.alpha *= 0x1p-10f;
          expect_product(c, random_);
        }
  }

  // Each vector alone, of every type of bias, at m and n that end within a run.
  void vectors_alone() {
    for (int which = 0; which < 3; ++which)
      for (std::int64_t m : {1, 3, 66})
        for (std::int64_t n : {1, 9}) {
          DeviceCase c = next(DataType::f32);
          c.p.m = m, c.p.n = n;
          c.p.bias = which == 0, c.p.scale_m = which == 1, c.p.scale_n = which == 2;
          expect_product(c, random_);
        }
  }

  // ---- what is not read ----

  void beta_zero_reads_no_c() {
    for (int i = 0; i < 4; ++i) {
      DeviceCase c = next(DataType::f32);
      MatmulData x = make_data(c.p, c.data, random_);
      x.c.poison();
      expect_product(c, x, reference(c.p, x), {});
    }
  }

  // alpha 0: NaN in A, B and the scales goes nowhere. D is activation(beta C + bias).
  void alpha_zero_reads_neither_a_b_nor_scales() {
    for (int i = 0; i < 10; ++i) {
      DeviceCase c = next(output_types(kind_.a).back());
      c.p.alpha = 0;
      c.p.scale_m = c.p.scale_n = true;
      if (i == 9) {  // split among more blocks than there are steps without a product
        c.p.m = 150;
        c.config = ways_.back();
      }
      c.p.beta = i % 2 == 0 ? 2.0f : 0.0f, c.p.bias = i % 3 != 0;
      MatmulData x = make_data(c.p, c.data, random_);
      x.a.poison();
      x.b.poison();
      for (Vector* v : {&x.scale_m, &x.scale_n})
        for (std::size_t e = 0; e < v->values.size(); ++e) {
          store_bits(v->bytes.data(), static_cast<std::int64_t>(e), DataType::f32,
                     nan_code(DataType::f32));
          v->values[e] = std::numeric_limits<double>::quiet_NaN();
        }
      Bound bound;
      bound.zeros_expected = true;
      expect_product(c, x, reference(c.p, x), bound);
    }
  }

  // ---- NaN, infinity and saturation ----

  // Of C and bias: through every activation to exactly their elements, in every type.
  void nan_and_infinity_propagate() {
    for (DataType type : output_types(kind_.a))
      for (Activation activation : kActivations) {
        DeviceCase c = next(type);
        c.p.separate_c = true, c.p.beta = 1, c.p.bias = true, c.p.activation = activation;
        c.data = Data::real;
        MatmulData x = make_data(c.p, c.data, random_);
        x.c.set_bits(3, 4, nan_code(type));
        x.c.set_bits(5, 6, infinity_code(type));
        if (activation == Activation::none)
          x.c.set_bits(7, 8, infinity_code(type) | 1u << (bits_of(type) - 1));
        store_bits(x.bias.bytes.data(), 9, x.bias.type, nan_code(x.bias.type));
        x.bias.values[9] = std::numeric_limits<double>::quiet_NaN();
        expect_product(c, x, reference(c.p, x), {});
      }
  }

  // Sums beyond f16 become infinities of the right sign.
  void f16_overflows() {
    DeviceCase c = next(DataType::f16);
    c.p.alpha = 16384;
    expect_product(c, random_);
  }

  // i8 and i32 saturate, round to nearest even, and take NaN for 0.
  void integers_saturate() {
    for (DataType type : {DataType::i8, DataType::i32})
      for (float alpha : {1.0f, 0.25f, 40.0f, 0x1p30f, -0x1p30f}) {
        DeviceCase c = next(type);
        c.p.alpha = alpha;
        c.p.bias = true;
        MatmulData x = make_data(c.p, c.data, random_);
        store_bits(x.bias.bytes.data(), 9, x.bias.type, nan_code(x.bias.type));
        x.bias.values[9] = std::numeric_limits<double>::quiet_NaN();
        if (alpha == 0x1p30f || alpha == -0x1p30f) c.p.bias = false;  // it would round away
        expect_product(c, x, reference(c.p, x), {});
      }
  }

  // i32 in integers: beyond 2^24, and the sum with C saturates at both ends.
  void exact_integers() {
    for (int i = 0; i < 12; ++i) {
      DeviceCase c = next(DataType::i32);
      c.p.alpha = i % 4 == 3 ? 0.0f : 1.0f;
      c.p.beta = i % 3 == 0 ? 0.0f : 1.0f;
      c.p.activation = i % 2 == 0 ? Activation::none : Activation::relu;
      MatmulData x = make_data(c.p, Data::real, random_);
      x.c.each([&](auto r, auto s) {
        const std::int32_t near = static_cast<std::int32_t>(random_.below(100000));
        const std::int32_t most = std::numeric_limits<std::int32_t>::max();
        const std::int32_t value = (r + s) % 3 == 0   ? most - near
                                   : (r + s) % 3 == 1 ? -most - 1 + near
                                                      : near * 1001;
        return static_cast<std::uint32_t>(value);
      });
      Bound bound;
      bound.zeros_expected = true;
      expect_product(c, x, reference(c.p, x), bound);
    }
  }

 private:
  DeviceCase next(DataType type) {
    DeviceCase c;
    c.p = problem_of(kind_, cases_ % 2 == 0 ? 70 : 64, cases_ % 3 == 0 ? 16 : 13,
                     3 * unit_cols(kind_.a) - 5, type);
    c.p.d_place = {cases_ % 2 == 0 ? Order::col : Order::row, cases_ % 5, 0};
    c.p.c_place = {cases_ / 2 % 2 == 0 ? Order::col : Order::row, cases_ % 3, 0};
    c.p.separate_c = cases_ % 3 != 0;
    c.config = ways_[static_cast<std::size_t>(cases_) % ways_.size()];
    if (c.config->kernel == MatmulKernel::wgmma) align_b(c);
    c.effort = {1, 0, kind_.capability};
    c.like_cpu = true;
    ++cases_;
    return c;
  }

  Kind kind_;
  std::vector<MatmulConfig> ways_;
  unsigned schedules_;
  Random random_{167};
  int cases_ = 0;
};

}  // namespace heddle::test
