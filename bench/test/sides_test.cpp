// The vendor's sides against made-up libraries: the calls, their order, what a failure leaves.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>

#include "bench/gpu/cublaslt.hpp"
#include "bench/gpu/cusparselt.hpp"
#include "bench/gpu/product.hpp"
#include "bench/gpu/product_device.hpp"
#include "heddle/numeric.hpp"

namespace heddle::bench::gpu {
namespace {

// A 2:4 matrix without a blob: the vendors take the dense one.
Weight weight_for(const Case& problem) {
  Weight weight;
  weight.problem = problem;
  weight.dense = DeviceMemory(problem.bytes());
  for (std::int64_t row = 0; row < problem.rows; ++row)
    for (std::int64_t col = 0; col < problem.cols; ++col) {
      const bool kept = (col + row) % 4 < 2;
      const auto value = static_cast<float>((row * 7 + col * 5) % 11 - 5);
      store_from_float(weight.dense.data(), row * problem.cols + col, problem.type,
                       kept ? value : 0);
    }
  return weight;
}

class Sides : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("HEDDLE_CUBLASLT", HEDDLE_FAKE_CUBLASLT, 1);
    ::setenv("HEDDLE_CUSPARSELT", HEDDLE_FAKE_CUSPARSELT, 1);
  }
  void TearDown() override {
    for (const char* name : {"HEDDLE_FAKE_FAIL", "HEDDLE_FAKE_WRONG", "HEDDLE_FAKE_OLD"})
      ::unsetenv(name);
    for (const Library* library :
         {&cublaslt::functions().library, &cusparselt::functions().library})
      EXPECT_EQ(alive(*library), 0) << library->path() << ": objects not destroyed";
  }

  static int alive(const Library& library) {
    int (*function)() = nullptr;
    library.find("heddle_fake_alive", function);
    return function();
  }
  static std::string calls(const Library& library) {
    const char* (*function)() = nullptr;
    library.find("heddle_fake_log", function);
    return function();
  }

  // Runs a side on every set; what is wrong with the last.
  ProductFinding checked(const Side& side, const Case& problem, const Weight& weight) {
    side.sets().poison();
    for (std::size_t set = 0; set < side.sets().sets(); ++set) side.call(set);
    const std::size_t last = side.sets().sets() - 1;
    return check_product(
        {weight.dense.data(), side.sets().b(last), side.sets().d(last), problem.rows, problem.n,
         problem.cols, 1, 1, problem.type, product_type(problem.type), 0x1p-8, 1e-5},
        stream_);
  }

  template <class Make>
  std::string reason(const Case& problem, const Make& make) {
    const Weight weight = weight_for(problem);
    try {
      const auto side = make(SideArgs{problem, weight, stream_, 1024});
      side->call(0);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "runs";
  }

  Stream stream_;
};

Case product(DataType type, std::int64_t n) { return {24, 64, n, {2, 4}, type}; }

TEST_F(Sides, CublasLtTakesTheFastestCandidateThatRuns) {
  for (const DataType type : {DataType::bf16, DataType::f32}) {
    const Case problem = product(type, 3);
    const Weight weight = weight_for(problem);
    const auto side = cublaslt_side({problem, weight, stream_, 1024});
    EXPECT_EQ(side->config(), "cublasLt-13.1.0 candidate=2/3");
    const ProductFinding found = checked(*side, problem, weight);
    EXPECT_EQ(found.wrong, 0) << found.got << " is not " << found.want;
    EXPECT_EQ(found.checked, 24 * 3);
    EXPECT_GT(found.magnitude, 0);
  }
}

TEST_F(Sides, CublasLtPadsWhereItMust) {
  const Case problem = product(DataType::i8, 3);
  const Weight weight = weight_for(problem);
  const auto side = cublaslt_side({problem, weight, stream_, 1024});
  EXPECT_EQ(side->config(), "cublasLt-13.1.0 candidate=2/3 padded=16");
  EXPECT_EQ(checked(*side, problem, weight).wrong, 0);
}

TEST_F(Sides, CublasLtFailuresNameTheFunction) {
  for (const char* name : {"cublasLtCreate", "cublasLtMatmulDescCreate",
                           "cublasLtMatmulDescSetAttribute", "cublasLtMatrixLayoutCreate",
                           "cublasLtMatmulPreferenceCreate", "cublasLtMatmulPreferenceSetAttribute",
                           "cublasLtMatmulAlgoGetHeuristic", "cublasLtMatmul"}) {
    ::setenv("HEDDLE_FAKE_FAIL", name, 1);
    const std::string why = reason(product(DataType::bf16, 16), cublaslt_side);
    EXPECT_NE(why.find(std::string(name) + ": status 14"), std::string::npos) << why;
    EXPECT_EQ(alive(cublaslt::functions().library), 0) << name;
  }
}

TEST_F(Sides, AWrongResultIsFound) {
  const Case problem = product(DataType::bf16, 4);
  const Weight weight = weight_for(problem);
  const auto side = cublaslt_side({problem, weight, stream_, 1024});
  ::setenv("HEDDLE_FAKE_WRONG", "1", 1);
  const ProductFinding found = checked(*side, problem, weight);
  EXPECT_EQ(found.wrong, 1);
  EXPECT_EQ(found.row, 23);
  EXPECT_EQ(found.col, 0);
  EXPECT_GT(std::fabs(found.got - found.want), 900);
}

TEST_F(Sides, CusparseLtSearchesThenRuns) {
  for (const auto& [type, tokens] : {std::pair(DataType::bf16, ""), {DataType::i8, " padded=16"}}) {
    const Case problem = product(type, 8);
    const Weight weight = weight_for(problem);
    const auto side = cusparselt_side({problem, weight, stream_, 1024});
    EXPECT_EQ(side->config(), "cuSPARSELt-0.10.0 algorithm=5" + std::string(tokens));
    EXPECT_EQ(checked(*side, problem, weight).wrong, 0);
  }
  const std::string log = calls(cusparselt::functions().library);
  EXPECT_LT(log.find("cusparseLtSpMMACompress\n"), log.find("cusparseLtMatmulSearch\n"));
  EXPECT_LT(log.find("cusparseLtMatmulSearch\n"), log.find("cusparseLtMatmulGetWorkspace\n"));
  EXPECT_LT(log.find("cusparseLtMatmulGetWorkspace\n"), log.find("cusparseLtMatmul\n"));
}

TEST_F(Sides, CusparseLtFailuresNameTheFunction) {
  for (const char* name :
       {"cusparseLtInit", "cusparseLtGetVersion", "cusparseLtStructuredDescriptorInit",
        "cusparseLtDenseDescriptorInit", "cusparseLtMatmulDescriptorInit",
        "cusparseLtMatmulAlgSelectionInit", "cusparseLtMatmulAlgSetAttribute",
        "cusparseLtMatmulPlanInit", "cusparseLtSpMMACompressedSize", "cusparseLtSpMMACompress",
        "cusparseLtMatmulSearch", "cusparseLtMatmulGetWorkspace", "cusparseLtMatmul"}) {
    ::setenv("HEDDLE_FAKE_FAIL", name, 1);
    const std::string why = reason(product(DataType::bf16, 8), cusparselt_side);
    EXPECT_NE(why.find(name), std::string::npos) << why;
    EXPECT_NE(why.find(": status 6"), std::string::npos) << why;
    EXPECT_EQ(alive(cusparselt::functions().library), 0) << name;
  }
  ::unsetenv("HEDDLE_FAKE_FAIL");
  Case odd = product(DataType::bf16, 8);
  odd.cols = 40;
  EXPECT_NE(reason(odd, cusparselt_side).find("status 10, not supported"), std::string::npos);
  ::setenv("HEDDLE_FAKE_OLD", "1", 1);
  EXPECT_NE(reason(product(DataType::bf16, 8), cusparselt_side).find("0.5.2: must be 0.6"),
            std::string::npos);
}

// Tokens that are no token: zeros behind the given ones, and D has room for them.
TEST_F(Sides, SetsTakeTurnsBeyondTheCache) {
  const Case problem = product(DataType::bf16, 3);
  const Weight weight = weight_for(problem);
  const ProductSets sets(weight, weight.dense.data(), problem.bytes(), 3, 100'000, stream_);
  const std::size_t bytes = 24 * 64 * 2 + 64 * 3 * 2 + 24 * 3 * 2;
  EXPECT_EQ(sets.sets(), (300'000 + bytes - 1) / bytes);
  EXPECT_EQ(sets.calls() % sets.sets(), 0u);
  const auto* b = reinterpret_cast<const std::uint16_t*>(sets.b(sets.sets() - 1));
  EXPECT_NE(b[64 * 3 - 1], 0);
  for (std::int64_t i = 64 * 3; i < 64 * 16; ++i) EXPECT_EQ(b[i], 0) << i;
  EXPECT_NE(sets.a(0), sets.a(1));
}

}  // namespace
}  // namespace heddle::bench::gpu
