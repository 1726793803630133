#include "host/cuda/packed.hpp"

namespace heddle::cuda {

Status check(const Exec&, const ConstMatrixView&, Pattern, CheckReport*) {
  return {StatusCode::unavailable, "not written yet"};
}
Status check_and_wait(const Exec&, const ConstMatrixView&, Pattern, CheckReport&) {
  return {StatusCode::unavailable, "not written yet"};
}

}  // namespace heddle::cuda
