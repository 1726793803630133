// Packed operations in device order.

#include <algorithm>

#include "host/cuda/arguments.hpp"
#include "host/cuda/packed.hpp"
#include "host/cuda/runtime.hpp"
#include "host/packed_header.hpp"
#include "kernels/pack/device_copy.hpp"
#include "kernels/pack/device_pack.hpp"
#include "kernels/pack/device_unpack.hpp"
#include "kernels/pack/device_verify.hpp"

namespace heddle::cuda {
namespace {

using Fault = VerifyReport::Fault;
static_assert(static_cast<int>(DeviceFault::header) == static_cast<int>(Fault::header) &&
              static_cast<int>(DeviceFault::position) == static_cast<int>(Fault::position) &&
              static_cast<int>(DeviceFault::value) == static_cast<int>(Fault::value) &&
              static_cast<int>(DeviceFault::padding) == static_cast<int>(Fault::padding) &&
              static_cast<int>(DeviceFault::filler) == static_cast<int>(Fault::filler));

DeviceKind kind_of(Pattern pattern) {
  if (pattern == Pattern{2, 4}) return DeviceKind::two_of_four;
  return pattern == Pattern{1, 2} ? DeviceKind::one_of_two : DeviceKind::one_of_four;
}

template <class Byte>
BasicDeviceBlob<Byte> blob_of(const PackedDesc& desc, Byte* data) {
  const layout::DeviceGeometry geo = device_geometry(desc);
  return {data,      common_alignment(data, 0),           desc.rows,
          desc.cols, geo.row_blocks() * geo.col_blocks(), block_divisor(geo.col_blocks())};
}
DeviceBlob argument(const PackedView& packed) {
  return blob_of(packed.desc, static_cast<std::byte*>(packed.data));
}
ConstDeviceBlob argument(const ConstPackedView& packed) {
  return blob_of(packed.desc, static_cast<const std::byte*>(packed.data));
}

int elem_bytes(const PackedDesc& desc) { return static_cast<int>(size_of(desc.type)); }

// A thread block for each block, and one for the header where there is none.
template <class Args, class Blob>
Status launch_blocks(const Exec& exec, const Kernel& kernel, const Blob& blob, const Args& args) {
  return launch(exec, kernel, {std::max<std::int64_t>(blob.blocks, 1), kDeviceThreads}, args);
}

PackedSource source_of(const ConstPackedView& packed) {
  const PackedDesc& desc = packed.desc;
  PackedSource in = {};
  in.data = static_cast<const std::byte*>(packed.data);
  in.align = common_alignment(packed.data, 0);
  in.in_device_order = desc.order == PackedOrder::device;
  in.rows = desc.rows;
  in.cols = desc.cols;
  if (in.in_device_order) return in;
  const CanonicalLayout parts = canonical_parts(desc);
  in.values = static_cast<std::int64_t>(parts.values_offset);
  in.row_values = parts.compressed_cols * elem_bytes(desc);
  in.metadata = static_cast<std::int64_t>(parts.metadata_offset);
  in.row_metadata = static_cast<std::int64_t>(parts.metadata_row_bytes);
  return in;
}

// True if [begin, begin + length) of `all` is whole blocks, padding included.
bool on_blocks(std::int64_t begin, std::int64_t length, std::int64_t all, std::int64_t block) {
  return begin % block == 0 && (begin + length == all || length % block == 0);
}

}  // namespace

Status pack_device(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView* mask,
                   const PackedView& out, Tally* tally) {
  DevicePackArgs args = {};
  args.matrix = cuda::argument(matrix);
  if (mask != nullptr) args.mask = cuda::argument(*mask);
  args.rule = magnitude_rule(rank_rule(matrix.type, Ranking::magnitude), elem_bytes(out.desc));
  args.out = argument(out);
  args.header = header_bytes(out.desc);
  args.tally = tally;
  args.groups = group_count(out.desc.cols, out.desc.pattern);
  const DeviceSource source = mask != nullptr               ? DeviceSource::mask
                              : matrix.type == DataType::i8 ? DeviceSource::best_integer
                                                            : DeviceSource::best_float;
  return launch_blocks(exec,
                       pack_device_kernel(elem_bytes(out.desc), kind_of(out.desc.pattern), source),
                       args.out, args);
}

Status unpack_device(const Exec& exec, const ConstPackedView& packed, const MatrixView& out) {
  const DeviceUnpackArgs args = {argument(packed), cuda::argument(out),
                                 kind_of(packed.desc.pattern)};
  return launch(exec, unpack_device_kernel(elem_bytes(packed.desc)),
                {args.in.blocks, kDeviceThreads}, args);
}

Status verify_device(const Exec& exec, const ConstPackedView& packed, Tally* tally) {
  const DeviceVerifyArgs args = {argument(packed), header_bytes(packed.desc),
                                 kind_of(packed.desc.pattern), verify_groups(packed.desc), tally};
  return launch_blocks(exec, verify_device_kernel(elem_bytes(packed.desc)), args.in, args);
}

Status copy_to_device(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                      std::int64_t col, const PackedView& out) {
  const PackedDesc &from = packed.desc, &to = out.desc;
  if (from.order == PackedOrder::device && on_blocks(row, to.rows, from.rows, layout::kBlockRows) &&
      on_blocks(col, to.cols, from.cols, layout::kBlockCols)) {
    const layout::DeviceGeometry geo = device_geometry(from);
    const std::int64_t first =
        row / layout::kBlockRows * geo.col_blocks() + col / layout::kBlockCols;
    const BlockCopyArgs args = {
        static_cast<const std::byte*>(packed.data) + kHeaderBytes + first * geo.block_bytes(),
        common_alignment(packed.data, 0),
        geo.col_blocks() * geo.block_bytes(),
        argument(out),
        geo.block_bytes(),
        header_bytes(to)};
    return launch_blocks(exec, copy_blocks_kernel(), args.out, args);
  }
  const DeviceCopyArgs args = {source_of(packed),
                               row,
                               col / from.pattern.group,
                               argument(out),
                               header_bytes(to),
                               kind_of(to.pattern),
                               group_count(to.cols, to.pattern)};
  return launch_blocks(exec, copy_device_kernel(elem_bytes(to)), args.out, args);
}

}  // namespace heddle::cuda
