#include "heddle/matmul.hpp"

#include "host/cpu/operations.hpp"
#include "host/cuda/operations.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/matmul_check.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

constexpr MatmulNames kMatmulNames = {
    "a", "b", "d", "options.c", "options.bias", "options.scale_m", "options.scale_n", "batch"};
constexpr MatmulNames kLinearNames = {
    "weight", "x", "y", "options.c", "options.bias", "options.scale_m", "options.scale_n", "batch"};

Status multiply(const Exec& exec, const MatmulNames& names, const char* order_name,
                const MatmulBuffers& buffers, Activation activation) {
  HEDDLE_TRY(check_activation("options.activation", activation));
  HEDDLE_TRY(check_buffers(names, buffers));
  HEDDLE_TRY(check_exec(exec));
  if (!on_cuda(exec)) return cpu::matmul(exec, buffers, activation);
  HEDDLE_TRY(check_device_order(order_name, buffers.a.desc.order));
  return cuda::matmul(exec, describe(buffers, activation), buffers);
}

MatmulBuffers buffers_of(const ConstPackedView& a, const ConstMatrixView& b, const MatrixView& d,
                         const MatmulOptions& options, const MatmulBatch& batch) {
  return {a,
          b,
          d,
          options.alpha,
          options.beta,
          options.c,
          options.bias,
          options.scale_m,
          options.scale_n,
          batch};
}

}  // namespace

Status matmul(const Exec& exec, const ConstPackedView& a, const ConstMatrixView& b,
              const MatrixView& d, const MatmulOptions& options, const MatmulBatch& batch) try {
  return multiply(exec, kMatmulNames, "a.desc.order", buffers_of(a, b, d, options, batch),
                  options.activation);
} catch (...) {
  return caught();
}

Status linear(const Exec& exec, const ConstMatrixView& x, const ConstPackedView& weight,
              const MatrixView& y, const MatmulOptions& options) try {
  // Shapes as the caller sees them, before everything is transposed.
  HEDDLE_TRY(check_desc("weight", weight.desc));
  HEDDLE_TRY(check_view("x", x));
  HEDDLE_TRY(check_view("y", y));
  HEDDLE_TRY(check_shape("x", x.rows, x.cols, y.rows, weight.desc.cols));
  HEDDLE_TRY(check_shape("y", y.rows, y.cols, x.rows, weight.desc.rows));
  MatmulOptions turned = options;
  if (options.c) {
    HEDDLE_TRY(check_view("options.c", *options.c));
    HEDDLE_TRY(check_shape("options.c", options.c->rows, options.c->cols, y.rows, y.cols));
    turned.c = transposed(*options.c);
  }
  return multiply(exec, kLinearNames, "weight.desc.order",
                  buffers_of(weight, transposed(x), transposed(y), turned, {}), options.activation);
} catch (...) {
  return caught();
}

}  // namespace heddle
