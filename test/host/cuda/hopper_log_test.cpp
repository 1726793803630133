// What HEDDLE_LOG=plan says of plans on a device with both kernels. A program of its own: the
// variable is read once in a process.

#include <cstdlib>
#include <string>

#include "heddle/matmul.hpp"
#include "kernels/hopper/hopper.hpp"
#include "test/host/cuda/fake_runtime.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

char instance;

}  // namespace

Kernel matmul_kernel(Multiply, int, bool) { return {&instance, "an_instance"}; }
Kernel hopper_kernel(Multiply, const HopperShape&, bool) { return {&instance, "an_instance"}; }

namespace {

std::string printed(std::int64_t max_n) {
  test::FakeRuntime runtime;
  runtime.binary_version = runtime.ptx_version = 90;
  runtime.attribute = [](cudaDeviceAttr attribute, int) {
    switch (attribute) {
      case cudaDevAttrComputeCapabilityMajor: return 9;
      case cudaDevAttrComputeCapabilityMinor: return 0;
      case cudaDevAttrMultiProcessorCount: return 132;
      case cudaDevAttrMaxSharedMemoryPerBlockOptin: return 227 * 1024;
      default: return 1'000'000;
    }
  };
  MatmulDesc desc;
  desc.a = {4096, 4096, {2, 4}, DataType::bf16, PackedOrder::device};
  desc.b_type = DataType::bf16, desc.d_type = DataType::bf16;
  desc.max_n = max_n;
  setenv("HEDDLE_LOG", "plan", 1);
  testing::internal::CaptureStderr();
  const bool made = make_plan(Exec::cuda(), desc).ok();
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(made);
  return text;
}

// Both choices: what suits every kernel, and what mma does where tensor copies cannot.
TEST(HopperLog, NamesBothChoices) {
  const std::string text = printed(2048);
  const std::string last = text.substr(text.rfind("heddle: plan "));
  const std::size_t at = last.find(": wgmma="), other = last.find("does not suit: warps=");
  ASSERT_NE(at, std::string::npos) << last;
  ASSERT_NE(other, std::string::npos) << last;
  EXPECT_LT(at, last.find(", predicted "));
  EXPECT_LT(at, other);
  EXPECT_EQ(last.find("m4096n2048k4096"), std::string("heddle: plan ").size()) << last;
  const std::string first = text.substr(0, text.find('\n'));
  EXPECT_NE(first.find(": warps="), std::string::npos) << first;
  EXPECT_EQ(first.find("does not suit"), std::string::npos) << first;  // one choice for all
}

}  // namespace
}  // namespace heddle
