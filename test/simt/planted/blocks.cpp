#include "test/simt/cuda.hpp"
#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {
namespace {

enum class Step {
  early_fence,  // before the barrier
  barrier,
  release,
  acquire,
  flag,  // an atomic
  nothing,
};

__device__ bool missing(Twin twin, Step a, Step b) { return twin == Twin::buggy && a == b; }

// Says that this block has written, at a counter.
template <Step Without>
__device__ void announce(Twin twin, unsigned* counter) {
  if (missing(twin, Without, Step::early_fence) && threadIdx.x == 0) __threadfence();
  if (!missing(twin, Without, Step::barrier)) __syncthreads();
  if (threadIdx.x != 0) return;
  if (!missing(twin, Without, Step::early_fence) && !missing(twin, Without, Step::release)) {
    __threadfence();
  }
  if (missing(twin, Without, Step::flag)) {
    *static_cast<volatile unsigned*>(counter) = 1;
  } else {
    atomicAdd(counter, 1);
  }
}

// Until `count` blocks have said so.
template <Step Without>
__device__ void wait_for(Twin twin, unsigned* counter, unsigned count) {
  if (threadIdx.x == 0) {
    if (missing(twin, Without, Step::flag)) {
      while (*static_cast<volatile unsigned*>(counter) != count) __nanosleep(10);
    } else {
      while (atomicAdd(counter, 0) != count) __nanosleep(10);
    }
    if (!missing(twin, Without, Step::acquire)) __threadfence();
  }
  __syncthreads();
}

template <Step Without>
__global__ void pass_kernel(Twin twin, unsigned* row, unsigned* counter, unsigned* out) {
  const unsigned i = threadIdx.x;
  if (blockIdx.x == 0) {
    row[i] = i;
    announce<Without>(twin, counter);
  } else {
    wait_for<Without>(twin, counter, 1);
    out[i] = row[63 - i];
  }
}

__global__ void late_kernel(Twin twin, unsigned* row, unsigned* counter, unsigned* out) {
  const unsigned i = threadIdx.x;
  if (blockIdx.x == 0) {
    row[i] = i;
    __syncthreads();
    if (i != 0) return;
    __threadfence();
    if (twin == Twin::buggy) row[0] = 7;  // a byte that the fence did release, as it was
    atomicAdd(counter, 1);
  } else {
    wait_for<Step::nothing>(twin, counter, 1);
    out[i] = row[63 - i];
  }
}

__global__ void reader_kernel(Twin twin, unsigned* row, unsigned* counter, unsigned* out) {
  const unsigned i = threadIdx.x;
  if (blockIdx.x == 0) {
    row[i] = i;
    announce<Step::nothing>(twin, counter);
  } else {
    while (atomicAdd(counter, 0) != 1) __nanosleep(10);
    if (i == 0) __threadfence();
    if (twin == Twin::correct) __syncthreads();
    out[i] = row[63 - i];
  }
}

// Block 1 writes after block 0, but nothing tells the memory so.
__global__ void overlap_kernel(Twin twin, unsigned* row, unsigned* counter, unsigned* out) {
  const unsigned i = threadIdx.x;
  if (blockIdx.x == 0) {
    row[i] = i;
    announce<Step::release>(twin, counter);
  } else {
    wait_for<Step::release>(twin, counter, 1);
    row[i] = i + 1;
    out[i] = i;
  }
}

__global__ void copy_kernel(Twin twin, unsigned* row, unsigned* counter, unsigned* out) {
  __shared__ unsigned copied[64];
  const unsigned i = threadIdx.x;
  if (blockIdx.x == 0) {
    row[i] = i;
    announce<Step::nothing>(twin, counter);
  } else {
    wait_for<Step::acquire>(twin, counter, 1);
    async_copy(copied + i, row + i, 4, 4);
    async_wait_all();
    out[i] = copied[i];
  }
}

__device__ unsigned arrive(bool acq_rel, unsigned* counter) {
  if (acq_rel) return atomic_add_acq_rel_gpu(counter, 1);
  __threadfence();
  const unsigned before = atomicAdd(counter, 1);
  __threadfence();
  return before;
}

__global__ void last_kernel(bool acq_rel, unsigned* rows, unsigned* counters, unsigned* sums) {
  __shared__ unsigned before;
  const unsigned i = threadIdx.x;
  for (unsigned round = 0; round < 2; ++round) {
    unsigned* const mine = rows + 64 * (gridDim.x * round + blockIdx.x);
    mine[i] = blockIdx.x * 1000 + i;
    __syncthreads();
    if (i == 0) before = arrive(acq_rel, counters + round);
    __syncthreads();
    if (before + 1 < gridDim.x) continue;
    unsigned sum = 0;
    for (unsigned b = 0; b < gridDim.x; ++b) sum += rows[64 * (gridDim.x * round + b) + 63 - i];
    sums[64 * round + i] = sum;
    if (i == 0) counters[round] = 0;
  }
}

__global__ void chain_kernel(unsigned* rows, unsigned* flags, unsigned* sums) {
  const unsigned i = threadIdx.x, block = blockIdx.x;
  if (block > 0) wait_for<Step::nothing>(Twin::correct, flags + block - 1, 1);
  rows[64 * block + i] = block + i;
  unsigned sum = block + i;
  for (unsigned b = 0; b < block; ++b) sum += rows[64 * b + i];
  sums[64 * block + i] = sum;
  announce<Step::nothing>(Twin::correct, flags + block);
}

template <typename Kernel>
Report run(Kernel kernel, Twin twin, const Options& o) {
  GlobalBuffer<unsigned> row(64), counter(std::vector<unsigned>{0}), out(64);
  Options options = o;
  options.workers = 2;
  return launch(
      {2}, {64}, 0,
      [&, p = row.data(), c = counter.data(), q = out.data()] { kernel(twin, p, c, q); }, options);
}

}  // namespace

Report fence_before_barrier(Twin t, const Options& o) {
  return run(pass_kernel<Step::early_fence>, t, o);
}
Report missing_barrier_at_fence(Twin t, const Options& o) {
  return run(pass_kernel<Step::barrier>, t, o);
}
Report missing_release(Twin t, const Options& o) { return run(pass_kernel<Step::release>, t, o); }
Report missing_acquire(Twin t, const Options& o) { return run(pass_kernel<Step::acquire>, t, o); }
Report late_write(Twin t, const Options& o) { return run(late_kernel, t, o); }
Report missing_reader_barrier(Twin t, const Options& o) { return run(reader_kernel, t, o); }
Report plain_flag(Twin t, const Options& o) { return run(pass_kernel<Step::flag>, t, o); }
Report overlapping_writes(Twin t, const Options& o) { return run(overlap_kernel, t, o); }
Report copied_unacquired(Twin t, const Options& o) { return run(copy_kernel, t, o); }

Report sum_by_last_block(bool acq_rel, GlobalBuffer<unsigned>& sums, unsigned blocks,
                         const Options& o) {
  GlobalBuffer<unsigned> rows(std::size_t{2} * 64 * blocks), counters(std::vector<unsigned>{0, 0});
  return launch(
      {blocks}, {64}, 0,
      [&, p = rows.data(), c = counters.data(), q = sums.data()] { last_kernel(acq_rel, p, c, q); },
      o);
}

Report chain_of_blocks(GlobalBuffer<unsigned>& sums, unsigned blocks, const Options& o) {
  GlobalBuffer<unsigned> rows(std::size_t{64} * blocks);
  GlobalBuffer<unsigned> flags(std::vector<unsigned>(blocks, 0));
  Options options = o;
  options.workers = blocks;
  return launch(
      {blocks}, {64}, 0,
      [&, p = rows.data(), f = flags.data(), q = sums.data()] { chain_kernel(p, f, q); }, options);
}

}  // namespace heddle::simt::planted
