#include "kernels/score/squares.cuh"

namespace heddle {

Kernel squares_rows_kernel(Number type) {
  switch (type) {
    case Number::f32: return make_kernel(squares_rows<Number::f32>, "squares_rows_f32");
    case Number::f16: return make_kernel(squares_rows<Number::f16>, "squares_rows_f16");
    case Number::bf16: return make_kernel(squares_rows<Number::bf16>, "squares_rows_bf16");
    case Number::e4m3: return make_kernel(squares_rows<Number::e4m3>, "squares_rows_f8e4m3");
    case Number::e5m2: return make_kernel(squares_rows<Number::e5m2>, "squares_rows_f8e5m2");
    default: return make_kernel(squares_rows<Number::i8>, "squares_rows_i8");
  }
}
Kernel squares_cols_kernel(Number type) {
  switch (type) {
    case Number::f32: return make_kernel(squares_cols<Number::f32>, "squares_cols_f32");
    case Number::f16: return make_kernel(squares_cols<Number::f16>, "squares_cols_f16");
    case Number::bf16: return make_kernel(squares_cols<Number::bf16>, "squares_cols_bf16");
    case Number::e4m3: return make_kernel(squares_cols<Number::e4m3>, "squares_cols_f8e4m3");
    case Number::e5m2: return make_kernel(squares_cols<Number::e5m2>, "squares_cols_f8e5m2");
    default: return make_kernel(squares_cols<Number::i8>, "squares_cols_i8");
  }
}
Kernel norms_kernel() { return make_kernel(norms, "norms_of_squares"); }

}  // namespace heddle
