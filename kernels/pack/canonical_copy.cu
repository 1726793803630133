#include "kernels/pack/canonical_copy.cuh"

#include "kernels/pack/canonical_plan.hpp"

namespace heddle {
namespace {

template <class Source>
Kernel copy_kernel(int elem_bytes, const char* name) {
  switch (elem_bytes) {
    case 1: return make_kernel(copy_to_canonical<1, Source>, name);
    case 2: return make_kernel(copy_to_canonical<2, Source>, name);
    default: return make_kernel(copy_to_canonical<4, Source>, name);
  }
}

}  // namespace

PlannedKernel copy_canonical_kernel(const CanonicalBlob& out, int elem_bytes, bool from_device) {
  const Kernel kernel = from_device
                            ? copy_kernel<DevicePayload>(elem_bytes, "device_to_canonical")
                            : copy_kernel<ConstCanonicalBlob>(elem_bytes, "canonical_to_canonical");
  return {kernel, tile_shape(out.groups * out.keep, out.rows)};
}

}  // namespace heddle
