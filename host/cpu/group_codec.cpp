#include "host/cpu/group_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "host/packed_header.hpp"

namespace heddle::cpu {
namespace {

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

// Byte b of a mask stream as eight 0/1 bytes.
constexpr auto kBitsToBytes = [] {
  std::array<std::uint64_t, 256> table{};
  for (unsigned b = 0; b < 256; ++b)
    for (unsigned i = 0; i < 8; ++i) table[b] |= static_cast<std::uint64_t>(b >> i & 1u) << 8 * i;
  return table;
}();

template <class T>
void compact_of(const std::byte* x, std::int64_t groups, Pattern pattern, const std::uint32_t* bits,
                std::byte* values, void* metadata) {
  BitWriter positions(metadata);
  const int width = position_bits(pattern.group);
  for (std::int64_t g = 0; g < groups; ++g) {
    for (std::uint32_t left = bits[g]; left != 0; left &= left - 1) {
      const int at = std::countr_zero(left);
      std::memcpy(values, x + static_cast<std::size_t>(at) * sizeof(T), sizeof(T));
      values += sizeof(T);
      positions.put(static_cast<std::uint32_t>(at), width);
    }
    x += static_cast<std::size_t>(pattern.group) * sizeof(T);
  }
  positions.finish();
}

// 2:4: the group as one integer, both entries shifted into place.
template <class T, class Group>
void expand_2of4(const std::byte* values, const std::uint8_t* metadata, std::int64_t groups,
                 std::byte* out) {
  constexpr unsigned kBits = sizeof(T) * 8;
  for (std::int64_t g = 0; g < groups; ++g) {
    const unsigned nibble = metadata[g / 2] >> (g % 2 * 4) & 15u;
    T entry[2];
    std::memcpy(entry, values + g * 2 * static_cast<std::int64_t>(sizeof(T)), sizeof(entry));
    const Group dense = static_cast<Group>(entry[0]) << kBits * (nibble & 3u) |
                        static_cast<Group>(entry[1]) << kBits * (nibble >> 2);
    std::memcpy(out + g * static_cast<std::int64_t>(sizeof(Group)), &dense, sizeof(Group));
  }
}

template <class T>
void expand_of(const std::byte* values, const std::uint8_t* metadata, std::int64_t groups,
               Pattern pattern, std::byte* out) {
  constexpr std::int64_t kChunk = 64;  // entries; a whole number of metadata bytes at any width
  const int width = position_bits(pattern.group);
  const std::int64_t entries = groups * pattern.keep;
  std::memset(out, 0, static_cast<std::size_t>(groups * pattern.group) * sizeof(T));
  std::uint8_t positions[kChunk];
  std::int64_t group = 0;
  int entry = 0;
  for (std::int64_t first = 0; first < entries; first += kChunk) {
    const std::int64_t count = std::min(kChunk, entries - first);
    read_positions(metadata + first * width / 8, count, width, positions);
    for (std::int64_t e = 0; e < count; ++e) {
      if (positions[e] < pattern.group)
        std::memcpy(
            out + (group * pattern.group + positions[e]) * static_cast<std::int64_t>(sizeof(T)),
            values + (first + e) * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
      if (++entry == pattern.keep) entry = 0, ++group;
    }
  }
}

}  // namespace

void extract_groups(const std::uint64_t* stream, std::int64_t groups, int group,
                    std::uint32_t* bits) {
  const std::uint64_t all = (std::uint64_t{1} << group) - 1;
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::int64_t at = g * group;
    const int shift = static_cast<int>(at % 64);
    std::uint64_t word = stream[at / 64] >> shift;
    if (shift + group > 64) word |= stream[at / 64 + 1] << (64 - shift);
    bits[g] = static_cast<std::uint32_t>(word & all);
  }
}

void add_fillers(std::uint32_t* bits, std::int64_t groups, Pattern pattern) {
  for (std::int64_t g = 0; g < groups; ++g)
    for (int missing = pattern.keep - std::popcount(bits[g]); missing > 0; --missing)
      bits[g] |= bits[g] + 1;  // sets the lowest zero
}

void expand_bits(const std::uint32_t* bits, std::int64_t cols, int group, std::uint8_t* mask) {
  for (std::int64_t g = 0, at = 0; at < cols; ++g) {
    const std::int64_t end = std::min(at + group, cols);
    for (std::uint32_t left = bits[g]; at < end; at += 8, left >>= 8)
      std::memcpy(mask + at, &kBitsToBytes[left & 255u],
                  static_cast<std::size_t>(std::min<std::int64_t>(8, end - at)));
    at = end;
  }
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

void expand(std::size_t elem_bytes, const void* values, const void* metadata, std::int64_t groups,
            Pattern pattern, void* out) {
  const auto* v = static_cast<const std::byte*>(values);
  const auto* m = static_cast<const std::uint8_t*>(metadata);
  auto* o = static_cast<std::byte*>(out);
  const bool is_2of4 = pattern == Pattern{2, 4};
  if (elem_bytes == 1)
    return is_2of4 ? expand_2of4<std::uint8_t, std::uint32_t>(v, m, groups, o)
                   : expand_of<std::uint8_t>(v, m, groups, pattern, o);
  if (elem_bytes == 2)
    return is_2of4 ? expand_2of4<std::uint16_t, std::uint64_t>(v, m, groups, o)
                   : expand_of<std::uint16_t>(v, m, groups, pattern, o);
  expand_of<std::uint32_t>(v, m, groups, pattern, o);
}

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

}  // namespace heddle::cpu
