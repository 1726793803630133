// The epilogue of the warpgroup kernel, of the types that differ in it.
#include "test/kernels/hopper/hopper_device_case.hpp"
#include "test/kernels/matmul/matmul_epilogue_case.hpp"

namespace heddle::test {
namespace {

const Kind kHalf = {DataType::f16, DataType::f16, kHopperCapability};
const Kind kInteger = {DataType::i8, DataType::i8, kHopperCapability};
const Kind kEightBit = {DataType::f8e4m3, DataType::f8e4m3, kHopperCapability};

// Whole and split, every number of tokens in a turn, two row blocks, three groups, clusters.
std::vector<MatmulConfig> ways(const Kind& kind) {
  if (is_fp8(kind))
    return {warpgroups(2, 1, 8), split_among(warpgroups(2, 1, 16, 1, 2), 1), warpgroups(2, 1, 64),
            split_among(warpgroups(2, 1, 32, 2, 2), 1)};
  return {warpgroups(2, 1, 128), split_among(warpgroups(2, 1, 128, 1, 2), 1), warpgroups(2, 2, 128),
          split_among(warpgroups(2, 1, 128, 2, 2), 1), warpgroups(3, 1, 192)};
}

class HopperEpilogue : public testing::TestWithParam<Kind> {
 protected:
  EpilogueCases cases_{GetParam(), ways(GetParam()), 4};
};
INSTANTIATE_TEST_SUITE_P(Kinds, HopperEpilogue, testing::Values(kHalf, kInteger, kEightBit),
                         hopper_kind_name);
class HopperNumbers : public HopperEpilogue {};  // of one kind
INSTANTIATE_TEST_SUITE_P(Half, HopperNumbers, testing::Values(kHalf), hopper_kind_name);
class HopperIntegers : public HopperEpilogue {};
INSTANTIATE_TEST_SUITE_P(Integer, HopperIntegers, testing::Values(kInteger), hopper_kind_name);

TEST_P(HopperEpilogue, ExactLikeTheCpu) {
  HEDDLE_NEED_HOPPER();
  cases_.exact_like_the_cpu();
}
TEST_P(HopperEpilogue, RealDataAndEveryActivation) {
  HEDDLE_NEED_HOPPER();
  cases_.real_data_and_every_activation();
}
// D of 16 bits whose lines are aligned, without C or a curve, has a way of its own.
TEST_P(HopperEpilogue, AlignedResultsOf16Bits) {
  HEDDLE_NEED_HOPPER();
  Random random(661);
  const std::vector<MatmulConfig> all = ways(GetParam());
  for (DataType type : {DataType::f16, DataType::bf16})
    for (Order order : {Order::col, Order::row})
      for (int i = 0; i < 8; ++i) {
        const std::int64_t m = i % 2 == 0 ? 128 : 141, n = i % 3 == 0 ? 64 : 45;
        DeviceCase c = case_of(GetParam(), m, n, 2 * unit_cols(GetParam().a),
                               all[static_cast<std::size_t>(i) % all.size()]);
        c.p.d = type;
        c.p.d_place = {order, aligned_gap(order == Order::col ? m : n, 2), 0};
        c.p.bias = i % 2 == 1, c.p.scale_m = i / 2 % 2 == 1, c.p.scale_n = i >= 4;
        c.p.alpha = i % 3 == 0 ? 1.0f : -0.5f;
        if (i % 3 == 1) c.p.activation = Activation::relu;
        c.like_cpu = true;
        c.effort.schedules = 1;
        expect_product(c, random);
      }
}
TEST_P(HopperNumbers, VectorsAlone) {
  HEDDLE_NEED_HOPPER();
  cases_.vectors_alone();
}
TEST_P(HopperEpilogue, BetaZeroReadsNoC) {
  HEDDLE_NEED_HOPPER();
  cases_.beta_zero_reads_no_c();
}
TEST_P(HopperEpilogue, AlphaZeroReadsNeitherABNorScales) {
  HEDDLE_NEED_HOPPER();
  cases_.alpha_zero_reads_neither_a_b_nor_scales();
}
TEST_P(HopperNumbers, NaNAndInfinityPropagate) {
  HEDDLE_NEED_HOPPER();
  cases_.nan_and_infinity_propagate();
}
TEST_P(HopperNumbers, F16Overflows) {
  HEDDLE_NEED_HOPPER();
  cases_.f16_overflows();
}
TEST_P(HopperIntegers, Saturate) {
  HEDDLE_NEED_HOPPER();
  cases_.integers_saturate();
}
TEST_P(HopperIntegers, Exact) {
  HEDDLE_NEED_HOPPER();
  cases_.exact_integers();
}

}  // namespace
}  // namespace heddle::test
