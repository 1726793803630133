#pragma once
// Loads and stores of global memory, 4, 8 or 16 bytes a lane, with a word on caching; and the
// atomic that blocks meet at. PTX ISA, "ld", "ld.global.nc", "st", "createpolicy", "Cache
// operators" and "atom".
//
// An address is a multiple of the size. nc: nobody writes there while the kernel runs.

#include <cstdint>

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

// What the access instructions take: a T as 32-bit registers.
template <typename T>
struct alignas(sizeof(T)) Words {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8 || sizeof(T) == 16,
                "an access to global memory is 4, 8 or 16 bytes wide");
  std::uint32_t r[sizeof(T) / 4];

  __device__ static Words of(const T& value) {
    Words words;
    __builtin_memcpy(&words, &value, sizeof words);
    return words;
  }
  __device__ T value() const {
    T out;
    __builtin_memcpy(&out, this, sizeof out);
    return out;
  }
};

// A policy for L2: what it is used with goes first when room is needed.
__device__ __forceinline__ std::uint64_t createpolicy_evict_first() {
  std::uint64_t policy = 0;
#if !defined(HEDDLE_SIMT)
  asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
#endif
  return policy;
}

// Past L1.
template <typename T>
__device__ __forceinline__ T ld_global_no_allocate(const T* p) {
  Words<T> w;
#if defined(HEDDLE_SIMT)
  simt::load_bytes(w.r, p, sizeof w);
#else
  if constexpr (sizeof(T) == 4) {
    asm volatile("ld.global.L1::no_allocate.b32 %0, [%1];" : "=r"(w.r[0]) : "l"(p) : "memory");
  } else if constexpr (sizeof(T) == 8) {
    asm volatile("ld.global.L1::no_allocate.v2.b32 {%0, %1}, [%2];"
                 : "=r"(w.r[0]), "=r"(w.r[1])
                 : "l"(p)
                 : "memory");
  } else {
    asm volatile("ld.global.L1::no_allocate.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(w.r[0]), "=r"(w.r[1]), "=r"(w.r[2]), "=r"(w.r[3])
                 : "l"(p)
                 : "memory");
  }
#endif
  return w.value();
}

// Past L1, read-only.
template <typename T>
__device__ __forceinline__ T ld_global_nc_no_allocate(const T* p) {
  Words<T> w;
#if defined(HEDDLE_SIMT)
  simt::load_bytes(w.r, p, sizeof w);
#else
  if constexpr (sizeof(T) == 4) {
    asm volatile("ld.global.nc.L1::no_allocate.b32 %0, [%1];" : "=r"(w.r[0]) : "l"(p));
  } else if constexpr (sizeof(T) == 8) {
    asm volatile("ld.global.nc.L1::no_allocate.v2.b32 {%0, %1}, [%2];"
                 : "=r"(w.r[0]), "=r"(w.r[1])
                 : "l"(p));
  } else {
    asm volatile("ld.global.nc.L1::no_allocate.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(w.r[0]), "=r"(w.r[1]), "=r"(w.r[2]), "=r"(w.r[3])
                 : "l"(p));
  }
#endif
  return w.value();
}

// The same with a policy for L2: weights, read once, do not push activations out.
template <typename T>
__device__ __forceinline__ T ld_global_nc_no_allocate(const T* p,
                                                      [[maybe_unused]] std::uint64_t policy) {
  Words<T> w;
#if defined(HEDDLE_SIMT)
  simt::load_bytes(w.r, p, sizeof w);
#else
  if constexpr (sizeof(T) == 4) {
    asm volatile("ld.global.nc.L1::no_allocate.L2::cache_hint.b32 %0, [%1], %2;"
                 : "=r"(w.r[0])
                 : "l"(p), "l"(policy));
  } else if constexpr (sizeof(T) == 8) {
    asm volatile("ld.global.nc.L1::no_allocate.L2::cache_hint.v2.b32 {%0, %1}, [%2], %3;"
                 : "=r"(w.r[0]), "=r"(w.r[1])
                 : "l"(p), "l"(policy));
  } else {
    asm volatile("ld.global.nc.L1::no_allocate.L2::cache_hint.v4.b32 {%0, %1, %2, %3}, [%4], %5;"
                 : "=r"(w.r[0]), "=r"(w.r[1]), "=r"(w.r[2]), "=r"(w.r[3])
                 : "l"(p), "l"(policy));
  }
#endif
  return w.value();
}

// Streaming: read once, evicted first from both caches.
template <typename T>
__device__ __forceinline__ T ld_global_cs(const T* p) {
  Words<T> w;
#if defined(HEDDLE_SIMT)
  simt::load_bytes(w.r, p, sizeof w);
#else
  if constexpr (sizeof(T) == 4) {
    asm volatile("ld.global.cs.b32 %0, [%1];" : "=r"(w.r[0]) : "l"(p) : "memory");
  } else if constexpr (sizeof(T) == 8) {
    asm volatile("ld.global.cs.v2.b32 {%0, %1}, [%2];"
                 : "=r"(w.r[0]), "=r"(w.r[1])
                 : "l"(p)
                 : "memory");
  } else {
    asm volatile("ld.global.cs.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(w.r[0]), "=r"(w.r[1]), "=r"(w.r[2]), "=r"(w.r[3])
                 : "l"(p)
                 : "memory");
  }
#endif
  return w.value();
}

// In L2 alone: what another block of this launch wrote, after an acquire.
template <typename T>
__device__ __forceinline__ T ld_global_cg(const T* p) {
  Words<T> w;
#if defined(HEDDLE_SIMT)
  simt::load_bytes(w.r, p, sizeof w);
#else
  if constexpr (sizeof(T) == 4) {
    asm volatile("ld.global.cg.b32 %0, [%1];" : "=r"(w.r[0]) : "l"(p) : "memory");
  } else if constexpr (sizeof(T) == 8) {
    asm volatile("ld.global.cg.v2.b32 {%0, %1}, [%2];"
                 : "=r"(w.r[0]), "=r"(w.r[1])
                 : "l"(p)
                 : "memory");
  } else {
    asm volatile("ld.global.cg.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(w.r[0]), "=r"(w.r[1]), "=r"(w.r[2]), "=r"(w.r[3])
                 : "l"(p)
                 : "memory");
  }
#endif
  return w.value();
}

// Past L1.
template <typename T>
__device__ __forceinline__ void st_global_no_allocate(T* p, const T& value) {
  const Words<T> w = Words<T>::of(value);
#if defined(HEDDLE_SIMT)
  simt::store_bytes(p, w.r, sizeof w);
#else
  if constexpr (sizeof(T) == 4) {
    asm volatile("st.global.L1::no_allocate.b32 [%0], %1;" : : "l"(p), "r"(w.r[0]) : "memory");
  } else if constexpr (sizeof(T) == 8) {
    asm volatile("st.global.L1::no_allocate.v2.b32 [%0], {%1, %2};"
                 :
                 : "l"(p), "r"(w.r[0]), "r"(w.r[1])
                 : "memory");
  } else {
    asm volatile("st.global.L1::no_allocate.v4.b32 [%0], {%1, %2, %3, %4};"
                 :
                 : "l"(p), "r"(w.r[0]), "r"(w.r[1]), "r"(w.r[2]), "r"(w.r[3])
                 : "memory");
  }
#endif
}

// With a policy for L2, from createpolicy_evict_first.
template <typename T>
__device__ __forceinline__ void st_global_evict_first(T* p, const T& value,
                                                      [[maybe_unused]] std::uint64_t policy) {
  const Words<T> w = Words<T>::of(value);
#if defined(HEDDLE_SIMT)
  simt::store_bytes(p, w.r, sizeof w);
#else
  if constexpr (sizeof(T) == 4) {
    asm volatile("st.global.L2::cache_hint.b32 [%0], %1, %2;"
                 :
                 : "l"(p), "r"(w.r[0]), "l"(policy)
                 : "memory");
  } else if constexpr (sizeof(T) == 8) {
    asm volatile("st.global.L2::cache_hint.v2.b32 [%0], {%1, %2}, %3;"
                 :
                 : "l"(p), "r"(w.r[0]), "r"(w.r[1]), "l"(policy)
                 : "memory");
  } else {
    asm volatile("st.global.L2::cache_hint.v4.b32 [%0], {%1, %2, %3, %4}, %5;"
                 :
                 : "l"(p), "r"(w.r[0]), "r"(w.r[1]), "r"(w.r[2]), "r"(w.r[3]), "l"(policy)
                 : "memory");
  }
#endif
}

// Streaming: written once, not read soon.
template <typename T>
__device__ __forceinline__ void st_global_cs(T* p, const T& value) {
  const Words<T> w = Words<T>::of(value);
#if defined(HEDDLE_SIMT)
  simt::store_bytes(p, w.r, sizeof w);
#else
  if constexpr (sizeof(T) == 4) {
    asm volatile("st.global.cs.b32 [%0], %1;" : : "l"(p), "r"(w.r[0]) : "memory");
  } else if constexpr (sizeof(T) == 8) {
    asm volatile("st.global.cs.v2.b32 [%0], {%1, %2};"
                 :
                 : "l"(p), "r"(w.r[0]), "r"(w.r[1])
                 : "memory");
  } else {
    asm volatile("st.global.cs.v4.b32 [%0], {%1, %2, %3, %4};"
                 :
                 : "l"(p), "r"(w.r[0]), "r"(w.r[1]), "r"(w.r[2]), "r"(w.r[3])
                 : "memory");
  }
#endif
}

// In L2 alone: for another block of this launch, before a release.
template <typename T>
__device__ __forceinline__ void st_global_cg(T* p, const T& value) {
  const Words<T> w = Words<T>::of(value);
#if defined(HEDDLE_SIMT)
  simt::store_bytes(p, w.r, sizeof w);
#else
  if constexpr (sizeof(T) == 4) {
    asm volatile("st.global.cg.b32 [%0], %1;" : : "l"(p), "r"(w.r[0]) : "memory");
  } else if constexpr (sizeof(T) == 8) {
    asm volatile("st.global.cg.v2.b32 [%0], {%1, %2};"
                 :
                 : "l"(p), "r"(w.r[0]), "r"(w.r[1])
                 : "memory");
  } else {
    asm volatile("st.global.cg.v4.b32 [%0], {%1, %2, %3, %4};"
                 :
                 : "l"(p), "r"(w.r[0]), "r"(w.r[1]), "r"(w.r[2]), "r"(w.r[3])
                 : "memory");
  }
#endif
}

// Adds, and gives what was there. What this thread saw and did before is seen by whoever finds this
// sum with an acquire of its own, anywhere on the device: release and acquire at once.
__device__ __forceinline__ std::uint32_t atom_add_acq_rel_gpu(std::uint32_t* p, std::uint32_t v) {
#if defined(HEDDLE_SIMT)
  return simt::atomic_add_acq_rel_gpu(p, v);
#else
  std::uint32_t old;
  asm volatile("atom.acq_rel.gpu.global.add.u32 %0, [%1], %2;"
               : "=r"(old)
               : "l"(p), "r"(v)
               : "memory");
  return old;
#endif
}

}  // namespace heddle::arch
