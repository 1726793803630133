// The epilogue of the mma.sp kernel.
#include "test/kernels/matmul/matmul_epilogue_case.hpp"

namespace heddle::test {
namespace {

const Kind kInteger = {DataType::i8, DataType::i8, 120};
const Kind kHalf = {DataType::f16, DataType::f16, 120};

// Whole, split, several turns of which each completes pieces, and turns that add to each other; the
// last among more blocks than there are steps without a product.
std::vector<MatmulConfig> ways() {
  return {whole(2, 1, 4, 2, 2),
          split(whole(1, 1, 8, 4), 3),
          whole(4, 2, 1, 4, 2, 2),
          whole(1, 2, 4, 8, 1, 2),
          split(whole(2, 2, 2, 4, 2, 2), 3),
          split(whole(1, 8, 1, 1, 2, 2), 16, 1)};
}

class MatmulEpilogue : public testing::TestWithParam<Kind> {
 protected:
  EpilogueCases cases_{GetParam(), ways(), 16};
};
INSTANTIATE_TEST_SUITE_P(Kinds, MatmulEpilogue, testing::ValuesIn(kinds()), kind_name);
class MatmulNumbers : public MatmulEpilogue {};  // of one kind
INSTANTIATE_TEST_SUITE_P(Half, MatmulNumbers, testing::Values(kHalf), kind_name);
class MatmulIntegers : public MatmulEpilogue {};
INSTANTIATE_TEST_SUITE_P(Integer, MatmulIntegers, testing::Values(kInteger), kind_name);

TEST_P(MatmulEpilogue, ExactLikeTheCpu) {
  HEDDLE_NEED_DEVICE();
  cases_.exact_like_the_cpu();
}
TEST_P(MatmulEpilogue, RealDataAndEveryActivation) {
  HEDDLE_NEED_DEVICE();
  cases_.real_data_and_every_activation();
}
TEST_P(MatmulNumbers, VectorsAlone) {
  HEDDLE_NEED_DEVICE();
  cases_.vectors_alone();
}
TEST_P(MatmulEpilogue, BetaZeroReadsNoC) {
  HEDDLE_NEED_DEVICE();
  cases_.beta_zero_reads_no_c();
}
TEST_P(MatmulEpilogue, AlphaZeroReadsNeitherABNorScales) {
  HEDDLE_NEED_DEVICE();
  cases_.alpha_zero_reads_neither_a_b_nor_scales();
}

// Nor is their memory touched: there is none.
TEST_P(MatmulNumbers, AlphaZeroTouchesNeitherANorB) {
  HEDDLE_NEED_DEVICE();
  const PackedDesc desc = {70, 200, {2, 4}, DataType::f16, PackedOrder::device};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of nothing
  auto* nowhere = reinterpret_cast<unsigned char*>(std::uintptr_t{4096});
  on_device("alpha 0", [&](const Exec& exec) {
    Matrix d(DataType::f32, 70, 9);
    d.each([](auto, auto) { return encode(DataType::f32, 3); });
    const DeviceMatrix out(d.view());
    for (Order order : {Order::row, Order::col}) {
      const ConstMatrixView b = {nowhere, 200, 9, 200, DataType::f16, order};
      MatmulOptions options;
      options.alpha = 0, options.beta = order == Order::row ? 2.0f : 1.0f;
      ASSERT_TRUE(
          succeeds(matmul(exec, {desc, nowhere, *packed_size(desc)}, b, out.view(), options)));
    }
    out.read_into(d.view());
    for (std::int64_t r = 0; r < 70; ++r)
      for (std::int64_t s = 0; s < 9; ++s) ASSERT_EQ(d.at(r, s), 6);
  });
}

TEST_P(MatmulNumbers, NaNAndInfinityPropagate) {
  HEDDLE_NEED_DEVICE();
  cases_.nan_and_infinity_propagate();
}
TEST_P(MatmulNumbers, F16Overflows) {
  HEDDLE_NEED_DEVICE();
  cases_.f16_overflows();
}
TEST_P(MatmulIntegers, IntegersSaturate) {
  HEDDLE_NEED_DEVICE();
  cases_.integers_saturate();
}
TEST_P(MatmulIntegers, ExactIntegers) {
  HEDDLE_NEED_DEVICE();
  cases_.exact_integers();
}

}  // namespace
}  // namespace heddle::test
