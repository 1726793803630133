#pragma once
// The two directions of the C ABI: C arguments become C++ values (`read`), C++ results become C
// ones (`write`), and a Status becomes a code and this thread's sentence (`guard`). Nulls, sizes
// and enumerations are checked here, because a C++ value must never hold what its type does not
// have; everything else is the C++ function's business.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "heddle/c/base.h"
#include "heddle/exec.hpp"
#include "heddle/mask.hpp"
#include "heddle/matmul.hpp"
#include "heddle/pack.hpp"
#include "heddle/status.hpp"
#include "heddle/tensor.hpp"
#include "heddle/types.hpp"
#include "host/guard.hpp"
#include "host/validate.hpp"  // IWYU pragma: export

namespace heddle::c {

// ---- outcomes -----------------------------------------------------------------------------------

// The status as a code; the sentence of a failure becomes this thread's. Allocates nothing.
heddle_status finish(const Status& status) noexcept;

// The body of every function.
template <class F>
heddle_status guard(const F& body) noexcept {
  try {
    return finish(body());
  } catch (...) {
    return finish(caught());
  }
}

// Calls a callback that returns a heddle_status. Its failure has the sentence that it set by
// heddle_fail or by the library's function that failed in it, else one that tells the code.
Status status_of(heddle_status code, std::uint64_t failures_before);
std::uint64_t failure_count() noexcept;  // of this thread
template <class F>
Status call_back(const F& callback) {
  const std::uint64_t before = failure_count();
  return status_of(callback(), before);
}

// ---- arguments ----------------------------------------------------------------------------------

// "<name> = null: must not be null"
Status null_argument(const char* name);
inline Status need(const char* name, const void* pointer) {
  return pointer != nullptr ? Status() : null_argument(name);
}
template <class R, class... A>
Status need(const char* name, R (*function)(A...)) {
  return function != nullptr ? Status() : null_argument(name);
}

// A number that stands for one of the `count` values of an enumeration from `first` on.
Status read_number(const char* name, std::int32_t value, std::int32_t first, std::int32_t count);
template <class E>
Status read_enum(const char* name, std::int32_t value, std::int32_t first, std::int32_t count,
                 E& out) {
  HEDDLE_TRY(read_number(name, value, first, count));
  out = static_cast<E>(value);
  return {};
}
Status read(const char* name, std::int32_t value, DataType& out);
Status read(const char* name, std::int32_t value, Order& out);
Status read(const char* name, std::int32_t value, PackedOrder& out);
Status read(const char* name, std::int32_t value, Ranking& out);
Status read(const char* name, std::int32_t value, bool& out);  // 0 or 1

// Reserved fields are zero.
Status read_reserved(const char* name, std::int32_t value);

Status read(const char* name, const char* text, std::string& out);
Status read(const char* name, const heddle_exec* exec, Exec& out);
Status read(const char* name, const heddle_pattern* pattern, Pattern& out);
Status read(const char* name, const heddle_matrix* matrix, MatrixView& out);
Status read(const char* name, const heddle_matrix* matrix, ConstMatrixView& out);
Status read(const char* name, const heddle_mask* mask, MaskView& out);
Status read(const char* name, const heddle_mask* mask, ConstMaskView& out);
Status read(const char* name, const heddle_vector* vector, ConstVectorView& out);
Status read(const char* name, const heddle_tensor* tensor, TensorView& out);
Status read(const char* name, const heddle_tensor* tensor, ConstTensorView& out);
Status read(const char* name, const heddle_tensor_mask* mask, TensorMask& out);
Status read(const char* name, const heddle_tensor_mask* mask, ConstTensorMask& out);
Status read(const char* name, const heddle_packed_desc* desc, PackedDesc& out);
Status read(const char* name, const heddle_packed* packed, PackedView& out);
Status read(const char* name, const heddle_packed* packed, ConstPackedView& out);

// Where null means absent.
template <class C, class T>
Status read(const char* name, const C* from, std::optional<T>& out) {
  out.reset();
  if (from == nullptr) return {};
  return read(name, from, out.emplace());
}

// ---- structures that grow -----------------------------------------------------------------------

// What a size may be: no larger than any version's could be, and of whole fields, whatever the
// version, since the structures have an alignment of 8 and no padding.
Status read_size(const char* name, std::size_t size);
// The bytes after the fields that the library knows.
Status read_tail(const char* name, const void* from, std::size_t known, std::size_t size);

// The caller's structure over the defaults that `to` has.
template <class T>
Status read_struct(const char* name, const T* from, T& to) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 8 && offsetof(T, size) == 0);
  HEDDLE_TRY(need(name, from));
  std::size_t size = 0;
  std::memcpy(&size, from, sizeof(size));
  HEDDLE_TRY(read_size(name, size));
  HEDDLE_TRY(read_tail(name, from, sizeof(T), size));
  std::memcpy(&to, from, size < sizeof(T) ? size : sizeof(T));
  to.size = sizeof(T);
  return {};
}

// `value` cut to the caller's `size`; a tail that the library does not know becomes zero.
template <class T>
Status write_struct(const char* name, const T& value, T* to, std::size_t size) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 8 && offsetof(T, size) == 0);
  HEDDLE_TRY(need(name, to));
  HEDDLE_TRY(read_size(name, size));
  T filled = value;
  filled.size = size;
  std::memcpy(static_cast<void*>(to), &filled, size < sizeof(T) ? size : sizeof(T));
  if (size > sizeof(T))
    std::memset(reinterpret_cast<std::byte*>(to) + sizeof(T), 0, size - sizeof(T));
  return {};
}

// ---- results ------------------------------------------------------------------------------------

// What every function that gives a text does with buffer, capacity and length.
Status write_text(std::string_view text, char* buffer, std::size_t capacity, std::size_t* length);

heddle_exec write(const Exec& exec);
heddle_pattern write(Pattern pattern);
heddle_matrix write(const MatrixView& matrix);
heddle_matrix write(const ConstMatrixView& matrix);  // to be read only
heddle_mask write(const MaskView& mask);
heddle_mask write(const ConstMaskView& mask);  // to be read only
heddle_vector write(const ConstVectorView& vector);
heddle_tensor write(const TensorView& tensor);
heddle_tensor write(const ConstTensorView& tensor);  // to be read only
heddle_tensor_mask write(const TensorMask& mask);
heddle_tensor_mask write(const ConstTensorMask& mask);  // to be read only
heddle_packed_desc write(const PackedDesc& desc);
heddle_packed write(const ConstPackedView& packed);

// Reports may lie in device memory, so a C report is the very bytes of the C++ one.
template <class Cpp, class C>
Cpp* same_layout(C* report) {
  constexpr std::size_t size = sizeof(C), alignment = alignof(C);
  static_assert(sizeof(Cpp) == size && alignof(Cpp) == alignment);
  static_assert(std::is_standard_layout_v<Cpp> && std::is_trivially_copyable_v<Cpp>);
  return reinterpret_cast<Cpp*>(report);
}

}  // namespace heddle::c
