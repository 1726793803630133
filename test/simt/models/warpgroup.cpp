#include "test/simt/models/warpgroup.hpp"

#include "test/simt/device.hpp"
#include "test/simt/warpgroup.hpp"

#define HEDDLE_CALLER \
  Place { nullptr, 0, __builtin_return_address(0) }

namespace heddle::simt::models {

void wgmma(const WarpgroupForm& form, void* d, const std::uint32_t* a, std::uint64_t b,
           const std::uint32_t* metadata, bool accumulate) {
  simt::wgmma({form, d, a, metadata, 0, b, accumulate}, HEDDLE_CALLER);
}

void wgmma(const WarpgroupForm& form, void* d, std::uint64_t a, std::uint64_t b,
           const std::uint32_t* metadata, bool accumulate) {
  simt::wgmma({form, d, nullptr, metadata, a, b, accumulate}, HEDDLE_CALLER);
}

void wgmma_fence() { simt::wgmma_fence(); }
void wgmma_commit() { simt::wgmma_commit(); }
void wgmma_wait(unsigned groups_left_open) { simt::wgmma_wait(groups_left_open); }

std::uint32_t dynamic_shared_offset(const void* shared) {
  return simt::dynamic_shared_offset(shared, HEDDLE_CALLER);
}

}  // namespace heddle::simt::models
