#include "kernels/pack/canonical_unpack.cuh"

#include "kernels/pack/canonical_plan.hpp"

namespace heddle {
namespace {

template <int kGroup>
Kernel groups_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(unpack_groups<1, kGroup>, "unpack_canonical_groups_8bit");
    case 2: return make_kernel(unpack_groups<2, kGroup>, "unpack_canonical_groups_16bit");
    default: return make_kernel(unpack_groups<4, kGroup>, "unpack_canonical_groups_32bit");
  }
}

Kernel seated_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(unpack_seated<1>, "unpack_canonical_seated_8bit");
    case 2: return make_kernel(unpack_seated<2>, "unpack_canonical_seated_16bit");
    default: return make_kernel(unpack_seated<4>, "unpack_canonical_seated_32bit");
  }
}

}  // namespace

PlannedKernel unpack_canonical_kernel(const ConstCanonicalBlob& in, int elem_bytes) {
  switch (in.group) {
    case 2: return {groups_kernel<2>(elem_bytes), tile_shape(in.groups, in.rows)};
    case 4: return {groups_kernel<4>(elem_bytes), tile_shape(in.groups, in.rows)};
    case 8: return {groups_kernel<8>(elem_bytes), tile_shape(in.groups, in.rows)};
    default: return {seated_kernel(elem_bytes), unit_shape(units_of(in), kWideWarps, kWideThreads)};
  }
}

}  // namespace heddle
