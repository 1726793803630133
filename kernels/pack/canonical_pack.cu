#include "kernels/pack/canonical_pack.cuh"

#include "kernels/pack/canonical_plan.hpp"

namespace heddle {
namespace {

template <int kGroup>
Kernel groups_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(pack_groups<1, kGroup>, "pack_canonical_groups_8bit");
    case 2: return make_kernel(pack_groups<2, kGroup>, "pack_canonical_groups_16bit");
    default: return make_kernel(pack_groups<4, kGroup>, "pack_canonical_groups_32bit");
  }
}

Kernel seated_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(pack_seated<1>, "pack_canonical_seated_8bit");
    case 2: return make_kernel(pack_seated<2>, "pack_canonical_seated_16bit");
    default: return make_kernel(pack_seated<4>, "pack_canonical_seated_32bit");
  }
}

}  // namespace

PlannedKernel pack_canonical_kernel(const CanonicalBlob& out, int elem_bytes) {
  switch (out.group) {
    case 2: return {groups_kernel<2>(elem_bytes), tile_shape(out.groups, out.rows)};
    case 4: return {groups_kernel<4>(elem_bytes), tile_shape(out.groups, out.rows)};
    case 8: return {groups_kernel<8>(elem_bytes), tile_shape(out.groups, out.rows)};
    default:
      return {seated_kernel(elem_bytes), unit_shape(units_of(out), kWideWarps, kWideThreads)};
  }
}

}  // namespace heddle
