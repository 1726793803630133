#include "test/simt/cuda.hpp"  // before the kernels

#include "test/kernels/arch/copy_kernels.cuh"
#include "test/kernels/arch/kernels.hpp"

namespace heddle::arch_test {
Report copy_once(const CopyCase& c, const unsigned char* in, unsigned char* out,
                 const Options& options) {
  return simt::launch(
      {1}, {64}, 0,
      [=] {
        if (c.past_l1) return once_kernel<16, true>(in, out, c.source_bytes);
        switch (c.bytes) {
          case 4: return once_kernel<4, false>(in, out, c.source_bytes);
          case 8: return once_kernel<8, false>(in, out, c.source_bytes);
          default: return once_kernel<16, false>(in, out, c.source_bytes);
        }
      },
      options);
}

Report copy_pipeline(const float* in, unsigned tiles, float* out, const Options& options) {
  return simt::launch(
      {1}, {64}, 0, [=] { pipeline_kernel(in, tiles, out); }, options);
}

Report bulk_pipeline(const float* in, unsigned tiles, float* out, const Options& options) {
  return simt::launch(
      {1}, {96}, 0, [=] { bulk_kernel(in, tiles, out); }, options);
}

}  // namespace heddle::arch_test
