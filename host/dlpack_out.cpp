// DLPack tensors of views.

#include <memory>
#include <new>

#include "heddle/dlpack.hpp"
#include "host/cuda/runtime.hpp"
#include "host/dlpack_abi.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/tensor.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

// What a consumer holds: the structure, and what its pointers point to.
template <class Managed>
struct Export {
  Managed managed{};
  Dims shape{}, stride{};
  DlpackOwner owner;

  static void destroy(Managed* managed) {
    const std::unique_ptr<Export> self(static_cast<Export*>(managed->context));
    if (self->owner.release != nullptr) self->owner.release(self->owner.context);
  }
};

dlpack::ElementType element_type(DataType type) {
  switch (type) {
    case DataType::f32: return {dlpack::kFloat, 32, 1};
    case DataType::f16: return {dlpack::kFloat, 16, 1};
    case DataType::bf16: return {dlpack::kBfloat, 16, 1};
    case DataType::f8e4m3: return {dlpack::kFloat8E4m3fn, 8, 1};
    case DataType::f8e5m2: return {dlpack::kFloat8E5m2, 8, 1};
    case DataType::i8: return {dlpack::kInt, 8, 1};
    case DataType::i32: return {dlpack::kInt, 32, 1};
  }
  return {};
}

constexpr dlpack::ElementType kBoolean = {dlpack::kBool, 8, 1};

// Consumers look at every stride; a view's need not mean anything where no element follows another.
Dims told_strides(const ConstTensorView& view) {
  Dims stride = view.stride;
  const bool empty = element_count(view) == 0;
  for (std::size_t d = 0; d < stride.size(); ++d)
    if (empty || view.shape[d] < 2) stride[d] = 1;
  return stride;
}

template <class Managed>
Result<Managed*> make(const Exec& exec, const ConstTensorView& view, dlpack::ElementType type,
                      const DlpackOwner& owner) {
  if (Status s = check_exec(exec); !s.ok()) return s;
  dlpack::Device device{dlpack::kCpu, 0};
  if (on_cuda(exec)) {
    const Result<int> current = cuda::current_device_index();
    if (!current.ok()) return current.status();
    device = {dlpack::kCuda, *current};
  }
  using Holder = Export<Managed>;
  auto* const holder = new (std::nothrow) Holder;
  if (holder == nullptr)
    return Status(StatusCode::out_of_memory, message(sizeof(Holder), " bytes for a DLPack tensor"));
  holder->shape = view.shape;
  holder->stride = told_strides(view);
  holder->owner = owner;
  holder->managed.context = holder;
  holder->managed.deleter = &Holder::destroy;
  holder->managed.tensor = {
      const_cast<void*>(view.data), device, view.rank, type, holder->shape.data(),
      holder->stride.data(),        0};
  return &holder->managed;
}

Result<DLManagedTensorVersioned*> versioned(const Exec& exec, const ConstTensorView& view,
                                            dlpack::ElementType type, bool read_only,
                                            const DlpackOwner& owner) {
  const auto made = make<dlpack::Versioned>(exec, view, type, owner);
  if (!made.ok()) return made.status();
  dlpack::Versioned* const managed = *made;
  managed->major = dlpack::kMajor;
  managed->minor = dlpack::kMinor;
  managed->flags = read_only ? dlpack::kReadOnly : 0;
  return reinterpret_cast<DLManagedTensorVersioned*>(managed);
}

Result<DLManagedTensor*> unversioned(const Exec& exec, const ConstTensorView& view,
                                     dlpack::ElementType type, const DlpackOwner& owner) {
  const auto made = make<dlpack::Unversioned>(exec, view, type, owner);
  if (!made.ok()) return made.status();
  return reinterpret_cast<DLManagedTensor*>(*made);
}

template <class Managed, class Opaque>
void release(Opaque* opaque) {
  auto* const managed = reinterpret_cast<Managed*>(opaque);
  if (managed != nullptr && managed->deleter != nullptr) managed->deleter(managed);
}

}  // namespace

Result<DLManagedTensorVersioned*> to_dlpack(const Exec& exec, const TensorView& tensor,
                                            const DlpackOwner& owner) try {
  if (Status s = check_tensor("tensor", ConstTensorView(tensor)); !s.ok()) return s;
  return versioned(exec, tensor, element_type(tensor.type), false, owner);
} catch (...) {
  return caught();
}
Result<DLManagedTensorVersioned*> to_dlpack(const Exec& exec, const ConstTensorView& tensor,
                                            const DlpackOwner& owner) try {
  if (Status s = check_tensor("tensor", tensor); !s.ok()) return s;
  return versioned(exec, tensor, element_type(tensor.type), true, owner);
} catch (...) {
  return caught();
}
Result<DLManagedTensorVersioned*> to_dlpack(const Exec& exec, const TensorMask& mask,
                                            const DlpackOwner& owner) try {
  if (Status s = check_tensor("mask", ConstTensorMask(mask)); !s.ok()) return s;
  return versioned(exec, as_bytes(mask), kBoolean, false, owner);
} catch (...) {
  return caught();
}
Result<DLManagedTensorVersioned*> to_dlpack(const Exec& exec, const ConstTensorMask& mask,
                                            const DlpackOwner& owner) try {
  if (Status s = check_tensor("mask", mask); !s.ok()) return s;
  return versioned(exec, as_bytes(mask), kBoolean, true, owner);
} catch (...) {
  return caught();
}

Result<DLManagedTensor*> to_unversioned_dlpack(const Exec& exec, const TensorView& tensor,
                                               const DlpackOwner& owner) try {
  if (Status s = check_tensor("tensor", ConstTensorView(tensor)); !s.ok()) return s;
  return unversioned(exec, tensor, element_type(tensor.type), owner);
} catch (...) {
  return caught();
}
Result<DLManagedTensor*> to_unversioned_dlpack(const Exec& exec, const TensorMask& mask,
                                               const DlpackOwner& owner) try {
  if (Status s = check_tensor("mask", ConstTensorMask(mask)); !s.ok()) return s;
  return unversioned(exec, as_bytes(mask), kBoolean, owner);
} catch (...) {
  return caught();
}

void release_dlpack(DLManagedTensorVersioned* managed) noexcept {
  release<dlpack::Versioned>(managed);
}
void release_dlpack(DLManagedTensor* managed) noexcept { release<dlpack::Unversioned>(managed); }

}  // namespace heddle
