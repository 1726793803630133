// The conformance program itself, the testbed in place of the GPU: every check can pass, and every
// check can fail.
#include "test/kernels/arch/conformance/conformance.hpp"

#include <gtest/gtest.h>

#include "test/simt/cuda.hpp"  // HEDDLE_SIMT, for the next

#include "test/kernels/arch/conformance/device.hpp"

namespace heddle::conformance {
namespace {

constexpr unsigned kWgmma = 8 + 8 + 5;  // sparse products, with A in shared memory, dense ones

TEST(Conformance, ModelsAgreeWithThemselves) {
  Record record(120);
  check_all(record);
  EXPECT_TRUE(record.finish());
  EXPECT_EQ(record.skipped(), kWgmma);
  EXPECT_GE(record.ok(), 90u);
}

TEST(Conformance, WarpgroupModelsAgreeWithThemselves) {
  Record record(90);
  check_wgmma(record);
  EXPECT_TRUE(record.finish());
  EXPECT_EQ(record.skipped(), 0u);
  EXPECT_EQ(record.ok(), kWgmma);
  simulated_fault = true;
  Record faulty(90);
  check_wgmma(faulty);
  simulated_fault = false;
  EXPECT_EQ(faulty.mismatched(), kWgmma);
}

TEST(Conformance, SkipsWhatATargetLacks) {
  Record record(80);
  check_all(record);
  EXPECT_TRUE(record.finish());
  EXPECT_EQ(record.skipped(),
            4u + 6u + 1u + 2u + kWgmma);  // fp8 products, stmatrix, bulk copies, fp8
}

TEST(Conformance, EveryCheckCanFail) {
  simulated_fault = true;
  Record record(120);
  check_all(record);
  simulated_fault = false;
  EXPECT_FALSE(record.finish());
  EXPECT_EQ(record.ok(), 0u);
}

TEST(Conformance, NothingRunIsNoSuccess) { EXPECT_FALSE(Record(80).finish()); }

}  // namespace
}  // namespace heddle::conformance
