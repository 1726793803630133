#pragma once
// A of the warpgroup kernel: a warp's 16 rows x one unit of k, of each of its group's blocks of 64
// rows, from global memory (or from where a bulk copy put the blocks) straight into the registers
// that wgmma.sp takes. docs/kernels/hopper.md.
//
//     16-bit types: a unit is a block.  8-bit: two blocks, one step each.  f32: half a block.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/arch/fragment.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/arch/thread.cuh"
#include "kernels/hopper/hopper.hpp"
#include "kernels/matmul/multiply.cuh"

namespace heddle {

// What a lane holds of a unit: 8-bit types have a metadata word for each step, the others share one.
template <int kElem, int kRowBlocks>
struct HopperUnit {
  static constexpr int kWords = kElem == 1 ? 2 : 1;
  arch::FragmentA<4> values[kUnitSteps][kRowBlocks];
  std::uint32_t metadata[kWords][kRowBlocks];
};

// Metadata that any values may have: entries 0 and 1 of every group.
inline constexpr std::uint32_t kLegalMetadata = 0x44444444;

// A warp's way along its rows. It holds as little as it can: registers are what limits the kernel.
template <int kElem, int kRowBlocks>
class HopperWeights {
 public:
  using Unit = HopperUnit<kElem, kRowBlocks>;
  static constexpr layout::DeviceGeometry kBlock = {layout::kBlockRows, layout::kBlockCols, kElem};
  static constexpr int kBlockBytes = static_cast<int>(kBlock.block_bytes());
  static constexpr int kUnitBlocks = kElem == 1 ? 2 : 1;  // of 64 columns, that a unit is in
  __device__ __forceinline__ static constexpr int first_block(int unit) {
    return kElem == 4 ? unit / 2 : kUnitBlocks * unit;
  }

  // To a unit of the group's rows. Rows of blocks that do not exist are those of the last one: nobody
  // looks at their results.
  __device__ __forceinline__ void start(const MatmulWeights& a, int row_block, int unit) {
    const int last = static_cast<int>(a.row_blocks) - 1, row = min(row_block, last);
    words_ = a.blocks + (row * a.col_blocks + first_block(unit)) * kBlockBytes + metadata_offset();
    second_row_ = row < last ? static_cast<int>(a.col_blocks) : 0;
  }

  // Unit `unit`, the next, on its way, by loads that do not stay in L1; of a matrix that is read once,
  // nor in L2.
  template <bool kReadOnce>
  __device__ __forceinline__ void load(Unit& u, const MatmulWeights& a, int unit) {
    [[maybe_unused]] const std::uint64_t policy = kReadOnce ? arch::createpolicy_evict_first() : 0;
    const auto from_global = [&]<typename T>(const std::byte* p, T& to) {
      if constexpr (kReadOnce)
        to = arch::ld_global_nc_no_allocate(reinterpret_cast<const T*>(p), policy);
      else
        to = arch::ld_global_nc_no_allocate(reinterpret_cast<const T*>(p));
    };
#pragma unroll
    for (int i = 0; i < kRowBlocks; ++i)
      read(u, i, words_ + std::int64_t{i * second_row_} * kBlockBytes, a, unit, from_global);
    words_ += kElem != 4 ? kUnitBlocks * kBlockBytes : unit % 2 == 1 ? kBlockBytes : 0;
  }

  // The unit from `stage`, where the blocks of each row block lie one behind the other, those of
  // the group first.
  __device__ __forceinline__ void load_staged(Unit& u, const std::byte* stage,
                                              const MatmulWeights& a, int unit) {
    const auto from_shared = [&]<typename T>(const std::byte* p, T& to) {
      using Word = std::conditional_t<sizeof(T) == 16, uint4, std::uint32_t>;  // one access
      const Word word = *reinterpret_cast<const Word*>(p);
      __builtin_memcpy(&to, &word, sizeof word);
    };
#pragma unroll
    for (int i = 0; i < kRowBlocks; ++i)
      read(u, i, stage + i * kUnitBlocks * kBlockBytes + metadata_offset(), a, unit, from_shared);
  }

 private:
  static constexpr int kTileBytes = layout::kLanes * layout::kFragmentBytes;
  static constexpr int kStepBytes = layout::kBlockTiles * kTileBytes;
  static constexpr int kWords = kElem == 4 ? 2 : 1;  // of a lane and tile in a block

  // The thread in its group: lane by lane, and a row tile for each warp.
  __device__ __forceinline__ static unsigned place() { return arch::tid_x() % 128; }
  // Of a lane's metadata in a block.
  __device__ __forceinline__ static int metadata_offset() {
    return static_cast<int>(kBlock.value_bytes() + place() * (4 * kWords));
  }

  // `words`: a lane's metadata. Its values lie a constant before, plus 12 or 8 bytes for each lane.
  template <typename Load>
  __device__ __forceinline__ void read(Unit& u, int i, const std::byte* words,
                                       const MatmulWeights& a, int unit, const Load& load) const {
    const std::byte* at =
        words + place() * (layout::kFragmentBytes - 4 * kWords) - kBlock.value_bytes();
    if constexpr (kElem == 1) {
      load(at, u.values[0][i]);
      load(words, u.metadata[0][i]);
      if (2 * unit + 1 < static_cast<int>(a.col_blocks)) {
        load(at + kBlockBytes, u.values[1][i]);
        load(words + kBlockBytes, u.metadata[1][i]);
      } else {  // k ends with the first step: B is zero there, but anything times zero may be NaN
        u.values[1][i] = {};
        u.metadata[1][i] = kLegalMetadata;
      }
    } else {
      const int half = kElem == 4 ? unit % 2 : 0;
      load(at + 2 * half * kStepBytes, u.values[0][i]);
      load(at + (2 * half + 1) * kStepBytes, u.values[1][i]);
      load(words + 4 * half, u.metadata[0][i]);
    }
  }

  const std::byte* words_;  // the lane's metadata of the next unit, in the first row block
  int second_row_;          // blocks further is the second
};

}  // namespace heddle
