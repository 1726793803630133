#pragma once
// Packed to device order: entries move, nothing is decided anew.

#include "kernels/kernel.hpp"
#include "kernels/pack/device_blob.hpp"

namespace heddle {

// A blob to read entries from. Canonical blobs have the four sizes, device order has none of them.
struct PackedSource {
  const std::byte* data;
  int align;  // divides the address
  bool in_device_order;
  std::int64_t rows, cols;
  std::int64_t values, row_values;      // bytes: the values' offset, and a row's length
  std::int64_t metadata, row_metadata;  // bytes
};

struct DeviceCopyArgs {
  PackedSource in;
  std::int64_t row, group;  // of `in`, where `out` begins
  DeviceBlob out;
  HeaderBytes header;
  DeviceKind kind;
  std::int64_t groups;  // of a row of `out`
};

// Whole blocks, as they are.
struct BlockCopyArgs {
  const std::byte* in;  // the first block that is copied
  int in_align;
  std::int64_t in_stride;  // bytes from a row of blocks to the next
  DeviceBlob out;
  std::int64_t block_bytes;
  HeaderBytes header;
};

Kernel copy_device_kernel(int elem_bytes);
Kernel copy_blocks_kernel();

}  // namespace heddle
