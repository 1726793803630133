#include "test/simt/cuda.hpp"
// after cuda.hpp
#include "kernels/arch/registers.cuh"
#include "kernels/arch/warp.cuh"
#include "test/simt/planted/hopper.hpp"

namespace heddle::simt::planted {
namespace {

// 168 registers a thread at the start: 24 + 240 + 240.
__global__ void registers_kernel(RegistersBug planted) {
  const RegistersBug bug = blockIdx.x == 1 ? planted : RegistersBug::none;
  const unsigned group = threadIdx.x / 128, warp = threadIdx.x / 32;
  if (bug == RegistersBug::missing_warp && warp == 2) return;
  if (group == 0) {
    if (bug == RegistersBug::past_the_pool) {
      arch::setmaxnreg_dec<32>();
    } else if (bug == RegistersBug::decrease_upwards) {
      arch::setmaxnreg_dec<176>();
    } else if (bug == RegistersBug::warps_disagree && warp == 1) {
      arch::setmaxnreg_dec<32>();
    } else {
      arch::setmaxnreg_dec<24>();
    }
  } else if (group < 3) {
    if (bug == RegistersBug::increase_downwards) {
      arch::setmaxnreg_inc<160>();
    } else {
      arch::setmaxnreg_inc<240>();
    }
  } else if (bug == RegistersBug::loose_warp) {
    arch::setmaxnreg_inc<240>();
  }
}

__global__ void elect_kernel(unsigned* out) {
  unsigned times = 0;
  for (unsigned round = 0; round < 3; ++round) times += arch::elect_sync() ? 1 : 0;
  out[threadIdx.x] = times;
}

}  // namespace

Report registers(RegistersBug bug, const Options& options) {
  Options o = options;
  unsigned threads = 384;
  if (bug == RegistersBug::loose_warp) {
    threads += 32;
    o.registers = 168;
  }
  return launch(
      {2}, {threads}, 0, [&] { registers_kernel(bug); }, o);
}

Report elections(GlobalBuffer<unsigned>& out, const Options& options) {
  return launch(
      {1}, {64}, 0, [&, p = out.data()] { elect_kernel(p); }, options);
}

}  // namespace heddle::simt::planted
