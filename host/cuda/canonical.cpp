#include "kernels/pack/canonical.hpp"

#include "host/cuda/arguments.hpp"
#include "host/cuda/packed.hpp"
#include "host/cuda/runtime.hpp"
#include "host/packed_header.hpp"

namespace heddle::cuda {
namespace {

int element_bytes(const PackedDesc& desc) { return static_cast<int>(size_of(desc.type)); }

// Rows behind one another from `data`, each `step` bytes: what divides all their addresses.
int row_alignment(const void* data, std::int64_t rows, std::int64_t step) {
  return common_alignment(data, rows > 1 ? step : 0);
}

template <class Byte, class View>
BasicCanonicalBlob<Byte> blob_of(const View& packed) {
  const PackedDesc& desc = packed.desc;
  const CanonicalLayout parts = canonical_parts(desc);
  BasicCanonicalBlob<Byte> blob;
  blob.data = static_cast<Byte*>(packed.data);
  blob.values = blob.data + parts.values_offset;
  blob.metadata = blob.data + parts.metadata_offset;
  blob.values_step = parts.compressed_cols * element_bytes(desc);
  blob.metadata_step = static_cast<std::int64_t>(parts.metadata_row_bytes);
  blob.rows = desc.rows;
  blob.cols = desc.cols;
  blob.groups = group_count(desc.cols, desc.pattern);
  blob.keep = desc.pattern.keep;
  blob.group = desc.pattern.group;
  blob.bits = position_bits(desc.pattern.group);
  blob.values_align = row_alignment(blob.values, desc.rows, blob.values_step);
  blob.metadata_align = row_alignment(blob.metadata, desc.rows, blob.metadata_step);
  blob.align = common_alignment(packed.data, 0);
  return blob;
}

CanonicalBlob writable(const PackedView& packed) { return blob_of<std::byte>(packed); }
ConstCanonicalBlob readable(const ConstPackedView& packed) {
  return blob_of<const std::byte>(packed);
}

DevicePayload payload_of(const ConstPackedView& packed) {
  const auto* data = static_cast<const std::byte*>(packed.data) + kHeaderBytes;
  return {data,
          packed.desc.rows,
          packed.desc.cols,
          packed.desc.pattern.keep,
          packed.desc.pattern.group,
          common_alignment(data, 0)};
}

template <class Args>
Status launch_planned(const Exec& exec, const PlannedKernel& plan, const Args& args) {
  return launch(exec, plan.kernel, plan.shape, args);
}

template <class Source>
Status copy_from(const Exec& exec, const Source& source, std::int64_t row, std::int64_t entry,
                 const PackedView& out, bool from_device) {
  const CanonicalCopyArgs<Source> args{writable(out), header_bytes(out.desc), source, row, entry};
  return launch_planned(exec, copy_canonical_kernel(args.out, element_bytes(out.desc), from_device),
                        args);
}

}  // namespace

Status pack_canonical(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView* mask,
                      const PackedView& out, Tally* tally) {
  const CanonicalPackArgs args{writable(out),
                               header_bytes(out.desc),
                               argument(matrix),
                               mask == nullptr ? ConstMatrix{} : argument(*mask),
                               rank_rule(matrix.type, Ranking::magnitude),
                               matrix.type == DataType::i8,
                               tally};
  return launch_planned(exec, pack_canonical_kernel(args.out, element_bytes(out.desc)), args);
}

Status unpack_canonical(const Exec& exec, const ConstPackedView& packed, const MatrixView& out) {
  const CanonicalUnpackArgs args{readable(packed), argument(out)};
  return launch_planned(exec, unpack_canonical_kernel(args.in, element_bytes(packed.desc)), args);
}

Status verify_canonical(const Exec& exec, const ConstPackedView& packed, Tally* tally) {
  const CanonicalVerifyArgs args{readable(packed), header_bytes(packed.desc),
                                 element_bytes(packed.desc), tally};
  return launch_planned(exec, verify_canonical_kernel(args.in), args);
}

Status copy_to_canonical(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                         std::int64_t col, const PackedView& out) {
  const std::int64_t entry = col / packed.desc.pattern.group * packed.desc.pattern.keep;
  if (packed.desc.order == PackedOrder::device)
    return copy_from(exec, payload_of(packed), row, entry, out, true);
  return copy_from(exec, readable(packed), row, entry, out, false);
}

}  // namespace heddle::cuda
