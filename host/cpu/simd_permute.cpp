// Sums over rows of the largest magnitudes of column sets: a vector is so many rows of one column.

#include "host/cpu/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/simd_permute.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "host/cpu/permute_ops.hpp"

HWY_BEFORE_NAMESPACE();
namespace heddle::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<std::int32_t, kRowPad>;
using Vec = hn::Vec<Tag>;

constexpr int kMostKept = 32;
constexpr std::int64_t kRowBlock = 1024;  // of several columns at once: stays in the first cache

HWY_INLINE std::int64_t lanes() { return static_cast<std::int64_t>(hn::Lanes(Tag())); }

// The lanes' sum; each is an unsigned number.
HWY_INLINE std::int64_t total_of(Vec v) {
#if HWY_TARGET == HWY_SCALAR
  return static_cast<std::uint32_t>(hn::GetLane(v));
#else
  const hn::Repartition<std::uint64_t, Tag> d;
  const auto pairs = hn::BitCast(d, v);
  const auto low = hn::And(pairs, hn::Set(d, 0xFFFFFFFFu));
  return static_cast<std::int64_t>(
      hn::GetLane(hn::SumOfLanes(d, hn::Add(low, hn::ShiftRight<32>(pairs)))));
#endif
}

// Kept magnitudes of one vector of rows.
struct LargestOfTwo {
  HWY_INLINE Vec operator()(const std::int32_t* const* col, std::int64_t r, int, int) const {
    const Tag d;
    return hn::Max(hn::LoadU(d, col[0] + r), hn::LoadU(d, col[1] + r));
  }
};

struct TwoOfFour {
  HWY_INLINE Vec operator()(const std::int32_t* const* col, std::int64_t r, int, int) const {
    const Tag d;
    const Vec a = hn::LoadU(d, col[0] + r), b = hn::LoadU(d, col[1] + r);
    const Vec x = hn::LoadU(d, col[2] + r), y = hn::LoadU(d, col[3] + r);
    // Either both of a pair, or the larger one of each.
    return hn::Max(hn::Max(hn::Add(a, b), hn::Add(x, y)), hn::Add(hn::Max(a, b), hn::Max(x, y)));
  }
};

struct Everything {
  HWY_INLINE Vec operator()(const std::int32_t* const* col, std::int64_t r, int size, int) const {
    const Tag d;
    Vec sum = hn::Zero(d);
    for (int i = 0; i < size; ++i) sum = hn::Add(sum, hn::LoadU(d, col[i] + r));
    return sum;
  }
};

// The `keep` largest by insertion into a descending list.
struct AnyKept {
  HWY_INLINE Vec operator()(const std::int32_t* const* col, std::int64_t r, int size,
                            int keep) const {
    const Tag d;
    HWY_ALIGN std::int32_t list[kMostKept * kRowPad];
    const std::int64_t n = lanes();
    for (int i = 0; i < keep; ++i) hn::Store(hn::Zero(d), d, list + i * n);
    for (int c = 0; c < size; ++c) {
      Vec x = hn::LoadU(d, col[c] + r);
      for (int i = 0; i < std::min(keep, c + 1); ++i) {
        const Vec at = hn::Load(d, list + i * n);
        hn::Store(hn::Max(at, x), d, list + i * n);
        x = hn::Min(at, x);
      }
    }
    Vec sum = hn::Zero(d);
    for (int i = 0; i < keep; ++i) sum = hn::Add(sum, hn::Load(d, list + i * n));
    return sum;
  }
};

template <class KeptOf>
void sum_sets(const QuantisedColumns& q, const std::int32_t* sets, std::int64_t count, int size,
              int keep, std::int64_t* out) {
  const Tag d;
  const KeptOf kept_of;
  const std::int64_t n = lanes();
  const std::int64_t chunk = 255 / std::min(keep, size) * n;  // rows until a lane could overflow
  std::fill(out, out + count, std::int64_t{0});
  for (std::int64_t block = 0; block < q.stride; block += kRowBlock) {
    const std::int64_t block_end = std::min(block + kRowBlock, q.stride);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int32_t* col[32];
      for (int c = 0; c < size; ++c) col[c] = q.data + sets[i * size + c] * q.stride;
      for (std::int64_t r = block; r < block_end;) {
        const std::int64_t end = std::min(r + chunk, block_end);
        Vec sum = hn::Zero(d);
        for (; r < end; r += n) sum = hn::Add(sum, kept_of(col, r, size, keep));
        out[i] += total_of(sum);
      }
    }
  }
}

void values(const QuantisedColumns& q, const std::int32_t* sets, std::int64_t count, int size,
            int keep, std::int64_t* out) {
  const auto run = keep >= size             ? sum_sets<Everything>
                   : size == 2 && keep == 1 ? sum_sets<LargestOfTwo>
                   : size == 4 && keep == 2 ? sum_sets<TwoOfFour>
                                            : sum_sets<AnyKept>;
  run(q, sets, count, size, keep, out);
}

constexpr Splits kSplitTable = make_splits();

// One vector of rows of a window: adds what each split keeps to acc.
HWY_INLINE void add_splits(const std::int32_t* const* col, std::int64_t r, std::int32_t* acc) {
  const Tag d;
  const std::int64_t n = lanes();
  HWY_ALIGN std::int32_t sum[kPairs * kRowPad];
  HWY_ALIGN std::int32_t top[kPairs * kRowPad];
  for (int i = 0, p = 0; i < 8; ++i) {
    const Vec a = hn::LoadU(d, col[i] + r);
    for (int j = i + 1; j < 8; ++j, ++p) {
      const Vec b = hn::LoadU(d, col[j] + r);
      hn::Store(hn::Add(a, b), d, sum + p * n);
      hn::Store(hn::Max(a, b), d, top + p * n);
    }
  }
  for (int s = 0; s < kSplits; ++s) {
    Vec kept = hn::Load(d, acc + s * n);
    for (int g = 0; g < 2; ++g) {
      const int p = kSplitTable.pair[s][2 * g], o = kSplitTable.pair[s][2 * g + 1];
      const Vec both = hn::Max(hn::Load(d, sum + p * n), hn::Load(d, sum + o * n));
      const Vec each = hn::Add(hn::Load(d, top + p * n), hn::Load(d, top + o * n));
      kept = hn::Add(kept, hn::Max(both, each));
    }
    hn::Store(kept, d, acc + s * n);
  }
}

void best_splits(const QuantisedColumns& q, const std::int32_t* windows, std::int64_t count,
                 SplitChoice* out) {
  const Tag d;
  const std::int64_t n = lanes();
  const std::int64_t chunk = 63 * n;  // two groups keep four magnitudes, below 2^26 together
  HWY_ALIGN std::int32_t acc[kSplits * kRowPad];
  for (std::int64_t w = 0; w < count; ++w) {
    const std::int32_t* col[8];
    for (int c = 0; c < 8; ++c) col[c] = q.data + windows[w * 8 + c] * q.stride;
    std::int64_t kept[kSplits] = {};
    for (std::int64_t r = 0; r < q.stride;) {
      const std::int64_t end = std::min(r + chunk, q.stride);
      std::fill(acc, acc + kSplits * n, 0);
      for (; r < end; r += n) add_splits(col, r, acc);
      for (int s = 0; s < kSplits; ++s) kept[s] += total_of(hn::Load(d, acc + s * n));
    }
    const auto* best = std::max_element(kept, kept + kSplits);
    out[w] = {*best - kept[0], best - kept};
  }
}

constexpr PermuteOps kPermuteOps{values, best_splits};

}  // namespace HWY_NAMESPACE
}  // namespace heddle::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::cpu {

const PermuteOps& permute_ops() { HEDDLE_RETURN_BEST(kPermuteOps); }

}  // namespace heddle::cpu
#endif
