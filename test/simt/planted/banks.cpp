#include "test/simt/cuda.hpp"
#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {
namespace {

template <typename T>
__global__ void pattern_kernel(unsigned words_apart, unsigned* out) {
  __shared__ __align__(128) unsigned words[32 * 32 + 4];
  T* mine = reinterpret_cast<T*>(words + words_apart * threadIdx.x);
  T value{};
  // One store at stride 0 would be a race: only lane 0 stores then.
  if (words_apart || threadIdx.x == 0) store(mine, value);
  __syncwarp();
  value = load(mine);
  unsigned first;
  std::memcpy(&first, &value, sizeof first);
  out[threadIdx.x] = first;
}

template <unsigned Pitch>
__global__ void transpose_kernel(const float* in, float* out) {
  __shared__ float tile[32][Pitch];
  const unsigned lane = threadIdx.x;
  for (unsigned row = 0; row < 32; ++row) tile[row][lane] = in[row * 32 + lane];
  __syncwarp();
  for (unsigned row = 0; row < 32; ++row) out[row * 32 + lane] = tile[lane][row];
}

}  // namespace

Report pattern_shared(unsigned bytes, unsigned words_apart) {
  GlobalBuffer<unsigned> out(32);
  unsigned* p = out.data();
  return launch({1}, {32}, 0, [&] {
    switch (bytes) {
      case 4: return pattern_kernel<unsigned>(words_apart, p);
      case 8: return pattern_kernel<uint2>(words_apart, p);
      default: return pattern_kernel<uint4>(words_apart, p);
    }
  });
}

Report column_of_tile(bool padded) {
  std::vector<float> values(1024, 1.0f);
  GlobalBuffer<float> in(values), out(1024);
  return launch({1}, {32}, 0, [&] {
    padded ? transpose_kernel<33>(in.data(), out.data())
           : transpose_kernel<32>(in.data(), out.data());
  });
}

}  // namespace heddle::simt::planted
