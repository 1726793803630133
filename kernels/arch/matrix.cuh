#pragma once
// Moves 8 x 8 matrices of 16-bit elements between shared memory and a warp's registers. PTX ISA,
// "Warp-level matrix instructions": ldmatrix, stmatrix, movmatrix. All 32 lanes take part.
//
// Lane 8j + i names row i of matrix j: 16 bytes, 16-byte aligned; other lanes' addresses are not
// looked at. Lane (g, q) = (lane / 4, lane % 4) holds elements 2q and 2q + 1 of row g of matrix j
// in register j; with trans, elements g of rows 2q and 2q + 1.

#include "kernels/arch/fragment.cuh"
#include "kernels/arch/shared_address.cuh"
#include "kernels/arch/target.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

template <int Count>
__device__ __forceinline__ Matrices<Count> ldmatrix(const void* row) {
  static_assert(Count == 1 || Count == 2 || Count == 4, "ldmatrix loads 1, 2 or 4 matrices");
  Matrices<Count> m;
#if defined(HEDDLE_SIMT)
  unsigned char bytes[16];
  if (simt::lane_index() < 8 * Count) simt::load_bytes(bytes, row, 16);
  simt::models::ldmatrix(Count, false, bytes, m.r);
#else
  const std::uint32_t at = shared_address(row);
  if constexpr (Count == 1) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];"
                 : "=r"(m.r[0])
                 : "r"(at)
                 : "memory");
  } else if constexpr (Count == 2) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                 : "=r"(m.r[0]), "=r"(m.r[1])
                 : "r"(at)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(m.r[0]), "=r"(m.r[1]), "=r"(m.r[2]), "=r"(m.r[3])
                 : "r"(at)
                 : "memory");
  }
#endif
  return m;
}

template <int Count>
__device__ __forceinline__ Matrices<Count> ldmatrix_trans(const void* row) {
  static_assert(Count == 1 || Count == 2 || Count == 4, "ldmatrix loads 1, 2 or 4 matrices");
  Matrices<Count> m;
#if defined(HEDDLE_SIMT)
  unsigned char bytes[16];
  if (simt::lane_index() < 8 * Count) simt::load_bytes(bytes, row, 16);
  simt::models::ldmatrix(Count, true, bytes, m.r);
#else
  const std::uint32_t at = shared_address(row);
  if constexpr (Count == 1) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
                 : "=r"(m.r[0])
                 : "r"(at)
                 : "memory");
  } else if constexpr (Count == 2) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                 : "=r"(m.r[0]), "=r"(m.r[1])
                 : "r"(at)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(m.r[0]), "=r"(m.r[1]), "=r"(m.r[2]), "=r"(m.r[3])
                 : "r"(at)
                 : "memory");
  }
#endif
  return m;
}

template <int Count, int Target = kTarget>
__device__ __forceinline__ void stmatrix(void* row, Matrices<Count> m) {
  static_assert(Count == 1 || Count == 2 || Count == 4, "stmatrix stores 1, 2 or 4 matrices");
  static_assert(kSm90<Target>, "stmatrix needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  unsigned char bytes[16];
  simt::models::stmatrix(Count, false, m.r, bytes);
  if (simt::lane_index() < 8 * Count) simt::store_bytes(row, bytes, 16);
#else
  const std::uint32_t at = shared_address(row);
  if constexpr (Count == 1) {
    asm volatile("stmatrix.sync.aligned.m8n8.x1.shared.b16 [%0], {%1};"
                 :
                 : "r"(at), "r"(m.r[0])
                 : "memory");
  } else if constexpr (Count == 2) {
    asm volatile("stmatrix.sync.aligned.m8n8.x2.shared.b16 [%0], {%1, %2};"
                 :
                 : "r"(at), "r"(m.r[0]), "r"(m.r[1])
                 : "memory");
  } else {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};"
                 :
                 : "r"(at), "r"(m.r[0]), "r"(m.r[1]), "r"(m.r[2]), "r"(m.r[3])
                 : "memory");
  }
#endif
}

template <int Count, int Target = kTarget>
__device__ __forceinline__ void stmatrix_trans(void* row, Matrices<Count> m) {
  static_assert(Count == 1 || Count == 2 || Count == 4, "stmatrix stores 1, 2 or 4 matrices");
  static_assert(kSm90<Target>, "stmatrix needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  unsigned char bytes[16];
  simt::models::stmatrix(Count, true, m.r, bytes);
  if (simt::lane_index() < 8 * Count) simt::store_bytes(row, bytes, 16);
#else
  const std::uint32_t at = shared_address(row);
  if constexpr (Count == 1) {
    asm volatile("stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 [%0], {%1};"
                 :
                 : "r"(at), "r"(m.r[0])
                 : "memory");
  } else if constexpr (Count == 2) {
    asm volatile("stmatrix.sync.aligned.m8n8.x2.trans.shared.b16 [%0], {%1, %2};"
                 :
                 : "r"(at), "r"(m.r[0]), "r"(m.r[1])
                 : "memory");
  } else {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, %3, %4};"
                 :
                 : "r"(at), "r"(m.r[0]), "r"(m.r[1]), "r"(m.r[2]), "r"(m.r[3])
                 : "memory");
  }
#endif
}

// Transposes a matrix that lies in the registers.
__device__ __forceinline__ std::uint32_t movmatrix_trans(std::uint32_t m) {
  std::uint32_t transposed;
#if defined(HEDDLE_SIMT)
  simt::models::movmatrix(m, &transposed);
#else
  asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(transposed) : "r"(m));
#endif
  return transposed;
}

}  // namespace heddle::arch
