#include "heddle/interchange.hpp"

#include "host/cpu/interchange.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/overlap.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"
#include "kernels/layout/sm80_order.hpp"

namespace heddle {
namespace {

Status check_cpu(const Exec& exec) {
  if (on_cuda(exec))
    return {StatusCode::unsupported,
            "exec = cuda: must be cpu; other libraries' formats are converted on the host"};
  return check_exec(exec);
}

// ---- which matrices a format holds --------------------------------------------------------------

// The field `what` of the description that argument `name` is or has.
std::string field_of(const char* name, const char* what) {
  return std::string(name) + (std::string(name) == "desc" ? "" : ".desc") + what;
}

Status unsupported(const char* name, const char* field, std::int64_t value, const char* format,
                   const std::string& wanted) {
  return {StatusCode::unsupported,
          message(field_of(name, field), " = ", value, " in the ", format, ": must be ", wanted)};
}

Status check_pattern_of(const char* name, const PackedDesc& desc, Pattern wanted,
                        const char* format) {
  if (desc.pattern == wanted) return {};
  return {StatusCode::unsupported,
          message(field_of(name, ".pattern"), " = ", to_string(desc.pattern), " of ",
                  to_string(desc.type), " in the ", format, ": must be ", to_string(wanted))};
}

Status check_sm80(const char* name, const PackedDesc& desc) {
  constexpr char kFormat[] = "sm80 order";
  HEDDLE_TRY(check_desc(name, desc));
  const Pattern pattern = desc.type == DataType::f32 ? Pattern{1, 2} : Pattern{2, 4};
  HEDDLE_TRY(check_pattern_of(name, desc, pattern, kFormat));
  const int elem = static_cast<int>(size_of(desc.type));
  const std::int64_t rows = layout::sm80_row_group(elem);
  const std::int64_t cols = 2 * layout::sm80_piece_chunks(elem) * pattern.group;
  if (desc.rows % rows != 0)
    return unsupported(name, ".rows", desc.rows, kFormat, message("a multiple of ", rows));
  if (desc.cols % cols != 0)
    return unsupported(name, ".cols", desc.cols, kFormat, message("a multiple of ", cols));
  return {};
}

ArraysLayout sm80_parts(const PackedDesc& desc) {
  const CanonicalLayout parts = canonical_parts(desc);
  const int elem = static_cast<int>(size_of(desc.type));
  ArraysLayout layout;
  layout.values_cols = parts.compressed_cols;
  layout.values_bytes = parts.values_bytes;
  layout.metadata_element_bytes = elem == 1 ? 4 : 2;
  layout.metadata_cols = desc.cols / (layout::sm80_piece_chunks(elem) * desc.pattern.group);
  layout.metadata_bytes =
      static_cast<std::size_t>(desc.rows * layout.metadata_cols) * layout.metadata_element_bytes;
  return layout;
}

Status check_bitmask(const char* name, const PackedDesc& desc) {
  constexpr char kFormat[] = "bitmask format";
  HEDDLE_TRY(check_desc(name, desc));
  HEDDLE_TRY(check_pattern_of(name, desc, {2, 4}, kFormat));
  if (desc.cols % 4 != 0) return unsupported(name, ".cols", desc.cols, kFormat, "a multiple of 4");
  return {};
}

ArraysLayout bitmask_parts(const PackedDesc& desc) {
  const CanonicalLayout parts = canonical_parts(desc);
  ArraysLayout layout;
  layout.values_cols = parts.compressed_cols;
  layout.values_bytes = parts.values_bytes;
  layout.metadata_element_bytes = 1;
  layout.metadata_cols = (desc.cols + 7) / 8;
  layout.metadata_bytes = static_cast<std::size_t>(desc.rows * layout.metadata_cols);
  return layout;
}

// ---- memory -------------------------------------------------------------------------------------

// An array that must hold `need` bytes and not share any with the blob.
Status check_array(const char* name, const void* data, std::size_t bytes, std::size_t need,
                   const ConstPackedView& blob, const char* blob_name) {
  if (bytes < need)
    return {StatusCode::invalid_argument, message(name, "_bytes = ", bytes, ": must be >= ", need)};
  if (need == 0) return {};
  if (data == nullptr)
    return {StatusCode::invalid_argument, message(name, " = null: must not be null")};
  return check_no_overlap(name, footprint(data, need), blob_name,
                          footprint(blob.data, blob_bytes(blob.desc)));
}

Status check_arrays(const char* values_name, const char* metadata_name,
                    const ConstPackedArrays& arrays, const ArraysLayout& layout,
                    const ConstPackedView& blob, const char* blob_name) {
  HEDDLE_TRY(check_array(values_name, arrays.values, arrays.values_bytes, layout.values_bytes, blob,
                         blob_name));
  return check_array(metadata_name, arrays.metadata, arrays.metadata_bytes, layout.metadata_bytes,
                     blob, blob_name);
}

Status check_written(const ConstPackedView& packed, const PackedArrays& out,
                     const ArraysLayout& layout) {
  HEDDLE_TRY(check_arrays("out.values", "out.metadata", out, layout, packed, "packed"));
  return check_no_overlap("out.metadata", footprint(out.metadata, layout.metadata_bytes),
                          "out.values", footprint(out.values, layout.values_bytes));
}

// ---- sparse-bitmask -----------------------------------------------------------------------------

// Sizes follow from the description and `count`; those of memory are the caller's word.
Status check_sparse(const char* name, const ConstSparseBitmask& arrays, const ConstPackedView& blob,
                    const char* blob_name) {
  const PackedDesc& desc = blob.desc;
  const auto field = [&](const char* what) { return std::string(name) + what; };
  const std::int64_t most = desc.rows * desc.cols;
  if (arrays.count < 0 || arrays.count > most)
    return {StatusCode::invalid_argument,
            message(field(".count"), " = ", arrays.count, ": must be in [0, ", most, "]")};
  const auto rows = static_cast<std::size_t>(desc.rows);
  const auto values = static_cast<std::size_t>(arrays.count) * size_of(desc.type);
  const std::size_t bits = rows * static_cast<std::size_t>((desc.cols + 7) / 8);
  HEDDLE_TRY(check_array(field(".values").c_str(), arrays.values, values, values, blob, blob_name));
  HEDDLE_TRY(check_array(field(".bitmask").c_str(), arrays.bitmask, bits, bits, blob, blob_name));
  return check_array(field(".row_offsets").c_str(), arrays.row_offsets, rows * 8, rows * 8, blob,
                     blob_name);
}

Status describe(const cpu::FirstPlace& bad, const ConstSparseBitmask& arrays,
                const PackedDesc& desc) {
  const std::int64_t row = bad.row();
  switch (static_cast<cpu::BitmaskFault>(bad.what())) {
    case cpu::BitmaskFault::offset:
      return {StatusCode::corrupt,
              message("row_offsets[", row, "] = ", arrays.row_offsets[row],
                      ": the row's bits must be as many as lie between it and the next offset, of ",
                      arrays.count, " values in all")};
    case cpu::BitmaskFault::tail:
      return {StatusCode::corrupt,
              message("bitmask row ", row, ": bits past column ", desc.cols - 1, " must be zero")};
    case cpu::BitmaskFault::crowded: break;
  }
  return {StatusCode::not_compliant,
          message("bitmask row ", row, " group ", bad.group(), ": must keep at most ",
                  desc.pattern.keep, " of ", desc.pattern.group)};
}

}  // namespace

// ---- CUTLASS and PyTorch ------------------------------------------------------------------------

Result<ArraysLayout> sm80_layout(const PackedDesc& desc) try {
  if (Status s = check_sm80("desc", desc); !s.ok()) return s;
  return sm80_parts(desc);
} catch (...) {
  return caught();
}

Status to_sm80(const Exec& exec, const ConstPackedView& packed, const PackedArrays& out) try {
  HEDDLE_TRY(check_packed("packed", packed));
  HEDDLE_TRY(check_sm80("packed", packed.desc));
  HEDDLE_TRY(check_written(packed, out, sm80_parts(packed.desc)));
  HEDDLE_TRY(check_cpu(exec));
  return cpu::to_sm80(exec, packed, out);
} catch (...) {
  return caught();
}

Status from_sm80(const Exec& exec, const ConstPackedArrays& arrays, const PackedView& out) try {
  HEDDLE_TRY(check_packed("out", out));
  HEDDLE_TRY(check_sm80("out", out.desc));
  HEDDLE_TRY(
      check_arrays("arrays.values", "arrays.metadata", arrays, sm80_parts(out.desc), out, "out"));
  HEDDLE_TRY(check_cpu(exec));
  write_header(out);
  cpu::FirstPlace bad;
  HEDDLE_TRY(cpu::from_sm80(exec, arrays, out, bad));
  if (!bad.found()) return {};
  return {StatusCode::corrupt,
          message("metadata row ", bad.row(), " group ", bad.group(), " = ", bad.what(),
                  out.desc.type == DataType::f32 ? ": must be 4 or 14"
                                                 : ": must be 4, 8, 9, 12, 13 or 14")};
} catch (...) {
  return caught();
}

// ---- sparse-24-bitmask --------------------------------------------------------------------------

Result<ArraysLayout> bitmask_layout(const PackedDesc& desc) try {
  if (Status s = check_bitmask("desc", desc); !s.ok()) return s;
  return bitmask_parts(desc);
} catch (...) {
  return caught();
}

Status to_bitmask(const Exec& exec, const ConstPackedView& packed, const PackedArrays& out) try {
  HEDDLE_TRY(check_packed("packed", packed));
  HEDDLE_TRY(check_bitmask("packed", packed.desc));
  HEDDLE_TRY(check_written(packed, out, bitmask_parts(packed.desc)));
  HEDDLE_TRY(check_cpu(exec));
  return cpu::to_bitmask(exec, packed, out);
} catch (...) {
  return caught();
}

Status from_bitmask(const Exec& exec, const ConstPackedArrays& arrays, const PackedView& out) try {
  HEDDLE_TRY(check_packed("out", out));
  HEDDLE_TRY(check_bitmask("out", out.desc));
  HEDDLE_TRY(check_arrays("arrays.values", "arrays.metadata", arrays, bitmask_parts(out.desc), out,
                          "out"));
  HEDDLE_TRY(check_cpu(exec));
  write_header(out);
  cpu::FirstPlace bad;
  HEDDLE_TRY(cpu::from_bitmask(exec, arrays, out, bad));
  if (!bad.found()) return {};
  if (bad.group() * 4 >= out.desc.cols)
    return {StatusCode::corrupt, message("bitmask row ", bad.row(), ": bits past column ",
                                         out.desc.cols - 1, " must be zero")};
  return {StatusCode::corrupt, message("bitmask row ", bad.row(), " group ", bad.group(), " has ",
                                       bad.what(), " bits set: must have 2 of 4")};
} catch (...) {
  return caught();
}

// ---- sparse-bitmask -----------------------------------------------------------------------------

Result<std::int64_t> count_nonzeros(const Exec& exec, const ConstPackedView& packed) try {
  if (Status s = check_packed("packed", packed); !s.ok()) return s;
  if (Status s = check_cpu(exec); !s.ok()) return s;
  std::int64_t total = 0;
  if (Status s = cpu::count_nonzeros(exec, packed, nullptr, total); !s.ok()) return s;
  return total;
} catch (...) {
  return caught();
}

Status to_sparse_bitmask(const Exec& exec, const ConstPackedView& packed,
                         const SparseBitmask& out) try {
  HEDDLE_TRY(check_packed("packed", packed));
  HEDDLE_TRY(check_sparse("out", out, packed, "packed"));
  HEDDLE_TRY(check_cpu(exec));
  std::int64_t total = 0;
  HEDDLE_TRY(cpu::count_nonzeros(exec, packed, out.row_offsets, total));
  if (out.count != total)
    return {StatusCode::invalid_argument,
            message("out.count = ", out.count, ": must be ", total, ", as count_nonzeros says")};
  for (std::int64_t row = 0, before = 0; row < packed.desc.rows; ++row) {
    const std::int64_t count = out.row_offsets[row];
    out.row_offsets[row] = before;
    before += count;
  }
  return cpu::to_sparse_bitmask(exec, packed, out);
} catch (...) {
  return caught();
}

Status from_sparse_bitmask(const Exec& exec, const ConstSparseBitmask& arrays,
                           const PackedView& out) try {
  HEDDLE_TRY(check_packed("out", out));
  HEDDLE_TRY(check_sparse("arrays", arrays, out, "out"));
  HEDDLE_TRY(check_cpu(exec));
  write_header(out);
  cpu::FirstPlace bad;
  HEDDLE_TRY(cpu::from_sparse_bitmask(exec, arrays, out, bad));
  return bad.found() ? describe(bad, arrays, out.desc) : Status();
} catch (...) {
  return caught();
}

}  // namespace heddle
