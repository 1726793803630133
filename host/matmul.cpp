#include "heddle/matmul.hpp"

#include "host/cpu/operations.hpp"
#include "host/exec.hpp"
#include "host/message.hpp"
#include "host/overlap.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

bool is_fp8(DataType type) { return type == DataType::f8e4m3 || type == DataType::f8e5m2; }

bool is_16_or_32_bit_float(DataType type) {
  return type == DataType::f32 || type == DataType::f16 || type == DataType::bf16;
}

Status check_types(DataType a, DataType b, DataType d) {
  if (a != b && !(is_fp8(a) && is_fp8(b)))
    return {StatusCode::unsupported,
            message("b.type = ", to_string(b), " with a of ", to_string(a), ": must be ",
                    is_fp8(a) ? "f8e4m3 or f8e5m2" : to_string(a))};
  const bool integer = a == DataType::i8;
  if (is_16_or_32_bit_float(d) || (integer && d == DataType::i32)) return {};
  return {StatusCode::unsupported,
          message("d.type = ", to_string(d), " with a of ", to_string(a), ": must be f32, f16",
                  integer ? ", bf16 or i32" : " or bf16")};
}

Status check_options(const MatmulOptions& options, const MatrixView& d) {
  if (options.c) {
    HEDDLE_TRY(check_view("options.c", *options.c));
    HEDDLE_TRY(check_shape("options.c", options.c->rows, options.c->cols, d.rows, d.cols));
    HEDDLE_TRY(check_type("options.c", options.c->type, d.type));
  }
  if (options.bias) {
    const ConstVectorView& bias = *options.bias;
    if (!is_16_or_32_bit_float(bias.type))
      return {StatusCode::unsupported,
              message("options.bias.type = ", to_string(bias.type), ": must be f32, f16 or bf16")};
    if (bias.size != d.rows)
      return {StatusCode::invalid_argument,
              message("options.bias.size = ", bias.size, ": must be ", d.rows, ", the rows of d")};
    if (bias.data == nullptr && bias.size > 0)
      return {StatusCode::invalid_argument,
              message("options.bias.data = null: must point to ", bias.size, " elements")};
  }
  switch (options.activation) {
    case Activation::none:
    case Activation::relu:
    case Activation::gelu_erf:
    case Activation::gelu_tanh:
    case Activation::silu: return {};
  }
  return {StatusCode::invalid_argument,
          message("options.activation = ", static_cast<int>(options.activation),
                  ": must be none, relu, gelu_erf, gelu_tanh or silu")};
}

// D must not share memory with an operand, except with C as the same view.
Status check_memory(const ConstPackedView& a, const ConstMatrixView& b, const MatrixView& d,
                    const MatmulOptions& options) {
  const Footprint out = footprint(d);
  HEDDLE_TRY(check_no_overlap("d", out, "a", footprint(a.data, blob_bytes(a.desc))));
  HEDDLE_TRY(check_no_overlap("d", out, "b", footprint(b)));
  if (options.c && !same_view(*options.c, d))
    HEDDLE_TRY(check_no_overlap("d", out, "options.c", footprint(*options.c)));
  if (options.bias) {
    const auto bytes = static_cast<std::size_t>(options.bias->size) * size_of(options.bias->type);
    HEDDLE_TRY(check_no_overlap("d", out, "options.bias", footprint(options.bias->data, bytes)));
  }
  return {};
}

}  // namespace

Status matmul(const Exec& exec, const ConstPackedView& a, const ConstMatrixView& b,
              const MatrixView& d, const MatmulOptions& options) {
  HEDDLE_TRY(check_packed("a", a));
  HEDDLE_TRY(check_view("b", b));
  HEDDLE_TRY(check_view("d", d));
  HEDDLE_TRY(check_types(a.desc.type, b.type, d.type));
  HEDDLE_TRY(check_shape("b", b.rows, b.cols, a.desc.cols, d.cols));
  HEDDLE_TRY(check_shape("d", d.rows, d.cols, a.desc.rows, b.cols));
  HEDDLE_TRY(check_options(options, d));
  HEDDLE_TRY(check_memory(a, b, d, options));
  HEDDLE_TRY(require_cpu(exec, "matmul"));
  return cpu::matmul(exec, a, b, d, options);
}

}  // namespace heddle
