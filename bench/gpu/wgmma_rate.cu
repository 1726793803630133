// The kernel of the wgmma rates. Like kernels/hopper it keeps one group of products under way; a
// form that reloads A does so behind the product that is known to be done.

#include "bench/gpu/wgmma_multiply.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/arch/target.cuh"

namespace heddle::bench::gpu {

#if defined(HEDDLE_SIMT)
extern thread_local std::uint32_t wgmma_image[];
HEDDLE_SIMT_DYNAMIC_SHARED(std::uint32_t, wgmma_image);
#else
extern __shared__ __align__(1024) std::uint32_t wgmma_image[];
#endif

namespace {

template <WgmmaType kType, WgmmaForm kForm, int kTokens>
class WgmmaBlock {
 public:
  __device__ __forceinline__ explicit WgmmaBlock(const WgmmaRateArgs& args)
      : args_(args),
        group_(static_cast<int>(threadIdx.x) / 128),
        b_(arch::matrix_descriptor(wgmma_image, 16, kAtom, TensorSwizzle::b128)),
        a_(arch::matrix_descriptor(shared_a() + group_ * 2 * kWgmmaAStageBytes, 16, kAtom,
                                   TensorSwizzle::b128)) {}

  __device__ __forceinline__ void run() {
    load_image();
    start_at(args_.weights + static_cast<int>(blockIdx.x) % args_.copies * kWgmmaWeightBytes);
    if constexpr (is_sparse(kForm)) {
#pragma unroll
      for (int step = 0; step < kWgmmaSteps; ++step) load_step<false>(step);
    }
    int copy = static_cast<int>(blockIdx.x) % args_.copies;
#pragma unroll 1
    for (int round = 0; round < args_.rounds; ++round) {
      if (++copy == args_.copies) copy = 0;
      multiply_round();
      if constexpr (kForm == WgmmaForm::sparse_global)
        start_at(args_.weights + copy * kWgmmaWeightBytes);
    }
    arch::wgmma_wait_group<0>();
#pragma unroll
    for (auto& sum : sums_) arch::wgmma_keep(sum);
    if (args_.sums != nullptr && blockIdx.x == 0) store_sums();
  }

 private:
  static constexpr int kChains = wgmma_chains(kTokens);
  static constexpr int kAtom = 8 * 128;  // bytes of the swizzle's pattern
  static constexpr bool kReloads =
      kForm == WgmmaForm::sparse_global || kForm == WgmmaForm::sparse_staged;
  static constexpr int kWords = is_sparse(kForm) ? wgmma_word(kType, kWgmmaSteps - 1) + 1 : 1;
  using Sum = typename WgmmaSum<kType>::Type;

  __device__ __forceinline__ static std::byte* shared_a() {
    return reinterpret_cast<std::byte*>(wgmma_image) + wgmma_b_bytes(kForm, kTokens);
  }
  __device__ __forceinline__ void load_image() const {
    constexpr int kVectors = wgmma_image_bytes({kForm, kType, kTokens}) / 16;
    const auto* from = reinterpret_cast<const uint4*>(args_.image);
#pragma unroll 1
    for (int i = static_cast<int>(threadIdx.x); i < kVectors; i += kWgmmaThreads)
      reinterpret_cast<uint4*>(wgmma_image)[i] = arch::ld_global_nc_no_allocate(from + i);
    arch::fence_proxy_async();
    __syncthreads();
  }

  __device__ __forceinline__ void start_at(const std::byte* weights) {
    fragments_ = weights + (group_ * kWgmmaSteps * 128 + thread()) * 16;
    words_ = weights + kWgmmaFragmentBytes + (group_ * kWgmmaSteps * 128 + thread()) * 4;
  }
  __device__ __forceinline__ static int thread() { return static_cast<int>(threadIdx.x) % 128; }

  // A and metadata of a step; where two steps share a word, the second brings it.
  template <bool kStaged>
  __device__ __forceinline__ void load_step(int step) {
    const bool word = !has_selector(kType) || step % 2 == 1;
    const int at = wgmma_word(kType, step);
    if constexpr (kStaged) {
      const int place = group_ * kWgmmaSteps * 128 + thread();
      const uint4 value = reinterpret_cast<const uint4*>(shared_a())[place + step * 128];
      __builtin_memcpy(&a_registers_[step], &value, sizeof value);
      if (word)
        metadata_[at] = reinterpret_cast<const std::uint32_t*>(
            shared_a() + kWgmmaFragmentBytes)[place + at * 128];
    } else {
      if constexpr (kForm != WgmmaForm::sparse_shared)
        a_registers_[step] = arch::ld_global_nc_no_allocate(
            reinterpret_cast<const arch::FragmentA<4>*>(fragments_ + step * 128 * 16));
      if (word)
        metadata_[at] = arch::ld_global_nc_no_allocate(
            reinterpret_cast<const std::uint32_t*>(words_ + at * 128 * 4));
    }
  }

  __device__ __forceinline__ void multiply_round() {
    if constexpr (!kReloads) {
      arch::wgmma_fence();
      multiply_steps<0, false>();
      arch::wgmma_commit_group();
      arch::wgmma_wait_group<1>();
    } else {
      multiply_steps<0, true>();
    }
  }
  template <int kStep, bool kGroupEach>
  __device__ __forceinline__ void multiply_steps() {
    if constexpr (kStep < kWgmmaSteps) {
      if constexpr (kGroupEach) arch::wgmma_fence();
      multiply<kStep>(sums_[kStep % kChains]);
      if constexpr (kGroupEach) {
        arch::wgmma_commit_group();
        arch::wgmma_wait_group<1>();
        load_step<kForm == WgmmaForm::sparse_staged>((kStep + kWgmmaSteps - 1) % kWgmmaSteps);
      }
      multiply_steps<kStep + 1, kGroupEach>();
    }
  }
  template <int kStep>
  __device__ __forceinline__ void multiply(Sum (&sum)[kTokens / 2]) {
    constexpr int kBSteps = 128 / wgmma_b_step(kForm);  // in a stage of B
    constexpr std::uint32_t kB =
        kStep / kBSteps * kTokens * 128 + kStep % kBSteps * wgmma_b_step(kForm);
    constexpr std::uint32_t kA = kStep / 4 * kWgmmaAStageBytes + kStep % 4 * kWgmmaStepBytes;
    const std::uint64_t b = layout::advance_matrix_descriptor(b_, kB);
    const std::uint64_t a = layout::advance_matrix_descriptor(a_, kA);
    if constexpr (kForm == WgmmaForm::dense) {
      multiply_dense<kType, kTokens>(sum, a, b);
    } else {
      const std::uint32_t& metadata = metadata_[wgmma_word(kType, kStep)];
      if constexpr (kForm == WgmmaForm::sparse_shared)
        multiply_shared<kType, kTokens, kStep>(sum, a, b, metadata);
      else
        multiply_registers<kType, kTokens, kStep>(sum, a_registers_[kStep], b, metadata);
    }
  }

  __device__ __forceinline__ void store_sums() const {
    std::uint32_t* to = args_.sums + group_ * 128 * 128 + thread();
#pragma unroll
    for (const auto& sum : sums_) {
#pragma unroll
      for (const Sum value : sum) {
        std::uint32_t bits;
        __builtin_memcpy(&bits, &value, sizeof bits);
        *to = bits;
        to += 128;
      }
    }
  }

  const WgmmaRateArgs& args_;
  const int group_;
  const std::uint64_t b_, a_;
  const std::byte *fragments_ = nullptr, *words_ = nullptr;
  Sum sums_[kChains][kTokens / 2] = {};
  arch::FragmentA<4> a_registers_[kWgmmaSteps];
  std::uint32_t metadata_[kWords];
};

template <WgmmaType kType, WgmmaForm kForm, int kTokens>
__global__ void __launch_bounds__(kWgmmaThreads, 1)
    wgmma_rate(const __grid_constant__ WgmmaRateArgs args) {
  if constexpr (arch::kHasWgmma) WgmmaBlock<kType, kForm, kTokens>(args).run();
}

template <WgmmaType kType, WgmmaForm kForm>
Kernel kernel_of(int tokens) {
  switch (tokens) {
    case 64: return make_kernel(wgmma_rate<kType, kForm, 64>, "wgmma_rate");
    case 128: return make_kernel(wgmma_rate<kType, kForm, 128>, "wgmma_rate");
    case 256: return make_kernel(wgmma_rate<kType, kForm, 256>, "wgmma_rate");
    default: return {};
  }
}

template <WgmmaType kType>
Kernel kernel_of(const WgmmaRate& rate) {
  switch (rate.form) {
    case WgmmaForm::sparse: return kernel_of<kType, WgmmaForm::sparse>(rate.tokens);
    case WgmmaForm::sparse_shared: return kernel_of<kType, WgmmaForm::sparse_shared>(rate.tokens);
    case WgmmaForm::dense: return kernel_of<kType, WgmmaForm::dense>(rate.tokens);
    case WgmmaForm::sparse_global:
    case WgmmaForm::sparse_staged:
      // How A gets into registers does not depend on what its bytes mean.
      if constexpr (kType == WgmmaType::bf16 || kType == WgmmaType::e4m3)
        return rate.form == WgmmaForm::sparse_global
                   ? kernel_of<kType, WgmmaForm::sparse_global>(rate.tokens)
                   : kernel_of<kType, WgmmaForm::sparse_staged>(rate.tokens);
      break;
  }
  return {};
}

}  // namespace

Kernel wgmma_rate_kernel(const WgmmaRate& rate) {
  switch (rate.type) {
    case WgmmaType::f16: return kernel_of<WgmmaType::f16>(rate);
    case WgmmaType::bf16: return kernel_of<WgmmaType::bf16>(rate);
    case WgmmaType::tf32: return kernel_of<WgmmaType::tf32>(rate);
    case WgmmaType::s8: return kernel_of<WgmmaType::s8>(rate);
    case WgmmaType::e4m3: return kernel_of<WgmmaType::e4m3>(rate);
  }
  return {};
}

}  // namespace heddle::bench::gpu
