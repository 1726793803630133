#include "test/simt/cuda.hpp"  // before the kernels

#include "test/kernels/arch/kernels.hpp"
#include "test/kernels/arch/tensor_kernels.cuh"

namespace heddle::arch_test {

Report copy_tensor(const TensorMap& in, const TensorMap& out, unsigned cluster, int planes,
                   int tiles, const Options& options) {
  Options o = options;
  o.cluster = cluster;
  return simt::launch(
      {cluster}, {128}, 0, [&] { tensor_kernel(in, out, planes, tiles); }, o);
}

Report copy_matrix(const TensorMap& in, const TensorMap& out, int rows, const Options& options) {
  return simt::launch(
      {1}, {32}, 0, [&] { matrix_copy_kernel(in, out, rows); }, options);
}

Report roles(std::uint32_t* out, const Options& options) {
  return simt::launch(
      {1}, {384}, 0, [=] { roles_kernel(out); }, options);
}

}  // namespace heddle::arch_test
