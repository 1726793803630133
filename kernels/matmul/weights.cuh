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

}  // namespace detail

// A lane's way along a row of blocks.
template <int kElem>
class WeightReader {
 public:
  __device__ __forceinline__ void start_row(const MatmulWeights& a, int row_block, int lane) {
    row_ = a.blocks + std::int64_t{row_block} * a.col_blocks * kBlock.block_bytes() +
           lane * layout::kFragmentBytes;
    inside_ = row_block < static_cast<int>(a.row_blocks);
  }
  __device__ __forceinline__ void leave() { inside_ = false; }

  // Step kStep of a unit into its registers; what lies outside of A leaves them as they are. A
  // metadata word that serves both steps comes with the second.
  template <int kStep>
  __device__ __forceinline__ void load(WeightUnit<kElem>& u, const MatmulWeights& a, int unit,
                                       int lane) const {
    using detail::WeightAccess;
    if (!inside_ || col_block(unit, kStep) >= static_cast<int>(a.col_blocks)) return;
    if (a.align < 16)
      load_step<kStep, WeightAccess::anywhere>(u, a.align, unit, lane);
    else if (a.read_once)
      load_step<kStep, WeightAccess::once>(u, a.align, unit, lane);
    else
      load_step<kStep, WeightAccess::shared>(u, a.align, unit, lane);
  }

  // The block that a step of a unit lies in.
  __device__ __forceinline__ static constexpr int col_block(int unit, int step) {
    return kElem == 1 ? 2 * unit + step : kElem == 2 ? unit : unit / 2;
  }

 private:
  static constexpr layout::DeviceGeometry kBlock = {layout::kBlockRows, layout::kBlockCols, kElem};
  static constexpr int kTileBytes = layout::kLanes * layout::kFragmentBytes;
  static constexpr int kWords = kElem == 4 ? 2 : 1;  // of a lane and tile in a block

  template <int kStep, detail::WeightAccess kAccess>
  __device__ __forceinline__ void load_step(WeightUnit<kElem>& u, int align, int unit,
                                            int lane) const {
    const std::byte* block = row_ + std::int64_t{col_block(unit, kStep)} * kBlock.block_bytes();
    const int half = kElem == 4 ? unit % 2 : 0;
    const int step = kElem == 1 ? 0 : 2 * half + kStep;  // of the block
    const std::byte* values = block + step * kRowTiles * kTileBytes;
    const std::byte* words =
        block + kBlock.value_bytes() + 4 * half + lane * (4 * kWords - layout::kFragmentBytes);
    const std::uint64_t policy =
        kAccess == detail::WeightAccess::once ? arch::createpolicy_evict_first() : 0;
#pragma unroll
    for (int tile = 0; tile < kRowTiles; ++tile) {
      u.values[kStep][tile] =
          detail::load_fragment<kAccess>(values + tile * kTileBytes, align, policy);
      if constexpr (kElem == 1 || kStep == 1)
        u.metadata[kElem == 1 ? kStep : 0][tile] = detail::load_metadata<kAccess>(
            words + tile * layout::kLanes * kWords * 4, align, policy);
    }
  }

  const std::byte* row_ = nullptr;
  bool inside_ = false;
};

}  // namespace heddle
