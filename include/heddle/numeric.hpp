#pragma once
/// \file
/// Scalar conversions between float and the storage types. All round to nearest, ties to even.
/// Bulk data should use the operations that work on views; these serve examples and small tools.

#include <cstdint>

#include "heddle/export.h"
#include "heddle/types.hpp"

namespace heddle {

HEDDLE_API float f16_to_float(std::uint16_t bits) noexcept;    ///< IEEE binary16; exact
HEDDLE_API float bf16_to_float(std::uint16_t bits) noexcept;   ///< bfloat16; exact
HEDDLE_API float f8e4m3_to_float(std::uint8_t bits) noexcept;  ///< OCP FP8 E4M3; exact
HEDDLE_API float f8e5m2_to_float(std::uint8_t bits) noexcept;  ///< OCP FP8 E5M2; exact

HEDDLE_API std::uint16_t float_to_f16(float value) noexcept;   ///< overflow gives infinity
HEDDLE_API std::uint16_t float_to_bf16(float value) noexcept;  ///< overflow gives infinity
/// Saturates at +-448; NaN stays NaN.
HEDDLE_API std::uint8_t float_to_f8e4m3(float value) noexcept;
/// Saturates at +-57344; inf and NaN kept.
HEDDLE_API std::uint8_t float_to_f8e5m2(float value) noexcept;

/// Element `index` of an array of `type`, as float (i32 beyond 2^24 rounds).
HEDDLE_API float load_as_float(const void* data, std::int64_t index, DataType type) noexcept;

/// Stores `value` as element `index` of an array of `type`. Integers round to nearest even and
/// saturate; NaN becomes 0 there.
HEDDLE_API void store_from_float(void* data, std::int64_t index, DataType type,
                                 float value) noexcept;

}  // namespace heddle
