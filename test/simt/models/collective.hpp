// The models as a kernel in the testbed meets them: what the CPU bodies of kernels/arch call. Each
// is a rendezvous of all 32 lanes; a finding names the place of the call.
#pragma once

#include <cstdint>

#include "test/simt/device.hpp"
#include "test/simt/models/sparse_mma.hpp"

namespace heddle::simt::models {

// Where the caller's caller is in the source, for a wrapper that is always inlined.
Place call_site();

void ldmatrix(int count, bool trans, const unsigned char* row, std::uint32_t* registers);
void stmatrix(int count, bool trans, const std::uint32_t* registers, unsigned char* row);
void movmatrix(std::uint32_t matrix, std::uint32_t* transposed);

// c and d: 4 floats or 32-bit integers. An illegal nibble is the finding of the lane supplying it.
void sparse_mma(const SparseForm& form, const std::uint32_t* a, const std::uint32_t* b,
                const void* c, std::uint32_t metadata, void* d);

}  // namespace heddle::simt::models
