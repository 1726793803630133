#pragma once
// What the benchmark uses of cuSPARSELt, declared from its public documentation
// (docs.nvidia.com/cuda/cusparselt), releases 0.6 to 0.10. Nothing is linked.

#include <cstddef>
#include <cstdint>

#include "bench/gpu/library.hpp"
#include "heddle/exec.hpp"

namespace heddle::bench::gpu::cusparselt {

// Opaque objects in the caller's memory, aligned to 16: 512 bytes in the newest releases, 11024 in
// older ones. More does no harm.
struct alignas(16) Opaque {
  std::uint8_t data[16384];
};
static_assert(sizeof(Opaque) >= 11024 && sizeof(Opaque) % 16 == 0);
struct Handle : Opaque {};
struct Matrix : Opaque {};
struct Matmul : Opaque {};
struct Algorithm : Opaque {};
struct Plan : Opaque {};

// cusparseStatus_t, cusparseOperation_t, cusparseOrder_t, cusparseComputeType as it is numbered
// since 0.6, and the enumerations of cuSPARSELt.
inline constexpr int kSuccess = 0, kNotSupported = 10;
inline constexpr int kPlain = 0, kTranspose = 1;
inline constexpr int kOrderCol = 1, kOrderRow = 2;
inline constexpr int kCompute32I = 0, kCompute32F = 2;
inline constexpr int kSparsity50 = 0;
inline constexpr int kAlgorithmDefault = 0;
inline constexpr int kAlgorithmId = 0, kAlgorithmIdCount = 1, kSearchIterations = 2;  // of type int
inline constexpr std::uint32_t kAlignment = 16;
inline constexpr int kLeastVersion = 600;  // 0.6.0; 801 is 0.8.1, 1000 is 0.10.0

/// The functions, by their names without the prefix cusparseLt.
struct Functions {
  Functions();  // throws where the library cannot be loaded

  Library library;
  int (*Init)(Handle*) = nullptr;
  int (*Destroy)(const Handle*) = nullptr;
  int (*GetVersion)(const Handle*, int*) = nullptr;
  int (*DenseDescriptorInit)(const Handle*, Matrix*, std::int64_t rows, std::int64_t cols,
                             std::int64_t ld, std::uint32_t alignment, int type,
                             int order) = nullptr;
  int (*StructuredDescriptorInit)(const Handle*, Matrix*, std::int64_t rows, std::int64_t cols,
                                  std::int64_t ld, std::uint32_t alignment, int type, int order,
                                  int sparsity) = nullptr;
  int (*MatDescriptorDestroy)(const Matrix*) = nullptr;
  int (*MatmulDescriptorInit)(const Handle*, Matmul*, int op_a, int op_b, const Matrix* a,
                              const Matrix* b, const Matrix* c, const Matrix* d,
                              int compute) = nullptr;
  int (*MatmulAlgSelectionInit)(const Handle*, Algorithm*, const Matmul*, int) = nullptr;
  int (*MatmulAlgGetAttribute)(const Handle*, const Algorithm*, int attribute, void*,
                               std::size_t) = nullptr;
  int (*MatmulAlgSetAttribute)(const Handle*, Algorithm*, int attribute, const void*,
                               std::size_t) = nullptr;
  int (*MatmulPlanInit)(const Handle*, Plan*, const Matmul*, const Algorithm*) = nullptr;
  int (*MatmulPlanDestroy)(const Plan*) = nullptr;
  int (*MatmulGetWorkspace)(const Handle*, const Plan*, std::size_t* bytes) = nullptr;
  int (*SpMMACompressedSize)(const Handle*, const Plan*, std::size_t* bytes,
                             std::size_t* scratch_bytes) = nullptr;
  int (*SpMMACompress)(const Handle*, const Plan*, const void* dense, void* compressed,
                       void* scratch, cudaStream_t) = nullptr;
  int (*MatmulSearch)(const Handle*, Plan*, const void* alpha, const void* a, const void* b,
                      const void* beta, const void* c, void* d, void* workspace, cudaStream_t*,
                      std::int32_t streams) = nullptr;
  int (*MatmulRun)(const Handle*, const Plan*, const void* alpha, const void* a, const void* b,
                   const void* beta, const void* c, void* d, void* workspace, cudaStream_t*,
                   std::int32_t streams) = nullptr;
};

/// Loaded at the first call; throws the reason each time where it is not there.
const Functions& functions();
/// "0.8.1" for 801, "0.10.0" for 1000.
std::string version_text(int version);

}  // namespace heddle::bench::gpu::cusparselt
