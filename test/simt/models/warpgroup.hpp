// wgmma as a kernel in the testbed meets it: what the CPU bodies of kernels/arch call. A product is
// a rendezvous of the 128 threads of an aligned warpgroup; it happens at the first wait that covers
// its group (docs/testbed.md). A finding names the place of the call.
#pragma once

#include <cstdint>

#include "test/simt/models/wgmma.hpp"

namespace heddle::simt::models {

// d: n / 2 floats or 32-bit integers; a: 4 registers; metadata: null of a dense product. They stay
// where they are until the wait.
void wgmma(const WarpgroupForm& form, void* d, const std::uint32_t* a, std::uint64_t b,
           const std::uint32_t* metadata, bool accumulate);
// a: in shared memory too.
void wgmma(const WarpgroupForm& form, void* d, std::uint64_t a, std::uint64_t b,
           const std::uint32_t* metadata, bool accumulate);

void wgmma_fence();
void wgmma_commit();
void wgmma_wait(unsigned groups_left_open);

// The distance from the start of this block's dynamic shared memory: the address of descriptors.
std::uint32_t dynamic_shared_offset(const void* shared);

}  // namespace heddle::simt::models
