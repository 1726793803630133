#include "test/simt/cuda.hpp"
// after cuda.hpp
#include "kernels/arch/async_copy.cuh"
#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/matrix.cuh"
#include "kernels/arch/tensor_copy.cuh"
#include "test/simt/models/tensor_map.hpp"
#include "test/simt/planted/hopper.hpp"

namespace heddle::simt::planted {
namespace {

__global__ void proxy_kernel(const __grid_constant__ TensorMap map, Filling filling, bool fenced,
                             const unsigned char* in) {
  __shared__ __align__(128) unsigned char box[1024];
  __shared__ arch::Mbarrier full;
  const unsigned i = threadIdx.x;
  if (i == 0) {
    arch::mbarrier_init(&full, 1);
    arch::fence_mbarrier_init();
  }
  __syncthreads();
  switch (filling) {
    case Filling::plain:
      for (unsigned b = 0; b < 16; ++b) box[16 * i + b] = 1;
      break;
    case Filling::cp_async:
      arch::cp_async_cg(box + 16 * i, in + 16 * i);
      arch::cp_async_wait_all();
      break;
    case Filling::stmatrix: arch::stmatrix<4>(box + 16 * i, arch::Matrices<4>{{1, 2, 3, 4}}); break;
    case Filling::bulk:
      if (i == 0) {
        arch::mbarrier_arrive_expect_tx(&full, sizeof box);
        arch::cp_async_bulk(box, in, sizeof box, &full);
      }
      arch::mbarrier_wait_parity(&full, 0);
      break;
  }
  // One thread of block 1 leaves it out.
  if (fenced || blockIdx.x == 0 || i != 40) arch::fence_proxy_async();
  __syncthreads();
  if (i == 0) {
    arch::cp_async_bulk_tensor_store<2>(&map, {0, static_cast<std::int32_t>(8 * blockIdx.x)}, box);
    arch::bulk_commit_group();
    arch::bulk_wait_group_read<0>();
  }
}

}  // namespace

Report proxy(Filling filling, bool fenced, const Options& options) {
  GlobalBuffer<unsigned char> in(1024), out(2048);
  TensorMapShape shape{};
  shape.base = out.data();
  shape.elem_bytes = 1;
  shape.rank = 2;
  shape.size[0] = shape.stride_bytes[0] = shape.box[0] = 128;
  shape.size[1] = 16;
  shape.box[1] = 8;
  TensorMap map;
  encode(shape, map);
  return launch(
      {2}, {64}, 0, [&, p = in.data()] { proxy_kernel(map, filling, fenced, p); }, options);
}

}  // namespace heddle::simt::planted
