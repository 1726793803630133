#pragma once
// A unit of a packed matrix as canonical rows, whatever the order of the blob.

#include <cstddef>
#include <cstdint>

#include "heddle/pack.hpp"
#include "host/cpu/parallel.hpp"

namespace heddle::cpu {

// Canonical rows: contiguous values and metadata of each row, both starting at a byte.
template <class Byte>
struct BasicPackedRows {
  Byte* values;
  std::int64_t values_stride;  // bytes between rows
  Byte* metadata;
  std::int64_t metadata_stride;
  Byte* values_row(std::int64_t r) const { return values + r * values_stride; }
  Byte* metadata_row(std::int64_t r) const { return metadata + r * metadata_stride; }
};
using PackedRows = BasicPackedRows<std::byte>;
using ConstPackedRows = BasicPackedRows<const std::byte>;

// Arena bytes that open_rows or load_rows may take.
std::size_t packed_rows_bytes(const PackedDesc& desc);

// The rows of a unit to read: the blob itself in canonical order, else a gathered copy. Here the
// unit may start at any row, and have up to 64 groups more than Units gives.
ConstPackedRows load_rows(const ConstPackedView& packed, const Unit& unit, Arena& arena);

// The rows of a unit to write, all groups of the unit; store_rows pads them and brings them home
// (nothing to do in canonical order).
PackedRows open_rows(const PackedView& packed, const Unit& unit, Arena& arena);
void store_rows(const PackedView& packed, const Unit& unit, const PackedRows& rows);

// Row r of a unit to write, where its input is refused: zeros, so that no blob gets what the scratch
// memory held before.
void clear_row(const PackedDesc& desc, const Unit& unit, const PackedRows& rows, std::int64_t r);

// The units of a packed matrix.
inline Units units_of(const PackedDesc& desc) { return Units(desc.rows, desc.cols, desc.pattern); }

}  // namespace heddle::cpu
