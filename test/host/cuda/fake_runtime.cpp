#include "test/host/cuda/fake_runtime.hpp"

#include <algorithm>

namespace heddle::test {
namespace {

FakeRuntime* fake = nullptr;
thread_local int this_device = 0;

void note(const char* function, cudaStream_t stream) {
  fake->calls.push_back(std::string(function) + " " +
                        std::to_string(reinterpret_cast<std::uintptr_t>(stream)));
}

CUresult CUDAAPI encode_tiled(CUtensorMap* map, CUtensorMapDataType type, cuuint32_t rank,
                              void* base, const cuuint64_t* sizes, const cuuint64_t* strides,
                              const cuuint32_t* box, const cuuint32_t* steps,
                              CUtensorMapInterleave interleave, CUtensorMapSwizzle swizzle,
                              CUtensorMapL2promotion, CUtensorMapFloatOOBfill fill) {
  *map = {};
  map->opaque[0] = fake->encoded.size();
  fake->encoded.push_back({type,
                           base,
                           {sizes, sizes + rank},
                           {strides, strides + rank - 1},
                           {box, box + rank},
                           {steps, steps + rank},
                           interleave,
                           swizzle,
                           fill});
  return fake->encode_result;
}

}  // namespace

FakeRuntime::FakeRuntime() { fake = this; }
FakeRuntime::~FakeRuntime() {
  fake = nullptr;
  this_device = 0;
}

cudaError_t FakeRuntime::answer(const char* function) {
  const auto found = failing.find(function);
  if (found == failing.end()) return cudaSuccess;
  const auto left = spared.find(function);
  if (left != spared.end() && left->second-- > 0) return cudaSuccess;
  return found->second;
}

void use_device(int device) { this_device = device; }

}  // namespace heddle::test

using heddle::test::encode_tiled;
using heddle::test::fake;
using heddle::test::note;
using heddle::test::this_device;

extern "C" {
cudaError_t cudaGetDevice(int* device) {
  *device = this_device;
  return fake->answer("cudaGetDevice");
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  *value = fake->attribute(attribute, device);
  return fake->answer("cudaDeviceGetAttribute");
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* prop, int) {
  ++fake->property_reads;
  *prop = {};
  fake->device_name.copy(prop->name, sizeof prop->name - 1);
  return fake->answer("cudaGetDeviceProperties");
}
cudaError_t cudaFuncSetAttribute(const void* func, cudaFuncAttribute attr, int value) {
  fake->function_values.push_back({func, attr, value, this_device});
  return fake->answer("cudaFuncSetAttribute");
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attr, const void*) {
  *attr = {};
  attr->binaryVersion = fake->binary_version;
  attr->ptxVersion = fake->ptx_version;
  return fake->answer("cudaFuncGetAttributes");
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* func, void** args) {
  fake->launches.push_back(
      {*config, {config->attrs, config->attrs + config->numAttrs}, func, args[0], this_device});
  fake->on_launch(fake->launches.back());
  note("cudaLaunchKernelExC", config->stream);
  return fake->answer("cudaLaunchKernelExC");
}
cudaError_t cudaGetDriverEntryPointByVersion(const char* symbol, void** funcPtr,
                                             unsigned int cudaVersion, unsigned long long flags,
                                             cudaDriverEntryPointQueryResult* driverStatus) {
  fake->entry_points.push_back(std::string(symbol) + " " + std::to_string(cudaVersion) + " " +
                               std::to_string(flags));
  *funcPtr = fake->has_encoder ? reinterpret_cast<void*>(encode_tiled) : nullptr;
  if (driverStatus != nullptr) *driverStatus = fake->encoder_query;
  return fake->answer("cudaGetDriverEntryPointByVersion");
}
cudaError_t cudaMemcpyAsync(void* dst, const void* src, size_t count, cudaMemcpyKind,
                            cudaStream_t) {
  std::copy_n(static_cast<const char*>(src), count, static_cast<char*>(dst));
  return fake->answer("cudaMemcpyAsync");
}
cudaError_t cudaMemsetAsync(void* devPtr, int value, size_t count, cudaStream_t stream) {
  fake->clears.push_back({devPtr, value, count, stream});
  return fake->answer("cudaMemsetAsync");
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return fake->answer("cudaStreamSynchronize"); }
cudaError_t cudaMallocAsync(void** devPtr, size_t, cudaStream_t) {
  static int somewhere;
  *devPtr = &somewhere;
  return fake->answer("cudaMallocAsync");
}
cudaError_t cudaFreeAsync(void*, cudaStream_t) {
  ++fake->frees;
  return cudaSuccess;
}
// An event's handle says which it is of those made so far.
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  const cudaError_t error = fake->answer("cudaEventCreate");
  if (error == cudaSuccess)
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a name
    *event = reinterpret_cast<cudaEvent_t>(static_cast<std::uintptr_t>(++fake->live_events));
  return error;
}
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t stream) {
  note("cudaEventRecord", stream);
  return fake->answer("cudaEventRecord");
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  fake->calls.push_back("cudaEventSynchronize event " +
                        std::to_string(reinterpret_cast<std::uintptr_t>(event)));
  return fake->answer("cudaEventSynchronize");
}
cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t start, cudaEvent_t end) {
  *ms = reinterpret_cast<std::uintptr_t>(start) < reinterpret_cast<std::uintptr_t>(end) ? 2.5f
                                                                                        : -2.5f;
  return fake->answer("cudaEventElapsedTime");
}
cudaError_t cudaEventDestroy(cudaEvent_t) {
  --fake->live_events;
  return cudaSuccess;
}
cudaError_t cudaGetLastError() {
  ++fake->errors_cleared;
  return cudaSuccess;
}
const char* cudaGetErrorString(cudaError_t) { return "the runtime's words"; }
}
