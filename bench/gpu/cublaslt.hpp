#pragma once
// What the benchmark uses of cuBLASLt, declared from its public documentation
// (docs.nvidia.com/cuda/cublas, "Using the cuBLASLt API"), releases 12 and 13. Nothing is linked.

#include <cstddef>
#include <cstdint>

#include "bench/gpu/library.hpp"
#include "heddle/exec.hpp"

namespace heddle::bench::gpu::cublaslt {

struct HandleState;
struct DescState;
struct LayoutState;
struct PreferenceState;
using Handle = HandleState*;
using Desc = DescState*;
using Layout = LayoutState*;
using Preference = PreferenceState*;

struct Algo {
  std::uint64_t data[8];
};
struct HeuristicResult {
  Algo algo;
  std::size_t workspace_bytes;
  int state;  // a status: 0, or the rest means nothing
  float waves;
  int reserved[4];
};
static_assert(sizeof(Algo) == 64 && sizeof(HeuristicResult) == 96);
static_assert(offsetof(HeuristicResult, workspace_bytes) == 64);
static_assert(offsetof(HeuristicResult, state) == 72);

// cublasStatus_t, cudaDataType, cublasComputeType_t, cublasOperation_t, and the attributes of
// cublasLtMatmulDescAttributes_t and cublasLtMatmulPreferenceAttributes_t.
inline constexpr int kSuccess = 0, kNotSupported = 15;
inline constexpr int kR32F = 0, kR16F = 2, kR8I = 3, kR32I = 10, kR16BF = 14, kR8E4M3 = 28,
                     kR8E5M2 = 29;
inline constexpr int kCompute32F = 68, kCompute32I = 72, kCompute32FFastTf32 = 77;
inline constexpr std::int32_t kTranspose = 1;
inline constexpr int kDescTransA = 3;
inline constexpr int kPreferenceMaxWorkspaceBytes = 1;

/// The functions, by their names without the prefix cublasLt.
struct Functions {
  Functions();  // throws where the library cannot be loaded

  Library library;
  std::size_t (*GetVersion)() = nullptr;
  int (*Create)(Handle*) = nullptr;
  int (*Destroy)(Handle) = nullptr;
  int (*MatmulDescCreate)(Desc*, int compute, int scale_type) = nullptr;
  int (*MatmulDescSetAttribute)(Desc, int attribute, const void*, std::size_t) = nullptr;
  int (*MatmulDescDestroy)(Desc) = nullptr;
  int (*MatrixLayoutCreate)(Layout*, int type, std::uint64_t rows, std::uint64_t cols,
                            std::int64_t ld) = nullptr;  // order col
  int (*MatrixLayoutDestroy)(Layout) = nullptr;
  int (*MatmulPreferenceCreate)(Preference*) = nullptr;
  int (*MatmulPreferenceSetAttribute)(Preference, int attribute, const void*,
                                      std::size_t) = nullptr;
  int (*MatmulPreferenceDestroy)(Preference) = nullptr;
  int (*MatmulAlgoGetHeuristic)(Handle, Desc, Layout a, Layout b, Layout c, Layout d, Preference,
                                int wanted, HeuristicResult*, int* found) = nullptr;
  int (*Matmul)(Handle, Desc, const void* alpha, const void* a, Layout, const void* b, Layout,
                const void* beta, const void* c, Layout, void* d, Layout, const Algo*,
                void* workspace, std::size_t workspace_bytes, cudaStream_t) = nullptr;
};

/// Loaded at the first call; throws the reason each time where it is not there.
const Functions& functions();
/// "13.1.0" for 130100.
std::string version_text(std::size_t version);

}  // namespace heddle::bench::gpu::cublaslt
