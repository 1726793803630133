#include "heddle/c/dlpack.h"

#include <optional>

#include "heddle/dlpack.hpp"
#include "host/c/abi.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;

namespace {

Status read_source(const heddle_dlpack_source* source, DlpackSource& out) {
  HEDDLE_TRY(need("source", source));
  HEDDLE_TRY(read("source.read_only", source->read_only, out.read_only));
  out.tensor = source->tensor;
  out.bytes_as.reset();
  if (source->bytes_as == HEDDLE_DLPACK_OWN_TYPE) return {};
  return read("source.bytes_as", source->bytes_as, out.bytes_as.emplace());
}

void write_source(const DlpackSource& source, heddle_dlpack_source& out) {
  out = {source.tensor, source.read_only ? 1 : 0, HEDDLE_DLPACK_OWN_TYPE};
}

template <class Managed>
Status open_managed(const Managed* managed, heddle_dlpack_source* source) {
  HEDDLE_TRY(need("source", source));
  const Result<DlpackSource> opened = open_dlpack(managed);
  if (!opened.ok()) return opened.status();
  write_source(*opened, *source);
  return {};
}

// A view of a source by one function of the two, `readable` or `writable`.
template <class R, class W, class C>
Status view_of(const heddle_exec* exec, const heddle_dlpack_source* source, int32_t writable,
               R readable_view, W writable_view, const char* name, C* out) {
  Exec on = Exec::cpu();
  HEDDLE_TRY(read("exec", exec, on));
  DlpackSource from;
  HEDDLE_TRY(read_source(source, from));
  bool write = false;
  HEDDLE_TRY(read("writable", writable, write));
  HEDDLE_TRY(need(name, out));
  const auto deliver = [&](const auto& view) -> Status {
    if (!view.ok()) return view.status();
    *out = heddle::c::write(*view);
    return {};
  };
  return write ? deliver(writable_view(on, from)) : deliver(readable_view(on, from));
}

DlpackOwner owner_of(const heddle_dlpack_owner* owner) {
  return owner != nullptr ? DlpackOwner{owner->context, owner->release} : DlpackOwner{};
}

template <class Managed>
Status deliver(const Result<Managed*>& made, Managed** managed) {
  if (!made.ok()) return made.status();
  *managed = *made;
  return {};
}

// What as_tensor makes of matrices and masks, and nothing of tensors.
inline TensorView tensor_of(const TensorView& tensor) { return tensor; }
inline TensorMask tensor_of(const TensorMask& mask) { return mask; }
inline TensorView tensor_of(const MatrixView& matrix) { return as_tensor(matrix); }
inline TensorMask tensor_of(const MaskView& mask) { return as_tensor(mask); }
inline ConstTensorView constant(const TensorView& tensor) { return tensor; }
inline ConstTensorMask constant(const TensorMask& mask) { return mask; }

template <class View, class C>
Status export_view(const heddle_exec* exec, const char* name, const C* view, int32_t read_only,
                   const heddle_dlpack_owner* owner, DLManagedTensorVersioned** managed) {
  Exec on = Exec::cpu();
  HEDDLE_TRY(read("exec", exec, on));
  View from;
  HEDDLE_TRY(read(name, view, from));
  bool constantly = false;
  HEDDLE_TRY(read("read_only", read_only, constantly));
  HEDDLE_TRY(need("managed", managed));
  const auto tensor = tensor_of(from);
  return deliver(constantly ? to_dlpack(on, constant(tensor), owner_of(owner))
                            : to_dlpack(on, tensor, owner_of(owner)),
                 managed);
}

template <class View, class C>
Status export_managed(const heddle_exec* exec, const char* name, const C* view,
                      const heddle_dlpack_owner* owner, DLManagedTensor** managed) {
  Exec on = Exec::cpu();
  HEDDLE_TRY(read("exec", exec, on));
  View from;
  HEDDLE_TRY(read(name, view, from));
  HEDDLE_TRY(need("managed", managed));
  return deliver(to_unversioned_dlpack(on, from, owner_of(owner)), managed);
}

}  // namespace

heddle_status heddle_dlpack_open(const void* tensor, heddle_dlpack_source* source) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("tensor", tensor));
    HEDDLE_TRY(need("source", source));
    write_source({tensor, false, std::nullopt}, *source);
    return {};
  });
}
heddle_status heddle_dlpack_open_versioned(const DLManagedTensorVersioned* managed,
                                           heddle_dlpack_source* source) {
  return guard([&] { return open_managed(managed, source); });
}
heddle_status heddle_dlpack_open_managed(const DLManagedTensor* managed,
                                         heddle_dlpack_source* source) {
  return guard([&] { return open_managed(managed, source); });
}

heddle_status heddle_matrix_from_dlpack(const heddle_exec* exec, const heddle_dlpack_source* source,
                                        int32_t writable, heddle_matrix* matrix) {
  return guard([&] {
    return view_of(exec, source, writable, matrix_from_dlpack, writable_matrix_from_dlpack,
                   "matrix", matrix);
  });
}
heddle_status heddle_mask_from_dlpack(const heddle_exec* exec, const heddle_dlpack_source* source,
                                      int32_t writable, heddle_mask* mask) {
  return guard([&] {
    return view_of(exec, source, writable, mask_from_dlpack, writable_mask_from_dlpack, "mask",
                   mask);
  });
}
heddle_status heddle_tensor_from_dlpack(const heddle_exec* exec, const heddle_dlpack_source* source,
                                        int32_t writable, heddle_tensor* tensor) {
  return guard([&] {
    return view_of(exec, source, writable, tensor_from_dlpack, writable_tensor_from_dlpack,
                   "tensor", tensor);
  });
}
heddle_status heddle_tensor_mask_from_dlpack(const heddle_exec* exec,
                                             const heddle_dlpack_source* source, int32_t writable,
                                             heddle_tensor_mask* mask) {
  return guard([&] {
    return view_of(exec, source, writable, tensor_mask_from_dlpack,
                   writable_tensor_mask_from_dlpack, "mask", mask);
  });
}
heddle_status heddle_vector_from_dlpack(const heddle_exec* exec, const heddle_dlpack_source* source,
                                        heddle_vector* vector) {
  return guard([&] {
    return view_of(exec, source, 0, vector_from_dlpack, vector_from_dlpack, "vector", vector);
  });
}

heddle_status heddle_tensor_to_dlpack(const heddle_exec* exec, const heddle_tensor* tensor,
                                      int32_t read_only, const heddle_dlpack_owner* owner,
                                      DLManagedTensorVersioned** managed) {
  return guard(
      [&] { return export_view<TensorView>(exec, "tensor", tensor, read_only, owner, managed); });
}
heddle_status heddle_tensor_mask_to_dlpack(const heddle_exec* exec, const heddle_tensor_mask* mask,
                                           int32_t read_only, const heddle_dlpack_owner* owner,
                                           DLManagedTensorVersioned** managed) {
  return guard(
      [&] { return export_view<TensorMask>(exec, "mask", mask, read_only, owner, managed); });
}
heddle_status heddle_matrix_to_dlpack(const heddle_exec* exec, const heddle_matrix* matrix,
                                      int32_t read_only, const heddle_dlpack_owner* owner,
                                      DLManagedTensorVersioned** managed) {
  return guard(
      [&] { return export_view<MatrixView>(exec, "matrix", matrix, read_only, owner, managed); });
}
heddle_status heddle_mask_to_dlpack(const heddle_exec* exec, const heddle_mask* mask,
                                    int32_t read_only, const heddle_dlpack_owner* owner,
                                    DLManagedTensorVersioned** managed) {
  return guard(
      [&] { return export_view<MaskView>(exec, "mask", mask, read_only, owner, managed); });
}
heddle_status heddle_tensor_to_dlpack_managed(const heddle_exec* exec, const heddle_tensor* tensor,
                                              const heddle_dlpack_owner* owner,
                                              DLManagedTensor** managed) {
  return guard([&] { return export_managed<TensorView>(exec, "tensor", tensor, owner, managed); });
}
heddle_status heddle_tensor_mask_to_dlpack_managed(const heddle_exec* exec,
                                                   const heddle_tensor_mask* mask,
                                                   const heddle_dlpack_owner* owner,
                                                   DLManagedTensor** managed) {
  return guard([&] { return export_managed<TensorMask>(exec, "mask", mask, owner, managed); });
}

void heddle_dlpack_release_versioned(DLManagedTensorVersioned* managed) { release_dlpack(managed); }
void heddle_dlpack_release_managed(DLManagedTensor* managed) { release_dlpack(managed); }
