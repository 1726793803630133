#pragma once
// One launch of the sparse GEMM kernel in a given configuration.

#include "heddle/matmul.hpp"
#include "kernels/matmul/matmul.hpp"

namespace heddle::cuda {

// What has to be done once on the current device before products of these types are launched there,
// and the instruction that multiplies them.
Result<Multiply> prepare_matmul(const MatmulDesc& desc, const DeviceDescription& device);

// D of every item of the batch. Buffers are valid and fit `desc`; m, n and the batch are above 0.
// `config` can run on `device`; `workspace` holds the slots of its schedule.
Status launch_matmul(const Exec& exec, const MatmulDesc& desc, Multiply multiply,
                     const MatmulConfig& config, const MatmulBuffers& buffers,
                     const Workspace& workspace);

}  // namespace heddle::cuda
