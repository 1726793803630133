#include "test/simt/cuda.hpp"  // before the kernels

#include "test/kernels/arch/convert_kernels.cuh"
#include "test/kernels/arch/kernels.hpp"

namespace heddle::arch_test {

Report convert(Conversion conversion, const std::uint32_t* in, std::uint32_t* out, unsigned count,
               const Options& options) {
  return simt::launch(
      {count / 64}, {64}, 0, [=] { convert_kernel_of(conversion)(in, out); }, options);
}

}  // namespace heddle::arch_test
