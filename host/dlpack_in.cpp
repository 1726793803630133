// Views of DLPack tensors. Every field of the tensor is another program's: nothing is computed from
// one before it is checked.

#include <cstdint>
#include <limits>

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

using dlpack::Tensor;

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }
Status unsupported(std::string text) { return {StatusCode::unsupported, std::move(text)}; }

std::string type_text(const dlpack::ElementType& type) {
  const std::string text =
      message("code ", static_cast<int>(type.code), ", ", static_cast<int>(type.bits), " bits");
  return type.lanes == 1 ? text : message(text, ", ", type.lanes, " lanes");
}

Status check_device(const Exec& exec, const Tensor& t) {
  const auto is = message("tensor.device = (", t.device.type, ", ", t.device.index, ")");
  const bool host = t.device.type == dlpack::kCudaHost || t.device.type == dlpack::kCudaManaged;
  if (!on_cuda(exec)) {
    if (host || t.device.type == dlpack::kCpu) return {};
    return invalid(is + ": must be CPU (1), pinned (3) or managed (13) memory for Exec::cpu");
  }
  if (host) return {};
  if (t.device.type != dlpack::kCuda)
    return invalid(is + ": must be CUDA (2), pinned (3) or managed (13) memory for Exec::cuda");
  const Result<int> current = cuda::current_device_index();
  if (!current.ok()) return current.status();
  if (t.device.index == *current) return {};
  return invalid(message(is, ": must be of the current device, ", *current));
}

struct TypeRow {
  std::uint8_t code, bits;
  DataType type;
};
constexpr TypeRow kTypes[] = {
    {dlpack::kFloat, 32, DataType::f32},        {dlpack::kFloat, 16, DataType::f16},
    {dlpack::kBfloat, 16, DataType::bf16},      {dlpack::kFloat8E4m3fn, 8, DataType::f8e4m3},
    {dlpack::kFloat8E5m2, 8, DataType::f8e5m2}, {dlpack::kInt, 8, DataType::i8},
    {dlpack::kInt, 32, DataType::i32},
};

Status type_of(const DlpackSource& source, const Tensor& t, DataType& type) {
  if (source.bytes_as && size_of(*source.bytes_as) != 1)
    return invalid(message("source.bytes_as = ", to_string(*source.bytes_as),
                           ": must be f8e4m3, f8e5m2 or i8"));
  if (t.type.lanes == 1) {
    for (const TypeRow& row : kTypes)
      if (row.code == t.type.code && row.bits == t.type.bits) {
        type = row.type;
        return {};
      }
    if (source.bytes_as && t.type.code == dlpack::kUInt && t.type.bits == 8) {
      type = *source.bytes_as;
      return {};
    }
  }
  return unsupported(message("tensor.dtype = ", type_text(t.type),
                             ": must be float32, float16, bfloat16, float8_e4m3fn, float8_e5m2, "
                             "int8 or int32, or uint8 with bytes_as"));
}

Status check_mask_type(const Tensor& t) {
  if ((t.type.code == dlpack::kBool || t.type.code == dlpack::kUInt) && t.type.bits == 8 &&
      t.type.lanes == 1)
    return {};
  return unsupported(
      message("tensor.dtype = ", type_text(t.type), ": a mask must be bool or uint8"));
}

// Rank, shape and strides as a view's.
struct Extents {
  int rank = 0;
  Dims shape{}, stride{};
  bool empty = false;
};

Status contiguous_extents(Extents& x) {
  std::int64_t step = 1;
  for (int d = x.rank - 1; d >= 0; --d) {
    const auto at = static_cast<std::size_t>(d);
    x.stride[at] = step;
    if (!x.empty && __builtin_mul_overflow(step, x.shape[at], &step))
      return invalid(message("tensor.shape[", d, "] = ", x.shape[at],
                             ": must have fewer than 2^63 elements in all"));
  }
  return {};
}

Status extents_of(const Tensor& t, Extents& x) {
  if (t.rank < 1 || t.rank > kMaxRank)
    return unsupported(message("tensor.ndim = ", t.rank, ": must be in [1, ", kMaxRank, "]"));
  if (t.shape == nullptr) return invalid("tensor.shape = null: must not be null");
  x.rank = t.rank;
  for (int d = 0; d < t.rank; ++d) {
    const std::int64_t extent = t.shape[d];
    if (extent < 0) return invalid(message("tensor.shape[", d, "] = ", extent, ": must be >= 0"));
    x.shape[static_cast<std::size_t>(d)] = extent;
    x.empty = x.empty || extent == 0;
  }
  if (t.stride == nullptr) return contiguous_extents(x);
  for (int d = 0; d < t.rank; ++d) x.stride[static_cast<std::size_t>(d)] = t.stride[d];
  return {};
}

// The first element's address. That the last one's fits in an address too is checked with the
// extent of a valid view.
Status start_of(const Tensor& t, const Extents& x, void*& data) {
  if (x.empty) {  // the pointer may be anything, and no byte of it will be looked at
    data = nullptr;
    return {};
  }
  if (t.data == nullptr) return invalid("tensor.data = null: must not be null, it has elements");
  const auto base = reinterpret_cast<std::uintptr_t>(t.data);
  if (t.byte_offset > std::numeric_limits<std::uintptr_t>::max() - base)
    return invalid(message("tensor.byte_offset = ", t.byte_offset, ": must stay in the memory"));
  data = static_cast<std::byte*>(t.data) + t.byte_offset;
  return {};
}

Status check_end(const TensorView& view) {
  std::int64_t last = 0;  // fits: check_tensor bounds the extent by 2^62 bytes
  for (int d = 0; d < view.rank; ++d) {
    const auto at = static_cast<std::size_t>(d);
    if (view.shape[at] == 0) return {};
    if (view.shape[at] > 1) last += (view.shape[at] - 1) * view.stride[at];
  }
  const auto bytes = static_cast<std::uintptr_t>((last + 1)) * size_of(view.type);
  if (bytes - 1 <=
      std::numeric_limits<std::uintptr_t>::max() - reinterpret_cast<std::uintptr_t>(view.data))
    return {};
  return invalid(message("tensor.byte_offset: the ", bytes, " bytes must stay in the memory"));
}

// A source of elements (mask: of bytes) as a valid tensor.
Result<TensorView> open(const Exec& exec, const DlpackSource& source, bool mask, bool write) try {
  if (source.tensor == nullptr) return invalid("source.tensor = null: must not be null");
  if (Status s = check_exec(exec); !s.ok()) return s;
  if (write && source.read_only)
    return invalid("source.read_only = true: must be false for a writable view");
  const Tensor& t = *static_cast<const Tensor*>(source.tensor);
  TensorView view;
  view.type = DataType::i8;
  if (Status s = mask ? check_mask_type(t) : type_of(source, t, view.type); !s.ok()) return s;
  Extents x;
  if (Status s = extents_of(t, x); !s.ok()) return s;
  if (Status s = check_device(exec, t); !s.ok()) return s;
  if (Status s = start_of(t, x, view.data); !s.ok()) return s;
  view.rank = x.rank;
  view.shape = x.shape;
  view.stride = x.stride;
  if (Status s = check_tensor("tensor", ConstTensorView(view)); !s.ok()) return s;
  if (Status s = check_end(view); !s.ok()) return s;
  return view;
} catch (...) {
  return caught();
}

// A valid tensor as a matrix. A stride of a dimension with fewer than two entries says nothing.
Result<MatrixView> as_matrix(const Result<TensorView>& tensor) {
  if (!tensor.ok()) return tensor.status();
  const TensorView& t = *tensor;
  if (t.rank != 2) return unsupported(message("tensor.ndim = ", t.rank, ": a matrix must have 2"));
  const std::int64_t rows = t.shape[0], cols = t.shape[1];
  MatrixView view{t.data, rows, cols, cols, t.type, Order::row};
  if (rows == 0 || cols == 0) return view;
  if (cols == 1 || t.stride[1] == 1) {
    if (rows > 1) view.ld = t.stride[0];
    return view;
  }
  if (rows > 1 && t.stride[0] != 1)
    return unsupported(message("tensor.strides = [", t.stride[0], ", ", t.stride[1],
                               "]: a matrix must have a stride of 1; a tensor may have any"));
  view.order = Order::col;
  view.ld = t.stride[1];
  return view;
}

template <class To>
Result<To> as_mask(const Result<MatrixView>& m) {
  if (!m.ok()) return m.status();
  return To{static_cast<std::uint8_t*>(m->data), m->rows, m->cols, m->ld, m->order};
}

template <class To>
Result<To> as_tensor_mask(const Result<TensorView>& t) {
  if (!t.ok()) return t.status();
  return To{static_cast<std::uint8_t*>(t->data), t->rank, t->shape, t->stride};
}

}  // namespace

Result<DlpackSource> open_dlpack(const DLManagedTensorVersioned* managed) try {
  if (managed == nullptr) return invalid("managed = null: must not be null");
  const auto& m = *reinterpret_cast<const dlpack::Versioned*>(managed);
  if (m.major != dlpack::kMajor)
    return unsupported(
        message("managed.version = ", m.major, ".", m.minor, ": must be ", dlpack::kMajor, ".x"));
  return DlpackSource{&m.tensor, (m.flags & dlpack::kReadOnly) != 0, std::nullopt};
} catch (...) {
  return caught();
}

Result<DlpackSource> open_dlpack(const DLManagedTensor* managed) try {
  if (managed == nullptr) return invalid("managed = null: must not be null");
  return DlpackSource{&reinterpret_cast<const dlpack::Unversioned*>(managed)->tensor, false,
                      std::nullopt};
} catch (...) {
  return caught();
}

Result<MatrixView> writable_matrix_from_dlpack(const Exec& exec, const DlpackSource& source) try {
  return as_matrix(open(exec, source, false, true));
} catch (...) {
  return caught();
}
Result<ConstMatrixView> matrix_from_dlpack(const Exec& exec, const DlpackSource& source) try {
  const Result<MatrixView> view = as_matrix(open(exec, source, false, false));
  if (!view.ok()) return view.status();
  return ConstMatrixView(*view);
} catch (...) {
  return caught();
}

Result<MaskView> writable_mask_from_dlpack(const Exec& exec, const DlpackSource& source) try {
  return as_mask<MaskView>(as_matrix(open(exec, source, true, true)));
} catch (...) {
  return caught();
}
Result<ConstMaskView> mask_from_dlpack(const Exec& exec, const DlpackSource& source) try {
  return as_mask<ConstMaskView>(as_matrix(open(exec, source, true, false)));
} catch (...) {
  return caught();
}

Result<TensorView> writable_tensor_from_dlpack(const Exec& exec, const DlpackSource& source) {
  return open(exec, source, false, true);
}
Result<ConstTensorView> tensor_from_dlpack(const Exec& exec, const DlpackSource& source) try {
  const Result<TensorView> view = open(exec, source, false, false);
  if (!view.ok()) return view.status();
  return ConstTensorView(*view);
} catch (...) {
  return caught();
}

Result<TensorMask> writable_tensor_mask_from_dlpack(const Exec& exec,
                                                    const DlpackSource& source) try {
  return as_tensor_mask<TensorMask>(open(exec, source, true, true));
} catch (...) {
  return caught();
}
Result<ConstTensorMask> tensor_mask_from_dlpack(const Exec& exec, const DlpackSource& source) try {
  return as_tensor_mask<ConstTensorMask>(open(exec, source, true, false));
} catch (...) {
  return caught();
}

Result<ConstVectorView> vector_from_dlpack(const Exec& exec, const DlpackSource& source) try {
  const Result<TensorView> view = open(exec, source, false, false);
  if (!view.ok()) return view.status();
  if (view->rank != 1)
    return unsupported(message("tensor.ndim = ", view->rank, ": a vector must have 1"));
  if (view->shape[0] > 1 && view->stride[0] != 1)
    return unsupported(message("tensor.strides = [", view->stride[0], "]: a vector must have 1"));
  return ConstVectorView{view->data, view->shape[0], view->type};
} catch (...) {
  return caught();
}

}  // namespace heddle
