#include "host/cpu/select_row.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "host/cpu/decode.hpp"
#include "host/cpu/simd.hpp"

namespace heddle::cpu {
namespace {

// Sorts as the value does, larger values first: two's complement of sign and magnitude, negated.
// Every NaN is the smallest key; -0.0 is 0.
std::int32_t value_key(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto magnitude = static_cast<std::int32_t>(bits & 0x7FFFFFFFu);
  if (magnitude > 0x7F800000) return -0x7F800001;
  return bits >> 31 ? magnitude : -magnitude;
}

}  // namespace

RowSelector::RowSelector(DataType type, Ranking ranking, Pattern pattern, std::int64_t groups,
                         Arena& arena)
    : type_(type), ranking_(ranking), pattern_(pattern) {
  if (ranking != Ranking::value) return;
  scores_ = arena.take<float>(groups * pattern.group);
  keys_ = arena.take<std::int32_t>(groups * pattern.group);
}

void RowSelector::select(const void* row, std::int64_t cols, std::uint32_t* bits) const {
  const MaskOps& ops = mask_ops();
  const std::int64_t full = cols / pattern_.group;
  const std::int64_t rest = cols - full * pattern_.group;
  if (ranking_ == Ranking::value) {
    decode_row(type_, row, cols, scores_);
    for (std::int64_t i = 0; i < cols; ++i) keys_[i] = value_key(scores_[i]);
    const std::int64_t groups = full + (rest != 0);
    for (std::int64_t i = cols; i < groups * pattern_.group; ++i)
      keys_[i] = std::numeric_limits<std::int32_t>::max();  // loses to every real entry
    return ops.select(KeyKind::raw32, keys_, groups, pattern_, bits);
  }
  const KeyKind kind = magnitude_kind(type_);
  ops.select(kind, row, full, pattern_, bits);
  if (rest == 0) return;
  // Zeros at higher positions lose to every real entry.
  const std::size_t size = size_of(type_);
  std::byte padded[32 * 4] = {};
  std::memcpy(padded,
              static_cast<const std::byte*>(row) + full * pattern_.group * static_cast<int>(size),
              static_cast<std::size_t>(rest) * size);
  ops.select(kind, padded, 1, pattern_, bits + full);
}

}  // namespace heddle::cpu
