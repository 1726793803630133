#pragma once
// Runs of bytes between memory and registers, at any alignment: as few accesses as the alignment
// allows, never a byte beyond the run.

#include <cstddef>
#include <cstdint>

#include "kernels/layout/host_device.hpp"

namespace heddle {

// kBytes bytes, little-endian, 1 to 16.
template <int kBytes>
struct Run {
  static_assert(kBytes == 1 || kBytes == 2 || kBytes == 4 || kBytes == 8 || kBytes == 16);
  static constexpr int kWords = kBytes < 4 ? 1 : kBytes / 4;
  std::uint32_t word[kWords];
};

// One access of exactly kBytes bytes at a multiple of it. Streaming: read or written once.
template <int kBytes>
__device__ __forceinline__ Run<kBytes> load_run(const std::byte* p) {
  if constexpr (kBytes == 1) {
    return {{*reinterpret_cast<const std::uint8_t*>(p)}};
  } else if constexpr (kBytes == 2) {
    return {{*reinterpret_cast<const std::uint16_t*>(p)}};
  } else if constexpr (kBytes == 4) {
    return {{*reinterpret_cast<const std::uint32_t*>(p)}};
  } else if constexpr (kBytes == 8) {
    const uint2 v = __ldcs(reinterpret_cast<const uint2*>(p));
    return {{v.x, v.y}};
  } else {
    const uint4 v = __ldcs(reinterpret_cast<const uint4*>(p));
    return {{v.x, v.y, v.z, v.w}};
  }
}

template <int kBytes>
__device__ __forceinline__ void store_run(std::byte* p, const Run<kBytes>& run) {
  if constexpr (kBytes == 1) {
    *reinterpret_cast<std::uint8_t*>(p) = static_cast<std::uint8_t>(run.word[0]);
  } else if constexpr (kBytes == 2) {
    *reinterpret_cast<std::uint16_t*>(p) = static_cast<std::uint16_t>(run.word[0]);
  } else if constexpr (kBytes == 4) {
    *reinterpret_cast<std::uint32_t*>(p) = run.word[0];
  } else if constexpr (kBytes == 8) {
    __stcs(reinterpret_cast<uint2*>(p), uint2{run.word[0], run.word[1]});
  } else {
    __stcs(reinterpret_cast<uint4*>(p), uint4{run.word[0], run.word[1], run.word[2], run.word[3]});
  }
}

namespace detail {

// A run in pieces of kPiece bytes.
template <int kBytes, int kPiece>
__device__ __forceinline__ Run<kBytes> load_pieces(const std::byte* p) {
  if constexpr (kPiece >= kBytes) {
    return load_run<kBytes>(p);
  } else {
    Run<kBytes> run{};
#pragma unroll
    for (int i = 0; i < kBytes; i += kPiece) {
      const Run<kPiece> piece = load_run<kPiece>(p + i);
#pragma unroll
      for (int w = 0; w < Run<kPiece>::kWords; ++w)
        run.word[i / 4 + w] |= piece.word[w] << 8 * (i % 4);
    }
    return run;
  }
}

template <int kBytes, int kPiece>
__device__ __forceinline__ void store_pieces(std::byte* p, const Run<kBytes>& run) {
  if constexpr (kPiece >= kBytes) {
    store_run<kBytes>(p, run);
  } else {
#pragma unroll
    for (int i = 0; i < kBytes; i += kPiece) {
      Run<kPiece> piece;
#pragma unroll
      for (int w = 0; w < Run<kPiece>::kWords; ++w)
        piece.word[w] = run.word[i / 4 + w] >> 8 * (i % 4);
      store_run<kPiece>(p + i, piece);
    }
  }
}

}  // namespace detail

// A run at an address of which only `align` (1, 2, 4, 8 or 16) is known to be a divisor. align is
// the same in all threads, so the branches do not diverge.
template <int kBytes>
__device__ __forceinline__ Run<kBytes> load_run(const std::byte* p, int align) {
  if (align >= kBytes) return load_run<kBytes>(p);
  if (kBytes > 8 && align == 8) return detail::load_pieces<kBytes, 8>(p);
  if (kBytes > 4 && align == 4) return detail::load_pieces<kBytes, 4>(p);
  if (kBytes > 2 && align == 2) return detail::load_pieces<kBytes, 2>(p);
  return detail::load_pieces<kBytes, 1>(p);
}

template <int kBytes>
__device__ __forceinline__ void store_run(std::byte* p, const Run<kBytes>& run, int align) {
  if (align >= kBytes) return store_run<kBytes>(p, run);
  if (kBytes > 8 && align == 8) return detail::store_pieces<kBytes, 8>(p, run);
  if (kBytes > 4 && align == 4) return detail::store_pieces<kBytes, 4>(p, run);
  if (kBytes > 2 && align == 2) return detail::store_pieces<kBytes, 2>(p, run);
  detail::store_pieces<kBytes, 1>(p, run);
}

// One element of kElemBytes, anywhere: whole, or byte by byte where not even elements are aligned.
template <int kElemBytes>
__device__ __forceinline__ std::uint32_t load_element(const std::byte* p, int align) {
  if (align >= kElemBytes) return load_run<kElemBytes>(p).word[0];
  return detail::load_pieces<kElemBytes, 1>(p).word[0];
}
template <int kElemBytes>
__device__ __forceinline__ void store_element(std::byte* p, std::uint32_t bits, int align) {
  const Run<kElemBytes> run{{bits}};
  if (align >= kElemBytes) return store_run<kElemBytes>(p, run);
  detail::store_pieces<kElemBytes, 1>(p, run);
}

// Element i of a run, and setting it (the run's bits there must be zero).
template <int kElemBytes, int kBytes>
__device__ __forceinline__ std::uint32_t element_of(const Run<kBytes>& run, int i) {
  constexpr int kPer = 4 / kElemBytes;
  constexpr std::uint32_t kMask = kElemBytes == 4 ? ~0u : (1u << 8 * kElemBytes % 32) - 1;
  return run.word[i / kPer] >> 8 * kElemBytes * (i % kPer) & kMask;
}
template <int kElemBytes, int kBytes>
__device__ __forceinline__ void put_element(Run<kBytes>& run, int i, std::uint32_t bits) {
  constexpr int kPer = 4 / kElemBytes;
  run.word[i / kPer] |= bits << 8 * kElemBytes * (i % kPer);
}

}  // namespace heddle
