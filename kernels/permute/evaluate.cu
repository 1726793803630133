#include "kernels/permute/evaluate.cuh"

namespace heddle {

Kernel magnitude_kernel(Number type) {
  switch (type) {
    case Number::f32: return make_kernel(magnitudes<Number::f32>, "magnitudes_f32");
    case Number::f16: return make_kernel(magnitudes<Number::f16>, "magnitudes_f16");
    case Number::bf16: return make_kernel(magnitudes<Number::bf16>, "magnitudes_bf16");
    case Number::e4m3: return make_kernel(magnitudes<Number::e4m3>, "magnitudes_f8e4m3");
    case Number::e5m2: return make_kernel(magnitudes<Number::e5m2>, "magnitudes_f8e5m2");
    default: return make_kernel(magnitudes<Number::i8>, "magnitudes_i8");
  }
}

Kernel quantise_kernel() { return make_kernel(quantise, "permute_quantise"); }

Kernel set_values_kernel(int size, int keep) {
  if (keep >= size) return make_kernel(set_values<0>, "set_values_all");
  if (keep <= 1) return make_kernel(set_values<1>, "set_values_1");
  if (keep <= 2) return make_kernel(set_values<2>, "set_values_2");
  if (keep <= 4) return make_kernel(set_values<4>, "set_values_4");
  if (keep <= 8) return make_kernel(set_values<8>, "set_values_8");
  if (keep <= 16) return make_kernel(set_values<16>, "set_values_16");
  return make_kernel(set_values<32>, "set_values_32");
}

Kernel best_splits_kernel() { return make_kernel(best_splits, "best_splits"); }

Kernel kept_kernel(int keep) {
  if (keep <= 1) return make_kernel(kept_rows<1>, "kept_rows_1");
  if (keep <= 2) return make_kernel(kept_rows<2>, "kept_rows_2");
  if (keep <= 4) return make_kernel(kept_rows<4>, "kept_rows_4");
  if (keep <= 8) return make_kernel(kept_rows<8>, "kept_rows_8");
  if (keep <= 16) return make_kernel(kept_rows<16>, "kept_rows_16");
  return make_kernel(kept_rows<32>, "kept_rows_32");
}

}  // namespace heddle
