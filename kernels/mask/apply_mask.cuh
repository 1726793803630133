#pragma once
// One thread, one run of 16 bytes: read the run and its mask bytes, write the selection.
// docs/kernels/mask.md.

#include "kernels/access.cuh"
#include "kernels/mask/apply_mask.hpp"

namespace heddle {

// The item that holds run `run`; items are in order of first_run.
template <int kCapacity>
__device__ __forceinline__ int item_of(const ApplyMaskArgs<kCapacity>& args, std::int64_t run) {
  int low = 0, high = args.count;  // item[low].first_run <= run < item[high].first_run
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (args.item[middle].first_run <= run ? low : high) = middle;
  }
  return low;
}

// A whole run where matrix, mask and out all have adjacent columns.
template <int kElemBytes>
__device__ __forceinline__ void apply_run(const MaskedItem& item, std::int64_t row,
                                          std::int64_t col) {
  constexpr int kElems = kApplyRunBytes / kElemBytes;
  const Run<kApplyRunBytes> x =
      load_run<kApplyRunBytes>(item.matrix.at(row, col), item.matrix.align);
  const Run<kElems> keep = load_run<kElems>(item.mask.at(row, col), item.mask.align);
  Run<kApplyRunBytes> out{};
#pragma unroll
  for (int i = 0; i < kElems; ++i)
    put_element<kElemBytes>(out, i,
                            element_of<1>(keep, i) != 0 ? element_of<kElemBytes>(x, i) : 0u);
  store_run<kApplyRunBytes>(item.out.at(row, col), out, item.out.align);
}

template <int kElemBytes>
__device__ __forceinline__ void apply_elements(const MaskedItem& item, std::int64_t row,
                                               std::int64_t col, int count) {
  for (int i = 0; i < count; ++i) {
    const std::uint32_t x =
        load_element<kElemBytes>(item.matrix.at(row, col + i), item.matrix.align);
    const bool keep = *item.mask.at(row, col + i) != std::byte{0};
    store_element<kElemBytes>(item.out.at(row, col + i), keep ? x : 0u, item.out.align);
  }
}

template <int kElemBytes>
__device__ __forceinline__ void apply_item(const MaskedItem& item, std::int64_t run) {
  constexpr int kElems = kApplyRunBytes / kElemBytes;
  const std::int64_t row = run / item.row_runs, col = (run - row * item.row_runs) * kElems;
  const std::int64_t left = item.matrix.cols - col;
  if (left >= kElems && item.mask.row_major(1) && item.out.row_major(kElemBytes))
    apply_run<kElemBytes>(item, row, col);
  else
    apply_elements<kElemBytes>(item, row, col, static_cast<int>(left < kElems ? left : kElems));
}

template <int kCapacity>
__global__ void __launch_bounds__(kApplyThreads)
    apply_mask(const __grid_constant__ ApplyMaskArgs<kCapacity> args) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kApplyThreads;
  for (std::int64_t run = static_cast<std::int64_t>(blockIdx.x) * kApplyThreads + threadIdx.x;
       run < args.runs; run += stride) {
    const MaskedItem& item = args.item[item_of(args, run)];
    switch (item.elem_bytes) {
      case 1: apply_item<1>(item, run - item.first_run); break;
      case 2: apply_item<2>(item, run - item.first_run); break;
      default: apply_item<4>(item, run - item.first_run);
    }
  }
}

}  // namespace heddle
