// The bitmasks of compressed-tensors: sparse-24-bitmask, from and to canonical rows.

#include <array>
#include <bit>
#include <cstring>

#include "host/cpu/interchange.hpp"
#include "host/packed_header.hpp"
#include "kernels/layout/metadata.hpp"

namespace heddle::cpu {
namespace {

// The bits of a group from its nibble.
constexpr unsigned bits_of(unsigned nibble) {
  return 1u << layout::nibble_first(nibble) | 1u << layout::nibble_second(nibble);
}

// Both groups of a byte: metadata to bits.
constexpr auto kBitsOfMetadata = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned b = 0; b < 256; ++b)
    table[b] = static_cast<std::uint8_t>(bits_of(b & 15u) | bits_of(b >> 4) << 4);
  return table;
}();

// Bits to metadata; 0, which is no metadata, where a group has not exactly two.
constexpr auto kMetadataOfBits = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned low : layout::kLegalNibbles)
    for (unsigned high : layout::kLegalNibbles)
      table[bits_of(low) | bits_of(high) << 4] = static_cast<std::uint8_t>(low | high << 4);
  return table;
}();

// A byte of which only the low group exists, completed by a high one that is good.
constexpr unsigned kGoodHigh = bits_of(layout::kLegalNibbles[0]) << 4;

// Reads the bits of a row of a unit, `groups` of them, into metadata. False if a group has not
// exactly two bits, or the last byte's unused half has any.
bool read_bits(const std::uint8_t* bits, std::int64_t groups, std::byte* metadata) {
  bool good = true;
  for (std::int64_t i = 0; i < groups / 2; ++i) {
    const std::uint8_t byte = kMetadataOfBits[bits[i]];
    metadata[i] = static_cast<std::byte>(byte);
    good &= byte != 0;
  }
  if (groups % 2 == 0) return good;
  const unsigned last = bits[groups / 2];
  const unsigned byte = last < 16 ? kMetadataOfBits[last | kGoodHigh] : 0u;
  metadata[groups / 2] = static_cast<std::byte>(byte & 15u);
  return good && byte != 0;
}

// Reports the first bad group of such a row.
void report(const std::uint8_t* bits, const Unit& u, std::int64_t row, FirstPlace& bad) {
  for (std::int64_t g = 0; g < u.groups + u.groups % 2; ++g) {
    const int stored = std::popcount(bits[g / 2] >> 4 * (g % 2) & 15u);
    if (stored != (g < u.groups ? 2 : 0)) return bad.report(row, u.group + g, stored);
  }
}

}  // namespace

void copy_values(const PackedDesc& desc, const Unit& unit, const ConstPackedRows& in,
                 std::byte* values) {
  const auto size = static_cast<std::int64_t>(size_of(desc.type));
  const std::int64_t stride = canonical_parts(desc).compressed_cols * size;
  values += unit.row * stride + unit.group * desc.pattern.keep * size;
  for (std::int64_t r = 0; r < unit.rows; ++r)
    std::memcpy(values + r * stride, in.values_row(r),
                static_cast<std::size_t>(unit.groups * desc.pattern.keep * size));
}

void copy_values(const PackedDesc& desc, const Unit& unit, const std::byte* values,
                 const PackedRows& out) {
  const auto size = static_cast<std::int64_t>(size_of(desc.type));
  const std::int64_t stride = canonical_parts(desc).compressed_cols * size;
  values += unit.row * stride + unit.group * desc.pattern.keep * size;
  for (std::int64_t r = 0; r < unit.rows; ++r)
    std::memcpy(out.values_row(r), values + r * stride,
                static_cast<std::size_t>(unit.groups * desc.pattern.keep * size));
}

Status to_bitmask(const Exec& exec, const ConstPackedView& packed, const PackedArrays& out) {
  const PackedDesc& desc = packed.desc;
  const std::int64_t stride = (desc.cols + 7) / 8;
  auto* const bitmask = static_cast<std::uint8_t*>(out.metadata);
  const Units units = units_of(desc);
  return parallel_for(exec, units.count(), packed_rows_bytes(desc),
                      [&](std::int64_t index, Arena& arena) {
                        const Unit u = units[index];
                        const ConstPackedRows in = load_rows(packed, u, arena);
                        copy_values(desc, u, in, static_cast<std::byte*>(out.values));
                        for (std::int64_t r = 0; r < u.rows; ++r) {
                          std::uint8_t* const bits = bitmask + (u.row + r) * stride + u.col / 8;
                          const std::byte* const metadata = in.metadata_row(r);
                          for (std::int64_t i = 0; i < (u.groups + 1) / 2; ++i)
                            bits[i] = kBitsOfMetadata[static_cast<unsigned>(metadata[i])];
                          if (u.groups % 2 != 0) bits[u.groups / 2] &= 15u;
                        }
                      });
}

Status from_bitmask(const Exec& exec, const ConstPackedArrays& arrays, const PackedView& out,
                    FirstPlace& bad) {
  const PackedDesc& desc = out.desc;
  const std::int64_t stride = (desc.cols + 7) / 8;
  const auto* const bitmask = static_cast<const std::uint8_t*>(arrays.metadata);
  const Units units = units_of(desc);
  return parallel_for(
      exec, units.count(), packed_rows_bytes(desc), [&](std::int64_t index, Arena& arena) {
        const Unit u = units[index];
        const PackedRows to = open_rows(out, u, arena);
        copy_values(desc, u, static_cast<const std::byte*>(arrays.values), to);
        for (std::int64_t r = 0; r < u.rows; ++r) {
          const std::uint8_t* const bits = bitmask + (u.row + r) * stride + u.col / 8;
          if (!read_bits(bits, u.groups, to.metadata_row(r))) report(bits, u, u.row + r, bad);
        }
        store_rows(out, u, to);
      });
}

}  // namespace heddle::cpu
