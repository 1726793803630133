#pragma once
// A, from global memory straight into fragments: a warp's 64 rows x one unit of k.
//
//     16-bit types: a unit is a block.  8-bit: two blocks, one step each.  f32: half a block.
//
// Every load is coalesced: 16 bytes a lane for values (512 contiguous bytes), 4 for metadata.

#include <cstddef>
#include <cstdint>

#include "kernels/access.cuh"
#include "kernels/arch/fragment.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/layout/device_order.hpp"
#include "kernels/matmul/matmul.hpp"

namespace heddle {

// Metadata words of a lane per row tile: 8-bit types need one for each step, the others share one.
template <int kElem>
inline constexpr int kUnitWords = kElem == 1 ? 2 : 1;

// What a lane holds of a unit.
template <int kElem>
struct WeightUnit {
  arch::FragmentA<4> values[kUnitSteps][kRowTiles];
  std::uint32_t metadata[kUnitWords<kElem>][kRowTiles];
};

// Legal for every type, and what padding holds: the lowest positions.
inline constexpr std::uint32_t kPaddingMetadata = 0x44444444u;

namespace detail {

// How a lane's loads are made: read once and forgotten, kept in L1 for the warps that share the rows,
// or in pieces where the blob lies at no multiple of 16.
enum class WeightAccess { once, shared, anywhere };

template <WeightAccess kAccess>
__device__ __forceinline__ arch::FragmentA<4> load_fragment(const std::byte* p, int align,
                                                            std::uint64_t policy) {
  if constexpr (kAccess == WeightAccess::once) {
    return arch::ld_global_nc_no_allocate(reinterpret_cast<const arch::FragmentA<4>*>(p), policy);
  } else if constexpr (kAccess == WeightAccess::shared) {
    const uint4 v = __ldg(reinterpret_cast<const uint4*>(p));
    return {{v.x, v.y, v.z, v.w}};
  } else {
    const Run<16> v = load_run<16>(p, align);
    return {{v.word[0], v.word[1], v.word[2], v.word[3]}};
  }
}

template <WeightAccess kAccess>
__device__ __forceinline__ std::uint32_t load_metadata(const std::byte* p, int align,
                                                       std::uint64_t policy) {
  if constexpr (kAccess == WeightAccess::once)
    return arch::ld_global_nc_no_allocate(reinterpret_cast<const std::uint32_t*>(p), policy);
  else if constexpr (kAccess == WeightAccess::shared)
    return __ldg(reinterpret_cast<const unsigned*>(p));
  else
    return load_run<4>(p, align).word[0];
}

template <int kElem, int kStep, WeightAccess kAccess>
__device__ __forceinline__ void load_inside(WeightUnit<kElem>& u, const MatmulWeights& a,
                                            std::int64_t row_block, std::int64_t col_block,
                                            int half, int lane) {
  constexpr layout::DeviceGeometry kBlock = {layout::kBlockRows, layout::kBlockCols, kElem};
  constexpr int kTileBytes = layout::kLanes * layout::kFragmentBytes;
  constexpr int kWords = kElem == 4 ? 2 : 1;  // of a lane and tile in a block
  const std::byte* block = a.blocks + (row_block * a.col_blocks + col_block) * kBlock.block_bytes();
  const int step = kElem == 1 ? 0 : 2 * half + kStep;  // of the block
  const std::byte* values = block + step * kRowTiles * kTileBytes + lane * layout::kFragmentBytes;
  const std::byte* words = block + kBlock.value_bytes() + (lane * kWords + half) * 4;
  const std::uint64_t policy =
      kAccess == WeightAccess::once ? arch::createpolicy_evict_first() : 0;
#pragma unroll
  for (int tile = 0; tile < kRowTiles; ++tile) {
    u.values[kStep][tile] = load_fragment<kAccess>(values + tile * kTileBytes, a.align, policy);
    if constexpr (kElem == 1 || kStep == 1)
      u.metadata[kElem == 1 ? kStep : 0][tile] =
          load_metadata<kAccess>(words + tile * layout::kLanes * kWords * 4, a.align, policy);
  }
}

}  // namespace detail

// Step kStep of the unit at (row_block, unit) of A into its registers. A metadata word that serves
// both steps comes with the second. Outside of A: zeros.
template <int kElem, int kStep>
__device__ __forceinline__ void load_step(WeightUnit<kElem>& u, const MatmulWeights& a,
                                          std::int64_t row_block, std::int64_t unit, int lane) {
  using detail::WeightAccess;
  const std::int64_t col_block = kElem == 1 ? 2 * unit + kStep : kElem == 2 ? unit : unit / 2;
  const int half = kElem == 4 ? static_cast<int>(unit % 2) : 0;
  if (row_block >= a.row_blocks || col_block >= a.col_blocks) {
#pragma unroll
    for (int tile = 0; tile < kRowTiles; ++tile) {
      u.values[kStep][tile] = {};
      if constexpr (kElem == 1 || kStep == 1)
        u.metadata[kElem == 1 ? kStep : 0][tile] = kPaddingMetadata;
    }
  } else if (a.align < 16) {
    detail::load_inside<kElem, kStep, WeightAccess::anywhere>(u, a, row_block, col_block, half,
                                                              lane);
  } else if (a.read_once) {
    detail::load_inside<kElem, kStep, WeightAccess::once>(u, a, row_block, col_block, half, lane);
  } else {
    detail::load_inside<kElem, kStep, WeightAccess::shared>(u, a, row_block, col_block, half, lane);
  }
}

}  // namespace heddle
