#pragma once
// The 128 bytes before the payload, as an argument of kernels: the host decides them.

#include <cstdint>

namespace heddle {

inline constexpr int kHeaderWords = 32;

struct HeaderBytes {
  std::uint32_t word[kHeaderWords];  // little-endian, as they lie in the blob
};

}  // namespace heddle
