#pragma once
// The elements of a group in the registers of one lane, and the bytes of a blob that belong to no
// entry.

#include "kernels/access.cuh"
#include "kernels/pack/canonical.hpp"
#include "kernels/pack/header.cuh"
#include "kernels/tiling.hpp"

namespace heddle {

// Blocks of 256 threads an SM must hold. Left alone, ptxas aims for one more than it has registers
// for, and spills a few bytes.
constexpr int blocks_per_sm(int group) { return group == 8 ? 3 : 4; }

// Steps of a line that are loaded before one is used. Groups of 8 rather spend the registers, and
// the machine code, on selecting.
HEDDLE_HD constexpr int steps_in_flight(int group) { return group == 8 ? 2 : kTileSteps; }

// The warp of the block, in a way that shows the compiler that all lanes agree: else it doubles what
// follows a branch on it and holds a shuffle.
__device__ __forceinline__ int uniform_warp() {
  return __shfl_sync(~0u, static_cast<int>(threadIdx.x / 32), 0);
}

// Steps of a tile line that have a group.
__device__ __forceinline__ int steps_of(const TileLine& line, std::int64_t groups) {
  const std::int64_t left = groups - line.fast;
  return left >= kTileFast ? kTileSteps : static_cast<int>((left + 31) / 32);
}

// kCount adjacent elements, as they lie in memory: 1 to 32 bytes.
template <int kElemBytes, int kCount>
struct Elements {
  static constexpr int kBytes = kElemBytes * kCount;
  static constexpr int kRunBytes = kBytes < 16 ? kBytes : 16;
  static constexpr int kPerRun = kRunBytes / kElemBytes;
  Run<kRunBytes> run[kBytes / kRunBytes];

  __device__ __forceinline__ std::uint32_t get(int i) const {
    return element_of<kElemBytes>(run[i / kPerRun], i % kPerRun);
  }
  // The element's bits must be zero before.
  __device__ __forceinline__ void put(int i, std::uint32_t bits) {
    put_element<kElemBytes>(run[i / kPerRun], i % kPerRun, bits);
  }
};

// Accesses of kRunBytes, which divides p.
template <int kElemBytes, int kCount>
__device__ __forceinline__ Elements<kElemBytes, kCount> load_elements(const std::byte* p) {
  using E = Elements<kElemBytes, kCount>;
  E x;
#pragma unroll
  for (int i = 0; i < E::kBytes / E::kRunBytes; ++i)
    x.run[i] = load_run<E::kRunBytes>(p + i * E::kRunBytes);
  return x;
}

template <int kElemBytes, int kCount>
__device__ __forceinline__ void store_elements(std::byte* p,
                                               const Elements<kElemBytes, kCount>& x) {
  using E = Elements<kElemBytes, kCount>;
#pragma unroll
  for (int i = 0; i < E::kBytes / E::kRunBytes; ++i)
    store_run<E::kRunBytes>(p + i * E::kRunBytes, x.run[i]);
}

// A line whose groups load_elements and store_elements can take: adjacent, aligned, none cut.
template <int kElemBytes, int kGroup, class AnyMatrix>
__device__ __forceinline__ bool whole_groups(const AnyMatrix& matrix, const TileLine& line) {
  return matrix.row_major(kElemBytes) && matrix.align >= Elements<kElemBytes, kGroup>::kRunBytes &&
         (matrix.cols % kGroup == 0 || (line.fast + kTileFast) * kGroup <= matrix.cols);
}

// A group of a dense row, zero past the last column. kWhole: of such a line.
template <int kElemBytes, int kGroup, bool kWhole>
__device__ __forceinline__ Elements<kElemBytes, kGroup> load_group(const ConstMatrix& matrix,
                                                                   std::int64_t row,
                                                                   std::int64_t group) {
  const std::int64_t col = group * kGroup;
  Elements<kElemBytes, kGroup> x{};
  if constexpr (kWhole) {
    if (col < matrix.cols)
      x = load_elements<kElemBytes, kGroup>(matrix.data + row * matrix.row_step + col * kElemBytes);
  } else {
#pragma unroll
    for (int i = 0; i < kGroup; ++i)
      if (col + i < matrix.cols)
        x.put(i, load_element<kElemBytes>(matrix.at(row, col + i), matrix.align));
  }
  return x;
}

template <int kElemBytes, int kGroup, bool kWhole>
__device__ __forceinline__ void store_group(const Matrix& matrix, std::int64_t row,
                                            std::int64_t group,
                                            const Elements<kElemBytes, kGroup>& x) {
  const std::int64_t col = group * kGroup;
  if constexpr (kWhole) {
    if (col < matrix.cols)
      store_elements(matrix.data + row * matrix.row_step + col * kElemBytes, x);
  } else {
#pragma unroll
    for (int i = 0; i < kGroup; ++i)
      if (col + i < matrix.cols)
        store_element<kElemBytes>(matrix.at(row, col + i), x.get(i), matrix.align);
  }
}

// Block 0 writes the header, and zeros between values and metadata: fewer than its threads.
__device__ __forceinline__ void write_frame(const CanonicalBlob& out, const HeaderBytes& header) {
  if (blockIdx.x != 0) return;
  write_header(out.data, header, out.align);
  std::byte* gap = out.values_row(out.rows) + threadIdx.x;
  if (gap < out.metadata) *gap = std::byte{0};
}

}  // namespace heddle
