#pragma once
// The optimizer's steps and sr_ste, for a list of parameters in one launch. docs/kernels/step.md.

#include <cstddef>
#include <cstdint>

#include "kernels/kernel.hpp"
#include "kernels/number.hpp"

namespace heddle {

inline constexpr int kStepThreads = 256;
inline constexpr int kStepRun = 4;            // elements of a thread at a time: 16 bytes of f32
inline constexpr int kStepChunkRuns = 1024;   // of one item, by one block
inline constexpr int kStepListCapacity = 64;  // items of a launch

// A matrix [rows, cols] whose columns are adjacent. Null: absent.
template <class Byte>
struct StepSide {
  Byte* data;
  std::int64_t row_step;  // bytes
  int align;              // 1, 2, 4, 8 or 16: divides the address of every row
};

struct StepParameter {
  StepSide<std::byte> weight;          // f32, f16 or bf16
  StepSide<const std::byte> gradient;  // likewise; of sr_ste the dense weight
  StepSide<const std::byte> mask;      // bytes
  StepSide<std::byte> master;          // f32
  StepSide<std::byte> moment[2];       // f32
  Number weight_type, gradient_type;
};

// sr_ste: gradient += decay * dense where the mask drops.
struct SrSteParameter {
  StepSide<const std::byte> dense;  // f32, f16 or bf16
  StepSide<const std::byte> mask;   // bytes
  StepSide<std::byte> gradient;     // f32, f16 or bf16
  Number dense_type, gradient_type;
};

// How an item is cut: runs of kStepRun neighbours, the last one of a row perhaps shorter.
struct StepCut {
  std::int64_t rows, cols;
  std::int64_t row_runs;     // of a row
  std::int64_t first_chunk;  // chunks of the items before
  bool whole;                // every operand is aligned for whole runs
};

template <class Parameter>
struct StepEntry {
  Parameter of;
  StepCut cut;
};

// The formulas: host/step_item.hpp.
struct SgdRule {
  static constexpr int kMoments = 1;
  float rate, decay, keep, add;
  bool nesterov, first;
};
struct AdamWRule {
  static constexpr int kMoments = 2;
  float rate, decay, keep1, add1, keep2, add2, root, epsilon;
};
struct SrSteRule {
  float decay;
};

// kCapacity items by value: a list needs no device memory, and a graph keeps its own copy.
template <class Rule, class Parameter, int kCapacity>
struct StepArgs {
  Rule rule;
  std::int64_t chunks;  // of all items
  int count;
  StepEntry<Parameter> item[kCapacity];
};
static_assert(sizeof(StepArgs<AdamWRule, StepParameter, kStepListCapacity>) <= 16 * 1024,
              "a launch carries 32 KiB");

// For one item and for a list.
Kernel sgd_step_kernel();
Kernel sgd_step_list_kernel();
Kernel adamw_step_kernel();
Kernel adamw_step_list_kernel();
Kernel sr_ste_kernel();
Kernel sr_ste_list_kernel();

}  // namespace heddle
