#include "heddle/c/pack.h"

#include "heddle/pack.hpp"
#include "host/c/report.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;
using heddle::c::same_layout;

static_assert(HEDDLE_FAULT_FILLER == static_cast<int>(VerifyReport::Fault::filler));

heddle_status heddle_packed_size(const heddle_packed_desc* desc, size_t* bytes) {
  return guard([&]() -> Status {
    PackedDesc held;
    HEDDLE_TRY(read("desc", desc, held));
    HEDDLE_TRY(need("bytes", bytes));
    const Result<std::size_t> size = packed_size(held);
    if (!size.ok()) return size.status();
    *bytes = *size;
    return {};
  });
}

heddle_status heddle_canonical_layout(const heddle_packed_desc* desc,
                                      heddle_canonical_parts* parts) {
  return guard([&]() -> Status {
    PackedDesc held;
    HEDDLE_TRY(read("desc", desc, held));
    HEDDLE_TRY(need("parts", parts));
    const Result<CanonicalLayout> at = canonical_layout(held);
    if (!at.ok()) return at.status();
    *parts = {at->compressed_cols, at->values_offset,      at->values_bytes,
              at->metadata_offset, at->metadata_row_bytes, at->metadata_bytes};
    return {};
  });
}

heddle_status heddle_open_packed(const void* data, size_t bytes, heddle_packed* packed) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("packed", packed));
    const Result<ConstPackedView> view = open_packed(data, bytes);
    if (!view.ok()) return view.status();
    *packed = heddle::c::write(*view);
    return {};
  });
}

heddle_status heddle_pack(const heddle_exec* exec, const heddle_matrix* matrix,
                          const heddle_packed* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    return pack(on, in, to);
  });
}

heddle_status heddle_pack_mask(const heddle_exec* exec, const heddle_matrix* matrix,
                               const heddle_mask* mask, const heddle_packed* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    ConstMaskView kept;
    HEDDLE_TRY(read("mask", mask, kept));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    return pack(on, in, kept, to);
  });
}

heddle_status heddle_pack_mask_async(const heddle_exec* exec, const heddle_matrix* matrix,
                                     const heddle_mask* mask, const heddle_packed* out,
                                     heddle_check_report* report) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    ConstMaskView kept;
    HEDDLE_TRY(read("mask", mask, kept));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    HEDDLE_TRY(need("report", report));
    return pack(on, in, kept, to, same_layout<CheckReport>(report));
  });
}

heddle_status heddle_assemble(const heddle_exec* exec, const void* values, size_t values_bytes,
                              const void* metadata, size_t metadata_bytes,
                              const heddle_packed* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    return assemble(on, values, values_bytes, metadata, metadata_bytes, to);
  });
}

heddle_status heddle_unpack(const heddle_exec* exec, const heddle_packed* packed,
                            const heddle_matrix* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView from;
    HEDDLE_TRY(read("packed", packed, from));
    MatrixView to;
    HEDDLE_TRY(read("out", out, to));
    return unpack(on, from, to);
  });
}

heddle_status heddle_verify(const heddle_exec* exec, const heddle_packed* packed) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView from;
    HEDDLE_TRY(read("packed", packed, from));
    return verify(on, from);
  });
}

heddle_status heddle_verify_async(const heddle_exec* exec, const heddle_packed* packed,
                                  heddle_verify_report* report) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView from;
    HEDDLE_TRY(read("packed", packed, from));
    HEDDLE_TRY(need("report", report));
    return verify(on, from, same_layout<VerifyReport>(report));
  });
}

heddle_status heddle_convert(const heddle_exec* exec, const heddle_packed* packed,
                             const heddle_packed* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView from;
    HEDDLE_TRY(read("packed", packed, from));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    return convert(on, from, to);
  });
}

heddle_status heddle_slice_rows(const heddle_exec* exec, const heddle_packed* packed, int64_t begin,
                                int64_t end, const heddle_packed* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView from;
    HEDDLE_TRY(read("packed", packed, from));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    return slice_rows(on, from, begin, end, to);
  });
}

heddle_status heddle_slice_cols(const heddle_exec* exec, const heddle_packed* packed, int64_t begin,
                                int64_t end, const heddle_packed* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView from;
    HEDDLE_TRY(read("packed", packed, from));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    return slice_cols(on, from, begin, end, to);
  });
}
