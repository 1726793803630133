// What must not compile, each with the sentence that says why. refused.cmake compiles this file and
// looks for every line and sentence (or its first words) in what the compiler says.
#include "test/simt/cuda.hpp"  // before the kernel's headers

#include "kernels/arch/async_copy.cuh"
#include "kernels/arch/barrier.cuh"
#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/convert.cuh"
#include "kernels/arch/dependent.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/arch/matrix.cuh"
#include "kernels/arch/sparse_mma.cuh"
#include "kernels/arch/sparse_mma_8bit.cuh"
#include "kernels/arch/warp.cuh"

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
  griddepcontrol_wait<890>();  // refused: griddepcontrol needs sm_90 or newer
}
// clang-format on

}  // namespace heddle::arch
