#pragma once
// Rates of wgmma (sm_90a): two warpgroups on each multiprocessor that do nothing but multiply,
// eight instruction steps a round. Sizes that the kernel (wgmma_rate.cu) and its operands
// (wgmma_operands.cpp) agree on.

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/kernel.hpp"
#include "kernels/layout/host_device.hpp"

namespace heddle::bench::gpu {

/// Where A is: in registers for good; reloaded behind each product, from global memory (L2) or from
/// shared memory; read by the instruction itself. `dense` reads it too.
enum class WgmmaForm { sparse, sparse_global, sparse_staged, sparse_shared, dense };
enum class WgmmaType { f16, bf16, tf32, s8, e4m3 };

struct WgmmaRate {
  WgmmaForm form;
  WgmmaType type;
  int tokens;  // of an instruction: 64, 128 or 256
};

inline constexpr int kWgmmaGroups = 2, kWgmmaSteps = 8;
inline constexpr int kWgmmaThreads = 128 * kWgmmaGroups;
inline constexpr int kWgmmaStepBytes = 32;  // of a row of A, as stored

HEDDLE_HD constexpr bool is_sparse(WgmmaForm form) { return form != WgmmaForm::dense; }
/// Independent accumulators of a warpgroup: step p adds to number p % chains.
HEDDLE_HD constexpr int wgmma_chains(int tokens) { return 256 / tokens; }
/// Metadata words of a lane: the types of a selector share one between two steps.
HEDDLE_HD constexpr bool has_selector(WgmmaType type) {
  return type == WgmmaType::f16 || type == WgmmaType::bf16 || type == WgmmaType::tf32;
}
HEDDLE_HD constexpr int wgmma_word(WgmmaType type, int step) {
  return has_selector(type) ? step / 2 : step;
}

/// The image of shared memory: B, in rows of 128 bytes a token and 128-byte swizzle, one stage
/// after the other; then A, as the form wants it: such rows for each warpgroup, two stages of 64;
/// or its weights below; or nothing.
HEDDLE_HD constexpr int wgmma_b_step(WgmmaForm form) {
  return is_sparse(form) ? 64 : 32;
}  // bytes of a token
HEDDLE_HD constexpr int wgmma_b_bytes(WgmmaForm form, int tokens) {
  return kWgmmaSteps * wgmma_b_step(form) * tokens;
}
/// Weights: fragments of 16 bytes [group][step][thread], then metadata words likewise.
inline constexpr int kWgmmaFragmentBytes = kWgmmaSteps * kWgmmaThreads * 16;
inline constexpr int kWgmmaWeightBytes = kWgmmaFragmentBytes + kWgmmaSteps * kWgmmaThreads * 4;
inline constexpr int kWgmmaAStageBytes = 64 * 128;
HEDDLE_HD constexpr int wgmma_image_bytes(const WgmmaRate& rate) {
  const int b = wgmma_b_bytes(rate.form, rate.tokens);
  switch (rate.form) {
    case WgmmaForm::sparse:
    case WgmmaForm::sparse_global: return b;
    case WgmmaForm::sparse_staged: return b + kWgmmaWeightBytes;
    default: return b + kWgmmaGroups * 2 * kWgmmaAStageBytes;
  }
}
/// What a block leaves: sums of 4 bytes, [group][chain][register][thread of the group].
inline constexpr int kWgmmaSums = kWgmmaThreads * 128;

struct WgmmaRateArgs {
  const std::byte* image;
  const std::byte* weights;  // `copies` of them, all alike
  int copies;
  int rounds;
  std::uint32_t* sums;  // of block 0; null: not wanted
};

/// Multiplications and additions of a block and round; a sparse instruction's count as those of the
/// dense one that it stands for.
double wgmma_operations(const WgmmaRate& rate);
/// The kernel, of kWgmmaThreads threads; null where there is none. Empty but on sm_90a.
Kernel wgmma_rate_kernel(const WgmmaRate& rate);
std::string to_string(const WgmmaRate& rate);

}  // namespace heddle::bench::gpu
