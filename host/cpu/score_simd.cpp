// Sums of squares in vectors, for host/cpu/score.cpp.

#include "host/cpu/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/score_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "host/cpu/score.hpp"

HWY_BEFORE_NAMESPACE();
namespace heddle::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// A product rounded or fused gives the same: it has at most 48 bits.
void add_squares(const float* x, std::int64_t n, double* sums) {
  std::int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR && HWY_HAVE_FLOAT64
  const hn::CappedTag<double, 8> d;
  const hn::Rebind<float, decltype(d)> f;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::PromoteTo(d, hn::LoadU(f, x + i));
    hn::StoreU(hn::MulAdd(v, v, hn::LoadU(d, sums + i)), d, sums + i);
  }
#endif
  for (; i < n; ++i) {
    const double v = x[i];
    sums[i] += v * v;
  }
}

constexpr ScoreOps kScoreOps = {add_squares};

}  // namespace HWY_NAMESPACE
}  // namespace heddle::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::cpu {

const ScoreOps& score_ops() { HEDDLE_RETURN_BEST(kScoreOps); }

}  // namespace heddle::cpu
#endif
