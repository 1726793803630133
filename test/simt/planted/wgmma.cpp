#include "test/simt/planted/wgmma.hpp"

#include "test/simt/cuda.hpp"  // before the kernel's headers

#include "kernels/arch/fence.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/arch/wgmma.cuh"
#include "kernels/arch/wgmma_sparse.cuh"

namespace heddle::simt::planted {

extern __shared__ unsigned char wgmma_operand[];
HEDDLE_SIMT_DYNAMIC_SHARED(unsigned char, wgmma_operand);

namespace {

constexpr unsigned kColumns = 16, kBytes = 4096;

__device__ bool bug_here(Twin twin) { return twin == Twin::buggy && blockIdx.x == 1; }

// The f16 of 0 to 31.
__device__ unsigned half_of(unsigned k) {
  if (k == 0) return 0;
  unsigned power = 0;
  while (k >> (power + 1)) ++power;
  return (15 + power) << 10 | (k << 10 >> power & 0x3FF);
}
__host__ __device__ constexpr unsigned b_value(unsigned column, unsigned k) {
  return (3 * column + k) % 32;
}

// 16 rows of 128 bytes, the second half of each a copy of the first. count: elements of each 16
// bytes.
__device__ void write_operand(unsigned count = 8) {
  for (unsigned i = threadIdx.x; i < kColumns * 64; i += 128) {
    if (i % 8 >= count) continue;
    const unsigned column = i / 64, byte = i % 64 * 2;
    const unsigned at = column * 128 + ((byte / 16) ^ (column % 8)) * 16 + byte % 16;
    *reinterpret_cast<std::uint16_t*>(wgmma_operand + at) =
        static_cast<std::uint16_t>(half_of(b_value(column, i % 32)));
  }
}

__device__ std::uint64_t operand(unsigned at = 0, unsigned stride = 1024,
                                 TensorSwizzle swizzle = TensorSwizzle::b128) {
  return arch::matrix_descriptor(wgmma_operand + at, 16, stride, swizzle);
}

struct Registers {
  float d[8];
  arch::FragmentA<4> a;
  std::uint32_t metadata;

  __device__ void set() {
    for (float& x : d) x = 0;
    for (std::uint32_t& x : a.r) x = 0x3C003C00u;
    metadata = 0x44444444u;
  }
  __device__ void multiply(std::uint64_t b, bool accumulate = true) {
    arch::wgmma_sp_f16<16, 0>(d, a, b, metadata, accumulate);
  }
  __device__ void store(float* out) const {
    for (unsigned i = 0; i < 8; ++i) out[(blockIdx.x * 8 + i) * 128 + threadIdx.x] = d[i];
  }
};

__device__ void wait() {
  arch::wgmma_commit_group();
  arch::wgmma_wait_group<0>();
}

__device__ void prepare(Registers& r) {
  write_operand();
  arch::fence_proxy_async();
  __syncthreads();
  r.set();
  arch::wgmma_fence();
}

// A block of 160 threads: the last warp is none of a warpgroup.
__global__ void incomplete_kernel(Twin twin, float* out) {
  Registers r;
  if (threadIdx.x < 128) write_operand();
  arch::fence_proxy_async();
  __syncthreads();
  if (threadIdx.x >= 128 && !bug_here(twin)) return;
  r.set();
  arch::wgmma_fence();
  r.multiply(operand());
  wait();
  if (threadIdx.x < 128) r.store(out);
}

// What a thread does between the product and the wait.
enum class Meanwhile { read, write, change_a, load_a, change_metadata };
template <Meanwhile what>
__global__ void meanwhile_kernel(Twin twin, float* out) {
  Registers r;
  prepare(r);
  r.multiply(operand());
  const auto act = [&] {
    if constexpr (what == Meanwhile::read) out[2048 + blockIdx.x * 128 + threadIdx.x] = r.d[3];
    if constexpr (what == Meanwhile::write) r.d[3] = 1;
    if constexpr (what == Meanwhile::change_a) r.a.r[2] = 0;
    if constexpr (what == Meanwhile::change_metadata) r.metadata = 0x88888888u;
    if constexpr (what == Meanwhile::load_a) {
      const auto* from = reinterpret_cast<const std::uint32_t*>(out) + 4096;
      if (threadIdx.x == 5) r.a.r[2] = arch::ld_global_nc_no_allocate(from);
    }
  };
  if (bug_here(twin)) act();
  wait();
  if (!bug_here(twin)) act();
  r.store(out);
}

// Two products on the same registers: waiting for the first is not enough.
__global__ void short_wait_kernel(Twin twin, float* out) {
  Registers r;
  prepare(r);
  for (int i = 0; i < 2; ++i) {
    r.multiply(operand());
    arch::wgmma_commit_group();
  }
  arch::wgmma_wait_group<1>();
  if (!bug_here(twin)) arch::wgmma_wait_group<0>();
  r.store(out);
  arch::wgmma_wait_group<0>();
}

__global__ void commit_kernel(Twin twin, float* out) {
  Registers r;
  prepare(r);
  r.multiply(operand());
  if (!bug_here(twin)) arch::wgmma_commit_group();
  arch::wgmma_wait_group<0>();
  r.store(out);
  wait();
}

enum class Unfenced { first, a, accumulators };
template <Unfenced what>
__global__ void fence_kernel(Twin twin, float* out) {
  Registers r;
  write_operand();
  arch::fence_proxy_async();
  __syncthreads();
  r.set();
  if (what != Unfenced::first || !bug_here(twin)) arch::wgmma_fence();
  if (what == Unfenced::a) r.a.r[1] = 0x40004000u;
  if (what == Unfenced::accumulators) r.d[7] = 2;
  if (what != Unfenced::first && !bug_here(twin)) arch::wgmma_fence();
  r.multiply(operand());
  r.multiply(operand());
  wait();
  r.store(out);
}

__global__ void exit_kernel(Twin twin, float* out) {
  Registers r;
  prepare(r);
  r.multiply(operand());
  arch::wgmma_commit_group();
  if (bug_here(twin)) return;
  arch::wgmma_wait_group<0>();
  r.store(out);
}

__global__ void overlap_kernel(Twin twin, float* out) {
  Registers r;
  prepare(r);
  r.multiply(operand());
  if (!bug_here(twin)) wait();
  float(&half)[4] = *reinterpret_cast<float(*)[4]>(r.d);
  arch::wgmma_fence();
  arch::wgmma_sp_f16<8, 0>(half, r.a, operand(), r.metadata, true);
  wait();
  r.store(out);
}

enum class Operand { unwritten, partly, race, late, no_fence, refilled };
template <Operand what>
__global__ void operand_kernel(Twin twin, float* out) {
  Registers r;
  const bool bug = bug_here(twin);
  if (what != Operand::unwritten || !bug) write_operand(what == Operand::partly && bug ? 7 : 8);
  if (what != Operand::no_fence || !bug) arch::fence_proxy_async();
  r.set();
  arch::wgmma_fence();
  const bool late = what == Operand::late && bug;
  if (late) r.multiply(operand());
  if (what != Operand::race || !bug) __syncthreads();
  if (!late) r.multiply(operand());
  arch::wgmma_commit_group();
  if (what == Operand::refilled && bug) {
    __syncthreads();
    write_operand();
  }
  arch::wgmma_wait_group<0>();
  __syncthreads();
  if (what == Operand::refilled && !bug) write_operand();
  r.store(out);
}

template <unsigned At, unsigned Stride, TensorSwizzle Swizzle>
__global__ void descriptor_kernel(Twin twin, float* out) {
  Registers r;
  prepare(r);
  r.multiply(bug_here(twin) ? operand(At, Stride, Swizzle) : operand());
  wait();
  r.store(out);
}

enum class Apart { descriptor, accumulate, absent };
template <Apart what>
__global__ void apart_kernel(Twin twin, float* out) {
  Registers r;
  prepare(r);
  const unsigned warp = threadIdx.x / 32;
  const bool bug = bug_here(twin);
  if (what == Apart::absent && bug && warp == 3) return;
  const bool elsewhere = what == Apart::descriptor && bug && warp == 2;
  const bool fresh = what == Apart::accumulate && bug && threadIdx.x == 77;
  r.multiply(operand(elsewhere ? 64 : 0), !fresh);
  wait();
  r.store(out);
}

__global__ void metadata_kernel(Twin twin, float* out) {
  Registers r;
  prepare(r);
  if (bug_here(twin) && threadIdx.x == 41) r.metadata = 0x44444544u;
  r.multiply(operand());
  wait();
  r.store(out);
}

template <typename Kernel>
Report run(Kernel kernel, Twin twin, const Options& options, std::vector<float>* d = nullptr,
           unsigned threads = 128) {
  GlobalBuffer<float> out(8192);
  Report report = launch(
      {2}, {threads}, kBytes, [&, p = out.data()] { kernel(twin, p); }, options);
  if (d) d->assign(out.data(), out.data() + 2048);
  return report;
}

constexpr TensorSwizzle b128 = TensorSwizzle::b128;

}  // namespace

#define PLANTED(name, ...) \
  Report name(Twin t, const Options& o) { return run(__VA_ARGS__, t, o); }
PLANTED(early_accumulator_read, meanwhile_kernel<Meanwhile::read>)
PLANTED(early_accumulator_write, meanwhile_kernel<Meanwhile::write>)
PLANTED(changed_a_register, meanwhile_kernel<Meanwhile::change_a>)
PLANTED(loaded_a_register, meanwhile_kernel<Meanwhile::load_a>)
PLANTED(changed_metadata, meanwhile_kernel<Meanwhile::change_metadata>)
PLANTED(short_wgmma_wait, short_wait_kernel)
PLANTED(missing_wgmma_commit, commit_kernel)
PLANTED(missing_wgmma_fence, fence_kernel<Unfenced::a>)
PLANTED(missing_first_fence, fence_kernel<Unfenced::first>)
PLANTED(unfenced_accumulators, fence_kernel<Unfenced::accumulators>)
PLANTED(wgmma_in_flight_at_exit, exit_kernel)
PLANTED(overlapping_accumulators, overlap_kernel)
PLANTED(unwritten_operand, operand_kernel<Operand::unwritten>)
PLANTED(partly_written_operand, operand_kernel<Operand::partly>)
PLANTED(late_operand, operand_kernel<Operand::late>)
PLANTED(operand_race, operand_kernel<Operand::race>)
PLANTED(missing_async_fence, operand_kernel<Operand::no_fence>)
PLANTED(refilled_operand, operand_kernel<Operand::refilled>)
PLANTED(wrong_descriptor_stride, descriptor_kernel<0, 2048, b128>)
PLANTED(misaligned_operand, descriptor_kernel<8, 1024, b128>)
PLANTED(misaligned_pattern, descriptor_kernel<128, 1024, b128>)
PLANTED(operand_past_end, descriptor_kernel<kBytes - 1024, 1024, b128>)
PLANTED(plain_sparse_operand, descriptor_kernel<0, 1024, TensorSwizzle::none>)
PLANTED(warps_disagree, apart_kernel<Apart::descriptor>)
PLANTED(lane_disagrees, apart_kernel<Apart::accumulate>)
PLANTED(absent_warp, apart_kernel<Apart::absent>)
PLANTED(illegal_wgmma_metadata, metadata_kernel)

Report wrong_descriptor_swizzle(Twin t, const Options& o, std::vector<float>& d) {
  return run(descriptor_kernel<0, 1024, TensorSwizzle::b64>, t, o, &d);
}

Report incomplete_warpgroup(Twin t, const Options& o) {
  return run(incomplete_kernel, t, o, nullptr, 160);
}

float sum_of_kept(unsigned column) {
  unsigned sum = 0;
  for (unsigned k = 0; k < 32; k += 4) sum += b_value(column, k) + b_value(column, k + 1);
  return static_cast<float>(sum);
}

}  // namespace heddle::simt::planted
