#include "bench/gpu/library.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "bench/gpu/cublaslt.hpp"
#include "bench/gpu/cusparselt.hpp"

// Where a toolkit is at hand, the declarations are held against it.
#if __has_include(<cublasLt.h>)
#include <cublasLt.h>
namespace heddle::bench::gpu::cublaslt {
static_assert(sizeof(HeuristicResult) == sizeof(cublasLtMatmulHeuristicResult_t));
static_assert(offsetof(HeuristicResult, workspace_bytes) ==
              offsetof(cublasLtMatmulHeuristicResult_t, workspaceSize));
static_assert(offsetof(HeuristicResult, state) == offsetof(cublasLtMatmulHeuristicResult_t, state));
static_assert(sizeof(Algo) == sizeof(cublasLtMatmulAlgo_t));
static_assert(kSuccess == CUBLAS_STATUS_SUCCESS && kNotSupported == CUBLAS_STATUS_NOT_SUPPORTED);
static_assert(kR32F == CUDA_R_32F && kR16F == CUDA_R_16F && kR16BF == CUDA_R_16BF);
static_assert(kR8I == CUDA_R_8I && kR32I == CUDA_R_32I);
static_assert(kR8E4M3 == CUDA_R_8F_E4M3 && kR8E5M2 == CUDA_R_8F_E5M2);
static_assert(kCompute32F == CUBLAS_COMPUTE_32F && kCompute32I == CUBLAS_COMPUTE_32I);
static_assert(kCompute32FFastTf32 == CUBLAS_COMPUTE_32F_FAST_TF32 && kTranspose == CUBLAS_OP_T);
static_assert(kDescTransA == CUBLASLT_MATMUL_DESC_TRANSA);
static_assert(kPreferenceMaxWorkspaceBytes == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
}  // namespace heddle::bench::gpu::cublaslt
#endif
#if __has_include(<cusparse.h>)
#include <cusparse.h>
namespace heddle::bench::gpu::cusparselt {
static_assert(kSuccess == CUSPARSE_STATUS_SUCCESS &&
              kNotSupported == CUSPARSE_STATUS_NOT_SUPPORTED);
static_assert(kPlain == CUSPARSE_OPERATION_NON_TRANSPOSE);
static_assert(kTranspose == CUSPARSE_OPERATION_TRANSPOSE);
static_assert(kOrderCol == CUSPARSE_ORDER_COL && kOrderRow == CUSPARSE_ORDER_ROW);
}  // namespace heddle::bench::gpu::cusparselt
#endif

namespace heddle::bench::gpu {
namespace {

class Environment {  // a variable, restored at the end
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    const char* old = ::getenv(name);
    if (old != nullptr) old_ = old;
    had_ = old != nullptr;
    ::setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (had_) {
      ::setenv(name_, old_.c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::string old_;
  bool had_ = false;
};

std::string reason(const LibrarySearch& search) {
  try {
    const Library library(search);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "loaded";
}

TEST(Libraries, TheVariableCountsAlone) {
  const LibrarySearch search = {"HEDDLE_TEST_LIBRARY", {"libm.so.6"}, {"nvidia/x/lib"}};
  EXPECT_EQ(reason(search), "loaded");
  {
    const Environment path("HEDDLE_TEST_LIBRARY", "/absent/lib.so");
    EXPECT_EQ(library_files(search), std::vector<std::string>{"/absent/lib.so"});
    EXPECT_NE(reason(search).find("/absent/lib.so: "), std::string::npos) << reason(search);
  }
  const Environment none("HEDDLE_TEST_LIBRARY", "none");
  EXPECT_EQ(reason(search), "HEDDLE_TEST_LIBRARY = none");
}

TEST(Libraries, WheelsComeFirst) {
  const std::string site = testing::TempDir() + "heddle_site";
  std::filesystem::create_directories(site + "/nvidia/x/lib");
  std::ofstream(site + "/nvidia/x/lib/libx.so.2") << "no library";
  const Environment path("PYTHONPATH", "/absent:" + site);
  const LibrarySearch search = {
      "HEDDLE_TEST_LIBRARY", {"libx.so.2", "libx.so.1"}, {"nvidia/x/lib"}};
  const auto files = library_files(search);
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0], site + "/nvidia/x/lib/libx.so.2");
  EXPECT_EQ(files[2], "libx.so.1");
  const std::string why = reason(search);
  EXPECT_NE(why.find("/nvidia/x/lib/libx.so.2: "), std::string::npos) << why;
  EXPECT_NE(why.find("; libx.so.1: "), std::string::npos) << why;
  std::filesystem::remove_all(site);
}

TEST(Libraries, AFunctionThatIsNotThere) {
  const Library library({"HEDDLE_TEST_LIBRARY", {"libm.so.6"}, {}});
  double (*function)(double) = nullptr;
  library.find("cos", function);
  EXPECT_EQ(function(0), 1);
  EXPECT_THROW(library.find("heddle_absent", function), std::runtime_error);
}

TEST(Libraries, Versions) {
  EXPECT_EQ(cublaslt::version_text(130100), "13.1.0");
  EXPECT_EQ(cublaslt::version_text(120405), "12.4.5");
  EXPECT_EQ(cusparselt::version_text(602), "0.6.2");
  EXPECT_EQ(cusparselt::version_text(801), "0.8.1");
  EXPECT_EQ(cusparselt::version_text(1000), "0.10.0");
}

}  // namespace
}  // namespace heddle::bench::gpu
