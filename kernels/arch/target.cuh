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

// Elsewhere from sm_90 on it assembles, into some hundred instructions around two f16 ones.
template <int Target>
inline constexpr bool kNativeFp8SparseMma =
    Target == 890 || Target >= 1200;  // sm_89; sm_120 and sm_121

inline constexpr bool kHasFp8Convert = kSm89<kTarget>;
inline constexpr bool kHasBulkCopy = kSm90<kTarget>;
inline constexpr bool kHasStmatrix = kSm90<kTarget>;
inline constexpr bool kHasDependentLaunch = kSm90<kTarget>;
inline constexpr bool kHasNativeFp8SparseMma = kNativeFp8SparseMma<kTarget>;

}  // namespace heddle::arch
