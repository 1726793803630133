#include "kernels/pack/device_pack.cuh"

namespace heddle {
namespace {

// The names of one pattern's kernels, by source.
struct Names {
  const char* of[3];
};

template <int kElem, DeviceKind kKind>
Kernel by_source(DeviceSource source, const Names& names) {
  if (source == DeviceSource::mask)
    return make_kernel(pack_device<kElem, kKind, DeviceSource::mask>, names.of[2]);
  if constexpr (kElem == 1) {
    if (source == DeviceSource::best_integer)
      return make_kernel(pack_device<kElem, kKind, DeviceSource::best_integer>, names.of[1]);
  }
  return make_kernel(pack_device<kElem, kKind, DeviceSource::best_float>, names.of[0]);
}

template <int kElem>
Kernel by_kind(DeviceKind kind, DeviceSource source, const Names (&names)[3]) {
  switch (kind) {
    case DeviceKind::two_of_four:
      return by_source<kElem, DeviceKind::two_of_four>(source, names[0]);
    case DeviceKind::one_of_two: return by_source<kElem, DeviceKind::one_of_two>(source, names[1]);
    default: return by_source<kElem, DeviceKind::one_of_four>(source, names[2]);
  }
}

constexpr Names kNames8[3] = {
    {{"pack_device_8_2of4", "pack_device_i8_2of4", "pack_device_8_2of4_mask"}},
    {{"pack_device_8_1of2", "pack_device_i8_1of2", "pack_device_8_1of2_mask"}},
    {{"pack_device_8_1of4", "pack_device_i8_1of4", "pack_device_8_1of4_mask"}}};
constexpr Names kNames16[3] = {{{"pack_device_16_2of4", "", "pack_device_16_2of4_mask"}},
                               {{"pack_device_16_1of2", "", "pack_device_16_1of2_mask"}},
                               {{"pack_device_16_1of4", "", "pack_device_16_1of4_mask"}}};
constexpr Names kNames32 = {{"pack_device_32_1of2", "", "pack_device_32_1of2_mask"}};

}  // namespace

Kernel pack_device_kernel(int elem_bytes, DeviceKind kind, DeviceSource source) {
  switch (elem_bytes) {
    case 1: return by_kind<1>(kind, source, kNames8);
    case 2: return by_kind<2>(kind, source, kNames16);
    default: return by_source<4, DeviceKind::one_of_two>(source, kNames32);
  }
}

}  // namespace heddle
