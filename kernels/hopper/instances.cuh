#pragma once
// The instances of one multiply. What is listed here and in hopper_exists must be the same: a shape that
// has no instance has no entry.

#include "kernels/hopper/hopper.cuh"

namespace heddle {

template <Multiply kMultiply, int kGroups, int kRowBlocks, int kTokens>
Kernel hopper_instance(bool n_major, bool staged, const char* name) {
  constexpr HopperShape kShape = {kGroups, kRowBlocks, kTokens, 1, false};
  constexpr HopperShape kStagedShape = {kGroups, kRowBlocks, kTokens, 1, true};
  if constexpr (hopper_exists(kMultiply, kStagedShape, false))
    if (staged && !n_major)
      return make_kernel(hopper<kMultiply, kGroups, kRowBlocks, kTokens, false, true>, name);
  if constexpr (hopper_exists(kMultiply, kShape, true))
    if (n_major && !staged)
      return make_kernel(hopper<kMultiply, kGroups, kRowBlocks, kTokens, true, false>, name);
  if constexpr (hopper_exists(kMultiply, kShape, false))
    if (!n_major && !staged)
      return make_kernel(hopper<kMultiply, kGroups, kRowBlocks, kTokens, false, false>, name);
  return {};
}

template <Multiply kMultiply>
Kernel hopper_instance(const HopperShape& s, bool n_major, const char* name) {
  if (s.groups == 3) return hopper_instance<kMultiply, 3, 1, 192>(n_major, s.staged, name);
  if (s.row_blocks == 2) return hopper_instance<kMultiply, 2, 2, 128>(n_major, s.staged, name);
  switch (s.tokens) {
    case 8: return hopper_instance<kMultiply, 2, 1, 8>(n_major, s.staged, name);
    case 16: return hopper_instance<kMultiply, 2, 1, 16>(n_major, s.staged, name);
    case 32: return hopper_instance<kMultiply, 2, 1, 32>(n_major, s.staged, name);
    case 64: return hopper_instance<kMultiply, 2, 1, 64>(n_major, s.staged, name);
    case 128: return hopper_instance<kMultiply, 2, 1, 128>(n_major, s.staged, name);
    default: return hopper_instance<kMultiply, 2, 1, 256>(n_major, s.staged, name);
  }
}

}  // namespace heddle
