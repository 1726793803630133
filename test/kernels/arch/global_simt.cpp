#include "test/simt/cuda.hpp"  // before the kernels

#include "test/kernels/arch/global_kernels.cuh"
#include "test/kernels/arch/kernels.hpp"

namespace heddle::arch_test {
namespace {

template <typename T>
Report launch(Path path, const void* in, void* out, const Options& options) {
  return simt::launch(
      {1}, {64}, 0, [=] { copy_kernel(path, static_cast<const T*>(in), static_cast<T*>(out)); },
      options);
}

}  // namespace

Report copy_global(Path path, unsigned bytes, const void* in, void* out, const Options& options) {
  switch (bytes) {
    case 4: return launch<float>(path, in, out, options);
    case 8: return launch<uint2>(path, in, out, options);
    default: return launch<uint4>(path, in, out, options);
  }
}

Report last_block(unsigned blocks, unsigned* rows, unsigned* counter, unsigned* sums,
                  const Options& options) {
  return simt::launch(
      {blocks}, {64}, 0, [=] { last_block_kernel(rows, counter, sums); }, options);
}

}  // namespace heddle::arch_test
