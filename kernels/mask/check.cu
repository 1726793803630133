#include "kernels/mask/check.cuh"

namespace heddle {
namespace {

template <CheckWay kWay>
Kernel check_kernel(int elem_bytes, const char* one, const char* two, const char* four) {
  switch (elem_bytes) {
    case 1: return make_kernel(check<1, kWay>, one);
    case 2: return make_kernel(check<2, kWay>, two);
    default: return make_kernel(check<4, kWay>, four);
  }
}

}  // namespace

Kernel check_runs_kernel(int elem_bytes) {
  return check_kernel<CheckWay::runs>(elem_bytes, "check_runs_1", "check_runs_2", "check_runs_4");
}
Kernel check_rows_kernel(int elem_bytes) {
  return check_kernel<CheckWay::rows>(elem_bytes, "check_rows_1", "check_rows_2", "check_rows_4");
}
Kernel check_cols_kernel(int elem_bytes) {
  return check_kernel<CheckWay::cols>(elem_bytes, "check_cols_1", "check_cols_2", "check_cols_4");
}

}  // namespace heddle
