#pragma once
// One thread, one run of 16 bytes of out: read the mask, then only the operands that are there.

#include "kernels/access.cuh"
#include "kernels/arch/convert.cuh"
#include "kernels/mask/choose.hpp"

namespace heddle {

// The item that holds run `run`; items are in order of first_run.
__device__ __forceinline__ int item_of(const ChooseArgs& args, std::int64_t run) {
  int low = 0, high = args.count;  // item[low].first_run <= run < item[high].first_run
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (args.item[middle].first_run <= run ? low : high) = middle;
  }
  return low;
}

// The float of 16 bits, as bits; those of a NaN are kept, which no conversion promises.
__device__ __forceinline__ std::uint32_t widened(Widen widen, std::uint32_t bits) {
  if (widen == Widen::bf16) return bits << 16;
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  if ((bits & 0x7C00u) == 0x7C00u) return sign | 0x7F800000u | (bits & 0x3FFu) << 13;
  return __float_as_uint(arch::cvt_f32_f16(static_cast<std::uint16_t>(bits)));
}

// `count` elements from column col of row row on, one by one.
template <int kElemBytes>
__device__ __forceinline__ void choose_elements(const ChoiceArg& item, std::int64_t row,
                                                std::int64_t col, int count) {
  for (int i = 0; i < count; ++i) {
    const std::int64_t at = col + i;
    const bool keep =
        item.mask.data == nullptr || item.mask.data[row * item.mask.line + at] != std::byte{0};
    std::uint32_t value = keep ? item.fill : 0u;
    if (keep && item.on.data != nullptr) {
      value = load_element<kElemBytes>(item.on.data + row * item.on.line + at * kElemBytes,
                                       item.on.align);
    } else if (!keep && item.off.data != nullptr) {
      const std::byte* off = item.off.data + row * item.off.line;
      value = item.widen == Widen::no
                  ? load_element<kElemBytes>(off + at * kElemBytes, item.off.align)
                  : widened(item.widen, load_element<2>(off + at * 2, item.off.align));
    }
    store_element<kElemBytes>(item.out.data + row * item.out.line + at * kElemBytes, value,
                              item.out.align);
  }
}

template <int kBytes>
__device__ __forceinline__ Run<kBytes> run_at(const ChoiceMatrix<const std::byte>& m,
                                              std::int64_t row, std::int64_t byte) {
  return load_run<kBytes>(m.data + row * m.line + byte, m.align);
}

// A whole run.
template <int kElemBytes>
__device__ __forceinline__ void choose_run(const ChoiceArg& item, std::int64_t row,
                                           std::int64_t col) {
  constexpr int kElems = kChooseRunBytes / kElemBytes;
  Run<kElems> keep{};
  if (item.mask.data != nullptr) keep = run_at<kElems>(item.mask, row, col);
  Run<kChooseRunBytes> on{}, off{}, out{};
  if (item.on.data != nullptr) on = run_at<kChooseRunBytes>(item.on, row, col * kElemBytes);
  if (item.off.data != nullptr) {
    if constexpr (kElemBytes == 4) {
      if (item.widen != Widen::no) {
        const Run<8> narrow = run_at<8>(item.off, row, col * 2);
#pragma unroll
        for (int i = 0; i < kElems; ++i)
          put_element<4>(off, i, widened(item.widen, element_of<2>(narrow, i)));
      } else {
        off = run_at<kChooseRunBytes>(item.off, row, col * 4);
      }
    } else {
      off = run_at<kChooseRunBytes>(item.off, row, col * kElemBytes);
    }
  }
#pragma unroll
  for (int i = 0; i < kElems; ++i) {
    const bool kept = item.mask.data == nullptr || element_of<1>(keep, i) != 0;
    const std::uint32_t value = item.on.data != nullptr ? element_of<kElemBytes>(on, i) : item.fill;
    put_element<kElemBytes>(out, i, kept ? value : element_of<kElemBytes>(off, i));
  }
  store_run<kChooseRunBytes>(item.out.data + row * item.out.line + col * kElemBytes, out,
                             item.out.align);
}

template <int kElemBytes>
__device__ __forceinline__ void choose_item(const ChoiceArg& item, std::int64_t run) {
  constexpr int kElems = kChooseRunBytes / kElemBytes;
  const std::int64_t row = run / item.row_runs, col = (run - row * item.row_runs) * kElems;
  const std::int64_t left = item.cols - col;
  if (left >= kElems)
    choose_run<kElemBytes>(item, row, col);
  else
    choose_elements<kElemBytes>(item, row, col, static_cast<int>(left));
}

__global__ void __launch_bounds__(kChooseThreads) choose(const __grid_constant__ ChooseArgs args) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kChooseThreads;
  for (std::int64_t run = static_cast<std::int64_t>(blockIdx.x) * kChooseThreads + threadIdx.x;
       run < args.runs; run += stride) {
    const ChoiceArg& item = args.item[item_of(args, run)];
    switch (item.elem_bytes) {
      case 1: choose_item<1>(item, run - item.first_run); break;
      case 2: choose_item<2>(item, run - item.first_run); break;
      default: choose_item<4>(item, run - item.first_run);
    }
  }
}

}  // namespace heddle
