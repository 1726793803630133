#include "test/simt/models/tensor_map.hpp"

#include <algorithm>

namespace heddle::simt {
namespace {

constexpr std::uint64_t magic = 0x7065746C64646568;
constexpr unsigned max_rank = TensorMapShape::kMaxRank;

// Words: magic, base, sizes, strides, boxes and the small fields, checksum.
constexpr unsigned size_at = 2, stride_at = 7, box_at = 11, small_at = 13, sum_at = 15;

std::uint64_t checksum(const TensorMap& map) {
  std::uint64_t sum = magic;
  for (unsigned i = 0; i < sum_at; ++i) sum = (sum ^ map.opaque[i]) * 0x9E3779B97F4A7C15u;
  return sum;
}

// cuda.h, cuTensorMapEncodeTiled.
std::string refusal(const TensorMapShape& s, const TensorMap& map) {
  const auto number = [](auto n) { return std::to_string(n); };
  if (reinterpret_cast<std::uintptr_t>(&map) % 64) return "the map is not 64-byte aligned";
  if (s.rank < 1 || s.rank > TensorMapShape::kMaxRank) {
    return "rank " + number(s.rank) + ": must be 1 to 5";
  }
  if (s.elem_bytes != 1 && s.elem_bytes != 2 && s.elem_bytes != 4) {
    return number(s.elem_bytes) + " bytes an element: must be 1, 2 or 4";
  }
  if (s.base == nullptr || reinterpret_cast<std::uintptr_t>(s.base) % 16) {
    return "the base is null or not 16-byte aligned";
  }
  if (s.swizzle < TensorSwizzle::none || s.swizzle > TensorSwizzle::b128) {
    return "no such swizzle";
  }
  for (int i = 0; i < s.rank; ++i) {
    if (s.size[i] < 1 || s.size[i] > std::uint64_t{1} << 32) {
      return "size " + number(s.size[i]) + " of dimension " + number(i) + ": must be 1 to 2^32";
    }
    if (s.box[i] < 1 || s.box[i] > 256) {
      return "box " + number(s.box[i]) + " of dimension " + number(i) + ": must be 1 to 256";
    }
    if (i == 0) continue;
    const std::uint64_t stride = s.stride_bytes[i - 1];
    if (stride % 16 || stride >= std::uint64_t{1} << 40) {
      return "stride " + number(stride) + " of dimension " + number(i) +
             ": must be a multiple of 16 below 2^40";
    }
  }
  const std::uint64_t row = std::uint64_t{s.box[0]} * static_cast<unsigned>(s.elem_bytes);
  if (row % 16) return "box rows of " + number(row) + " bytes: must be a multiple of 16";
  if (s.swizzle != TensorSwizzle::none && row > swizzle_bytes(s.swizzle)) {
    return "box rows of " + number(row) + " bytes: the swizzle takes " +
           number(swizzle_bytes(s.swizzle));
  }
  return "";
}

}  // namespace

std::size_t TensorMapFields::box_rows() const {
  std::size_t rows = 1;
  for (unsigned i = 1; i < rank; ++i) rows *= box[i];
  return rows;
}

unsigned swizzle_bytes(TensorSwizzle swizzle) { return 16u << static_cast<unsigned>(swizzle); }

std::uintptr_t swizzled(std::uintptr_t address, TensorSwizzle swizzle) {
  const std::uintptr_t chunks = swizzle_bytes(swizzle) / 16 - 1;  // the bits that change, from 4 on
  return address ^ (address >> 7 & chunks) << 4;
}

bool encode(const TensorMapShape& shape, TensorMap& map, std::string* why) {
  const std::string refused = refusal(shape, map);
  if (why) *why = refused;
  if (!refused.empty()) return false;
  map = TensorMap{};
  map.opaque[0] = magic;
  map.opaque[1] = reinterpret_cast<std::uintptr_t>(shape.base);
  for (unsigned i = 0; i < static_cast<unsigned>(shape.rank); ++i) {
    map.opaque[size_at + i] = shape.size[i];
    if (i) map.opaque[stride_at + i - 1] = shape.stride_bytes[i - 1];
    map.opaque[box_at + i / 4] |= std::uint64_t{shape.box[i]} << i % 4 * 16;
  }
  map.opaque[small_at] = static_cast<unsigned>(shape.rank) |
                         static_cast<std::uint64_t>(shape.elem_bytes) << 8 |
                         static_cast<std::uint64_t>(shape.swizzle) << 16;
  map.opaque[sum_at] = checksum(map);
  return true;
}

std::optional<TensorMapFields> decode(const TensorMap& map) {
  if (map.opaque[0] != magic || map.opaque[sum_at] != checksum(map)) return {};
  TensorMapFields fields;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address, as the driver's map holds it
  fields.base = reinterpret_cast<char*>(static_cast<std::uintptr_t>(map.opaque[1]));
  fields.rank = map.opaque[small_at] & 0xFF;
  fields.elem_bytes = map.opaque[small_at] >> 8 & 0xFF;
  fields.swizzle = static_cast<TensorSwizzle>(map.opaque[small_at] >> 16 & 0xFF);
  for (unsigned i = 0; i < max_rank; ++i) {
    const bool there = i < fields.rank;
    fields.size[i] = there ? map.opaque[size_at + i] : 1;
    fields.box[i] =
        there ? static_cast<std::uint32_t>(map.opaque[box_at + i / 4] >> i % 4 * 16 & 0xFFFF) : 1;
    fields.stride[i] = i == 0 ? fields.elem_bytes : there ? map.opaque[stride_at + i - 1] : 0;
  }
  return fields;
}

}  // namespace heddle::simt
