#pragma once
// The blob's header and sizes (docs/formats.md, "The blob").

#include <cstddef>
#include <cstdint>

#include "heddle/pack.hpp"
#include "kernels/layout/device_order.hpp"
#include "kernels/pack/header.hpp"

namespace heddle {

inline constexpr std::size_t kHeaderBytes = 128;  // the payload starts here
inline constexpr std::size_t kPartAlign = 128;    // canonical metadata starts at a multiple

// Bits of one position: ceil(log2 group).
constexpr int position_bits(int group) {
  int bits = 0;
  while (1 << bits < group) ++bits;
  return bits;
}

constexpr std::int64_t group_count(std::int64_t cols, Pattern pattern) {
  return cols / pattern.group + (cols % pattern.group != 0);
}

constexpr layout::DeviceGeometry device_geometry(const PackedDesc& desc) {
  return {desc.rows, desc.cols, static_cast<int>(size_of(desc.type))};
}

// Shape, pattern, type and order; `name` is the argument. A good desc has a size below 2^63.
Status check_desc(const char* name, const PackedDesc& desc);

// check_desc, and memory of the blob's size.
Status check_packed(const char* name, const ConstPackedView& packed);

// The canonical parts and blob sizes of a desc that check_desc accepted.
CanonicalLayout canonical_parts(const PackedDesc& desc);
std::size_t blob_bytes(const PackedDesc& desc);

// The header of a blob, for a kernel to write or to compare.
HeaderBytes header_bytes(const PackedDesc& desc);

// Writes the 128 bytes of the header, and zeros between the parts of a canonical blob.
void write_header(const PackedView& packed);

// Compares the header's bytes with those that `packed.desc` asks for; `corrupt` names the field.
Status check_header(const ConstPackedView& packed);

}  // namespace heddle
