#pragma once
// One thread, one run of four entries: read the parameter's tensors there, step, select by the
// mask, write them back. docs/kernels/step.md.

#include "kernels/arch/arithmetic.cuh"
#include "kernels/step/step_run.cuh"

namespace heddle {

// The new weight; m holds the moments and gets the new ones.
__device__ __forceinline__ float stepped(const SgdRule& rule, float w, float g, float (&m)[1],
                                         bool has_moments) {
  if (rule.decay != 0.0f) g = arch::add_rn(g, arch::mul_rn(rule.decay, w));
  float direction = g;
  if (has_moments) {
    if (rule.first)
      m[0] = g;
    else
      m[0] = arch::add_rn(arch::mul_rn(rule.keep, m[0]), arch::mul_rn(rule.add, g));
    direction = rule.nesterov ? arch::add_rn(g, arch::mul_rn(rule.keep, m[0])) : m[0];
  }
  return arch::sub_rn(w, arch::mul_rn(rule.rate, direction));
}
__device__ __forceinline__ float stepped(const AdamWRule& rule, float w, float g, float (&m)[2],
                                         bool) {
  if (rule.decay != 0.0f) w = arch::sub_rn(w, arch::mul_rn(rule.decay, w));
  m[0] = arch::add_rn(arch::mul_rn(rule.keep1, m[0]), arch::mul_rn(rule.add1, g));
  m[1] = arch::add_rn(arch::mul_rn(rule.keep2, m[1]), arch::mul_rn(rule.add2, arch::mul_rn(g, g)));
  const float scale = arch::add_rn(arch::div_rn(arch::sqrt_rn(m[1]), rule.root), rule.epsilon);
  return arch::sub_rn(w, arch::mul_rn(rule.rate, arch::div_rn(m[0], scale)));
}

// Whether the moments' old values matter.
__device__ __forceinline__ bool reads_moments(const SgdRule& rule) { return !rule.first; }
__device__ __forceinline__ bool reads_moments(const AdamWRule&) { return true; }

template <int kWeightBytes, int kGradientBytes, class Rule>
__device__ __forceinline__ void step_run(const Rule& rule, const StepParameter& p, std::int64_t row,
                                         std::int64_t col) {
  constexpr int kMoments = Rule::kMoments;
  const bool mixed = p.master.data != nullptr, has_moments = p.moment[0].data != nullptr;
  const bool weight_f16 = p.weight_type == Number::f16;
  Run<16> master{}, moment[kMoments] = {};
  Run<kStepRun * kWeightBytes> weight{};
  Run<kStepRun> keep{{~0u}};
  const auto gradient =
      load_run<kStepRun * kGradientBytes>(place(p.gradient, row, col, kGradientBytes));
  if (p.mask.data != nullptr) keep = load_run<kStepRun>(place(p.mask, row, col, 1));
  if (mixed)
    master = load_run<16>(place(p.master, row, col, 4));
  else
    weight = load_run<kStepRun * kWeightBytes>(place(p.weight, row, col, kWeightBytes));
  if (has_moments && reads_moments(rule)) {
#pragma unroll
    for (int k = 0; k < kMoments; ++k) moment[k] = load_run<16>(place(p.moment[k], row, col, 4));
  }
  float w[kStepRun], m[kMoments][kStepRun];
#pragma unroll
  for (int i = 0; i < kStepRun; ++i) {
    const bool kept = element_of<1>(keep, i) != 0;
    float mine[kMoments];
#pragma unroll
    for (int k = 0; k < kMoments; ++k) mine[k] = __uint_as_float(moment[k].word[i]);
    const float old = mixed
                          ? __uint_as_float(master.word[i])
                          : widened<kWeightBytes>(element_of<kWeightBytes>(weight, i), weight_f16);
    const float g = widened<kGradientBytes>(element_of<kGradientBytes>(gradient, i),
                                            p.gradient_type == Number::f16);
    const float updated = stepped(rule, old, g, mine, has_moments);
    w[i] = kept ? updated : 0.0f;
#pragma unroll
    for (int k = 0; k < kMoments; ++k) m[k][i] = kept ? mine[k] : 0.0f;
  }
  store_run<kStepRun * kWeightBytes>(place(p.weight, row, col, kWeightBytes),
                                     narrowed_run<kWeightBytes>(w, weight_f16));
  if (mixed) store_run<16>(place(p.master, row, col, 4), narrowed_run<4>(w, false));
  if (!has_moments) return;
#pragma unroll
  for (int k = 0; k < kMoments; ++k)
    store_run<16>(place(p.moment[k], row, col, 4), narrowed_run<4>(m[k], false));
}

template <class Byte>
__device__ __forceinline__ float load_f32(const StepSide<Byte>& side, std::int64_t row,
                                          std::int64_t col) {
  return __uint_as_float(load_element<4>(place(side, row, col, 4), side.align));
}
__device__ __forceinline__ void store_f32(const StepSide<std::byte>& side, std::int64_t row,
                                          std::int64_t col, float x) {
  store_element<4>(place(side, row, col, 4), one_nan_bits(x), side.align);
}

template <int kWeightBytes, int kGradientBytes, class Rule>
__device__ __forceinline__ void step_element(const Rule& rule, const StepParameter& p,
                                             std::int64_t row, std::int64_t col) {
  constexpr int kMoments = Rule::kMoments;
  const bool mixed = p.master.data != nullptr, has_moments = p.moment[0].data != nullptr;
  const bool weight_f16 = p.weight_type == Number::f16;
  const bool kept = p.mask.data == nullptr || *place(p.mask, row, col, 1) != std::byte{0};
  std::byte* const at = place(p.weight, row, col, kWeightBytes);
  float w = 0.0f, m[kMoments] = {};
  if (kept) {
    const float g = widened<kGradientBytes>(
        load_element<kGradientBytes>(place(p.gradient, row, col, kGradientBytes), p.gradient.align),
        p.gradient_type == Number::f16);
    w = mixed ? load_f32(p.master, row, col)
              : widened<kWeightBytes>(load_element<kWeightBytes>(at, p.weight.align), weight_f16);
    if (has_moments && reads_moments(rule)) {
#pragma unroll
      for (int k = 0; k < kMoments; ++k) m[k] = load_f32(p.moment[k], row, col);
    }
    w = stepped(rule, w, g, m, has_moments);
  }
  store_element<kWeightBytes>(at, narrowed<kWeightBytes>(w, weight_f16), p.weight.align);
  if (mixed) store_f32(p.master, row, col, w);
  if (!has_moments) return;
#pragma unroll
  for (int k = 0; k < kMoments; ++k) store_f32(p.moment[k], row, col, m[k]);
}

template <int kWeightBytes, int kGradientBytes, class Rule>
__device__ __forceinline__ void step_chunk(const Rule& rule, const StepEntry<StepParameter>& item,
                                           std::int64_t chunk) {
  each_run(
      item.cut, chunk,
      [&](std::int64_t row, std::int64_t col) {
        step_run<kWeightBytes, kGradientBytes>(rule, item.of, row, col);
      },
      [&](std::int64_t row, std::int64_t col) {
        step_element<kWeightBytes, kGradientBytes>(rule, item.of, row, col);
      });
}

// The branches on an item's types are the same in all threads of a block.
template <class Rule, int kCapacity>
__global__ void __launch_bounds__(kStepThreads, 4)
    step(const __grid_constant__ StepArgs<Rule, StepParameter, kCapacity> args) {
  for (std::int64_t chunk = blockIdx.x; chunk < args.chunks; chunk += gridDim.x) {
    const auto& item = args.item[item_of_chunk(args, chunk)];
    const bool narrow = item.of.weight_type != Number::f32;
    const bool narrow_gradient = item.of.gradient_type != Number::f32;
    if (narrow && narrow_gradient)
      step_chunk<2, 2>(args.rule, item, chunk);
    else if (narrow)
      step_chunk<2, 4>(args.rule, item, chunk);
    else if (narrow_gradient)
      step_chunk<4, 2>(args.rule, item, chunk);
    else
      step_chunk<4, 4>(args.rule, item, chunk);
  }
}

}  // namespace heddle
