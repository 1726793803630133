// Tensors with CUDA against the definition: every layout, type and edge; the kernels that take any
// strides, and the launch of those for matrices where a tensor is one.
#include "test/device/device.hpp"
#include "test/oracle/suite.hpp"
#include "test/oracle/tensor.hpp"

#include <cmath>
#include <cstring>
#include <vector>

#include "heddle/method.hpp"
#include "heddle/tensor.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceBytes;
using test::Effort;

// A tensor's memory on the device, gaps included.
class OnDevice {
 public:
  explicit OnDevice(const Tensor& host, std::size_t misalign = 0)
      : host_(host), bytes_(host.data(), host.bytes(), misalign) {}
  TensorView view() const {
    const ConstTensorView v = host_.view();
    return {bytes_.data(), v.rank, v.shape, v.stride, v.type};
  }
  TensorMask mask() const {
    const TensorView v = view();
    return {bytes_.data(), v.rank, v.shape, v.stride};
  }
  Tensor read() const {
    Tensor out = host_;
    const std::vector<unsigned char> bytes = bytes_.read();
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }
  testing::AssertionResult zones_intact() const { return bytes_.zones_intact(); }

 private:
  const Tensor host_;
  DeviceBytes bytes_;
};

const std::vector<TensorShape>& shapes() {
  static const std::vector<TensorShape> all = {
      {1, {37}},          {2, {7, 9}},          {3, {5, 8, 3}},
      {4, {6, 8, 3, 3}},  {4, {3, 13, 2, 3}},   {4, {12, 1, 3, 3}},
      {4, {5, 70, 1, 1}}, {5, {3, 7, 2, 3, 2}}, {4, {2, 0, 3, 3}},
  };
  return all;
}

std::string named(const Tensor& t, const TensorLayout& in, const TensorLayout& out) {
  return index_text(t.shape(), t.rank()) + ":" + to_string(t.type()) + ":" + in.name + ":" +
         out.name;
}

void expect_best(const Tensor& plain, const TensorLayout& in, const TensorLayout& out,
                 Pattern pattern, Ranking ranking, const Effort& effort) {
  const Tensor want = best_mask_of(plain, pattern, ranking == Ranking::value);
  const Tensor host = relaid(plain, in);
  Tensor poisoned(DataType::i8, plain.rank(), plain.shape(), out);
  poisoned.poison();
  test::on_device(
      named(plain, in, out) + ":" + to_string(pattern),
      [&](const Exec& exec) {
        const OnDevice t(host, in.misalign), mask(poisoned, out.misalign);
        ASSERT_TRUE(succeeds(best_mask(exec, t.view(), pattern, mask.mask(), ranking)));
        const Tensor got = mask.read();
        EXPECT_TRUE(same_bits(want, got));
        EXPECT_TRUE(got.surroundings_intact());
        EXPECT_TRUE(same_bits(host, t.read()));
        EXPECT_TRUE(t.zones_intact());
        EXPECT_TRUE(mask.zones_intact());
      },
      effort);
}

class TensorDevice : public testing::TestWithParam<DataType> {
 protected:
  Tensor filled(const TensorShape& s) {
    Tensor t(GetParam(), s.rank, s.shape);
    fill_mixed(t, random_);
    return t;
  }
  Random random_{17};
};

TEST_P(TensorDevice, BestMask) {
  HEDDLE_NEED_DEVICE();
  for (const TensorShape& s : shapes()) {
    const Tensor plain = filled(s);
    const auto layouts = tensor_layouts(s.rank);
    for (std::size_t i = 0; i < layouts.size(); ++i)
      for (const std::size_t j : {i, i + 1})
        expect_best(plain, layouts[i], layouts[j % layouts.size()],
                    i % 2 == 0 ? Pattern{2, 4} : Pattern{3, 6}, Ranking::magnitude, {2, 0});
  }
}

TEST_P(TensorDevice, BestMaskOfEveryGroup) {
  HEDDLE_NEED_DEVICE();
  const Tensor plain = filled({4, {3, 37, 2, 2}});
  for (const Pattern pattern : {Pattern{1, 1}, Pattern{1, 2}, Pattern{4, 8}, Pattern{5, 17},
                                Pattern{16, 32}, Pattern{32, 32}})
    expect_best(plain, {}, {}, pattern, Ranking::value, {3, 0});
}

TEST_P(TensorDevice, FewBlocksDoAllTheWork) {
  HEDDLE_NEED_DEVICE();
  const Tensor plain = filled({4, {20, 24, 3, 3}});
  for (const std::int64_t blocks : {1, 3})
    expect_best(plain, {}, {}, {2, 4}, Ranking::magnitude, {2, blocks});
  expect_best(plain, {}, {}, {2, 4}, Ranking::magnitude, {});
}

TEST_P(TensorDevice, ApplyMask) {
  HEDDLE_NEED_DEVICE();
  for (const TensorShape& s : shapes()) {
    const Tensor plain = filled(s);
    Tensor keep(DataType::i8, s.rank, s.shape);
    static constexpr std::uint32_t kBytes[] = {0, 0, 0, 1, 2, 0x80, 0xFF};
    keep.fill([&](const Dims&) { return kBytes[random_.below(7)]; });
    Tensor want(GetParam(), s.rank, s.shape);
    want.fill([&](const Dims& at) { return keep.bits(at) != 0 ? plain.bits(at) : 0u; });
    const auto layouts = tensor_layouts(s.rank);
    const std::size_t n = layouts.size();
    for (std::size_t i = 0; i < n; ++i) {
      const TensorLayout &in = layouts[i], &out = layouts[(i + i / 2) % n];
      const Tensor host = relaid(plain, in), host_mask = relaid(keep, layouts[(i + i % 3) % n]);
      Tensor poisoned(GetParam(), s.rank, s.shape, out);
      poisoned.poison();
      test::on_device(named(plain, in, out),
                      [&](const Exec& exec) {
                        const OnDevice t(host, in.misalign), mask(host_mask),
                            to(poisoned, out.misalign);
                        ASSERT_TRUE(succeeds(apply_mask(exec, t.view(), mask.mask(), to.view())));
                        EXPECT_TRUE(same_bits(want, to.read()));
                        EXPECT_TRUE(to.read().surroundings_intact());
                        EXPECT_TRUE(same_bits(host, t.read()));
                        ASSERT_TRUE(succeeds(apply_mask(exec, t.view(), mask.mask(), t.view())));
                        EXPECT_TRUE(same_bits(want, t.read()));
                        EXPECT_TRUE(t.read().surroundings_intact());
                        EXPECT_TRUE(t.zones_intact());
                        EXPECT_TRUE(mask.zones_intact());
                        EXPECT_TRUE(to.zones_intact());
                      },
                      {2, i == 3 ? 1 : 0});
    }
  }
}

TEST_P(TensorDevice, Checks) {
  HEDDLE_NEED_DEVICE();
  const std::uint32_t minus_zero = is_integer(GetParam()) ? 0u : negate_code(GetParam(), 0);
  for (const TensorShape& s : shapes()) {
    Tensor plain(GetParam(), s.rank, s.shape);
    plain.fill([&](const Dims&) {
      if (random_.below(5) < 2)
        return encode(GetParam(), random_.below(8) == 0 ? std::nan("") : 1.0);
      return random_.below(2) == 0 ? 0u : minus_zero;
    });
    for (const TensorLayout& layout : tensor_layouts(s.rank))
      for (const Pattern pattern : {Pattern{2, 4}, Pattern{1, 3}}) {
        const Tensor host = relaid(plain, layout);
        test::on_device(
            named(plain, layout, {}) + ":" + to_string(pattern),
            [&](const Exec& exec) {
              const OnDevice t(host, layout.misalign);
              const auto both = check_tiles(exec, t.view(), pattern);
              ASSERT_TRUE(succeeds(both.status()));
              EXPECT_TRUE(same_report(checked(plain, pattern, group_dim(s.rank)), both->rows));
              if (s.rank > 1) {
                EXPECT_TRUE(same_report(checked(plain, pattern, 0), both->cols));
              }
              EXPECT_TRUE(t.zones_intact());
            },
            {2, pattern.keep == 1 ? 1 : 0});
      }
  }
}

TEST_P(TensorDevice, TilesAreThoseOfTheCpu) {
  HEDDLE_NEED_DEVICE();
  for (const TensorShape& s : {TensorShape{4, {6, 9, 3, 2}}, TensorShape{3, {5, 8, 3}}}) {
    const Tensor plain = filled(s);
    for (const TensorLayout& layout : tensor_layouts(s.rank))
      for (const TilePattern& pattern :
           {TilePattern{{2, 4}, TileRule::exact}, TilePattern{{2, 4}, TileRule::greedy}}) {
        const Tensor host = relaid(plain, layout);
        Tensor want(DataType::i8, s.rank, s.shape);
        ASSERT_TRUE(succeeds(best_tile_mask(Exec::cpu(1), plain.view(), pattern, want.mask())));
        test::on_device(
            named(plain, layout, {}) + ":" + to_string(pattern),
            [&](const Exec& exec) {
              const OnDevice t(host, layout.misalign);
              const OnDevice mask(Tensor(DataType::i8, s.rank, s.shape, layout));
              ASSERT_TRUE(succeeds(best_tile_mask(exec, t.view(), pattern, mask.mask())));
              EXPECT_TRUE(same_bits(want, mask.read()));
              EXPECT_TRUE(mask.read().surroundings_intact());
              EXPECT_TRUE(t.zones_intact());
              EXPECT_TRUE(mask.zones_intact());
            },
            {2, 0});
      }
  }
}

TEST_P(TensorDevice, Stats) {
  HEDDLE_NEED_DEVICE();
  for (const TensorShape& s : shapes()) {
    Tensor plain(GetParam(), s.rank, s.shape), keep(DataType::i8, s.rank, s.shape);
    plain.fill([&](const Dims&) {
      return encode(GetParam(), static_cast<double>(random_.between(-4, 4)));
    });
    keep.fill([&](const Dims&) { return random_.below(2) == 0 ? 0u : 0x80u; });
    const auto want = mask_stats(Exec::cpu(1), plain.view(), keep.mask());
    ASSERT_TRUE(succeeds(want.status()));
    const auto layouts = tensor_layouts(s.rank);
    for (std::size_t i = 0; i < layouts.size(); ++i) {
      const Tensor host = relaid(plain, layouts[i]);
      const Tensor host_mask = relaid(keep, layouts[(2 * i) % layouts.size()]);
      test::on_device(named(plain, layouts[i], {}),
                      [&](const Exec& exec) {
                        const OnDevice t(host, layouts[i].misalign), mask(host_mask);
                        const auto got = mask_stats(exec, t.view(), mask.mask());
                        ASSERT_TRUE(succeeds(got.status()));
                        EXPECT_EQ(got->elements, want->elements);
                        EXPECT_EQ(got->kept, want->kept);
                        EXPECT_EQ(got->nonzeros, want->nonzeros);
                        EXPECT_EQ(got->l1_total, want->l1_total);
                        EXPECT_EQ(got->l1_kept, want->l1_kept);
                      },
                      {1, 0});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, TensorDevice, testing::ValuesIn(matrix_types()), by_type);

// A function gets dense device memory, tap after tap, and its masks go where they belong.
TEST(MethodDevice, FunctionsRunOnTaps) {
  HEDDLE_NEED_DEVICE();
  MaskMethod method;
  method.kind = MaskMethod::Kind::function;
  method.function = [](const Exec& exec, const ConstMatrixView& matrix, Ranking ranking,
                       const MaskView& mask) {
    return best_mask(exec, matrix, Pattern{2, 4}, mask, ranking);
  };
  Random random(4);
  Tensor plain(DataType::f16, 4, {6, 10, 3, 2});
  fill_mixed(plain, random);
  const Tensor want = best_mask_of(plain, {2, 4}, false);
  for (const TensorLayout& layout : tensor_layouts(4))
    test::on_device(named(plain, layout, {}),
                    [&](const Exec& exec) {
                      const OnDevice t(relaid(plain, layout), layout.misalign);
                      const OnDevice mask(Tensor(DataType::i8, 4, plain.shape(), layout));
                      ASSERT_TRUE(succeeds(best_mask(exec, t.view(), method, mask.mask())));
                      EXPECT_TRUE(same_bits(want, mask.read()));
                      EXPECT_TRUE(mask.zones_intact());
                    },
                    {2, 0});
}

}  // namespace
}  // namespace heddle
