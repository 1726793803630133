#include "kernels/report/report.cuh"

namespace heddle {

Kernel begin_report_kernel() { return make_kernel(begin_report, "begin_report"); }
Kernel finish_check_report_kernel() {
  return make_kernel(finish_check_report, "finish_check_report");
}
Kernel finish_verify_report_kernel() {
  return make_kernel(finish_verify_report, "finish_verify_report");
}

}  // namespace heddle
