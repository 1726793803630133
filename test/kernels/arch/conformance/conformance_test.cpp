// The conformance program itself, the testbed in place of the GPU: every check can pass, and every
// check can fail.
#include "test/kernels/arch/conformance/conformance.hpp"

#include <gtest/gtest.h>

#include "test/simt/cuda.hpp"  // HEDDLE_SIMT, for the next

#include "test/kernels/arch/conformance/device.hpp"

namespace heddle::conformance {
namespace {

TEST(Conformance, ModelsAgreeWithThemselves) {
  Record record(120);
  check_all(record);
  EXPECT_TRUE(record.finish());
  EXPECT_EQ(record.skipped(), 0u);
  EXPECT_GE(record.ok(), 90u);
}

TEST(Conformance, SkipsWhatATargetLacks) {
  Record record(80);
  check_all(record);
  EXPECT_TRUE(record.finish());
  EXPECT_EQ(record.skipped(), 4u + 6u + 1u + 2u);  // fp8 products, stmatrix, bulk copies, fp8
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
