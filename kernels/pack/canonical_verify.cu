#include "kernels/pack/canonical_verify.cuh"

#include "kernels/pack/canonical_plan.hpp"

namespace heddle {

PlannedKernel verify_canonical_kernel(const ConstCanonicalBlob& in) {
  return {make_kernel(verify_canonical, "verify_canonical"),
          unit_shape(units_of(in), kVerifyThreads, kVerifyThreads)};
}

}  // namespace heddle
