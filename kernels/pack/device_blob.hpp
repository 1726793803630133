#pragma once
// A blob in device order as kernels see it.

#include <cstddef>
#include <cstdint>

#include "kernels/pack/device_lane.hpp"
#include "kernels/pack/header.hpp"

namespace heddle {

// Division by a number of blocks, by multiplications: a 64-bit division is a call on the device.
struct BlockDivisor {
  std::int64_t divisor;
  std::uint64_t inverse;  // 2^64 / divisor, rounded up; 0 stands for 2^64

  // Exact for 0 <= number: the rounded inverse gives at most one too many.
  HEDDLE_HD constexpr std::int64_t quotient(std::int64_t number) const {
    if (inverse == 0) return number;
    constexpr std::uint64_t kLow = 0xFFFFFFFFu;
    const auto n = static_cast<std::uint64_t>(number);
    const std::uint64_t upper =
        (n & kLow) * (inverse >> 32) + ((n & kLow) * (inverse & kLow) >> 32);
    const std::uint64_t lower = (n >> 32) * (inverse & kLow) + (upper & kLow);
    const auto found =
        static_cast<std::int64_t>((n >> 32) * (inverse >> 32) + (upper >> 32) + (lower >> 32));
    return found * divisor > number ? found - 1 : found;
  }
};
constexpr BlockDivisor block_divisor(std::int64_t divisor) {
  return {divisor, divisor == 0 ? 0 : ~std::uint64_t{0} / static_cast<std::uint64_t>(divisor) + 1};
}

template <class Byte>
struct BasicDeviceBlob {
  Byte* data;               // the header, then the blocks
  int align;                // 1, 2, 4, 8 or 16 divides the address
  std::int64_t rows, cols;  // of the dense matrix
  std::int64_t blocks;
  BlockDivisor col_blocks;

  template <int kElem>
  HEDDLE_HD Byte* block(std::int64_t index) const {
    return data + 4 * kHeaderWords + index * DeviceLane<kElem>::kBlock.block_bytes();
  }
};
using DeviceBlob = BasicDeviceBlob<std::byte>;
using ConstDeviceBlob = BasicDeviceBlob<const std::byte>;

}  // namespace heddle
