#pragma once
// Which instructions the target of this compilation has. A wrapper that some target lacks asks here
// when it is instantiated, so that `if constexpr (kHasBulkCopy) ...` may name it everywhere.
//
// On the CPU, where instructions are modelled, everything is there; so it is in nvcc's host pass.

namespace heddle::arch {

#if defined(__CUDA_ARCH__)
inline constexpr int kTarget = __CUDA_ARCH__;  // 800, 860, 890, 900, 1000, 1200
#else
inline constexpr int kTarget = 1'000'000;
#endif

// Conversions of 8-bit floats.
template <int Target>
inline constexpr bool kSm89 = Target >= 890;

// mbarrier transactions, cp.async.bulk, the asynchronous proxy, stmatrix, griddepcontrol.
template <int Target>
inline constexpr bool kSm90 = Target >= 900;

// setmaxnreg: of the targets named after one architecture (sm_90a, sm_100a, sm_120a, ...) or
// family.
#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL) || \
    defined(__CUDA_ARCH_SPECIFIC__) || defined(__CUDA_ARCH_FAMILY_SPECIFIC__)
template <int Target>
inline constexpr bool kSetmaxnreg = Target >= 900;
#else
template <int Target>
inline constexpr bool kSetmaxnreg = false;
#endif

// Tensor copies to several blocks: elsewhere from sm_90 on they assemble, slow.
template <int Target>
inline constexpr bool kMulticast = kSetmaxnreg<Target> &&
                                   (Target < 1200 ||
                                    Target == 1'000'000);  // sm_90a, sm_100a to sm_110a

// Elsewhere from sm_90 on it assembles, into some hundred instructions around two f16 ones.
template <int Target>
inline constexpr bool kNativeFp8SparseMma =
    Target == 890 || Target >= 1200;  // sm_89; sm_120 and sm_121

// wgmma. sm_90a alone: a target of its own that __CUDA_ARCH__ does not tell from sm_90.
#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
template <int Target>
inline constexpr bool kWgmma = Target == 900 || Target == 1'000'000;
#else
template <int Target>
inline constexpr bool kWgmma = false;
#endif
template <int N>  // its widths; there are others, which no wrapper has
inline constexpr bool kWgmmaWidth = N == 8 || N == 16 || (N >= 32 && N <= 256 && N % 32 == 0);

inline constexpr bool kHasFp8Convert = kSm89<kTarget>;
inline constexpr bool kHasBulkCopy = kSm90<kTarget>;
inline constexpr bool kHasStmatrix = kSm90<kTarget>;
inline constexpr bool kHasWgmma = kWgmma<kTarget>;
inline constexpr bool kHasDependentLaunch = kSm90<kTarget>;
inline constexpr bool kHasCluster = kSm90<kTarget>;
inline constexpr bool kHasElect = kSm90<kTarget>;
inline constexpr bool kHasTensorCopy = kSm90<kTarget>;
inline constexpr bool kHasMulticast = kMulticast<kTarget>;
inline constexpr bool kHasSetmaxnreg = kSetmaxnreg<kTarget>;
inline constexpr bool kHasNativeFp8SparseMma = kNativeFp8SparseMma<kTarget>;

}  // namespace heddle::arch
