#pragma once
/// \file
/// Scalar conversions between float and the storage types. All round to nearest, ties to even.
/// Bulk data should use the operations that work on views; these serve examples and small tools.

#include <cstdint>

#include "heddle/types.hpp"

namespace heddle {

float f16_to_float(std::uint16_t bits) noexcept;
float bf16_to_float(std::uint16_t bits) noexcept;
float f8e4m3_to_float(std::uint8_t bits) noexcept;
float f8e5m2_to_float(std::uint8_t bits) noexcept;

std::uint16_t float_to_f16(float value) noexcept;    ///< overflow gives infinity
std::uint16_t float_to_bf16(float value) noexcept;   ///< overflow gives infinity
std::uint8_t float_to_f8e4m3(float value) noexcept;  ///< saturates at +-448; NaN stays NaN
std::uint8_t float_to_f8e5m2(float value) noexcept;  ///< saturates at +-57344; inf and NaN kept

/// Element `index` of an array of `type`, as float (i32 beyond 2^24 rounds).
float load_as_float(const void* data, std::int64_t index, DataType type) noexcept;

/// Stores `value` as element `index` of an array of `type`. Integers round to nearest even and
/// saturate; NaN becomes 0 there.
void store_from_float(void* data, std::int64_t index, DataType type, float value) noexcept;

}  // namespace heddle
