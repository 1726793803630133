// Arguments of tensor operations, and what host/tensor.hpp answers about tensors, by brute force.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "heddle/method.hpp"
#include "heddle/tensor.hpp"
#include "host/tensor.hpp"
#include "test/oracle/random.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::succeeds;

constexpr StatusCode kInvalid = StatusCode::invalid_argument;

struct Memory {
  float weight[64] = {}, out[64] = {};
  std::uint8_t mask[64] = {};
  ConstTensorView w = contiguous(static_cast<const void*>(weight), 4, {2, 4, 2, 2}, DataType::f32);
  TensorMask m = contiguous_mask(mask, 4, {2, 4, 2, 2});
  TensorView o = contiguous(static_cast<void*>(out), 4, {2, 4, 2, 2}, DataType::f32);
};

const Exec kExec = Exec::cpu(1);

Status masked(const ConstTensorView& w, const TensorMask& m) {
  return best_mask(kExec, w, Pattern{2, 4}, m);
}

TEST(TensorArguments, ViewsAreChecked) {
  Memory x;
  EXPECT_TRUE(succeeds(masked(x.w, x.m)));
  const auto weight = [&](auto change) {
    ConstTensorView w = x.w;
    change(w);
    return masked(w, x.m);
  };
  EXPECT_TRUE(fails(weight([](auto& w) { w.rank = 0; }), kInvalid, {"weight.rank = 0", "1 to 5"}));
  EXPECT_TRUE(fails(weight([](auto& w) { w.rank = 6; }), kInvalid, {"weight.rank = 6", "1 to 5"}));
  EXPECT_TRUE(
      fails(weight([](auto& w) { w.shape[2] = -1; }), kInvalid, {"weight.shape[2] = -1", ">= 0"}));
  EXPECT_TRUE(
      fails(weight([](auto& w) { w.stride[1] = -4; }), kInvalid, {"weight.stride[1] = -4", "> 0"}));
  EXPECT_TRUE(fails(weight([](auto& w) { w.stride[0] = 15; }), kInvalid,
                    {"weight.stride[0] = 15", "> 15"}));
  EXPECT_TRUE(
      fails(weight([](auto& w) { w.stride[3] = 0; }), kInvalid, {"weight.stride[3] = 0", "> 0"}));
  EXPECT_TRUE(fails(weight([](auto& w) { w.stride[0] = std::int64_t{1} << 60; }), kInvalid,
                    {"weight", "2^62"}));
  EXPECT_TRUE(fails(weight([](auto& w) { w.data = nullptr; }), kInvalid,
                    {"weight.data = null", "[2, 4, 2, 2]"}));
  EXPECT_TRUE(fails(weight([](auto& w) { w.type = static_cast<DataType>(40); }), kInvalid,
                    {"weight.type = 40"}));
  EXPECT_TRUE(fails(weight([](auto& w) { w.type = DataType::i32; }), StatusCode::unsupported,
                    {"weight.type = i32", "f16"}));
  // Strides of dimensions with one entry or none are not looked at; nor is anything if it is empty.
  EXPECT_TRUE(succeeds(masked({x.weight, 3, {1, 4, 2}, {-7, 2, 1}, DataType::f32},
                              {x.mask, 3, {1, 4, 2}, {0, 2, 1}})));
  EXPECT_TRUE(succeeds(masked({nullptr, 3, {4, 0, 2}, {0, 0, 0}, DataType::f32},
                              {nullptr, 3, {4, 0, 2}, {0, 0, 0}})));
}

TEST(TensorArguments, OperationsAreChecked) {
  Memory x;
  TensorMask other = x.m;
  other.shape[1] = 3;
  EXPECT_TRUE(fails(masked(x.w, other), kInvalid, {"mask = [2, 3, 2, 2]", "[2, 4, 2, 2]"}));
  TensorMask flat = contiguous_mask(x.mask, 2, {2, 4});
  EXPECT_TRUE(fails(masked(x.w, flat), kInvalid, {"mask = [2, 4]", "[2, 4, 2, 2]"}));
  EXPECT_TRUE(fails(best_mask(kExec, x.w, Pattern{5, 4}, x.m), kInvalid, {"pattern", "5:4"}));
  EXPECT_TRUE(fails(best_mask(kExec, x.w, Pattern{2, 4}, x.m, static_cast<Ranking>(5)), kInvalid,
                    {"ranking = 5"}));
  EXPECT_TRUE(fails(best_mask(Exec::cpu(-2), x.w, Pattern{2, 4}, x.m), kInvalid, {"threads"}));
  TensorMask inside = x.m;
  inside.data = reinterpret_cast<std::uint8_t*>(x.weight) + 40;
  EXPECT_TRUE(fails(masked(x.w, inside), kInvalid, {"mask.data", "overlap", "weight"}));

  EXPECT_TRUE(succeeds(apply_mask(kExec, x.w, x.m, x.o)));
  TensorView out = x.o;
  out.type = DataType::f16;
  EXPECT_TRUE(fails(apply_mask(kExec, x.w, x.m, out), kInvalid, {"out.type", "f16", "f32"}));
  out = x.o;
  out.data = x.weight + 1;
  EXPECT_TRUE(fails(apply_mask(kExec, x.w, x.m, out), kInvalid, {"out", "overlap", "weight"}));
  out.data = x.weight;  // in place
  EXPECT_TRUE(succeeds(apply_mask(kExec, x.w, x.m, out)));
  std::swap(out.stride[2], out.stride[3]);  // the same elements at other places
  EXPECT_TRUE(fails(apply_mask(kExec, x.w, x.m, out), kInvalid, {"out", "overlap", "weight"}));
  out = x.o;
  out.shape[0] = 1;
  EXPECT_TRUE(fails(apply_mask(kExec, x.w, x.m, out), kInvalid, {"out = [1, 4, 2, 2]"}));

  EXPECT_TRUE(fails(check(kExec, x.w, {0, 4}).status(), kInvalid, {"pattern"}));
  EXPECT_TRUE(fails(check_tiles(kExec, x.w, {3, 40}).status(), kInvalid, {"pattern"}));
  EXPECT_TRUE(fails(mask_stats(kExec, x.w, other).status(), kInvalid, {"mask = [2, 3, 2, 2]"}));
  EXPECT_TRUE(fails(best_tile_mask(kExec, x.w, {{9, 4}}, x.m), kInvalid, {"pattern"}));
}

TEST(TensorArguments, MatricesAsTensors) {
  float data[60];
  std::uint8_t bytes[60];
  const MatrixView col{data, 5, 3, 7, DataType::f32, Order::col};
  const TensorView t = as_tensor(col);
  EXPECT_EQ(t.rank, 2);
  EXPECT_EQ(t.shape[0], 5);
  EXPECT_EQ(t.shape[1], 3);
  EXPECT_EQ(t.stride[0], 1);
  EXPECT_EQ(t.stride[1], 7);
  const ConstTensorMask m = as_tensor(ConstMaskView{bytes, 5, 3, 4, Order::row});
  EXPECT_EQ(m.stride[0], 4);
  EXPECT_EQ(m.stride[1], 1);
}

// ---- brute force --------------------------------------------------------------------------------

struct Random3 {
  oracle::Random random;
  ConstTensorView view(const void* data, std::int64_t most_stride) {
    ConstTensorView v{data, static_cast<int>(random.between(1, 3)), {}, {}, DataType::i8};
    static constexpr DataType kTypes[] = {DataType::i8, DataType::f16, DataType::f32};
    v.type = kTypes[random.below(3)];
    for (std::size_t d = 0; d < 3; ++d) {
      v.shape[d] = random.between(1, 4);
      v.stride[d] = random.between(0, most_stride);
    }
    return v;
  }
};

std::vector<std::int64_t> places(const ConstTensorView& v, const Dims& stride) {
  std::vector<std::int64_t> all = {0};
  for (std::size_t d = 0; d < static_cast<std::size_t>(v.rank); ++d) {
    std::vector<std::int64_t> next;
    for (const std::int64_t at : all)
      for (std::int64_t i = 0; i < v.shape[d]; ++i) next.push_back(at + i * stride[d]);
    all = next;
  }
  return all;
}

TEST(TensorLattices, StridesThatPassGiveEveryElementItsPlace) {
  Random3 made{oracle::Random(1)};
  int passed = 0;
  for (int i = 0; i < 20000; ++i) {
    char byte = 0;
    const ConstTensorView v = made.view(&byte, 20);
    if (!check_tensor("t", v).ok()) continue;
    ++passed;
    const auto all = places(v, v.stride);
    ASSERT_EQ(std::set<std::int64_t>(all.begin(), all.end()).size(), all.size());
  }
  EXPECT_GT(passed, 5000);
}

TEST(TensorLattices, OverlapIsExact) {
  Random3 made{oracle::Random(2)};
  static char memory[4096];
  int both = 0, touching = 0;
  for (int i = 0; i < 40000; ++i) {
    const ConstTensorView a = made.view(memory + 1000, 24);
    const ConstTensorView b = made.view(memory + 1000 + made.random.between(-60, 60), 24);
    if (!check_tensor("a", a).ok() || !check_tensor("b", b).ok()) continue;
    ++both;
    const auto bytes_of = [](const ConstTensorView& v) {
      std::set<const char*> bytes;
      for (const std::int64_t at : places(v, v.stride))
        for (std::size_t k = 0; k < size_of(v.type); ++k)
          bytes.insert(static_cast<const char*>(v.data) +
                       at * static_cast<std::int64_t>(size_of(v.type)) +
                       static_cast<std::int64_t>(k));
      return bytes;
    };
    const std::set<const char*> of_a = bytes_of(a), of_b = bytes_of(b);
    const bool want =
        std::any_of(of_a.begin(), of_a.end(), [&](const char* p) { return of_b.count(p) > 0; });
    touching += want;
    ASSERT_EQ(overlap(a, b), want) << i;
  }
  EXPECT_GT(touching, 2000);
  EXPECT_GT(both - touching, 2000);
}

// Every element once, at the same index in every operand, in as few matrices as merging gives.
TEST(TensorLattices, FlattenVisitsEveryElementOnce) {
  Random3 made{oracle::Random(3)};
  for (int i = 0; i < 20000; ++i) {
    char byte = 0;
    const ConstTensorView a = made.view(&byte, 20);
    ConstTensorView b = a;
    if (made.random.below(2) == 0)
      for (std::int64_t& s : b.stride) s = made.random.between(0, 20);
    if (!check_tensor("a", a).ok() || !check_tensor("b", b).ok()) continue;
    std::set<std::pair<std::int64_t, std::int64_t>> want, got;
    const auto in_a = places(a, a.stride), in_b = places(b, b.stride);
    for (std::size_t e = 0; e < in_a.size(); ++e) want.insert({in_a[e], in_b[e]});
    const Flat flat = flatten(a.rank, a.shape, {&a.stride, &b.stride});
    std::int64_t visits = 0;
    each_matrix(flat, [&](const std::int64_t* offset) {
      for (std::int64_t r = 0; r < flat.rows; ++r)
        for (std::int64_t c = 0; c < flat.cols; ++c, ++visits)
          got.insert({offset[0] + r * flat.ld[0] + c, offset[1] + r * flat.ld[1] + c});
    });
    ASSERT_EQ(want, got);
    ASSERT_EQ(visits, static_cast<std::int64_t>(want.size()));
    ASSERT_TRUE(flat.rows <= 1 || flat.ld[0] >= flat.cols);
  }
}

TEST(TensorLattices, FlattenMergesWhatIsOneWalk) {
  const Dims shape = {6, 8, 3, 3};
  const Dims plain = contiguous_strides(4, shape);
  const Dims last = {72, 1, 24, 8};  // channels last
  Flat flat = flatten(4, shape, {&plain, &plain, &plain});
  EXPECT_EQ(flat.rows, 1);
  EXPECT_EQ(flat.cols, 432);
  EXPECT_EQ(flat.matrices(), 1);
  flat = flatten(4, shape, {&last, &last});
  EXPECT_EQ(flat.cols, 432);
  const Dims sliced = {100, 10, 3, 1};  // 9 of every 10, 8 * 10 of every 100
  flat = flatten(4, shape, {&sliced, &sliced});
  EXPECT_EQ(flat.cols, 9);
  EXPECT_EQ(flat.rows, 8);
  EXPECT_EQ(flat.matrices(), 6);
  flat = flatten(4, shape, {&plain, &last});
  EXPECT_EQ(flat.cols, 1);
  const Dims empty = {6, 0, 3, 3};
  EXPECT_EQ(flatten(4, empty, {&plain}).matrices(), 0);
}

}  // namespace
}  // namespace heddle
