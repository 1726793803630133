#pragma once
/// \file
/// D = activation(alpha * A * B + beta * C + bias), A packed.

#include <cstdint>
#include <optional>

#include "heddle/exec.hpp"
#include "heddle/pack.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// Applied to every element of the result.
enum class Activation {
  none,
  relu,
  gelu_erf,   ///< x * (1 + erf(x / sqrt 2)) / 2
  gelu_tanh,  ///< the tanh approximation
  silu,       ///< x / (1 + exp(-x))
};

/// A vector in the caller's memory, read only; contiguous.
struct ConstVectorView {
  const void* data = nullptr;
  std::int64_t size = 0;
  DataType type = DataType::f32;
};

/// What happens around the product.
struct MatmulOptions {
  float alpha = 1.0f;
  float beta = 0.0f;                    ///< 0: C is not read, not even for NaN
  std::optional<ConstMatrixView> c;     ///< [m, n], the type of D; absent means D itself
  std::optional<ConstVectorView> bias;  ///< [m], one per output feature: f32, f16 or bf16
  Activation activation = Activation::none;
};

/// The product of a packed A [m, k] with dense B [k, n] into D [m, n]; B, C and D in any order.
///
/// Types: A and B of one float type, or any two of f8e4m3 and f8e5m2: f32 accumulation, D f32, f16
/// or bf16. A and B i8: exact i32 accumulation (wraps beyond 2^31), D i32, f32, f16 or bf16.
/// The epilogue works in f32; a D of i32 with alpha 1, beta 0 or 1, no bias and activation none or
/// relu is exact integer arithmetic instead. i32 results saturate.
/// Each product is summed in ascending k, so results never depend on the thread count.
/// m or n = 0: nothing to do. k = 0: D = activation(beta * C + bias).
/// Stored entries multiply B even where their value is zero, as the hardware does: NaN or inf in B
/// reaches the rows whose metadata selects it. alpha = 0 reads neither A nor B.
/// D must not overlap A or B; C may be D itself (same view).
Status matmul(const Exec& exec, const ConstPackedView& a, const ConstMatrixView& b,
              const MatrixView& d, const MatmulOptions& options = {});

}  // namespace heddle
