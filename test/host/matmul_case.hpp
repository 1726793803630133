#pragma once
// One product, run and judged: everything a test of matmul does but choose the case.

#include <gtest/gtest.h>

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
  std::vector<DataType> types = {DataType::f32, DataType::f16, DataType::bf16};
  if (a == DataType::i8) types.push_back(DataType::i32);
  return types;
}

// The data of a problem. A is dense here, `kept` its mask.
struct MatmulData {
  Matrix a, b, c;
  Mask kept;
  std::vector<double> bias;
  GuardedBytes bias_bytes;
  DataType bias_type = DataType::f32;
};

// Small integers, or normal deviates scaled so that sums stay near 1.
enum class Data { integers, real };

inline MatmulData make_data(const MatmulProblem& p, Data kind, Random& random) {
  MatmulData x{Matrix(p.a, p.m, p.k),
               Matrix(p.b, p.k, p.n, p.b_place),
               Matrix(p.d, p.m, p.n, p.c_place),
               Mask(p.m, p.k),
               {},
               {},
               DataType::f32};
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
    x.bias_type = kTypes[random.below(3)];
    Matrix bias(x.bias_type, p.m, 1);
    fill(bias);
    x.bias_bytes = GuardedBytes(static_cast<std::size_t>(p.m) * size_of(x.bias_type), 1);
    for (std::int64_t r = 0; r < p.m; ++r) {
      store_bits(x.bias_bytes.data(), r, x.bias_type, bias.bits(r, 0));
      x.bias.push_back(bias.at(r, 0));
    }
  }
  return x;
}

inline Reference reference(const MatmulProblem& p, const MatmulData& x) {
  return product(masked(x.a, x.kept), stored_mask(x.kept, p.pattern), x.b,
                 {p.alpha, p.beta, &x.c, p.bias ? &x.bias : nullptr, p.activation});
}

// Runs once with `threads`, checks everything around the result, and returns the result.
inline Matrix run(const MatmulProblem& p, MatmulData& x, int threads) {
  PackedDesc desc = {p.m, p.k, p.pattern, p.a, p.packed};
  Blob blob(desc, 1);
  EXPECT_TRUE(succeeds(pack(Exec::cpu(1), x.a.view(), x.kept.view(), blob.view())));
  Matrix d(p.d, p.m, p.n, p.d_place);
  d.poison();
  MatmulOptions options;
  options.alpha = p.alpha;
  options.beta = p.beta;
  options.activation = p.activation;
  if (p.bias) options.bias = ConstVectorView{x.bias_bytes.data(), p.m, x.bias_type};
  if (p.separate_c)
    options.c = std::as_const(x.c).view();
  else if (p.beta != 0)
    d.each([&](auto r, auto c) { return x.c.bits(r, c); });  // C is what D holds
  blob.freeze();
  x.b.freeze();
  x.c.freeze();
  x.bias_bytes.freeze();
  EXPECT_TRUE(succeeds(
      matmul(Exec::cpu(threads), blob.cview(), std::as_const(x.b).view(), d.view(), options)));
  EXPECT_TRUE(d.surroundings_intact());
  EXPECT_TRUE(blob.unchanged());
  EXPECT_TRUE(x.b.unchanged());
  EXPECT_TRUE(x.c.unchanged());
  EXPECT_TRUE(x.bias_bytes.unchanged());
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
