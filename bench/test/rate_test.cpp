// The rates' kernels on the testbed: few rounds of each leave what their operands must give, and
// nothing that the testbed objects to.
#include "bench/gpu/rate.hpp"

#include <gtest/gtest.h>

#include <set>

#include "bench/operands.hpp"
#include "test/simt/runtime.hpp"

namespace heddle::bench::gpu {
namespace {

void be_of(int capability, unsigned seed = 1) {
  simt::RuntimeOptions options;
  options.capability = capability;
  options.launch.schedule = simt::schedules(seed + 1)[seed];
  simt::set_runtime(options);
}

class EveryRate : public testing::TestWithParam<Rate> {};

TEST_P(EveryRate, IsOfRightResults) {
  for (const unsigned seed : {0u, 3u}) {
    be_of(90, seed);
    const Stream stream;
    const RateRun run(GetParam());
    ASSERT_TRUE(run.exists());
    EXPECT_EQ(run.wrong(stream), "");
    EXPECT_GT(run.enqueue(stream), 0);
    stream.wait();  // throws what the testbed found
  }
}
INSTANTIATE_TEST_SUITE_P(Rates, EveryRate, testing::ValuesIn(rates()),
                         [](const auto& rate) { return to_string(rate.param); });

TEST(Rates, AreListedOnceAndOfEveryKind) {
  std::set<std::string> names;
  for (const Rate& rate : rates()) names.insert(to_string(rate));
  EXPECT_EQ(names.size(), rates().size());
  for (const char* name : {"wgmma_sp_rs_bf16_n256", "wgmma_sp_ss_tf32_n64", "wgmma_ss_s8_n128",
                           "wgmma_sp_rs_global_e4m3_n128", "wgmma_sp_rs_staged_bf16_n256",
                           "wgmma_sp_rs_f16_n64", "shared_read", "l2_read", "l2_bulk", "l2_tensor",
                           "l2_tensor_cluster2", "l2_tensor_cluster4"})
    EXPECT_EQ(names.count(name), 1u) << name;
}

TEST(Rates, ExistWhereTheInstructionsDo) {
  const auto existing = [](int capability) {
    be_of(capability);
    int count = 0;
    for (const Rate& rate : rates()) count += RateRun(rate).exists();
    return count;
  };
  EXPECT_EQ(existing(90), static_cast<int>(rates().size()));
  EXPECT_EQ(existing(100), 6);
  EXPECT_EQ(existing(120), 3);  // no fast multicast
  EXPECT_EQ(existing(80), 2);
}

// By hand: 64 x 256 x 32 multiplications a step, 8 steps, 2 warpgroups; half as deep for dense.
TEST(Rates, Operations) {
  EXPECT_EQ(wgmma_operations({WgmmaForm::sparse, WgmmaType::bf16, 256}), 2.0 * 64 * 256 * 32 * 16);
  EXPECT_EQ(wgmma_operations({WgmmaForm::dense, WgmmaType::bf16, 256}), 2.0 * 64 * 256 * 16 * 16);
  EXPECT_EQ(wgmma_operations({WgmmaForm::sparse_shared, WgmmaType::tf32, 64}),
            2.0 * 64 * 64 * 16 * 16);
  EXPECT_EQ(wgmma_operations({WgmmaForm::sparse, WgmmaType::e4m3, 128}), 2.0 * 64 * 128 * 64 * 16);
}

TEST(Rates, AWrongSumIsFound) {
  be_of(90);
  const WgmmaOperands operands = make_wgmma_operands({WgmmaForm::sparse, WgmmaType::s8, 64});
  const std::vector<std::uint32_t> sums(kWgmmaSums, 1u << 30);
  EXPECT_NE(wrong_wgmma_sums(operands, sums, 1), "");
}

TEST(Rates, BoundsOfProducts) {
  EXPECT_EQ(to_string(wgmma_bound(DataType::bf16)), "wgmma_sp_rs_bf16_n256");
  EXPECT_EQ(to_string(wgmma_bound(DataType::f32)), "wgmma_sp_rs_tf32_n256");
  EXPECT_EQ(to_string(wgmma_bound(DataType::i8)), "wgmma_sp_rs_s8_n256");
  EXPECT_EQ(to_string(wgmma_bound(DataType::f8e5m2)), "wgmma_sp_rs_e4m3_n256");
}

}  // namespace
}  // namespace heddle::bench::gpu
