// Matrix descriptors: where in shared memory the bytes of a wgmma operand lie, from the
// descriptor's bits. Written from the PTX ISA ("Shared Memory Matrix Layout", "Matrix Descriptor
// Format" and the canonical layouts), apart from kernels/layout.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::simt::models {

// rows: M of A, N of B. k_bytes: what a row has of K.
struct SharedOperand {
  int rows, k_bytes, element_bytes;
  bool transposed;  // the rows are contiguous, not K
};

// Why hardware would read something else than the operand, or this model does not know; "":
// neither. sparse_b: B of a sparse product.
std::string refusal(std::uint64_t descriptor, const SharedOperand& operand, bool sparse_b);

// The start of each run of 16 bytes that is contiguous in the operand's own order: by row, then by
// k; of a transposed operand by k, then by rows. Bytes from the base of shared memory.
void chunk_addresses(std::uint64_t descriptor, const SharedOperand& operand,
                     std::vector<std::uint32_t>& addresses);

struct SharedRange {
  std::uint32_t begin, end;
  bool operator==(const SharedRange&) const = default;
};
// The same bytes as ranges, ascending and apart from each other.
std::vector<SharedRange> shared_ranges(const std::vector<std::uint32_t>& chunks);

}  // namespace heddle::simt::models
