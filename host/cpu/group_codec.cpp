#include "host/cpu/group_codec.hpp"

#include "host/cpu/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/group_codec.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "host/packed_header.hpp"
#include "kernels/layout/metadata.hpp"

HWY_BEFORE_NAMESPACE();
namespace heddle::cpu {
namespace HWY_NAMESPACE {

// ---- bits ---------------------------------------------------------------------------------------

// Sixteen groups of four at once: counts in nibbles, bit 3 set where a count exceeds keep.
std::uint64_t crowded_nibbles(std::uint64_t word, int keep) {
  constexpr std::uint64_t kOnes = 0x1111111111111111u;
  const std::uint64_t pairs = word - (word >> 1 & 5 * kOnes);
  const std::uint64_t counts = (pairs & 3 * kOnes) + (pairs >> 2 & 3 * kOnes);
  return (counts + static_cast<std::uint64_t>(7 - keep) * kOnes) & 8 * kOnes;
}

std::int64_t count_crowded(const std::uint64_t* stream, std::int64_t groups, Pattern pattern,
                           std::int64_t* first) {
  std::int64_t count = 0;
  *first = -1;
  if (pattern.group == 4) {
    for (std::int64_t g = 0; g < groups; g += 16) {
      std::uint64_t word = stream[g / 16];
      if (groups - g < 16) word &= (std::uint64_t{1} << (groups - g) * 4) - 1;
      const std::uint64_t crowded = crowded_nibbles(word, pattern.keep);
      if (crowded == 0) continue;
      if (*first < 0) *first = g + std::countr_zero(crowded) / 4;
      count += std::popcount(crowded);
    }
    return count;
  }
  const std::uint64_t all = (std::uint64_t{1} << pattern.group) - 1;
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::int64_t at = g * pattern.group;
    const int shift = static_cast<int>(at % 64);
    std::uint64_t bits = stream[at / 64] >> shift;
    if (shift + pattern.group > 64) bits |= stream[at / 64 + 1] << (64 - shift);
    if (std::popcount(bits & all) <= pattern.keep) continue;
    if (*first < 0) *first = g;
    ++count;
  }
  return count;
}

// Byte b of a mask stream as eight 0/1 bytes.
constexpr auto kBitsToBytes = [] {
  std::array<std::uint64_t, 256> table{};
  for (unsigned b = 0; b < 256; ++b)
    for (unsigned i = 0; i < 8; ++i) table[b] |= static_cast<std::uint64_t>(b >> i & 1u) << 8 * i;
  return table;
}();

void expand_bits(const std::uint32_t* bits, std::int64_t cols, int group, std::uint8_t* mask) {
  for (std::int64_t g = 0, at = 0; at < cols; ++g) {
    const std::int64_t end = std::min(at + group, cols);
    // Eight bytes at a time, over the end of the group: the next one writes its own.
    for (std::uint32_t left = bits[g]; at < end; at += 8, left >>= 8) {
      const std::uint64_t bytes = kBitsToBytes[left & 255u];
      if (cols - at >= 8)
        std::memcpy(mask + at, &bytes, 8);
      else
        std::memcpy(mask + at, &bytes, static_cast<std::size_t>(cols - at));
    }
    at = end;
  }
}

// ---- compaction ---------------------------------------------------------------------------------

// Appends fields of a few bits to bytes, low bits first.
class BitWriter {
 public:
  explicit BitWriter(void* out) : out_(static_cast<std::uint8_t*>(out)) {}
  void put(std::uint32_t field, int bits) {
    held_ |= static_cast<std::uint64_t>(field) << count_;
    count_ += bits;
    if (count_ >= 32) {
      const auto word = static_cast<std::uint32_t>(held_);
      std::memcpy(out_, &word, 4);
      out_ += 4;
      held_ >>= 32;
      count_ -= 32;
    }
  }
  void finish() {
    for (; count_ > 0; count_ -= 8, held_ >>= 8) *out_++ = static_cast<std::uint8_t>(held_);
  }

 private:
  std::uint8_t* out_;
  std::uint64_t held_ = 0;
  int count_ = 0;
};

// The nibble of two kept bits of four; other counts do not occur.
constexpr auto kNibbleOfBits = [] {
  std::array<std::uint8_t, 16> table{};
  for (const unsigned nibble : layout::kLegalNibbles)
    table[1u << layout::nibble_first(nibble) | 1u << layout::nibble_second(nibble)] =
        static_cast<std::uint8_t>(nibble);
  return table;
}();

template <class T>
void compact_2of4(const std::byte* x, std::int64_t groups, const std::uint32_t* bits,
                  std::byte* values, void* metadata) {
  BitWriter nibbles(metadata);
  for (std::int64_t g = 0; g < groups; ++g, x += 4 * sizeof(T), values += 2 * sizeof(T)) {
    const unsigned nibble = kNibbleOfBits[bits[g] & 15u];
    std::memcpy(values, x + (nibble & 3u) * sizeof(T), sizeof(T));
    std::memcpy(values + sizeof(T), x + (nibble >> 2) * sizeof(T), sizeof(T));
    nibbles.put(nibble, 4);
  }
  nibbles.finish();
}

template <class T>
void compact_of(const std::byte* x, std::int64_t groups, Pattern pattern, const std::uint32_t* bits,
                std::byte* values, void* metadata) {
  if (pattern == Pattern{2, 4}) return compact_2of4<T>(x, groups, bits, values, metadata);
  BitWriter positions(metadata);
  const int width = position_bits(pattern.group);
  for (std::int64_t g = 0; g < groups; ++g) {
    std::uint32_t left = bits[g];
    for (int e = 0; e < pattern.keep; ++e, left &= left - 1) {
      const int at = std::countr_zero(left);
      std::memcpy(values, x + static_cast<std::size_t>(at) * sizeof(T), sizeof(T));
      values += sizeof(T);
      positions.put(static_cast<std::uint32_t>(at), width);
    }
    x += static_cast<std::size_t>(pattern.group) * sizeof(T);
  }
  positions.finish();
}

void compact(std::size_t elem_bytes, const void* x, std::int64_t groups, Pattern pattern,
             const std::uint32_t* bits, void* values, void* metadata) {
  const auto run = elem_bytes == 1   ? compact_of<std::uint8_t>
                   : elem_bytes == 2 ? compact_of<std::uint16_t>
                                     : compact_of<std::uint32_t>;
  run(static_cast<const std::byte*>(x), groups, pattern, bits, static_cast<std::byte*>(values),
      metadata);
}

void pack_nibbles(const std::uint8_t* nibbles, std::int64_t groups, void* metadata) {
  auto* out = static_cast<std::uint8_t*>(metadata);
  std::int64_t g = 0;
  for (; g + 8 <= groups; g += 8, out += 4) {
    // Eight bytes 0a 0b 0c ... to four bytes ba dc ...
    std::uint64_t x;
    std::memcpy(&x, nibbles + g, 8);
    x |= x >> 4;
    x &= 0x00FF00FF00FF00FFu;
    x |= x >> 8;
    x &= 0x0000FFFF0000FFFFu;
    const auto word = static_cast<std::uint32_t>(x | x >> 16);
    std::memcpy(out, &word, 4);
  }
  for (; g < groups; g += 2, ++out)
    *out = static_cast<std::uint8_t>(nibbles[g] | (g + 1 < groups ? nibbles[g + 1] << 4 : 0));
}

// ---- expansion ----------------------------------------------------------------------------------

void read_positions(const void* metadata, std::int64_t entries, int bits, std::uint8_t* positions) {
  if (bits == 0) {
    std::memset(positions, 0, static_cast<std::size_t>(entries));
    return;
  }
  const auto* in = static_cast<const std::uint8_t*>(metadata);
  const std::uint32_t all = (1u << bits) - 1;
  std::uint32_t held = 0;
  int count = 0;
  for (std::int64_t e = 0; e < entries; ++e) {
    if (count < bits) {
      held |= static_cast<std::uint32_t>(*in++) << count;
      count += 8;
    }
    positions[e] = static_cast<std::uint8_t>(held & all);
    held >>= bits;
    count -= bits;
  }
}

// 2:4: both entries into four zeros. Narrow types build the group as one integer.
template <class T>
void expand_2of4(const std::byte* values, const std::uint8_t* metadata, std::int64_t groups,
                 std::byte* out) {
  constexpr std::size_t kSize = sizeof(T);
  for (std::int64_t g = 0; g < groups; ++g, values += 2 * kSize, out += 4 * kSize) {
    const unsigned nibble = metadata[g / 2] >> (g % 2 * 4) & 15u;
    T entry[2];
    std::memcpy(entry, values, sizeof(entry));
    if constexpr (kSize < 4) {
      using Group = std::conditional_t<kSize == 1, std::uint32_t, std::uint64_t>;
      const Group dense = static_cast<Group>(entry[0]) << 8 * kSize * (nibble & 3u) |
                          static_cast<Group>(entry[1]) << 8 * kSize * (nibble >> 2);
      std::memcpy(out, &dense, sizeof(dense));
    } else {
      std::memset(out, 0, 4 * kSize);
      std::memcpy(out + (nibble & 3u) * kSize, &entry[0], kSize);
      std::memcpy(out + (nibble >> 2) * kSize, &entry[1], kSize);
    }
  }
}

template <class T>
void expand_of(const std::byte* values, const std::uint8_t* metadata, std::int64_t groups,
               Pattern pattern, std::byte* out) {
  if (pattern == Pattern{2, 4}) return expand_2of4<T>(values, metadata, groups, out);
  constexpr std::int64_t kChunk = 64;  // entries; a whole number of metadata bytes at any width
  const int width = position_bits(pattern.group);
  const std::int64_t entries = groups * pattern.keep;
  std::memset(out, 0, static_cast<std::size_t>(groups * pattern.group) * sizeof(T));
  std::uint8_t positions[kChunk];
  int entry = 0;  // of the group that `out` points to
  for (std::int64_t first = 0; first < entries; first += kChunk) {
    const std::int64_t count = std::min(kChunk, entries - first);
    read_positions(metadata + first * width / 8, count, width, positions);
    for (std::int64_t e = 0; e < count; ++e, values += sizeof(T)) {
      if (positions[e] < pattern.group)
        std::memcpy(out + positions[e] * sizeof(T), values, sizeof(T));
      if (++entry == pattern.keep) {
        entry = 0;
        out += static_cast<std::size_t>(pattern.group) * sizeof(T);
      }
    }
  }
}

void expand(std::size_t elem_bytes, const void* values, const void* metadata, std::int64_t groups,
            Pattern pattern, void* out) {
  const auto run = elem_bytes == 1   ? expand_of<std::uint8_t>
                   : elem_bytes == 2 ? expand_of<std::uint16_t>
                                     : expand_of<std::uint32_t>;
  run(static_cast<const std::byte*>(values), static_cast<const std::uint8_t*>(metadata), groups,
      pattern, static_cast<std::byte*>(out));
}

constexpr GroupOps kGroupOps = {count_crowded, expand_bits, compact,
                                pack_nibbles,  expand,      read_positions};

}  // namespace HWY_NAMESPACE
}  // namespace heddle::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::cpu {

const GroupOps& group_ops() { HEDDLE_RETURN_BEST(kGroupOps); }

}  // namespace heddle::cpu
#endif
