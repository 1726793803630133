#include "host/cuda/packed.hpp"

namespace heddle::cuda {

Status best_mask(const Exec&, const ConstMatrixView&, Pattern, const MaskView&, Ranking) {
  return {StatusCode::unavailable, "not written yet"};
}

}  // namespace heddle::cuda
