#include "test/simt/cuda.hpp"  // before the kernel's headers

#include "kernels/arch/sparse_mma.cuh"
#include "test/simt/planted/instructions.hpp"

namespace heddle::simt::planted {
namespace {

constexpr unsigned kNibbles[6] = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};

__device__ bool bug_here(Twin twin) { return twin == Twin::buggy && blockIdx.x == 1; }

// f16 k32: rows g and g + 8, chunks 4j to 4j + 3, for lane 4g + 2 * selector + j.
__device__ unsigned metadata_word(unsigned g, unsigned j) {
  unsigned word = 0;
  for (unsigned n = 0; n < 8; ++n) {
    const unsigned row = g + 8 * (n / 4), chunk = 4 * j + n % 4;
    word |= kNibbles[(row + chunk) % 6] << 4 * n;
  }
  return word;
}

// The f16 of 0 to 31.
__device__ unsigned half_of(unsigned k) {
  if (k == 0) return 0;
  unsigned power = 0;
  while (k >> (power + 1)) ++power;
  return (15 + power) << 10 | (k << 10 >> power & 0x3FF);
}

__device__ arch::FragmentB<4> columns_of_b(unsigned q) {
  arch::FragmentB<4> b;
  for (unsigned r = 0; r < 4; ++r) {
    const unsigned k = 8 * r + 2 * q;
    b.r[r] = half_of(k) | half_of(k + 1) << 16;
  }
  return b;
}

constexpr arch::FragmentA<4> kOnes = {{0x3C003C00u, 0x3C003C00u, 0x3C003C00u, 0x3C003C00u}};

__device__ void store(const arch::FragmentC<float>& d, unsigned lane, float* out) {
  for (unsigned r = 0; r < 4; ++r) {
    out[(lane / 4 + 8 * (r / 2)) * 8 + lane % 4 * 2 + r % 2] = d.r[r];
  }
}

// Metadata in the lanes of selector 0, with one nibble replaced in the buggy twin.
template <unsigned Nibble>
__global__ void nibble_kernel(Twin twin, float* out) {
  const unsigned lane = threadIdx.x % 32;
  unsigned e = lane % 4 < 2 ? metadata_word(lane / 4, lane % 4) : 0;  // 0: illegal, not looked at
  if (bug_here(twin) && threadIdx.x == 32 + 9) e = (e & ~0xF00u) | Nibble << 8;
  const auto d = arch::mma_sp_f16_k32<0>(kOnes, columns_of_b(lane % 4), {}, e);
  store(d, lane, out + (blockIdx.x * 2 + threadIdx.x / 32) * 128);
}

__global__ void half_pair_kernel(Twin twin, float* out) {
  const unsigned lane = threadIdx.x % 32;
  unsigned e = 0xE4E44E4Eu;
  if (bug_here(twin) && threadIdx.x == 32 + 9) e = (e & ~0xF00u) | 0x800;
  const auto d = arch::mma_sp_tf32_k16<0>({}, {}, {}, e);
  store(d, lane, out + (blockIdx.x * 2 + threadIdx.x / 32) * 128);
}

__global__ void selector_kernel(Twin twin, float* out) {
  const unsigned lane = threadIdx.x % 32;
  const unsigned e = metadata_word(lane / 4, lane % 2);
  const arch::FragmentB<4> b = columns_of_b(lane % 4);
  arch::FragmentC<float> d;
  if (bug_here(twin) && threadIdx.x == 32 + 3) {
    d = arch::mma_sp_f16_k32<1>(kOnes, b, {}, e);
  } else {
    d = arch::mma_sp_f16_k32<0>(kOnes, b, {}, e);
  }
  store(d, lane, out + (blockIdx.x * 2 + threadIdx.x / 32) * 128);
}

__global__ void lane_kernel(Twin twin, float* out) {
  const unsigned lane = threadIdx.x % 32;
  // What the lanes of selector 0 hold is legal as well: all chunks keep positions 0 and 1.
  const unsigned e = lane % 4 < 2 ? 0x44444444u : metadata_word(lane / 4, lane % 4 - 2);
  const arch::FragmentB<4> b = columns_of_b(lane % 4);
  arch::FragmentC<float> d;
  if (bug_here(twin)) {
    d = arch::mma_sp_f16_k32<0>(kOnes, b, {}, e);
  } else {
    d = arch::mma_sp_f16_k32<1>(kOnes, b, {}, e);
  }
  store(d, lane, out + (blockIdx.x * 2 + threadIdx.x / 32) * 128);
}

template <typename Kernel>
Report run(Kernel kernel, Twin twin, const Options& options) {
  GlobalBuffer<float> out(4 * 128);
  return launch(
      {2}, {64}, 0, [&, p = out.data()] { kernel(twin, p); }, options);
}

}  // namespace

Report illegal_nibble(Twin t, const Options& o) { return run(nibble_kernel<0x5>, t, o); }
Report descending_nibble(Twin t, const Options& o) { return run(nibble_kernel<0x1>, t, o); }
Report illegal_half_pair(Twin t, const Options& o) { return run(half_pair_kernel, t, o); }
Report selectors_disagree(Twin t, const Options& o) { return run(selector_kernel, t, o); }

Report wrong_metadata_lane(Twin twin, const Options& options, std::vector<float>& d) {
  GlobalBuffer<float> out(4 * 128);
  Report report = launch(
      {2}, {64}, 0, [&, p = out.data()] { lane_kernel(twin, p); }, options);
  d.assign(out.data(), out.data() + out.size());
  return report;
}

unsigned kept_sum(unsigned row) {
  unsigned sum = 0;
  for (unsigned chunk = 0; chunk < 8; ++chunk) {
    const unsigned nibble = kNibbles[(row + chunk) % 6];
    sum += 8 * chunk + (nibble & 3) + (nibble >> 2);
  }
  return sum;
}

}  // namespace heddle::simt::planted
