#include "kernels/score/score.cuh"

namespace heddle {

Kernel score_runs_kernel(Number type) {
  switch (type) {
    case Number::f32: return make_kernel(score_runs<Number::f32>, "score_runs_f32");
    case Number::f16: return make_kernel(score_runs<Number::f16>, "score_runs_f16");
    case Number::bf16: return make_kernel(score_runs<Number::bf16>, "score_runs_bf16");
    case Number::e4m3: return make_kernel(score_runs<Number::e4m3>, "score_runs_f8e4m3");
    case Number::e5m2: return make_kernel(score_runs<Number::e5m2>, "score_runs_f8e5m2");
    default: return make_kernel(score_runs<Number::i8>, "score_runs_i8");
  }
}
Kernel score_turned_kernel(Number type) {
  switch (type) {
    case Number::f32: return make_kernel(score_turned<Number::f32>, "score_turned_f32");
    case Number::f16: return make_kernel(score_turned<Number::f16>, "score_turned_f16");
    case Number::bf16: return make_kernel(score_turned<Number::bf16>, "score_turned_bf16");
    case Number::e4m3: return make_kernel(score_turned<Number::e4m3>, "score_turned_f8e4m3");
    case Number::e5m2: return make_kernel(score_turned<Number::e5m2>, "score_turned_f8e5m2");
    default: return make_kernel(score_turned<Number::i8>, "score_turned_i8");
  }
}

}  // namespace heddle
