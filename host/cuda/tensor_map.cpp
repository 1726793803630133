#include "host/cuda/tensor_map.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>

#include "host/cuda/runtime.hpp"
#include "host/cuda/runtime_error.hpp"
#include "host/message.hpp"
#include "host/validate.hpp"

namespace heddle::cuda {
namespace {

constexpr const char* kName = "cuTensorMapEncodeTiled";
constexpr unsigned kSince = 12000;  // CUDA version: the signature of PFN_..._v12000

static_assert(sizeof(TensorMap) == sizeof(CUtensorMap) && alignof(TensorMap) == 64);

CUtensorMapDataType data_type(int elem_bytes) {  // bits are moved, never looked at
  switch (elem_bytes) {
    case 1: return CU_TENSOR_MAP_DATA_TYPE_UINT8;
    case 2: return CU_TENSOR_MAP_DATA_TYPE_UINT16;
    default: return CU_TENSOR_MAP_DATA_TYPE_UINT32;
  }
}

CUtensorMapSwizzle swizzle_of(TensorSwizzle swizzle) {
  switch (swizzle) {
    case TensorSwizzle::b32: return CU_TENSOR_MAP_SWIZZLE_32B;
    case TensorSwizzle::b64: return CU_TENSOR_MAP_SWIZZLE_64B;
    case TensorSwizzle::b128: return CU_TENSOR_MAP_SWIZZLE_128B;
    default: return CU_TENSOR_MAP_SWIZZLE_NONE;
  }
}

std::string words(const TensorMapShape& t) {
  std::string text = message(t.elem_bytes, "-byte elements at ", t.base, ", size");
  for (int i = 0; i < t.rank; ++i) text += message(i == 0 ? " " : " x ", t.size[i]);
  text += ", strides";
  for (int i = 0; i + 1 < t.rank; ++i) text += message(" ", t.stride_bytes[i]);
  text += " bytes, box";
  for (int i = 0; i < t.rank; ++i) text += message(i == 0 ? " " : " x ", t.box[i]);
  return text;
}

}  // namespace

Result<TensorMapEncoder> find_tensor_map_encoder() {
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
  HEDDLE_TRY(status_of(
      cudaGetDriverEntryPointByVersion(kName, &entry, kSince, cudaEnableDefault, &found), kName));
  // Without a driver some versions answer with success and no function.
  if (found != cudaDriverEntryPointSuccess || entry == nullptr)
    return Status(StatusCode::unavailable,
                  message("exec = cuda: the driver has no ", kName, " (query result ",
                          static_cast<int>(found), "): must be of CUDA 12.0 or newer"));
  return TensorMapEncoder{reinterpret_cast<PFN_cuTensorMapEncodeTiled_v12000>(entry)};
}

Status TensorMapEncoder::encode(const TensorMapShape& t, TensorMap& map) const {
  CUtensorMap encoded;
  std::array<cuuint32_t, TensorMapShape::kMaxRank> steps;
  steps.fill(1);
  std::array<cuuint64_t, TensorMapShape::kMaxRank> sizes, strides = {};
  std::copy(std::begin(t.size), std::end(t.size), sizes.begin());
  std::copy(std::begin(t.stride_bytes), std::end(t.stride_bytes), strides.begin());
  const CUresult error = function(
      &encoded, data_type(t.elem_bytes), static_cast<cuuint32_t>(t.rank), const_cast<void*>(t.base),
      sizes.data(), strides.data(), t.box, steps.data(), CU_TENSOR_MAP_INTERLEAVE_NONE,
      swizzle_of(t.swizzle), CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (error != CUDA_SUCCESS)
    return Status(StatusCode::device_error,
                  message(kName, ": error ", static_cast<int>(error), " for ", words(t)));
  std::copy(std::begin(encoded.opaque), std::end(encoded.opaque), std::begin(map.opaque));
  return {};
}

Status encode_tensor_map(const TensorMapShape& shape, TensorMap& map) {
  static std::atomic<PFN_cuTensorMapEncodeTiled_v12000> known{nullptr};  // once in a process
  TensorMapEncoder encoder = {known.load(std::memory_order_acquire)};
  if (encoder.function == nullptr) {
    const Result<TensorMapEncoder> found = find_tensor_map_encoder();
    if (!found.ok()) return found.status();
    encoder = *found;
    known.store(encoder.function, std::memory_order_release);
  }
  return encoder.encode(shape, map);
}

}  // namespace heddle::cuda
