#pragma once
// Launches of the warpgroup kernel: compute capability 9.0 alone.

#include "heddle/matmul.hpp"
#include "heddle/select.hpp"
#include "kernels/arch/tensor_map.hpp"

namespace heddle::cuda {

// Whether the kernels for these types are there on the current device, which then allows them their
// shared memory. Not for another compute capability.
Result<bool> prepare_hopper(const MatmulDesc& desc, const DeviceDescription& device);

// Whether tensor copies can fetch B and 16-byte loads A; if not, or if nothing is multiplied (k = 0,
// alpha = 0), the run takes an mma configuration.
bool hopper_takes(const MatmulBuffers& x);

// B of buffers that hopper_takes, in boxes of 128 bytes x `tokens` (order col), or of 64 tokens x
// 64 / cluster rows (order row).
TensorMapShape b_tensor(const MatmulBuffers& x, int tokens, int cluster);

// As launch_matmul, for a wgmma configuration.
Status launch_hopper(const Exec& exec, const MatmulDesc& desc, const MatmulConfig& config,
                     const MatmulBuffers& x, const Workspace& workspace);

}  // namespace heddle::cuda
