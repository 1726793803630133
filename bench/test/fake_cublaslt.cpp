// A cuBLASLt that multiplies on the CPU, for tests of the calls that bench/gpu/cublaslt.cpp makes.
// HEDDLE_FAKE_FAIL names a function that fails with status 14.
#include "bench/gpu/cublaslt.hpp"
#include "bench/test/fake.hpp"

namespace {

using namespace heddle::bench::gpu::cublaslt;
using heddle::bench::test::called;
using heddle::bench::test::log_text;

constexpr int kInvalid = 7, kFailed = 14;
constexpr std::uint64_t kSlow = 1, kFast = 2, kRefuses = 3, kNever = 9;
int alive = 0;  // objects not destroyed

}  // namespace

namespace heddle::bench::gpu::cublaslt {

struct HandleState {};
struct PreferenceState {
  std::uint64_t workspace = 0;
};
struct DescState {
  int compute, scale_type;
  bool transposed = false;
};
struct LayoutState {
  int type;
  std::int64_t rows, cols, ld;
};

}  // namespace heddle::bench::gpu::cublaslt

#define FAIL_IF_ASKED(name) \
  if (!called(name)) return kFailed

extern "C" {

const char* heddle_fake_log() { return log_text(); }
int heddle_fake_alive() { return alive; }

std::size_t cublasLtGetVersion() { return 130100; }

int cublasLtCreate(Handle* out) {
  FAIL_IF_ASKED("cublasLtCreate");
  ++alive;
  *out = new HandleState;
  return 0;
}
int cublasLtDestroy(Handle handle) {
  --alive;
  delete handle;
  return 0;
}
int cublasLtMatmulDescCreate(Desc* out, int compute, int scale_type) {
  FAIL_IF_ASKED("cublasLtMatmulDescCreate");
  ++alive;
  *out = new DescState{compute, scale_type};
  return 0;
}
int cublasLtMatmulDescSetAttribute(Desc desc, int attribute, const void* data, std::size_t bytes) {
  FAIL_IF_ASKED("cublasLtMatmulDescSetAttribute");
  if (attribute != 3 || bytes != 4) return kInvalid;
  desc->transposed = *static_cast<const std::int32_t*>(data) == 1;
  return 0;
}
int cublasLtMatmulDescDestroy(Desc desc) {
  --alive;
  delete desc;
  return 0;
}
int cublasLtMatrixLayoutCreate(Layout* out, int type, std::uint64_t rows, std::uint64_t cols,
                               std::int64_t ld) {
  FAIL_IF_ASKED("cublasLtMatrixLayoutCreate");
  ++alive;
  *out =
      new LayoutState{type, static_cast<std::int64_t>(rows), static_cast<std::int64_t>(cols), ld};
  return 0;
}
int cublasLtMatrixLayoutDestroy(Layout layout) {
  --alive;
  delete layout;
  return 0;
}
int cublasLtMatmulPreferenceCreate(Preference* out) {
  FAIL_IF_ASKED("cublasLtMatmulPreferenceCreate");
  ++alive;
  *out = new PreferenceState;
  return 0;
}
int cublasLtMatmulPreferenceSetAttribute(Preference preference, int attribute, const void* data,
                                         std::size_t bytes) {
  FAIL_IF_ASKED("cublasLtMatmulPreferenceSetAttribute");
  if (attribute != 1 || bytes != 8) return kInvalid;
  preference->workspace = *static_cast<const std::uint64_t*>(data);
  return 0;
}
int cublasLtMatmulPreferenceDestroy(Preference preference) {
  --alive;
  delete preference;
  return 0;
}

// Five candidates: one marked as useless, a slow one, one that refuses to run, a fast one. 8-bit
// types take multiples of 16 tokens alone.
int cublasLtMatmulAlgoGetHeuristic(Handle, Desc desc, Layout a, Layout b, Layout, Layout d,
                                   Preference preference, int wanted, HeuristicResult* results,
                                   int* found) {
  FAIL_IF_ASKED("cublasLtMatmulAlgoGetHeuristic");
  const bool shapes = desc->transposed && a->rows == b->rows && a->cols == d->rows &&
                      b->cols == d->cols && a->ld == a->rows && d->ld == d->rows;
  if (!shapes || wanted < 8 || preference->workspace == 0) return kInvalid;
  *found = 0;
  if (a->type == 3 && b->cols % 16 != 0) return 15;
  for (const std::uint64_t algorithm : {kNever, kSlow, kRefuses, kFast}) {
    HeuristicResult& result = results[(*found)++];
    result = {};
    result.algo.data[0] = algorithm;
    result.state = algorithm == kNever ? 15 : 0;
  }
  return 0;
}

int cublasLtMatmul(Handle, Desc desc, const void* alpha, const void* a, Layout la, const void* b,
                   Layout lb, const void* beta, const void* c, Layout lc, void* d, Layout ld,
                   const Algo* algo, void* workspace, std::size_t, cudaStream_t) {
  FAIL_IF_ASKED("cublasLtMatmul");
  if (algo->data[0] == kRefuses) return 15;
  if (algo->data[0] == kNever || workspace == nullptr || c != d || lc != ld) return kInvalid;
  const bool integer = la->type == kR8I;
  if (integer ? desc->scale_type != kR32I : desc->scale_type != kR32F) return kInvalid;
  const bool plain =
      integer ? *static_cast<const std::int32_t*>(alpha) == 1 &&
                    *static_cast<const std::int32_t*>(beta) == 0
              : *static_cast<const float*>(alpha) == 1 && *static_cast<const float*>(beta) == 0;
  if (!plain) return kInvalid;
  if (algo->data[0] == kSlow) heddle::bench::test::dawdle();
  heddle::bench::test::multiply(la->type, ld->type, la->cols, lb->cols, la->rows, a, b, d);
  return 0;
}

}  // extern "C"
