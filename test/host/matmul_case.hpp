#pragma once
// One product, run and judged: everything a test of matmul does but choose the case.

#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "heddle/matmul.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/device.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/packed.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/product.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {

struct TypePair {
  DataType a, b;
};
// Every pair that multiplies.
inline const std::vector<TypePair>& input_types() {
  static const std::vector<TypePair> all = {
      {DataType::f32, DataType::f32},       {DataType::f16, DataType::f16},
      {DataType::bf16, DataType::bf16},     {DataType::f8e4m3, DataType::f8e4m3},
      {DataType::f8e4m3, DataType::f8e5m2}, {DataType::f8e5m2, DataType::f8e4m3},
      {DataType::f8e5m2, DataType::f8e5m2}, {DataType::i8, DataType::i8}};
  return all;
}
inline std::vector<DataType> output_types(DataType a) {
  if (a == DataType::i8)
    return {DataType::f32, DataType::f16, DataType::bf16, DataType::i32, DataType::i8};
  return {DataType::f32, DataType::f16, DataType::bf16};
}

// A vector in guarded memory, and what it holds.
struct Vector {
  DataType type = DataType::f32;
  GuardedBytes bytes;
  std::vector<double> values;

  Vector() = default;
  explicit Vector(const Matrix& from)  // the elements of a single column, at an odd address
      : type(from.type()), bytes(static_cast<std::size_t>(from.rows()) * size_of(from.type()), 1) {
    for (std::int64_t i = 0; i < from.rows(); ++i) {
      store_bits(bytes.data(), i, type, from.bits(i, 0));
      values.push_back(from.at(i, 0));
    }
  }
  ConstVectorView view() const {
    return {bytes.data(), static_cast<std::int64_t>(values.size()), type};
  }
};

// The data of a problem. A is dense here, `kept` its mask.
struct MatmulData {
  Matrix a, b, c;
  Mask kept;
  Vector bias, scale_m, scale_n;
};

// Small integers, or normal deviates scaled so that sums stay near 1.
enum class Data { integers, real };

// Powers of two for exact results, else factors near 1 of either sign.
inline Vector make_scales(Data kind, std::int64_t size, Random& random) {
  Matrix scales(DataType::f32, size, 1);
  for (std::int64_t i = 0; i < size; ++i) {
    const double sign = random.below(4) == 0 ? -1 : 1;
    scales.set(i, 0,
               kind == Data::integers
                   ? sign * std::ldexp(1.0, static_cast<int>(random.between(-2, 2)))
                   : sign * (0.5 + static_cast<double>(random.below(1000)) / 1000));
  }
  return Vector(scales);
}

inline MatmulData make_data(const MatmulProblem& p, Data kind, Random& random) {
  MatmulData x{Matrix(p.a, p.m, p.k),
               Matrix(p.b, p.k, p.n, p.b_place),
               Matrix(p.d, p.m, p.n, p.c_place),
               Mask(p.m, p.k),
               {},
               {},
               {}};
  const auto fill = [&](Matrix& m) {
    if (kind == Data::integers)
      fill_integers(m, random, -2, 2);
    else if (m.type() == DataType::i8)
      fill_integers(m, random, -128, 127);
    else if (m.type() == DataType::i32)
      fill_integers(m, random, -1000000, 1000000);
    else
      fill_normal(m, random);
  };
  fill(x.a);
  fill(x.b);
  fill(x.c);
  if (random.below(3) == 0)
    fill_sparse_mask(x.kept, random, p.pattern);
  else
    fill_full_mask(x.kept, random, p.pattern);
  if (p.bias) {
    static constexpr DataType kTypes[] = {DataType::f32, DataType::f16, DataType::bf16};
    Matrix bias(kTypes[random.below(3)], p.m, 1);
    fill(bias);
    x.bias = Vector(bias);
  }
  if (p.scale_m) x.scale_m = make_scales(kind, p.m, random);
  if (p.scale_n) x.scale_n = make_scales(kind, p.n, random);
  return x;
}

inline Epilogue epilogue_of(const MatmulProblem& p, const MatmulData& x) {
  return {p.alpha,
          p.beta,
          &x.c,
          p.bias ? &x.bias.values : nullptr,
          p.scale_m ? &x.scale_m.values : nullptr,
          p.scale_n ? &x.scale_n.values : nullptr,
          p.activation};
}

inline Reference reference(const MatmulProblem& p, const MatmulData& x) {
  return product(masked(x.a, x.kept), stored_mask(x.kept, p.pattern), x.b, epilogue_of(p, x));
}

// Everything but C.
inline MatmulOptions options_of(const MatmulProblem& p, const MatmulData& x) {
  MatmulOptions options;
  options.alpha = p.alpha;
  options.beta = p.beta;
  options.activation = p.activation;
  if (p.bias) options.bias = x.bias.view();
  if (p.scale_m) options.scale_m = x.scale_m.view();
  if (p.scale_n) options.scale_n = x.scale_n.view();
  return options;
}

// Runs once with `threads`, checks everything around the result, and returns the result.
inline Matrix run(const MatmulProblem& p, MatmulData& x, int threads) {
  PackedDesc desc = {p.m, p.k, p.pattern, p.a, p.packed};
  Blob blob(desc, 1);
  EXPECT_TRUE(succeeds(pack(Exec::cpu(1), x.a.view(), x.kept.view(), blob.view())));
  Matrix d(p.d, p.m, p.n, p.d_place);
  d.poison();
  MatmulOptions options = options_of(p, x);
  if (p.separate_c)
    options.c = std::as_const(x.c).view();
  else if (p.beta != 0)
    d.each([&](auto r, auto c) { return x.c.bits(r, c); });  // C is what D holds
  blob.freeze();
  x.b.freeze();
  x.c.freeze();
  Vector* const vectors[] = {&x.bias, &x.scale_m, &x.scale_n};
  for (Vector* v : vectors) v->bytes.freeze();
  EXPECT_TRUE(succeeds(
      matmul(Exec::cpu(threads), blob.cview(), std::as_const(x.b).view(), d.view(), options)));
  EXPECT_TRUE(d.surroundings_intact());
  EXPECT_TRUE(blob.unchanged());
  EXPECT_TRUE(x.b.unchanged());
  EXPECT_TRUE(x.c.unchanged());
  for (Vector* v : vectors) EXPECT_TRUE(v->bytes.unchanged());
  return d;
}

// Shapes and details at random, types and pattern given.
inline MatmulProblem random_problem(TypePair types, DataType d, Pattern pattern, Random& random) {
  static constexpr std::int64_t kSizes[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                            12, 13, 14, 15, 16, 17, 31, 33, 63, 64, 65};
  const auto size = [&] { return kSizes[random.below(std::size(kSizes))]; };
  const auto place = [&] {
    const auto& all = placements();
    return all[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(all.size())))];
  };
  MatmulProblem p;
  p.m = size(), p.n = size(), p.k = size();
  p.pattern = pattern;
  p.a = types.a, p.b = types.b, p.d = d;
  p.b_place = place(), p.d_place = place(), p.c_place = place();
  if (device_holds(pattern, p.a) && random.below(2) == 0) p.packed = PackedOrder::device;
  return p;
}

}  // namespace heddle::oracle
