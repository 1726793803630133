#pragma once
// The canonical blob as kernels see it, and the kernels that write, read and check it.
// docs/kernels/pack_canonical.md.

#include "kernels/kernel.hpp"
#include "kernels/layout/device_order.hpp"
#include "kernels/mask/ranking.hpp"
#include "kernels/matrix.hpp"
#include "kernels/pack/header.hpp"
#include "kernels/report/report.hpp"

namespace heddle {

// A blob at any address. Each row of values, and of metadata, starts at a byte.
template <class Byte>
struct BasicCanonicalBlob {
  Byte* data;                // header, values, zeros, metadata
  Byte* values;              // [rows, groups * keep] elements
  Byte* metadata;            // [rows, metadata_step] bytes
  std::int64_t values_step;  // bytes of a row
  std::int64_t metadata_step;
  std::int64_t rows, cols;  // of the dense matrix
  std::int64_t groups;      // of a row
  int keep, group;
  int bits;                          // of a position: ceil(log2 group)
  int values_align, metadata_align;  // divide the address of every row; 1, 2, 4, 8 or 16
  int align;                         // divides `data`

  // Bits that one group's positions take: eight groups take as many bytes.
  HEDDLE_HD int field_bits() const { return keep * bits; }
  HEDDLE_HD Byte* values_row(std::int64_t row) const { return values + row * values_step; }
  HEDDLE_HD Byte* metadata_row(std::int64_t row) const { return metadata + row * metadata_step; }
};
using CanonicalBlob = BasicCanonicalBlob<std::byte>;
using ConstCanonicalBlob = BasicCanonicalBlob<const std::byte>;

struct CanonicalPackArgs {
  CanonicalBlob out;
  HeaderBytes header;
  ConstMatrix matrix;  // [rows, cols]
  ConstMatrix mask;    // [rows, cols] bytes; data null: the best entries by magnitude
  RankRule rule;
  bool integer;  // `rule` is of an integer type
  Tally* tally;  // groups of the mask that keep too many: row * groups + group; null without a mask
};

struct CanonicalUnpackArgs {
  ConstCanonicalBlob in;
  Matrix out;  // [rows, cols]
};

struct CanonicalVerifyArgs {
  ConstCanonicalBlob in;
  HeaderBytes header;  // that it must have
  int elem_bytes;
  Tally* tally;  // findings as finish_verify_report reads them
};

// The payload of a device-order blob, as a source of entries.
struct DevicePayload {
  const std::byte* data;
  std::int64_t rows, cols;  // of its dense matrix
  int keep, group;
  int align;  // divides `data`
};

// Entry (r, j) of out is entry (row + r, entry + j) of the source.
template <class Source>  // ConstCanonicalBlob or DevicePayload
struct CanonicalCopyArgs {
  CanonicalBlob out;
  HeaderBytes header;
  Source from;
  std::int64_t row, entry;
};

// A kernel and the grid that does its work in one pass.
struct PlannedKernel {
  Kernel kernel;
  LaunchShape shape;
};

PlannedKernel pack_canonical_kernel(const CanonicalBlob& out, int elem_bytes);
PlannedKernel unpack_canonical_kernel(const ConstCanonicalBlob& in, int elem_bytes);
PlannedKernel verify_canonical_kernel(const ConstCanonicalBlob& in);
PlannedKernel copy_canonical_kernel(const CanonicalBlob& out, int elem_bytes, bool from_device);

}  // namespace heddle
