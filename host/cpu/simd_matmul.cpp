// The inner product of the CPU matmul, in vectors: one row of A times a panel of B columns, the
// accumulators in registers across all entries.

#include "host/cpu/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/simd_matmul.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace heddle::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class V>
HWY_INLINE V multiply_add(V a, V b, V sum) {
  if constexpr (hwy::IsFloat<hn::TFromV<V>>())
    return hn::MulAdd(a, b, sum);
  else
    return hn::Add(hn::Mul(a, b), sum);
}

// kVectors vectors of at most 16 lanes, starting at acc and at panel.
template <int kVectors, class D, class T = hn::TFromD<D>>
HWY_INLINE void multiply_vectors(D d, const T* values, const std::int32_t* cols,
                                 std::int64_t entries, const T* panel, int width, T* acc) {
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> sum0 = hn::Load(d, acc), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  if constexpr (kVectors == 4) {
    sum1 = hn::Load(d, acc + lanes);
    sum2 = hn::Load(d, acc + 2 * lanes);
    sum3 = hn::Load(d, acc + 3 * lanes);
  }
  for (std::int64_t e = 0; e < entries; ++e) {
    const T* b = panel + std::int64_t{cols[e]} * width;
    const auto a = hn::Set(d, values[e]);
    sum0 = multiply_add(a, hn::Load(d, b), sum0);
    if constexpr (kVectors == 4) {
      sum1 = multiply_add(a, hn::Load(d, b + lanes), sum1);
      sum2 = multiply_add(a, hn::Load(d, b + 2 * lanes), sum2);
      sum3 = multiply_add(a, hn::Load(d, b + 3 * lanes), sum3);
    }
  }
  hn::Store(sum0, d, acc);
  if constexpr (kVectors == 4) {
    hn::Store(sum1, d, acc + lanes);
    hn::Store(sum2, d, acc + 2 * lanes);
    hn::Store(sum3, d, acc + 3 * lanes);
  }
}

template <class T>
void multiply(const T* values, const std::int32_t* cols, std::int64_t entries, const T* panel,
              int width, T* acc) {
  const hn::CappedTag<T, 16> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  int j = 0;
  for (; j + 4 * lanes <= width; j += 4 * lanes)
    multiply_vectors<4>(d, values, cols, entries, panel + j, width, acc + j);
  for (; j < width; j += lanes)
    multiply_vectors<1>(d, values, cols, entries, panel + j, width, acc + j);
}

constexpr MatmulOps kMatmulOps = {multiply<float>, multiply<std::int32_t>};

}  // namespace HWY_NAMESPACE
}  // namespace heddle::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::cpu {

const MatmulOps& matmul_ops() { HEDDLE_RETURN_BEST(kMatmulOps); }

}  // namespace heddle::cpu
#endif
