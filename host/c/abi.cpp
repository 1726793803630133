#include "host/c/abi.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "host/message.hpp"

namespace heddle::c {
namespace {

// No structure of any version is that large; a size that was never set often is.
constexpr std::size_t kMostSize = 4096;

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

// The status of reading a field of `name`. The joined name is made for failures only: a run
// allocates nothing.
Status in(const char* name, Status field) {
  if (field.ok()) return field;
  return {field.code(), message(name, ".", field.message())};
}

template <class View, class C>
Status read_matrix(const char* name, const C* from, View& out) {
  HEDDLE_TRY(need(name, from));
  DataType type{};
  Order order{};
  HEDDLE_TRY(in(name, read("type", from->type, type)));
  HEDDLE_TRY(in(name, read("order", from->order, order)));
  out = {from->data, from->rows, from->cols, from->ld, type, order};
  return {};
}

template <class View>
Status read_mask(const char* name, const heddle_mask* from, View& out) {
  HEDDLE_TRY(need(name, from));
  Order order{};
  HEDDLE_TRY(in(name, read("order", from->order, order)));
  HEDDLE_TRY(in(name, read_reserved("reserved", from->reserved)));
  out = {from->data, from->rows, from->cols, from->ld, order};
  return {};
}

Dims dims(const std::int64_t (&from)[5]) {
  Dims to{};
  std::copy(from, from + 5, to.begin());
  return to;
}

template <class View>
Status read_tensor(const char* name, const heddle_tensor* from, View& out) {
  HEDDLE_TRY(need(name, from));
  DataType type{};
  HEDDLE_TRY(in(name, read("type", from->type, type)));
  out = {from->data, from->rank, dims(from->shape), dims(from->stride), type};
  return {};
}

template <class View>
Status read_tensor_mask(const char* name, const heddle_tensor_mask* from, View& out) {
  HEDDLE_TRY(need(name, from));
  HEDDLE_TRY(in(name, read_reserved("reserved", from->reserved)));
  out = {from->data, from->rank, dims(from->shape), dims(from->stride)};
  return {};
}

template <class View>
Status read_packed(const char* name, const heddle_packed* from, View& out) {
  HEDDLE_TRY(need(name, from));
  PackedDesc desc;
  HEDDLE_TRY(in(name, read("desc", &from->desc, desc)));
  out = {desc, from->data, from->bytes};
  return {};
}

// A C view has one kind of pointer; a view that is only read is never written through it.
void* unconst(const void* data) { return const_cast<void*>(data); }
std::uint8_t* unconst(const std::uint8_t* data) { return const_cast<std::uint8_t*>(data); }

}  // namespace

Status null_argument(const char* name) {
  return invalid(message(name, " = null: must not be null"));
}

Status read_number(const char* name, std::int32_t value, std::int32_t first, std::int32_t count) {
  if (value >= first && value - first < count) return {};
  return invalid(
      message(name, " = ", value, ": must be in [", first, ", ", first + count - 1, "]"));
}

Status read(const char* name, std::int32_t value, DataType& out) {
  return read_enum(name, value, 0, 7, out);
}
Status read(const char* name, std::int32_t value, Order& out) {
  return read_enum(name, value, 0, 2, out);
}
Status read(const char* name, std::int32_t value, PackedOrder& out) {
  return read_enum(name, value, 1, 2, out);
}
Status read(const char* name, std::int32_t value, Ranking& out) {
  return read_enum(name, value, 0, 2, out);
}
Status read(const char* name, std::int32_t value, bool& out) {
  HEDDLE_TRY(read_number(name, value, 0, 2));
  out = value != 0;
  return {};
}

Status read_reserved(const char* name, std::int32_t value) {
  if (value == 0) return {};
  return {StatusCode::unsupported, message(name, " = ", value, ": must be 0")};
}

Status read(const char* name, const char* text, std::string& out) {
  HEDDLE_TRY(need(name, text));
  out = text;
  return {};
}

Status read(const char* name, const heddle_exec* exec, Exec& out) {
  heddle_exec full{};
  HEDDLE_TRY(read_struct(name, exec, full));
  HEDDLE_TRY(in(name, read_number("kind", full.kind, HEDDLE_CPU, 2)));
  out = full.kind == HEDDLE_CPU ? Exec::cpu(full.threads)
                                : Exec::cuda(static_cast<cudaStream_t>(full.stream));
  return {};
}

Status read(const char* name, const heddle_pattern* pattern, Pattern& out) {
  HEDDLE_TRY(need(name, pattern));
  out = {pattern->keep, pattern->group};
  return {};
}

Status read(const char* name, const heddle_matrix* matrix, MatrixView& out) {
  return read_matrix(name, matrix, out);
}
Status read(const char* name, const heddle_matrix* matrix, ConstMatrixView& out) {
  return read_matrix(name, matrix, out);
}
Status read(const char* name, const heddle_mask* mask, MaskView& out) {
  return read_mask(name, mask, out);
}
Status read(const char* name, const heddle_mask* mask, ConstMaskView& out) {
  return read_mask(name, mask, out);
}

Status read(const char* name, const heddle_vector* vector, ConstVectorView& out) {
  HEDDLE_TRY(need(name, vector));
  DataType type{};
  HEDDLE_TRY(in(name, read("type", vector->type, type)));
  HEDDLE_TRY(in(name, read_reserved("reserved", vector->reserved)));
  out = {vector->data, vector->length, type};
  return {};
}

Status read(const char* name, const heddle_tensor* tensor, TensorView& out) {
  return read_tensor(name, tensor, out);
}
Status read(const char* name, const heddle_tensor* tensor, ConstTensorView& out) {
  return read_tensor(name, tensor, out);
}
Status read(const char* name, const heddle_tensor_mask* mask, TensorMask& out) {
  return read_tensor_mask(name, mask, out);
}
Status read(const char* name, const heddle_tensor_mask* mask, ConstTensorMask& out) {
  return read_tensor_mask(name, mask, out);
}

Status read(const char* name, const heddle_packed_desc* desc, PackedDesc& out) {
  HEDDLE_TRY(need(name, desc));
  DataType type{};
  PackedOrder order{};
  HEDDLE_TRY(in(name, read("type", desc->type, type)));
  HEDDLE_TRY(in(name, read("order", desc->order, order)));
  out = {desc->rows, desc->cols, {desc->pattern.keep, desc->pattern.group}, type, order};
  return {};
}

Status read(const char* name, const heddle_packed* packed, PackedView& out) {
  return read_packed(name, packed, out);
}
Status read(const char* name, const heddle_packed* packed, ConstPackedView& out) {
  return read_packed(name, packed, out);
}

Status read_size(const char* name, std::size_t size) {
  if (size >= sizeof(std::size_t) && size <= kMostSize && size % alignof(std::size_t) == 0)
    return {};
  return invalid(message(name, ".size = ", size, ": must be the sizeof of its structure"));
}

Status read_tail(const char* name, const void* from, std::size_t known, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(from);
  for (std::size_t i = known; i < size; ++i)
    if (bytes[i] != 0)
      return {StatusCode::unsupported,
              message(name, ": byte ", i, " is set, in a field that this library (", HEDDLE_VERSION,
                      ") does not know: must be 0")};
  return {};
}

Status write_text(std::string_view text, char* buffer, std::size_t capacity, std::size_t* length) {
  if (buffer == nullptr && capacity != 0)
    return invalid(message("buffer = null: must not be null with capacity = ", capacity));
  if (capacity != 0) {
    const std::size_t fits = std::min(text.size(), capacity - 1);
    std::memcpy(buffer, text.data(), fits);
    buffer[fits] = 0;
  }
  if (length != nullptr) *length = text.size();
  return {};
}

heddle_exec write(const Exec& exec) {
  const bool cpu = exec.kind() == Exec::Kind::cpu;
  return {sizeof(heddle_exec), cpu ? HEDDLE_CPU : HEDDLE_CUDA, exec.threads(), exec.stream()};
}
heddle_pattern write(Pattern pattern) { return {pattern.keep, pattern.group}; }

heddle_matrix write(const ConstMatrixView& m) {
  return {unconst(m.data),
          m.rows,
          m.cols,
          m.ld,
          static_cast<std::int32_t>(m.type),
          static_cast<std::int32_t>(m.order)};
}
heddle_matrix write(const MatrixView& m) { return write(ConstMatrixView(m)); }

heddle_mask write(const ConstMaskView& m) {
  return {unconst(m.data), m.rows, m.cols, m.ld, static_cast<std::int32_t>(m.order), 0};
}
heddle_mask write(const MaskView& m) { return write(ConstMaskView(m)); }

heddle_vector write(const ConstVectorView& v) {
  return {v.data, v.size, static_cast<std::int32_t>(v.type), 0};
}

heddle_tensor write(const ConstTensorView& t) {
  heddle_tensor to{};
  to.data = unconst(t.data);
  to.rank = t.rank;
  to.type = static_cast<std::int32_t>(t.type);
  std::copy(t.shape.begin(), t.shape.end(), to.shape);
  std::copy(t.stride.begin(), t.stride.end(), to.stride);
  return to;
}
heddle_tensor write(const TensorView& t) { return write(ConstTensorView(t)); }

heddle_tensor_mask write(const ConstTensorMask& m) {
  heddle_tensor_mask to{};
  to.data = unconst(m.data);
  to.rank = m.rank;
  std::copy(m.shape.begin(), m.shape.end(), to.shape);
  std::copy(m.stride.begin(), m.stride.end(), to.stride);
  return to;
}
heddle_tensor_mask write(const TensorMask& m) { return write(ConstTensorMask(m)); }

heddle_packed_desc write(const PackedDesc& desc) {
  return {desc.rows, desc.cols, write(desc.pattern), static_cast<std::int32_t>(desc.type),
          static_cast<std::int32_t>(desc.order)};
}
heddle_packed write(const ConstPackedView& packed) {
  return {write(packed.desc), unconst(packed.data), packed.bytes};
}

}  // namespace heddle::c
