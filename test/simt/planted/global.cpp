#include "test/simt/cuda.hpp"
#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {
namespace {

__device__ bool bug_here(Twin twin) { return twin == Twin::buggy && blockIdx.x == 1; }

__global__ void past_end_kernel(Twin twin, const float* in, float* out) {
  const unsigned i = blockIdx.x * 64 + threadIdx.x;
  out[i] = in[bug_here(twin) && i == 127 ? 128 : i];
}

__global__ void before_begin_kernel(Twin twin, float* out) {
  const int i = static_cast<int>(threadIdx.x);
  out[bug_here(twin) && i == 0 ? -1 : i + 64 * static_cast<int>(blockIdx.x)] = 1.0f;
}

__global__ void null_kernel(Twin twin, const float* in, float* out) {
  if (bug_here(twin) && threadIdx.x == 7) in = nullptr;
  out[blockIdx.x * 64 + threadIdx.x] = in[threadIdx.x];
}

__global__ void misaligned_vector_kernel(Twin twin, const unsigned* in, unsigned* out) {
  const unsigned i = threadIdx.x;
  const unsigned shift = bug_here(twin) && i == 9 ? 1 : 0;
  const uint4 v = __ldg(reinterpret_cast<const uint4*>(in + 4 * i + shift));
  out[blockIdx.x * 64 + i] = v.x + v.w;
}

__global__ void misaligned_plain_kernel(Twin twin, const char* in, unsigned* out) {
  const unsigned i = threadIdx.x;
  const unsigned shift = bug_here(twin) && i == 50 ? 2 : 0;
  out[blockIdx.x * 64 + i] = *reinterpret_cast<const unsigned*>(in + 4 * i + shift);
}

template <typename T>
__global__ void pattern_kernel(const char* in, char* out, unsigned stride) {
  const T v = __ldg(reinterpret_cast<const T*>(in + stride * threadIdx.x));
  __stcs(reinterpret_cast<T*>(out + stride * threadIdx.x), v);
}

template <typename T, typename Kernel>
Report run(Kernel kernel, Twin twin, std::size_t count, const Options& options) {
  GlobalBuffer<T> in(count);
  GlobalBuffer<unsigned> out(128);
  return launch(
      {2}, {64}, 0, [&, p = in.data(), q = out.data()] { kernel(twin, p, q); }, options);
}

template <typename T>
Report run_pattern(unsigned stride, unsigned shift) {
  const std::size_t bytes = std::size_t{31} * stride + sizeof(T);
  GlobalBuffer<char> in(bytes, shift), out(bytes, shift);
  return launch({1}, {32}, 0,
                [&, p = in.data(), q = out.data()] { pattern_kernel<T>(p, q, stride); });
}

}  // namespace

Report read_past_end(Twin t, const Options& o) {
  GlobalBuffer<float> in(128), out(128);
  return launch(
      {2}, {64}, 0, [&] { past_end_kernel(t, in.data(), out.data()); }, o);
}
Report write_before_begin(Twin t, const Options& o) {
  GlobalBuffer<float> out(128);
  return launch(
      {2}, {64}, 0, [&] { before_begin_kernel(t, out.data()); }, o);
}
Report null_read(Twin t, const Options& o) {
  GlobalBuffer<float> in(128), out(128);
  return launch(
      {2}, {64}, 0, [&] { null_kernel(t, in.data(), out.data()); }, o);
}
Report misaligned_vector(Twin t, const Options& o) {
  return run<unsigned>(misaligned_vector_kernel, t, 512, o);
}
Report misaligned_plain(Twin t, const Options& o) {
  return run<char>(misaligned_plain_kernel, t, 512, o);
}

Report pattern_global(unsigned bytes, unsigned stride, unsigned shift) {
  switch (bytes) {
    case 1: return run_pattern<unsigned char>(stride, shift);
    case 2: return run_pattern<unsigned short>(stride, shift);
    case 4: return run_pattern<unsigned>(stride, shift);
    case 8: return run_pattern<uint2>(stride, shift);
    default: return run_pattern<uint4>(stride, shift);
  }
}

}  // namespace heddle::simt::planted
