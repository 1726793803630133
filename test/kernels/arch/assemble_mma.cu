// Every form of the sparse product with every legal selector, for the assembler alone: nothing runs
// this. One kernel per wrapper, so that registers and spills are reported for each.
#include "kernels/arch/sparse_mma.cuh"
#include "kernels/arch/sparse_mma_8bit.cuh"

namespace heddle::arch {
namespace {

template <int Regs, typename T>
struct Operands {
  FragmentA<Regs> a;
  FragmentB<Regs> b;
  FragmentC<T> c;
  std::uint32_t metadata;
};

template <int Regs, typename T, typename... Forms>
__device__ void apply(Operands<Regs, T>* lanes, Forms... forms) {
  Operands<Regs, T>& lane = lanes[threadIdx.x];
  FragmentC<T> c = lane.c;
  ((c = forms(lane.a, lane.b, c, lane.metadata)), ...);
  lane.c = c;
}

}  // namespace

// A wrapper as a value: a form with its template arguments bound.
#define FORM(...) [](auto a, auto b, auto c, auto e) { return __VA_ARGS__(a, b, c, e); }

__global__ void assemble_f16_k16(Operands<2, float>* lanes) {
  apply(lanes, FORM(mma_sp_f16_k16<0>), FORM(mma_sp_f16_k16<1>), FORM(mma_sp_f16_k16<2>),
        FORM(mma_sp_f16_k16<3>));
}
__global__ void assemble_f16_k32(Operands<4, float>* lanes) {
  apply(lanes, FORM(mma_sp_f16_k32<0>), FORM(mma_sp_f16_k32<1>));
}
__global__ void assemble_bf16_k16(Operands<2, float>* lanes) {
  apply(lanes, FORM(mma_sp_bf16_k16<0>), FORM(mma_sp_bf16_k16<1>), FORM(mma_sp_bf16_k16<2>),
        FORM(mma_sp_bf16_k16<3>));
}
__global__ void assemble_bf16_k32(Operands<4, float>* lanes) {
  apply(lanes, FORM(mma_sp_bf16_k32<0>), FORM(mma_sp_bf16_k32<1>));
}
__global__ void assemble_tf32_k8(Operands<2, float>* lanes) {
  apply(lanes, FORM(mma_sp_tf32_k8<0>), FORM(mma_sp_tf32_k8<1>), FORM(mma_sp_tf32_k8<2>),
        FORM(mma_sp_tf32_k8<3>));
}
__global__ void assemble_tf32_k16(Operands<4, float>* lanes) {
  apply(lanes, FORM(mma_sp_tf32_k16<0>), FORM(mma_sp_tf32_k16<1>));
}
__global__ void assemble_s8_k32(Operands<2, std::int32_t>* lanes) {
  apply(lanes, FORM(mma_sp_s8_k32<0, false>), FORM(mma_sp_s8_k32<1, false>),
        FORM(mma_sp_s8_k32<0, true>), FORM(mma_sp_s8_k32<1, true>));
}
__global__ void assemble_s8_k64(Operands<4, std::int32_t>* lanes) {
  apply(lanes, FORM(mma_sp_s8_k64<0, false>), FORM(mma_sp_s8_k64<0, true>));
}

// A template, so that what a target lacks is not instantiated for it.
template <bool Native>
__global__ void assemble_fp8_k64(Operands<4, float>* lanes) {
  if constexpr (Native && kHasNativeFp8SparseMma) {
    apply(lanes, FORM(mma_sp_e4m3_e4m3_k64<0>), FORM(mma_sp_e4m3_e5m2_k64<0>),
          FORM(mma_sp_e5m2_e4m3_k64<0>), FORM(mma_sp_e5m2_e5m2_k64<0>));
  }
}
template __global__ void assemble_fp8_k64<true>(Operands<4, float>*);

}  // namespace heddle::arch
