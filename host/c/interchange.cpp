#include "heddle/c/interchange.h"

#include "heddle/interchange.hpp"
#include "host/c/abi.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;

namespace {

Status read_arrays(const char* name, const heddle_packed_arrays* arrays, PackedArrays& out) {
  HEDDLE_TRY(need(name, arrays));
  out = {arrays->values, arrays->values_bytes, arrays->metadata, arrays->metadata_bytes};
  return {};
}

Status read_sparse(const char* name, const heddle_sparse_bitmask* arrays, SparseBitmask& out) {
  HEDDLE_TRY(need(name, arrays));
  out = {arrays->values, arrays->count, arrays->bitmask, arrays->row_offsets};
  return {};
}

heddle_status layout_of(Result<ArraysLayout> (*function)(const PackedDesc&),
                        const heddle_packed_desc* desc, heddle_arrays_layout* layout) {
  return guard([&]() -> Status {
    PackedDesc held;
    HEDDLE_TRY(read("desc", desc, held));
    HEDDLE_TRY(need("layout", layout));
    const Result<ArraysLayout> parts = function(held);
    if (!parts.ok()) return parts.status();
    *layout = {parts->values_cols, parts->metadata_cols, parts->metadata_element_bytes,
               parts->values_bytes, parts->metadata_bytes};
    return {};
  });
}

heddle_status write_arrays(Status (*function)(const Exec&, const ConstPackedView&,
                                              const PackedArrays&),
                           const heddle_exec* exec, const heddle_packed* packed,
                           const heddle_packed_arrays* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView in;
    HEDDLE_TRY(read("packed", packed, in));
    PackedArrays to;
    HEDDLE_TRY(read_arrays("out", out, to));
    return function(on, in, to);
  });
}

heddle_status pack_arrays(Status (*function)(const Exec&, const ConstPackedArrays&,
                                             const PackedView&),
                          const heddle_exec* exec, const heddle_packed_arrays* arrays,
                          const heddle_packed* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    PackedArrays from;
    HEDDLE_TRY(read_arrays("arrays", arrays, from));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    return function(on, from, to);
  });
}

}  // namespace

heddle_status heddle_sm80_layout(const heddle_packed_desc* desc, heddle_arrays_layout* layout) {
  return layout_of(sm80_layout, desc, layout);
}

heddle_status heddle_to_sm80(const heddle_exec* exec, const heddle_packed* packed,
                             const heddle_packed_arrays* out) {
  return write_arrays(to_sm80, exec, packed, out);
}

heddle_status heddle_from_sm80(const heddle_exec* exec, const heddle_packed_arrays* arrays,
                               const heddle_packed* out) {
  return pack_arrays(from_sm80, exec, arrays, out);
}

heddle_status heddle_bitmask_layout(const heddle_packed_desc* desc, heddle_arrays_layout* layout) {
  return layout_of(bitmask_layout, desc, layout);
}

heddle_status heddle_to_bitmask(const heddle_exec* exec, const heddle_packed* packed,
                                const heddle_packed_arrays* out) {
  return write_arrays(to_bitmask, exec, packed, out);
}

heddle_status heddle_from_bitmask(const heddle_exec* exec, const heddle_packed_arrays* arrays,
                                  const heddle_packed* out) {
  return pack_arrays(from_bitmask, exec, arrays, out);
}

heddle_status heddle_count_nonzeros(const heddle_exec* exec, const heddle_packed* packed,
                                    int64_t* count) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView in;
    HEDDLE_TRY(read("packed", packed, in));
    HEDDLE_TRY(need("count", count));
    const Result<std::int64_t> total = count_nonzeros(on, in);
    if (!total.ok()) return total.status();
    *count = *total;
    return {};
  });
}

heddle_status heddle_to_sparse_bitmask(const heddle_exec* exec, const heddle_packed* packed,
                                       const heddle_sparse_bitmask* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView in;
    HEDDLE_TRY(read("packed", packed, in));
    SparseBitmask to;
    HEDDLE_TRY(read_sparse("out", out, to));
    return to_sparse_bitmask(on, in, to);
  });
}

heddle_status heddle_from_sparse_bitmask(const heddle_exec* exec,
                                         const heddle_sparse_bitmask* arrays,
                                         const heddle_packed* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    SparseBitmask from;
    HEDDLE_TRY(read_sparse("arrays", arrays, from));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    return from_sparse_bitmask(on, from, to);
  });
}
