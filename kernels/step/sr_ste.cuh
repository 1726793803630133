#pragma once
// gradient += decay * dense where the mask drops; a kept entry keeps its bits.

#include "kernels/arch/arithmetic.cuh"
#include "kernels/step/step_run.cuh"

namespace heddle {

__device__ __forceinline__ float refined(const SrSteRule& rule, float gradient, float dense) {
  return arch::add_rn(gradient, arch::mul_rn(rule.decay, dense));
}

template <int kDenseBytes, int kGradientBytes>
__device__ __forceinline__ void sr_ste_run(const SrSteRule& rule, const SrSteParameter& p,
                                           std::int64_t row, std::int64_t col) {
  const bool f16 = p.gradient_type == Number::f16;
  std::byte* const at = place(p.gradient, row, col, kGradientBytes);
  const auto keep = load_run<kStepRun>(place(p.mask, row, col, 1));
  const auto dense = load_run<kStepRun * kDenseBytes>(place(p.dense, row, col, kDenseBytes));
  const auto gradient = load_run<kStepRun * kGradientBytes>(at);
  float x[kStepRun];
#pragma unroll
  for (int i = 0; i < kStepRun; ++i)
    x[i] = refined(
        rule, widened<kGradientBytes>(element_of<kGradientBytes>(gradient, i), f16),
        widened<kDenseBytes>(element_of<kDenseBytes>(dense, i), p.dense_type == Number::f16));
  const auto changed = narrowed_run<kGradientBytes>(x, f16);
  Run<kStepRun * kGradientBytes> out{};
#pragma unroll
  for (int i = 0; i < kStepRun; ++i)
    put_element<kGradientBytes>(out, i,
                                element_of<1>(keep, i) != 0
                                    ? element_of<kGradientBytes>(gradient, i)
                                    : element_of<kGradientBytes>(changed, i));
  store_run<kStepRun * kGradientBytes>(at, out);
}

template <int kDenseBytes, int kGradientBytes>
__device__ __forceinline__ void sr_ste_element(const SrSteRule& rule, const SrSteParameter& p,
                                               std::int64_t row, std::int64_t col) {
  if (*place(p.mask, row, col, 1) != std::byte{0}) return;
  const bool f16 = p.gradient_type == Number::f16;
  std::byte* const at = place(p.gradient, row, col, kGradientBytes);
  const float dense = widened<kDenseBytes>(
      load_element<kDenseBytes>(place(p.dense, row, col, kDenseBytes), p.dense.align),
      p.dense_type == Number::f16);
  const float gradient =
      widened<kGradientBytes>(load_element<kGradientBytes>(at, p.gradient.align), f16);
  store_element<kGradientBytes>(at, narrowed<kGradientBytes>(refined(rule, gradient, dense), f16),
                                p.gradient.align);
}

template <int kDenseBytes, int kGradientBytes>
__device__ __forceinline__ void sr_ste_chunk(const SrSteRule& rule,
                                             const StepEntry<SrSteParameter>& item,
                                             std::int64_t chunk) {
  each_run(
      item.cut, chunk,
      [&](std::int64_t row, std::int64_t col) {
        sr_ste_run<kDenseBytes, kGradientBytes>(rule, item.of, row, col);
      },
      [&](std::int64_t row, std::int64_t col) {
        sr_ste_element<kDenseBytes, kGradientBytes>(rule, item.of, row, col);
      });
}

template <int kCapacity>
__global__ void __launch_bounds__(kStepThreads)
    sr_ste(const __grid_constant__ StepArgs<SrSteRule, SrSteParameter, kCapacity> args) {
  for (std::int64_t chunk = blockIdx.x; chunk < args.chunks; chunk += gridDim.x) {
    const auto& item = args.item[item_of_chunk(args, chunk)];
    const bool narrow = item.of.dense_type != Number::f32;
    const bool narrow_gradient = item.of.gradient_type != Number::f32;
    if (narrow && narrow_gradient)
      sr_ste_chunk<2, 2>(args.rule, item, chunk);
    else if (narrow)
      sr_ste_chunk<2, 4>(args.rule, item, chunk);
    else if (narrow_gradient)
      sr_ste_chunk<4, 2>(args.rule, item, chunk);
    else
      sr_ste_chunk<4, 4>(args.rule, item, chunk);
  }
}

}  // namespace heddle
