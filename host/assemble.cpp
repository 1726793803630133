#include <array>
#include <cstring>

#include "heddle/pack.hpp"
#include "host/cuda/runtime.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/overlap.hpp"
#include "host/packed_header.hpp"
#include "host/tensor.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

Status check_part(const char* name, const void* data, std::size_t bytes, std::size_t want,
                  const PackedView& out) {
  if (bytes != want)
    return {StatusCode::invalid_argument, message(name, "_bytes = ", bytes, ": must be ", want)};
  if (data == nullptr && want != 0)
    return {StatusCode::invalid_argument, message(name, " = null: must point to ", want, " bytes")};
  return check_no_overlap("out", footprint(out.data, blob_bytes(out.desc)), name,
                          footprint(data, want));
}

TensorView bytes_at(void* data, std::size_t bytes) {
  return contiguous(data, 1, {static_cast<std::int64_t>(bytes)}, DataType::i8);
}

Status copy_bytes(const Exec& exec, const void* from, void* to, std::size_t bytes) {
  if (bytes == 0) return {};
  return copy_tensor(exec, bytes_at(const_cast<void*>(from), bytes), bytes_at(to, bytes));
}

// The header, and the zeros between values and metadata.
Status write_frame(const Exec& exec, const PackedView& out, const CanonicalLayout& parts) {
  if (!on_cuda(exec)) {
    write_header(out);
    return {};
  }
  const HeaderBytes header = header_bytes(out.desc);
  HEDDLE_TRY(cuda::write_out(exec, out.data, &header, sizeof(header)));
  const std::size_t gap = parts.values_offset + parts.values_bytes;
  if (gap == parts.metadata_offset) return {};
  return cuda::clear(exec, static_cast<std::byte*>(out.data) + gap, parts.metadata_offset - gap);
}

}  // namespace

Status assemble(const Exec& exec, const void* values, std::size_t values_bytes,
                const void* metadata, std::size_t metadata_bytes, const PackedView& out) try {
  HEDDLE_TRY(check_packed("out", out));
  if (out.desc.order != PackedOrder::canonical)
    return {StatusCode::unsupported,
            message("out.desc.order = ", to_string(out.desc.order), ": must be canonical")};
  const CanonicalLayout parts = canonical_parts(out.desc);
  HEDDLE_TRY(check_part("values", values, values_bytes, parts.values_bytes, out));
  HEDDLE_TRY(check_part("metadata", metadata, metadata_bytes, parts.metadata_bytes, out));
  HEDDLE_TRY(check_exec(exec));
  auto* const blob = static_cast<std::byte*>(out.data);
  HEDDLE_TRY(write_frame(exec, out, parts));
  HEDDLE_TRY(copy_bytes(exec, values, blob + parts.values_offset, parts.values_bytes));
  HEDDLE_TRY(copy_bytes(exec, metadata, blob + parts.metadata_offset, parts.metadata_bytes));
  return verify(exec, out);
} catch (...) {
  return caught();
}

}  // namespace heddle
