#include "test/simt/cuda.hpp"  // before the kernels

#include "test/kernels/arch/kernels.hpp"
#include "test/kernels/arch/warp_kernels.cuh"

namespace heddle::arch_test {
Report shuffles(int* out, const Options& options) {
  return simt::launch(
      {1}, {32}, 0, [=] { shuffle_kernel(out); }, options);
}

Report hand_over(unsigned rounds, unsigned* out, const Options& options) {
  return simt::launch(
      {1}, {128}, 0, [=] { hand_over_kernel(rounds, out); }, options);
}

}  // namespace heddle::arch_test
