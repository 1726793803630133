#include "host/matmul_check.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "host/batch_overlap.hpp"
#include "host/message.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

bool is_fp8(DataType type) { return type == DataType::f8e4m3 || type == DataType::f8e5m2; }

bool is_16_or_32_bit_float(DataType type) {
  return type == DataType::f32 || type == DataType::f16 || type == DataType::bf16;
}

// The types are called b + suffix and d + suffix.
Status check_types(const char* b, const char* d, const char* suffix, DataType type_a,
                   DataType type_b, DataType type_d) {
  if (type_a != type_b && !(is_fp8(type_a) && is_fp8(type_b)))
    return {StatusCode::unsupported,
            message(b, suffix, " = ", to_string(type_b), " with a of ", to_string(type_a),
                    ": must be ", is_fp8(type_a) ? "f8e4m3 or f8e5m2" : to_string(type_a))};
  const bool integer = type_a == DataType::i8;
  if (is_16_or_32_bit_float(type_d)) return {};
  if (integer && (type_d == DataType::i32 || type_d == DataType::i8)) return {};
  return {StatusCode::unsupported,
          message(d, suffix, " = ", to_string(type_d), " with a of ", to_string(type_a),
                  ": must be f32, f16", integer ? ", bf16, i32 or i8" : " or bf16")};
}

Status check_bias_type(const char* name, const char* suffix, DataType type) {
  if (is_16_or_32_bit_float(type)) return {};
  return {StatusCode::unsupported,
          message(name, suffix, " = ", to_string(type), ": must be f32, f16 or bf16")};
}

Status check_vector(const char* name, const ConstVectorView& vector, std::int64_t size,
                    const char* what) {
  if (vector.size != size)
    return invalid(message(name, ".size = ", vector.size, ": must be ", size, ", ", what));
  if (vector.data == nullptr && size > 0)
    return invalid(message(name, ".data = null: must point to ", size, " elements"));
  return {};
}

Status check_scale(const char* name, const ConstVectorView& scale, std::int64_t size,
                   const char* what) {
  if (scale.type != DataType::f32)
    return {StatusCode::unsupported,
            message(name, ".type = ", to_string(scale.type), ": must be f32")};
  return check_vector(name, scale, size, what);
}

Status check_vectors(const MatmulNames& names, const MatmulBuffers& x) {
  if (x.bias) {
    HEDDLE_TRY(check_bias_type(names.bias, ".type", x.bias->type));
    HEDDLE_TRY(check_vector(names.bias, *x.bias, x.d.rows, "one per output feature"));
  }
  if (x.scale_m)
    HEDDLE_TRY(check_scale(names.scale_m, *x.scale_m, x.d.rows, "one per output feature"));
  if (x.scale_n) HEDDLE_TRY(check_scale(names.scale_n, *x.scale_n, x.d.cols, "one per token"));
  return {};
}

// A batch of none is empty whatever its shape, so that there need not be memory.
Status check_items(const char* name, ConstMatrixView view, std::int64_t count) {
  static constexpr char kNothing = 0;
  if (count == 0 && view.data == nullptr) view.data = &kNothing;
  return check_view(name, view);
}

BatchFootprint items(const ConstMatrixView& view, std::int64_t count, std::int64_t stride) {
  return {footprint(view), count, stride * static_cast<std::int64_t>(size_of(view.type))};
}
BatchFootprint vector_items(const ConstVectorView& v) {
  return {footprint(v.data, static_cast<std::size_t>(v.size) * size_of(v.type)), 1, 0};
}
BatchFootprint blob_items(const ConstPackedView& a) {
  return {footprint(a.data, blob_bytes(a.desc)), 1, 0};
}

// Item count - 1 of `view` must lie within 63 bits.
Status check_stride(const char* batch, const char* field, std::int64_t stride, std::int64_t count,
                    const ConstMatrixView& view) {
  if (stride < 0) return invalid(message(batch, field, " = ", stride, ": must be >= 0"));
  const auto size = static_cast<std::int64_t>(size_of(view.type));
  if (stride > (kMost - extent_bytes(footprint(view))) / size / (count - 1))
    return invalid(
        message(batch, field, " = ", stride, ": ", count, " items must span less than 2^63 bytes"));
  return {};
}

// Strides count from two items on.
Status check_batch(const MatmulNames& names, const MatmulBuffers& x) {
  const MatmulBatch& batch = x.batch;
  const char* name = names.batch;
  if (batch.count < 0) return invalid(message(name, ".count = ", batch.count, ": must be >= 0"));
  if (batch.count <= 1) return {};
  HEDDLE_TRY(check_stride(name, ".b_stride", batch.b_stride, batch.count, x.b));
  HEDDLE_TRY(check_stride(name, ".d_stride", batch.d_stride, batch.count, x.d));
  if (x.c) HEDDLE_TRY(check_stride(name, ".c_stride", batch.c_stride, batch.count, *x.c));
  if (!items_apart(items(x.d, batch.count, batch.d_stride)))
    return invalid(message(name, ".d_stride = ", batch.d_stride, ": must keep the ", batch.count,
                           " items of ", names.d, ", ", x.d.rows, " x ", x.d.cols, ", apart"));
  if (x.c && same_view(*x.c, x.d) && batch.c_stride != batch.d_stride)
    return invalid(message(name, ".c_stride = ", batch.c_stride, ": must be ", batch.d_stride,
                           ", as .d_stride, where ", names.c, " is ", names.d));
  return {};
}

Status check_apart(const char* out_name, const BatchFootprint& out, const char* in_name,
                   const BatchFootprint& in) {
  if (!overlap(out, in)) return {};
  return invalid(message(out_name, ".data = ", static_cast<const void*>(out.item.data),
                         ": must not overlap ", in_name, ", at ",
                         static_cast<const void*>(in.item.data)));
}

// `out` shares no memory with what is read, except D with C as the same view.
Status check_apart_from_inputs(const char* name, const BatchFootprint& out,
                               const MatmulNames& names, const MatmulBuffers& x, bool with_c) {
  const MatmulBatch& batch = x.batch;
  HEDDLE_TRY(check_apart(name, out, names.a, blob_items(x.a)));
  HEDDLE_TRY(check_apart(name, out, names.b, items(x.b, batch.count, batch.b_stride)));
  if (with_c) HEDDLE_TRY(check_apart(name, out, names.c, items(*x.c, batch.count, batch.c_stride)));
  if (x.bias) HEDDLE_TRY(check_apart(name, out, names.bias, vector_items(*x.bias)));
  if (x.scale_m) HEDDLE_TRY(check_apart(name, out, names.scale_m, vector_items(*x.scale_m)));
  if (x.scale_n) HEDDLE_TRY(check_apart(name, out, names.scale_n, vector_items(*x.scale_n)));
  return {};
}

Status check_order(const char* name, Order order) {
  if (order == Order::row || order == Order::col) return {};
  return invalid(message(name, " = ", static_cast<int>(order), ": must be row or col"));
}

// B and D of the largest run span less than 2^63 bytes.
Status check_extent(const MatmulDesc& desc) {
  const double widest = static_cast<double>(std::max(desc.a.rows, desc.a.cols)) * 4;
  const double tokens = static_cast<double>(desc.max_n) * static_cast<double>(desc.max_batch);
  if (widest * tokens < 9.0e18 && tokens < 9.0e18) return {};
  return invalid(message("desc.max_n x .max_batch = ", desc.max_n, " x ", desc.max_batch,
                         ": must let b and d span less than 2^63 bytes, with a of ", desc.a.rows,
                         " x ", desc.a.cols));
}

std::string shown(std::int64_t value) { return std::to_string(value); }
template <class T>
std::string shown(T value) {
  return to_string(value);
}

template <class T>
Status must_be(const char* name, T value, T planned) {
  if (value == planned) return {};
  return invalid(message(name, " = ", shown(value), ": must be ", shown(planned), ", as planned"));
}

// Presence and type of an optional part.
Status check_presence(const char* name, bool present, bool planned) {
  if (present == planned) return {};
  return invalid(message(name, present ? " = given: must be absent" : " = absent: must be given",
                         ", as planned"));
}

}  // namespace

Status check_activation(const char* name, Activation activation) {
  switch (activation) {
    case Activation::none:
    case Activation::relu:
    case Activation::gelu_erf:
    case Activation::gelu_tanh:
    case Activation::silu: return {};
  }
  return invalid(message(name, " = ", static_cast<int>(activation),
                         ": must be none, relu, gelu_erf, gelu_tanh or silu"));
}

Status check_buffers(const MatmulNames& names, const MatmulBuffers& x) {
  const ConstMatrixView &b = x.b, d = x.d;
  HEDDLE_TRY(check_packed(names.a, x.a));
  HEDDLE_TRY(check_items(names.b, b, x.batch.count));
  HEDDLE_TRY(check_items(names.d, d, x.batch.count));
  HEDDLE_TRY(check_types(names.b, names.d, ".type", x.a.desc.type, b.type, d.type));
  HEDDLE_TRY(check_shape(names.b, b.rows, b.cols, x.a.desc.cols, d.cols));
  HEDDLE_TRY(check_shape(names.d, d.rows, d.cols, x.a.desc.rows, b.cols));
  if (x.c) {
    HEDDLE_TRY(check_items(names.c, *x.c, x.batch.count));
    HEDDLE_TRY(check_shape(names.c, x.c->rows, x.c->cols, d.rows, d.cols));
    HEDDLE_TRY(check_type(names.c, x.c->type, d.type));
  }
  HEDDLE_TRY(check_vectors(names, x));
  HEDDLE_TRY(check_batch(names, x));
  if (x.batch.count == 0) return {};
  const bool in_place = x.c && same_view(*x.c, x.d);
  return check_apart_from_inputs(names.d, items(d, x.batch.count, x.batch.d_stride), names, x,
                                 x.c && !in_place);
}

Status check_matmul_desc(const MatmulDesc& desc) {
  HEDDLE_TRY(check_desc("desc.a", desc.a));
  if (desc.max_n < 0) return invalid(message("desc.max_n = ", desc.max_n, ": must be >= 0"));
  if (desc.max_batch < 0)
    return invalid(message("desc.max_batch = ", desc.max_batch, ": must be >= 0"));
  for (const auto& [name, type] :
       {std::pair{"desc.b_type", desc.b_type}, {"desc.d_type", desc.d_type}})
    if (size_of(type) == 0)
      return invalid(message(name, " = ", static_cast<int>(type), ": must be a DataType"));
  HEDDLE_TRY(check_types("desc.b_type", "desc.d_type", "", desc.a.type, desc.b_type, desc.d_type));
  HEDDLE_TRY(check_order("desc.b_order", desc.b_order));
  HEDDLE_TRY(check_order("desc.c_order", desc.c_order));
  HEDDLE_TRY(check_order("desc.d_order", desc.d_order));
  if (desc.bias) HEDDLE_TRY(check_bias_type("desc.bias", "", *desc.bias));
  HEDDLE_TRY(check_activation("desc.activation", desc.activation));
  HEDDLE_TRY(check_extent(desc));
  std::int64_t before = 0;
  for (std::size_t i = 0; i < desc.tuning.entries.size(); ++i) {
    const std::int64_t max_n = desc.tuning.entries[i].max_n;
    if (max_n <= before)
      return invalid(message("desc.tuning.entries[", i, "].max_n = ", max_n, ": must be > ", before,
                             i == 0 ? "" : ", that of the entry before"));
    before = max_n;
  }
  return {};
}

Status check_planned(const MatmulDesc& desc, const MatmulBuffers& x) {
  const PackedDesc& a = x.a.desc;
  HEDDLE_TRY(must_be("buffers.a.desc.rows", a.rows, desc.a.rows));
  HEDDLE_TRY(must_be("buffers.a.desc.cols", a.cols, desc.a.cols));
  HEDDLE_TRY(must_be("buffers.a.desc.pattern", a.pattern, desc.a.pattern));
  HEDDLE_TRY(must_be("buffers.a.desc.type", a.type, desc.a.type));
  HEDDLE_TRY(must_be("buffers.a.desc.order", a.order, desc.a.order));
  HEDDLE_TRY(must_be("buffers.b.type", x.b.type, desc.b_type));
  HEDDLE_TRY(must_be("buffers.b.order", x.b.order, desc.b_order));
  HEDDLE_TRY(must_be("buffers.d.type", x.d.type, desc.d_type));
  HEDDLE_TRY(must_be("buffers.d.order", x.d.order, desc.d_order));
  if (x.c) HEDDLE_TRY(must_be("buffers.c.order", x.c->order, desc.c_order));
  HEDDLE_TRY(check_presence("buffers.bias", x.bias.has_value(), desc.bias.has_value()));
  if (x.bias) HEDDLE_TRY(must_be("buffers.bias.type", x.bias->type, *desc.bias));
  HEDDLE_TRY(check_presence("buffers.scale_m", x.scale_m.has_value(), desc.scale_m));
  HEDDLE_TRY(check_presence("buffers.scale_n", x.scale_n.has_value(), desc.scale_n));
  if (x.d.cols > desc.max_n)
    return invalid(
        message("buffers.d.cols = ", x.d.cols, ": must be <= ", desc.max_n, ", the plan's max_n"));
  if (x.batch.count > desc.max_batch)
    return invalid(message("buffers.batch.count = ", x.batch.count, ": must be <= ", desc.max_batch,
                           ", the plan's max_batch"));
  return {};
}

Status check_workspace(const Workspace& workspace, std::size_t bytes) {
  if (bytes == 0) return {};
  if (workspace.bytes < bytes)
    return invalid(message("workspace.bytes = ", workspace.bytes, ": must be >= ", bytes));
  if (workspace.data == nullptr)
    return invalid(message("workspace.data = null: must point to ", bytes, " bytes"));
  if (reinterpret_cast<std::uintptr_t>(workspace.data) % kWorkspaceAlign != 0)
    return invalid(message("workspace.data = ", workspace.data, ": must be aligned to ",
                           kWorkspaceAlign, " bytes"));
  return {};
}

Status check_workspace_apart(const MatmulNames& names, const Workspace& workspace,
                             std::size_t bytes, const MatmulBuffers& x) {
  if (bytes == 0 || x.batch.count == 0) return {};
  const BatchFootprint out = {footprint(workspace.data, bytes), 1, 0};
  HEDDLE_TRY(check_apart("workspace", out, names.d, items(x.d, x.batch.count, x.batch.d_stride)));
  return check_apart_from_inputs("workspace", out, names, x, x.c.has_value());
}

MatmulDesc describe(const MatmulBuffers& x, Activation activation) {
  MatmulDesc desc;
  desc.a = x.a.desc;
  desc.max_n = x.d.cols;
  desc.max_batch = x.batch.count;
  desc.b_type = x.b.type;
  desc.d_type = x.d.type;
  desc.b_order = x.b.order;
  desc.c_order = x.c ? x.c->order : x.d.order;
  desc.d_order = x.d.order;
  if (x.bias) desc.bias = x.bias->type;
  desc.scale_m = x.scale_m.has_value();
  desc.scale_n = x.scale_n.has_value();
  desc.activation = activation;
  return desc;
}

Status check_device_order(const char* name, PackedOrder order) {
  if (order == PackedOrder::device) return {};
  return {StatusCode::unsupported,
          message(name, " = ", to_string(order),
                  ": must be device where exec = cuda; convert() gives it")};
}

}  // namespace heddle
