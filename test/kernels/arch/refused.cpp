// What must not compile, each with the sentence that says why. refused.cmake compiles this file and
// looks for every line and sentence (or its first words) in what the compiler says.
#include "test/simt/cuda.hpp"  // before the kernel's headers

#include "kernels/arch/async_copy.cuh"
#include "kernels/arch/barrier.cuh"
#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/cluster.cuh"
#include "kernels/arch/convert.cuh"
#include "kernels/arch/dependent.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/arch/matrix.cuh"
#include "kernels/arch/registers.cuh"
#include "kernels/arch/sparse_mma.cuh"
#include "kernels/arch/sparse_mma_8bit.cuh"
#include "kernels/arch/tensor_copy.cuh"
#include "kernels/arch/warp.cuh"
#include "kernels/arch/wgmma.cuh"
#include "kernels/arch/wgmma_dense.cuh"
#include "kernels/arch/wgmma_sparse.cuh"
#include "kernels/arch/wgmma_sparse_8bit.cuh"
#include "kernels/arch/wgmma_sparse_shared.cuh"

namespace heddle::arch {

struct Odd {
  float x[3];
};

// clang-format off
void refused(char* p, Mbarrier* barrier) {
  cp_async_ca<12>(p, p);  // refused: cp.async.ca copies 4, 8 or 16 bytes
  cp_async_wait_group<-1>();  // refused: cp.async.wait_group leaves 0 or more groups open
  ldmatrix<3>(p);  // refused: ldmatrix loads 1, 2 or 4 matrices
  stmatrix<8>(p, {});  // refused: stmatrix stores 1, 2 or 4 matrices
  stmatrix<4, 890>(p, {});  // refused: stmatrix needs sm_90 or newer
  bar_sync<16>(64);  // refused: a block has barriers 0 to 15
  mma_sp_f16_k16<4>({}, {}, {}, 0);  // refused: four selectors: one lane of a quad each
  mma_sp_bf16_k32<2>({}, {}, {}, 0);  // refused: two selectors: lanes 0, 1 or 2, 3 of a quad
  mma_sp_tf32_k16<2>({}, {}, {}, 0);  // refused: two selectors: lanes 0, 1 or 2, 3 of a quad
  mma_sp_tf32_k8<-1>({}, {}, {}, 0);  // refused: four selectors: one lane of a quad each
  mma_sp_s8_k32<2>({}, {}, {}, 0);  // refused: two selectors: lanes 0, 1 or 2, 3 of a quad
  mma_sp_s8_k64<1>({}, {}, {}, 0);  // refused: one selector, 0: all lanes supply metadata
  mma_sp_e4m3_e5m2_k64<0, 900>({}, {}, {}, 0);  // refused: sparse mma of 8-bit floats is native
  ld_global_cs(reinterpret_cast<const Odd*>(p));  // refused: an access to global memory is 4, 8
  cvt_rn_f16x2_e4m3x2<860>(0);  // refused: cvt of 8-bit floats needs sm_89 or newer
  cvt_rn_f16x2_e5m2x2<800>(0);  // refused: cvt of 8-bit floats needs sm_89 or newer
  shfl_idx(1.0, 0);  // refused: a shuffle moves 32 bits
  cp_async_bulk<890>(p, p, 16, barrier);  // refused: cp.async.bulk needs sm_90 or newer
  mbarrier_arrive_expect_tx<800>(barrier, 16);  // refused: mbarrier.arrive.expect_tx needs sm_90
  mbarrier_try_wait_parity<860>(barrier, 0);  // refused: mbarrier.try_wait needs sm_90 or newer
  fence_mbarrier_init<890>();  // refused: fence.mbarrier_init needs sm_90 or newer
  fence_proxy_async<890>();  // refused: fence.proxy.async needs sm_90 or newer
  float d[128];
  std::int32_t i[128];
  float (&d20)[20] = reinterpret_cast<float (&)[20]>(d);
  float (&d4)[4] = reinterpret_cast<float (&)[4]>(d);
  std::int32_t (&i12)[12] = reinterpret_cast<std::int32_t (&)[12]>(i);
  wgmma_fence<1000>();  // refused: wgmma exists on sm_90a alone
  wgmma_commit_group<1200>();  // refused: wgmma exists on sm_90a alone
  wgmma_wait_group<8>();  // refused: wgmma.wait_group leaves 0 to 7 groups open
  wgmma_sp_f16<40, 0>(d20, {}, 0, 0, true);  // refused: N is 8, 16, 32, 64, 96, 128, 160
  wgmma_sp_s8<24>(i12, {}, 0, 0, true);  // refused: N is 8, 16, 32, 64, 96, 128, 160
  wgmma_sp_bf16<8, 2>(d4, {}, 0, 0, true);  // refused: two selectors: lanes 0, 1 or 2, 3 of a quad
  wgmma_sp_tf32<8, 1, 1000>(d4, {}, 0, 0, true);  // refused: wgmma exists on sm_90a alone
  wgmma_sp_e4m3_e5m2<8, 890>(d4, {}, 0, 0, true);  // refused: wgmma exists on sm_90a alone
  wgmma_sp_tf32_shared<8, 2>(d4, 0, 0, 0, true);  // refused: two selectors: lanes 0, 1 or 2, 3
  wgmma_f16<8, false, false, 800>(d4, 0, 0, true);  // refused: wgmma exists on sm_90a alone
  cluster_arrive_release<890>();  // refused: clusters need sm_90 or newer
  mapa<800>(p, 0);  // refused: clusters need sm_90 or newer
  cp_async_bulk_tensor<3, 890>(p, nullptr, {0, 0, 0}, barrier);  // refused: cp.async.bulk.tensor needs
  cp_async_bulk_tensor<1>(p, nullptr, {0}, barrier);  // refused: tensors of 2 and 3 dimensions
  cp_async_bulk_tensor_multicast<2, 1200>(p, nullptr, {0, 0}, barrier, 1);  // refused: multicast is fast
  bulk_wait_group_read<-1>();  // refused: cp.async.bulk.wait_group leaves 0 or more groups open
  prefetch_tensormap<890>(nullptr);  // refused: prefetch.tensormap needs sm_90 or newer
  setmaxnreg_inc<20>();  // refused: setmaxnreg takes 24 to 256 registers
  setmaxnreg_dec<42>();  // refused: setmaxnreg takes 24 to 256 registers
  setmaxnreg_inc<240, 890>();  // refused: setmaxnreg needs an architecture-specific target
  elect_sync<890>();  // refused: elect.sync needs sm_90 or newer
  griddepcontrol_wait<890>();  // refused: griddepcontrol needs sm_90 or newer
}
// clang-format on

}  // namespace heddle::arch
