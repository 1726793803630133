// Lets ordinary CUDA source compile with a plain C++ compiler and run in the testbed. Include it
// before the kernel, in place of the toolkit's headers.
//
// `__shared__` is thread_local: the threads of a block are fibers of one OS thread, so each block
// in flight has its own. For `extern __shared__ T name[]` see HEDDLE_SIMT_DYNAMIC_SHARED.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "test/simt/device.hpp"

#define HEDDLE_SIMT 1

#define __global__
#define __device__
#define __host__
#define __constant__ const
#if defined(__clang__)  // it calls a struct without initializers no constant
#define __shared__ thread_local
#else
#define __shared__ constinit thread_local
#endif
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...)
#define __grid_constant__

#define threadIdx (::heddle::simt::thread_index())
#define blockIdx (::heddle::simt::block_index())
#define blockDim (::heddle::simt::block_extent())
#define gridDim (::heddle::simt::grid_extent())
inline constexpr int warpSize = 32;
using uint3 = heddle::simt::Index3;

// Vector types, with CUDA's alignment: the size of the vector, or of the element for three.
#define HEDDLE_SIMT_VECTORS(T, name, bytes)                             \
  struct alignas(2 * bytes) name##2 {                                   \
    T x, y;                                                             \
  };                                                                    \
  struct name##3 {                                                      \
    T x, y, z;                                                          \
  };                                                                    \
  struct alignas(4 * bytes > 16 ? 16 : 4 * bytes) name##4 {             \
    T x, y, z, w;                                                       \
  };                                                                    \
  constexpr name##2 make_##name##2(T x, T y) { return {x, y}; }         \
  constexpr name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; } \
  constexpr name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
HEDDLE_SIMT_VECTORS(signed char, char, 1)
HEDDLE_SIMT_VECTORS(unsigned char, uchar, 1)
HEDDLE_SIMT_VECTORS(short, short, 2)
HEDDLE_SIMT_VECTORS(unsigned short, ushort, 2)
HEDDLE_SIMT_VECTORS(int, int, 4)
HEDDLE_SIMT_VECTORS(float, float, 4)
HEDDLE_SIMT_VECTORS(long long, longlong, 8)
HEDDLE_SIMT_VECTORS(unsigned long long, ulonglong, 8)
HEDDLE_SIMT_VECTORS(double, double, 8)
#undef HEDDLE_SIMT_VECTORS
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
constexpr uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
constexpr uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

template <typename T>
concept HeddleSimtNumber = std::is_arithmetic_v<T>;
template <HeddleSimtNumber T>
constexpr T min(T a, T b) {
  return b < a ? b : a;
}
template <HeddleSimtNumber T>
constexpr T max(T a, T b) {
  return a < b ? b : a;
}

inline int __popc(unsigned x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __ffs(int x) { return x ? std::countr_zero(static_cast<unsigned>(x)) + 1 : 0; }
inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline int __float2int_rn(float x) {  // clamped; 0 for a NaN
  if (!(x == x)) return 0;
  if (x >= 0x1p31f) return INT32_MAX;
  return x <= -0x1p31f ? INT32_MIN : static_cast<int>(std::nearbyint(x));
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(std::uint64_t{a} * b >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  return static_cast<unsigned>((std::uint64_t{high} << 32 | low) >> (shift & 31));
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  return static_cast<unsigned>((std::uint64_t{high} << 32 | low) << (shift & 31) >> 32);
}
inline unsigned __byte_perm(unsigned low, unsigned high, unsigned selector) {
  const std::uint64_t bytes = std::uint64_t{high} << 32 | low;
  unsigned out = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned s = selector >> 4 * i & 7;  // as nvcc: it clears bit 3, which prmt has a use for
    out |= (static_cast<unsigned>(bytes >> 8 * s) & 0xFF) << 8 * i;
  }
  return out;
}

using HeddlePlace = heddle::simt::Place;

inline void __syncthreads(HeddlePlace place = HeddlePlace::here()) { heddle::simt::barrier(place); }
inline void __syncwarp(unsigned mask = ~0u, HeddlePlace place = HeddlePlace::here()) {
  heddle::simt::warp_sync(mask, place);
}
inline void __threadfence() { heddle::simt::fence_gpu(); }
inline void __threadfence_block() {}
inline void __nanosleep(unsigned, HeddlePlace place = HeddlePlace::here()) {
  heddle::simt::yield(place);
}

namespace heddle::simt {

template <typename T>
struct Shuffle {
  T value, result;
  int source;  // the lane to read
  int width;
};

template <typename T>
void combine_shuffle(void* const* lanes, unsigned mask) {
  for (int lane = 0; lane < 32; ++lane) {
    if (!(mask >> lane & 1)) continue;
    auto& mine = *static_cast<Shuffle<T>*>(lanes[lane]);
    const auto* from = static_cast<const Shuffle<T>*>(lanes[mine.source]);
    if (from) mine.result = from->value;
  }
}

// A lane outside the mask has no value to give.
template <typename T>
T shuffle(const char* name, unsigned mask, T value, int source, Place place) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  if (!(mask >> source & 1)) {
    fail(
        Kind::warp_mask,
        std::string(name) + ": reads lane " + std::to_string(source) + ", which is not in the mask",
        place);
  }
  Shuffle<T> argument{value, value, source, 32};
  warp_collective(name, mask, &argument, combine_shuffle<T>, place);
  return argument.result;
}

inline int segment(int width) { return static_cast<int>(lane_index()) & ~(width - 1); }

struct Vote {
  bool predicate;
  unsigned ballot;
};

inline void combine_vote(void* const* lanes, unsigned mask) {
  unsigned ballot = 0;
  for (int i = 0; i < 32; ++i) {
    if (mask >> i & 1) ballot |= unsigned{static_cast<Vote*>(lanes[i])->predicate} << i;
  }
  for (int i = 0; i < 32; ++i) {
    if (mask >> i & 1) static_cast<Vote*>(lanes[i])->ballot = ballot;
  }
}

inline unsigned vote(const char* name, unsigned mask, bool predicate, Place place) {
  Vote argument{predicate, 0};
  warp_collective(name, mask, &argument, combine_vote, place);
  return argument.ballot;
}

// One access of sizeof(T) bytes.
template <typename T>
__forceinline__ T load(const T* from) {
  T value;
  load_bytes(&value, from, sizeof value);
  return value;
}
template <typename T>
__forceinline__ void store(T* to, T value) {
  store_bytes(to, &value, sizeof value);
}

template <typename T, typename F>
__forceinline__ T atomic_update(T* object, F next) {
  T old{}, desired{};
  do {
    desired = next(old);  // the first guess may be wrong; the exchange then tells
  } while (!compare_exchange(object, &old, &desired, sizeof(T)));
  return old;
}

}  // namespace heddle::simt

template <typename T>
T __shfl_sync(unsigned mask, T value, int from, int width = 32,
              HeddlePlace at = HeddlePlace::here()) {
  const int source = heddle::simt::segment(width) + (from & (width - 1));
  return heddle::simt::shuffle("__shfl_sync", mask, value, source, at);
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                 HeddlePlace at = HeddlePlace::here()) {
  const int lane = static_cast<int>(heddle::simt::lane_index());
  const int source = lane - static_cast<int>(delta);
  return heddle::simt::shuffle("__shfl_up_sync", mask, value,
                               source < heddle::simt::segment(width) ? lane : source, at);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                   HeddlePlace at = HeddlePlace::here()) {
  const int lane = static_cast<int>(heddle::simt::lane_index());
  const int source = lane + static_cast<int>(delta);
  const bool out = source >= heddle::simt::segment(width) + width;
  return heddle::simt::shuffle("__shfl_down_sync", mask, value, out ? lane : source, at);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32,
                  HeddlePlace at = HeddlePlace::here()) {
  const int lane = static_cast<int>(heddle::simt::lane_index());
  const int source = lane ^ bits;
  const bool out = source >= heddle::simt::segment(width) + width;
  return heddle::simt::shuffle("__shfl_xor_sync", mask, value, out ? lane : source, at);
}
inline unsigned __ballot_sync(unsigned mask, int predicate, HeddlePlace at = HeddlePlace::here()) {
  return heddle::simt::vote("__ballot_sync", mask, predicate != 0, at);
}
inline int __any_sync(unsigned mask, int predicate, HeddlePlace at = HeddlePlace::here()) {
  return heddle::simt::vote("__any_sync", mask, predicate != 0, at) != 0;
}
inline int __all_sync(unsigned mask, int predicate, HeddlePlace at = HeddlePlace::here()) {
  return heddle::simt::vote("__all_sync", mask, predicate != 0, at) == mask;
}

template <typename T>
__forceinline__ T __ldg(const T* p) {
  return heddle::simt::load(p);
}
template <typename T>
__forceinline__ T __ldcs(const T* p) {
  return heddle::simt::load(p);
}
template <typename T>
__forceinline__ T __ldcg(const T* p) {
  return heddle::simt::load(p);
}
template <typename T>
__forceinline__ void __stcs(T* p, T value) {
  heddle::simt::store(p, value);
}
template <typename T>
__forceinline__ void __stcg(T* p, T value) {
  heddle::simt::store(p, value);
}

template <typename T>
__forceinline__ T atomicAdd(T* p, std::type_identity_t<T> v) {
  return heddle::simt::atomic_update(p, [=](T old) { return static_cast<T>(old + v); });
}
template <typename T>
__forceinline__ T atomicSub(T* p, std::type_identity_t<T> v) {
  return heddle::simt::atomic_update(p, [=](T old) { return static_cast<T>(old - v); });
}
template <typename T>
__forceinline__ T atomicMin(T* p, std::type_identity_t<T> v) {
  return heddle::simt::atomic_update(p, [=](T old) { return v < old ? v : old; });
}
template <typename T>
__forceinline__ T atomicMax(T* p, std::type_identity_t<T> v) {
  return heddle::simt::atomic_update(p, [=](T old) { return old < v ? v : old; });
}
template <typename T>
__forceinline__ T atomicOr(T* p, std::type_identity_t<T> v) {
  return heddle::simt::atomic_update(p, [=](T old) { return static_cast<T>(old | v); });
}
template <typename T>
__forceinline__ T atomicAnd(T* p, std::type_identity_t<T> v) {
  return heddle::simt::atomic_update(p, [=](T old) { return static_cast<T>(old & v); });
}
template <typename T>
__forceinline__ T atomicExch(T* p, std::type_identity_t<T> v) {
  return heddle::simt::atomic_update(p, [=](T) { return v; });
}
template <typename T>
__forceinline__ T atomicCAS(T* p, std::type_identity_t<T> expected, std::type_identity_t<T> v) {
  heddle::simt::compare_exchange(p, &expected, &v, sizeof(T));
  return expected;
}
