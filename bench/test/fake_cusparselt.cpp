// A cuSPARSELt that multiplies on the CPU, for tests of the calls that bench/gpu/cusparselt.cpp
// makes. Its objects are what the caller's memory holds; its compressed matrix is the dense one.
#include "bench/gpu/cusparselt.hpp"
#include "bench/test/fake.hpp"

namespace {

using namespace heddle::bench::gpu::cusparselt;
using heddle::bench::test::called;
using heddle::bench::test::log_text;

constexpr int kInvalid = 3, kFailed = 6;
int alive = 0;

struct MatrixState {
  std::int64_t rows, cols, ld;
  int type, order, structured;
};
struct MatmulState {
  MatrixState a, b, d;
};
struct PlanState {
  MatmulState matmul;
  bool searched;
};

template <class State>
State& as(Opaque* object) {
  static_assert(sizeof(State) <= 512);  // what the real library's newest objects take
  return *reinterpret_cast<State*>(object->data);
}
template <class State>
const State& as(const Opaque* object) {
  return *reinterpret_cast<const State*>(object->data);
}

int searches = 0;

std::size_t width(int type) { return type == 0 ? 4 : type == 3 ? 1 : 2; }

int element_rule(const MatrixState& matrix, bool structured) {
  const auto granule = static_cast<std::int64_t>((structured ? 32 : 16) / width(matrix.type));
  return matrix.rows % (structured ? 1 : granule) != 0 || matrix.cols % granule != 0 ? kNotSupported
                                                                                     : 0;
}

int run(const Plan* plan, const void* alpha, const void* a, const void* b, const void* beta,
        const void* c, void* d, cudaStream_t* streams, std::int32_t count) {
  const MatmulState& matmul = as<PlanState>(plan).matmul;
  if (*static_cast<const float*>(alpha) != 1 || *static_cast<const float*>(beta) != 0 || c != d ||
      streams == nullptr || count != 1)
    return kInvalid;
  heddle::bench::test::multiply(matmul.a.type, matmul.d.type, matmul.a.rows, matmul.b.rows,
                                matmul.a.cols, a, b, d);
  return 0;
}

}  // namespace

#define FAIL_IF_ASKED(name) \
  if (!called(name)) return kFailed

extern "C" {

const char* heddle_fake_log() { return log_text(); }
int heddle_fake_alive() { return alive; }

int cusparseLtInit(Handle* handle) {
  FAIL_IF_ASKED("cusparseLtInit");
  ++alive;
  handle->data[0] = 42;
  return 0;
}
int cusparseLtDestroy(const Handle* handle) {
  --alive;
  return handle->data[0] == 42 ? 0 : kInvalid;
}
int cusparseLtGetVersion(const Handle* handle, int* version) {
  FAIL_IF_ASKED("cusparseLtGetVersion");
  *version = std::getenv("HEDDLE_FAKE_OLD") != nullptr ? 502 : 1000;
  return handle->data[0] == 42 ? 0 : kInvalid;
}
int cusparseLtDenseDescriptorInit(const Handle*, Matrix* out, std::int64_t rows, std::int64_t cols,
                                  std::int64_t ld, std::uint32_t alignment, int type, int order) {
  FAIL_IF_ASKED("cusparseLtDenseDescriptorInit");
  if (alignment != 16 || ld != (order == kOrderRow ? cols : rows)) return kInvalid;
  as<MatrixState>(out) = {rows, cols, ld, type, order, 0};
  if (const int status = element_rule(as<MatrixState>(out), false); status != 0) return status;
  ++alive;
  return 0;
}
int cusparseLtStructuredDescriptorInit(const Handle*, Matrix* out, std::int64_t rows,
                                       std::int64_t cols, std::int64_t ld, std::uint32_t alignment,
                                       int type, int order, int sparsity) {
  FAIL_IF_ASKED("cusparseLtStructuredDescriptorInit");
  if (alignment != 16 || ld != cols || order != kOrderRow || sparsity != 0) return kInvalid;
  as<MatrixState>(out) = {rows, cols, ld, type, order, 1};
  if (const int status = element_rule(as<MatrixState>(out), true); status != 0) return status;
  ++alive;
  return 0;
}
int cusparseLtMatDescriptorDestroy(const Matrix*) {
  --alive;
  return 0;
}
int cusparseLtMatmulDescriptorInit(const Handle*, Matmul* out, int op_a, int op_b, const Matrix* a,
                                   const Matrix* b, const Matrix* c, const Matrix* d, int compute) {
  FAIL_IF_ASKED("cusparseLtMatmulDescriptorInit");
  const auto &ma = as<MatrixState>(a), &mb = as<MatrixState>(b), &md = as<MatrixState>(d);
  const bool shapes = ma.structured == 1 && mb.structured == 0 && op_a == 0 && op_b == 1 &&
                      ma.cols == mb.cols && md.rows == ma.rows && md.cols == mb.rows && c == d &&
                      mb.order == kOrderRow && md.order == kOrderCol;
  if (!shapes || compute != (ma.type == 3 ? 0 : 2)) return kInvalid;
  as<MatmulState>(out) = {ma, mb, md};
  return 0;
}
int cusparseLtMatmulAlgSelectionInit(const Handle*, Algorithm* out, const Matmul*, int) {
  FAIL_IF_ASKED("cusparseLtMatmulAlgSelectionInit");
  out->data[0] = 0;
  return 0;
}
int cusparseLtMatmulAlgGetAttribute(const Handle*, const Algorithm*, int attribute, void* data,
                                    std::size_t bytes) {
  FAIL_IF_ASKED("cusparseLtMatmulAlgGetAttribute");
  if (attribute != 0 || bytes != 4) return kInvalid;
  *static_cast<int*>(data) = searches > 0 ? 5 : 0;
  return 0;
}
int cusparseLtMatmulAlgSetAttribute(const Handle*, Algorithm*, int attribute, const void*,
                                    std::size_t bytes) {
  FAIL_IF_ASKED("cusparseLtMatmulAlgSetAttribute");
  return attribute == 2 && bytes == 4 ? 0 : kInvalid;
}
int cusparseLtMatmulPlanInit(const Handle*, Plan* plan, const Matmul* matmul, const Algorithm*) {
  FAIL_IF_ASKED("cusparseLtMatmulPlanInit");
  ++alive;
  as<PlanState>(plan) = {as<MatmulState>(matmul), false};
  return 0;
}
int cusparseLtMatmulPlanDestroy(const Plan*) {
  --alive;
  return 0;
}
int cusparseLtMatmulGetWorkspace(const Handle*, const Plan* plan, std::size_t* bytes) {
  FAIL_IF_ASKED("cusparseLtMatmulGetWorkspace");
  *bytes = 100;
  return as<PlanState>(plan).searched ? 0 : kInvalid;
}
int cusparseLtSpMMACompressedSize(const Handle*, const Plan* plan, std::size_t* bytes,
                                  std::size_t* scratch) {
  FAIL_IF_ASKED("cusparseLtSpMMACompressedSize");
  const MatrixState& a = as<PlanState>(plan).matmul.a;
  *bytes = static_cast<std::size_t>(a.rows * a.cols) * width(a.type);
  *scratch = 0;
  return 0;
}
int cusparseLtSpMMACompress(const Handle*, const Plan* plan, const void* dense, void* compressed,
                            void* scratch, cudaStream_t) {
  FAIL_IF_ASKED("cusparseLtSpMMACompress");
  const MatrixState& a = as<PlanState>(plan).matmul.a;
  std::memcpy(compressed, dense, static_cast<std::size_t>(a.rows * a.cols) * width(a.type));
  return scratch != nullptr ? 0 : kInvalid;
}
int cusparseLtMatmulSearch(const Handle*, Plan* plan, const void* alpha, const void* a,
                           const void* b, const void* beta, const void* c, void* d, void*,
                           cudaStream_t* streams, std::int32_t count) {
  FAIL_IF_ASKED("cusparseLtMatmulSearch");
  as<PlanState>(plan).searched = true;
  ++searches;
  return run(plan, alpha, a, b, beta, c, d, streams, count);
}
int cusparseLtMatmul(const Handle*, const Plan* plan, const void* alpha, const void* a,
                     const void* b, const void* beta, const void* c, void* d, void* workspace,
                     cudaStream_t* streams, std::int32_t count) {
  FAIL_IF_ASKED("cusparseLtMatmul");
  if (!as<PlanState>(plan).searched || workspace == nullptr) return kInvalid;
  return run(plan, alpha, a, b, beta, c, d, streams, count);
}

}  // extern "C"
