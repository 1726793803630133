#pragma once
// Lanes run along a row of the output, so that stores fill sectors whatever the order does to the
// loads.

#include "kernels/access.cuh"
#include "kernels/permute/gather.hpp"

namespace heddle {

template <int kElemBytes>
__device__ __forceinline__ void gather_element(const GatherArgs& args, std::int64_t row,
                                               std::int64_t from_row, std::int64_t col) {
  const std::int64_t from_col = args.cols != nullptr ? args.cols[col] : col;
  store_element<kElemBytes>(args.out.at(row, col),
                            load_element<kElemBytes>(args.in.at(from_row, from_col), args.in.align),
                            args.out.align);
}

template <int kElemBytes>
__global__ void __launch_bounds__(kGatherThreads) gather(const __grid_constant__ GatherArgs args) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kGatherThreads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kGatherThreads + threadIdx.x;
       i < args.items; i += stride) {
    const std::int64_t row = i / args.row_items, col = i - row * args.row_items;
    gather_element<kElemBytes>(args, row, args.rows != nullptr ? args.rows[row] : row, col);
  }
}

template <int kElemBytes>
__global__ void __launch_bounds__(kGatherThreads)
    gather_lines(const __grid_constant__ GatherArgs args) {
  constexpr int kElems = kGatherRunBytes / kElemBytes;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kGatherThreads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kGatherThreads + threadIdx.x;
       i < args.items; i += stride) {
    const std::int64_t row = i / args.row_items, col = (i - row * args.row_items) * kElems;
    const std::int64_t from = args.rows != nullptr ? args.rows[row] : row;
    const std::int64_t left = args.out.cols - col;
    if (left >= kElems) {
      store_run<kGatherRunBytes>(args.out.at(row, col),
                                 load_run<kGatherRunBytes>(args.in.at(from, col), args.in.align),
                                 args.out.align);
      continue;
    }
    for (int e = 0; e < left; ++e) gather_element<kElemBytes>(args, row, from, col + e);
  }
}

}  // namespace heddle
