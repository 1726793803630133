#include <atomic>

#include "host/cpu/simd.hpp"

namespace heddle::cpu {
namespace {

std::atomic<int> limit{static_cast<int>(SimdLevel::avx512)};

SimdLevel processor_level() {
#if defined(__x86_64__) || defined(__i386__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("bmi2"))
    return SimdLevel::portable;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd");
  return avx512 ? SimdLevel::avx512 : SimdLevel::avx2;
#else
  return SimdLevel::portable;
#endif
}

}  // namespace

bool simd_allowed(SimdLevel level) {
  static const SimdLevel processor = processor_level();
  return level <= processor && static_cast<int>(level) <= limit.load(std::memory_order_relaxed);
}

void limit_simd(SimdLevel level) {
  limit.store(static_cast<int>(level), std::memory_order_relaxed);
}

KeyKind magnitude_kind(DataType type) {
  switch (type) {
    case DataType::f32: return KeyKind::f32;
    case DataType::f16: return KeyKind::f16;
    case DataType::bf16: return KeyKind::bf16;
    case DataType::f8e4m3: return KeyKind::f8e4m3;
    case DataType::f8e5m2: return KeyKind::f8e5m2;
    case DataType::i8:
    case DataType::i32: break;
  }
  return KeyKind::i8;
}

}  // namespace heddle::cpu
