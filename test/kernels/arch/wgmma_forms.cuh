#pragma once
// The products of a warpgroup as values, and the wrapper of each. For the testbed and for the GPU.

#include <array>
#include <cstddef>
#include <utility>

#include "kernels/arch/fence.cuh"
#include "kernels/arch/wgmma.cuh"
#include "kernels/arch/wgmma_dense.cuh"
#include "kernels/arch/wgmma_sparse.cuh"
#include "kernels/arch/wgmma_sparse_8bit.cuh"
#include "kernels/arch/wgmma_sparse_shared.cuh"
#include "test/kernels/arch/wgmma_case.hpp"

namespace heddle::arch_test {

inline constexpr int kWgmmaWidths[] = {8, 16, 32, 64, 96, 128, 160, 192, 224, 256};

// Every sparse product with A in registers in every width, the others in three. For a GPU two
// widths and one: nvcc takes long over them.
constexpr bool wgmma_listed(const WgmmaProduct& p) {
  const bool registers = p.form.sparse && !p.a_shared;
#if defined(HEDDLE_SIMT)
  return registers || p.form.n == 8 || p.form.n == 96 || p.form.n == 256;
#else
  return registers ? p.form.n == 16 || p.form.n == 256 : p.form.n == 32;
#endif
}

// Calls visit with every product.
template <typename Visit>
constexpr void for_each_wgmma(Visit visit) {
  struct Types {
    Element a, b;
    int sparse_k;
  };
  constexpr Types types[] = {
      {Element::f16, Element::f16, 32},   {Element::bf16, Element::bf16, 32},
      {Element::tf32, Element::tf32, 16}, {Element::s8, Element::s8, 64},
      {Element::e4m3, Element::e4m3, 64}, {Element::e4m3, Element::e5m2, 64},
      {Element::e5m2, Element::e4m3, 64}, {Element::e5m2, Element::e5m2, 64}};
  for (const Types& t : types) {
    for (const int n : kWgmmaWidths) {
      for (int bits = 0; bits < 32; ++bits) {
        const bool sparse = !(bits & 1), a_shared = bits & 2;
        const int selector = bits >> 2 & 1;
        const bool transpose_b = bits & 8, transpose_a = bits & 16;
        const bool wide = bits_of(t.a) == 16;
        if (!sparse && (!a_shared || selector || t.b == Element::e5m2 || t.a == Element::e5m2)) {
          continue;
        }
        if (bits_of(t.a) == 8 && selector) continue;
        if (!wide && (transpose_a || transpose_b)) continue;
        if (!a_shared && transpose_a) continue;
        const WgmmaProduct p{{t.a, t.b, n, sparse ? t.sparse_k : t.sparse_k / 2, selector, sparse,
                              transpose_a, transpose_b},
                             a_shared};
        if (wgmma_listed(p)) visit(p);
      }
    }
  }
}
constexpr std::size_t wgmma_count() {
  std::size_t count = 0;
  for_each_wgmma([&](const WgmmaProduct&) { ++count; });
  return count;
}
constexpr auto wgmma_list() {
  std::array<WgmmaProduct, wgmma_count()> list{};
  std::size_t i = 0;
  for_each_wgmma([&](const WgmmaProduct& p) { list[i++] = p; });
  return list;
}
inline constexpr auto kWgmmaProducts = wgmma_list();
template <std::size_t I>
inline constexpr WgmmaProduct kWgmmaProduct = kWgmmaProducts[I];  // for device code

template <std::size_t I, typename D>
__device__ void dense_product(D& d, std::uint64_t a, std::uint64_t b, bool accumulate) {
  constexpr WarpgroupForm f = kWgmmaProduct<I>.form;
  if constexpr (f.a == Element::f16) {
    arch::wgmma_f16<f.n, f.transpose_b, f.transpose_a>(d, a, b, accumulate);
  } else if constexpr (f.a == Element::bf16) {
    arch::wgmma_bf16<f.n, f.transpose_b, f.transpose_a>(d, a, b, accumulate);
  } else if constexpr (f.a == Element::tf32) {
    arch::wgmma_tf32<f.n>(d, a, b, accumulate);
  } else if constexpr (f.a == Element::s8) {
    arch::wgmma_s8<f.n>(d, a, b, accumulate);
  } else {
    arch::wgmma_e4m3_e4m3<f.n>(d, a, b, accumulate);
  }
}

template <std::size_t I, typename D>
__device__ void shared_product(D& d, std::uint64_t a, std::uint64_t b,
                               const std::uint32_t& metadata, bool accumulate) {
  constexpr WarpgroupForm f = kWgmmaProduct<I>.form;
  if constexpr (f.a == Element::f16) {
    arch::wgmma_sp_f16_shared<f.n, f.selector, f.transpose_b, f.transpose_a>(d, a, b, metadata,
                                                                             accumulate);
  } else if constexpr (f.a == Element::bf16) {
    arch::wgmma_sp_bf16_shared<f.n, f.selector, f.transpose_b, f.transpose_a>(d, a, b, metadata,
                                                                              accumulate);
  } else if constexpr (f.a == Element::tf32) {
    arch::wgmma_sp_tf32_shared<f.n, f.selector>(d, a, b, metadata, accumulate);
  } else if constexpr (f.a == Element::s8) {
    arch::wgmma_sp_s8_shared<f.n>(d, a, b, metadata, accumulate);
  } else if constexpr (f.a == Element::e4m3 && f.b == Element::e4m3) {
    arch::wgmma_sp_e4m3_e4m3_shared<f.n>(d, a, b, metadata, accumulate);
  } else if constexpr (f.a == Element::e4m3) {
    arch::wgmma_sp_e4m3_e5m2_shared<f.n>(d, a, b, metadata, accumulate);
  } else if constexpr (f.b == Element::e4m3) {
    arch::wgmma_sp_e5m2_e4m3_shared<f.n>(d, a, b, metadata, accumulate);
  } else {
    arch::wgmma_sp_e5m2_e5m2_shared<f.n>(d, a, b, metadata, accumulate);
  }
}

template <std::size_t I, typename D>
__device__ void register_product(D& d, const arch::FragmentA<4>& a, std::uint64_t b,
                                 const std::uint32_t& metadata, bool accumulate) {
  constexpr WarpgroupForm f = kWgmmaProduct<I>.form;
  if constexpr (f.a == Element::f16) {
    arch::wgmma_sp_f16<f.n, f.selector, f.transpose_b>(d, a, b, metadata, accumulate);
  } else if constexpr (f.a == Element::bf16) {
    arch::wgmma_sp_bf16<f.n, f.selector, f.transpose_b>(d, a, b, metadata, accumulate);
  } else if constexpr (f.a == Element::tf32) {
    arch::wgmma_sp_tf32<f.n, f.selector>(d, a, b, metadata, accumulate);
  } else if constexpr (f.a == Element::s8) {
    arch::wgmma_sp_s8<f.n>(d, a, b, metadata, accumulate);
  } else if constexpr (f.a == Element::e4m3 && f.b == Element::e4m3) {
    arch::wgmma_sp_e4m3_e4m3<f.n>(d, a, b, metadata, accumulate);
  } else if constexpr (f.a == Element::e4m3) {
    arch::wgmma_sp_e4m3_e5m2<f.n>(d, a, b, metadata, accumulate);
  } else if constexpr (f.b == Element::e4m3) {
    arch::wgmma_sp_e5m2_e4m3<f.n>(d, a, b, metadata, accumulate);
  } else {
    arch::wgmma_sp_e5m2_e5m2<f.n>(d, a, b, metadata, accumulate);
  }
}

extern __shared__ __align__(1024) unsigned char wgmma_memory[];

// A warpgroup: the product `times` times on the same accumulators, each a group of its own.
template <std::size_t I, bool Exists = arch::kHasWgmma>
__global__ void wgmma_kernel(WgmmaArgs args) {
  if constexpr (Exists) {
    constexpr WgmmaProduct p = kWgmmaProduct<I>;
    using T = std::conditional_t<p.form.a == Element::s8, std::int32_t, float>;
    for (unsigned i = threadIdx.x; i < args.image_bytes / 16; i += 128) {
      reinterpret_cast<uint4*>(wgmma_memory)[i] = reinterpret_cast<const uint4*>(args.image)[i];
    }
    arch::fence_proxy_async();
    __syncthreads();
    const auto descriptor = [](const WgmmaMatrix& m) {
      return arch::matrix_descriptor(wgmma_memory + m.at, m.leading, m.stride, m.swizzle);
    };
    const std::uint64_t at_a = descriptor(args.a), at_b = descriptor(args.b);
    WgmmaLane& lane = args.lanes[threadIdx.x];
    arch::FragmentA<4> a;
    T d[p.form.n / 2];
    for (int r = 0; r < 4; ++r) a.r[r] = lane.a[r];
    __builtin_memcpy(d, lane.d, sizeof d);
    const std::uint32_t metadata = lane.metadata;
    for (int i = 0; i < args.times; ++i) {
      arch::wgmma_fence();
      const bool accumulate = i > 0 || args.accumulate;
      if constexpr (!p.form.sparse) {
        dense_product<I>(d, at_a, at_b, accumulate);
      } else if constexpr (p.a_shared) {
        shared_product<I>(d, at_a, at_b, metadata, accumulate);
      } else {
        register_product<I>(d, a, at_b, metadata, accumulate);
      }
      arch::wgmma_commit_group();
    }
    arch::wgmma_wait_group<1>();
    arch::wgmma_wait_group<0>();
    arch::wgmma_keep(d);
    __builtin_memcpy(lane.d, d, sizeof d);
  }
}

using WgmmaKernel = void (*)(WgmmaArgs);
template <std::size_t... I>
constexpr auto wgmma_kernels(std::index_sequence<I...>) {
  return std::array<WgmmaKernel, sizeof...(I)>{wgmma_kernel<I>...};
}
inline auto wgmma_kernels() { return wgmma_kernels(std::make_index_sequence<wgmma_count()>()); }

}  // namespace heddle::arch_test
