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

// Two copies of 16 bytes a lane, of which the first has nothing to read for the upper lanes and
// only half for lane 15.
// copies: 2, which the compiler must not know, or it makes two sites of them.
__global__ void async_kernel(unsigned copies, unsigned words_apart, const unsigned* in,
                             unsigned* out) {
  __shared__ __align__(128) unsigned words[2][32 * 64];
  const unsigned lane = threadIdx.x;
  for (unsigned i = 0; i < copies; ++i) {
    const unsigned some = lane < 15 ? 16 : lane == 15 ? 8 : 0;
    async_copy(words[i] + words_apart * lane, in + 4 * (i == 0 ? lane : 31 - lane), 16,
               i == 0 ? some : 16);
  }
  async_wait_all();
  out[lane] = words[0][words_apart * lane] + words[1][words_apart * lane];
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

Report pattern_async(unsigned words_apart, const Options& options) {
  GlobalBuffer<unsigned> in(128), out(32);
  const volatile unsigned copies = 2;
  return launch(
      {1}, {32}, 0, [&, p = in.data(), q = out.data()] { async_kernel(copies, words_apart, p, q); },
      options);
}

}  // namespace heddle::simt::planted
