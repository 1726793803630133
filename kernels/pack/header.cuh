#pragma once
// One warp writes or compares the header of a blob, a word a lane.

#include "kernels/access.cuh"
#include "kernels/pack/header.hpp"

namespace heddle {

// The first 32 threads of the calling block write. align divides the blob's address.
__device__ __forceinline__ void write_header(std::byte* blob, const HeaderBytes& header,
                                             int align) {
  if (threadIdx.x < kHeaderWords)
    store_element<4>(blob + 4 * threadIdx.x, header.word[threadIdx.x], align);
}

// True where the calling thread's word of the blob is another; threads from 32 on see none.
__device__ __forceinline__ bool header_differs(const std::byte* blob, const HeaderBytes& header,
                                               int align) {
  return threadIdx.x < kHeaderWords &&
         load_element<4>(blob + 4 * threadIdx.x, align) != header.word[threadIdx.x];
}

}  // namespace heddle
