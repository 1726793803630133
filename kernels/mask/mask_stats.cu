#include "kernels/mask/mask_stats.cuh"

namespace heddle {

Kernel mask_stats_kernel(Number type) {
  switch (type) {
    case Number::f32: return make_kernel(mask_stats<Number::f32>, "mask_stats_f32");
    case Number::f16: return make_kernel(mask_stats<Number::f16>, "mask_stats_f16");
    case Number::bf16: return make_kernel(mask_stats<Number::bf16>, "mask_stats_bf16");
    case Number::e4m3: return make_kernel(mask_stats<Number::e4m3>, "mask_stats_f8e4m3");
    case Number::e5m2: return make_kernel(mask_stats<Number::e5m2>, "mask_stats_f8e5m2");
    default: return make_kernel(mask_stats<Number::i8>, "mask_stats_i8");
  }
}
Kernel add_stats_kernel() { return make_kernel(add_stats, "add_stats"); }

}  // namespace heddle
