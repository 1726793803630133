#pragma once
// One launch of the sparse GEMM in a given configuration.

#include "heddle/matmul.hpp"
#include "kernels/matmul/matmul.hpp"

namespace heddle::cuda {

// The instruction of mma configurations on the current device, and whether wgmma ones can run there.
struct Prepared {
  Multiply multiply;
  bool wgmma;
};

// What has to be done once on the current device before products of these types are launched there.
Result<Prepared> prepare_matmul(const MatmulDesc& desc, const DeviceDescription& device);

// D of every item of the batch. Buffers are valid and fit `desc`; m, n and the batch are above 0.
// `config` can run on the device, and takes the buffers (hopper_takes, if it is a wgmma one);
// `workspace` holds the slots of its schedule.
Status launch_matmul(const Exec& exec, const MatmulDesc& desc, Multiply multiply,
                     const MatmulConfig& config, const MatmulBuffers& buffers,
                     const Workspace& workspace);

}  // namespace heddle::cuda
