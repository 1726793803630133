#pragma once
// D = activation(alpha * scale_m * scale_n * (A * B) + beta * C + bias) with sparse A in device order.

#include <cstddef>
#include <cstdint>

#include "kernels/kernel.hpp"
#include "kernels/matmul/schedule.hpp"
#include "kernels/matrix.hpp"

namespace heddle {

// The instruction that multiplies. The 8-bit floats have one for every pair of types where they are
// native, and elsewhere go through f16, which holds every value of both.
enum class Multiply { f16, bf16, tf32, s8, e4m3_e4m3, e4m3_e5m2, e5m2_e4m3, e5m2_e5m2, widened };
inline constexpr int kMultiplies = 9;

enum class ElementType { f32, f16, bf16, i8, i32 };  // of C, D and bias
enum class MatmulActivation { none, relu, gelu_erf, gelu_tanh, silu };

struct MatmulWeights {      // A [m, k] in device order
  const std::byte* blocks;  // the payload, behind the header
  int align;                // 16, or less where the blob lies anywhere
  bool read_once;           // one tile along n and one warp: no other warp wants the same rows
  std::int64_t row_blocks, col_blocks;
  bool e4m3;  // of `widened`: A is e4m3, else e5m2
};

struct MatmulTokens {  // B [k, n], `batch_step` bytes from one to the next
  ConstMatrix matrix;  // rows k, cols n; one of the steps is the element's size
  std::int64_t batch_step;
  bool e4m3;  // of `widened`
};

struct MatmulOutput {
  Matrix d;  // [m, n]
  ConstMatrix c;
  std::int64_t d_batch_step, c_batch_step;  // bytes
  ElementType type;                         // of C and D
  bool exact;             // i32 throughout: alpha and beta are 0 or 1, activation none or relu
  bool contiguous_m;      // elements of a column of D are adjacent (order col)
  float alpha, beta;      // beta 0: C is not read; alpha 0: A and B are not
  const std::byte* bias;  // [m] or null
  ElementType bias_type;
  int bias_align;
  const std::byte* scale_m;  // [m] f32 or null
  const std::byte* scale_n;  // [n] f32 or null
  int scale_m_align, scale_n_align;
  MatmulActivation activation;
};

struct MatmulArgs {
  MatmulWeights a;
  MatmulTokens b;
  MatmulOutput out;
  TileShape shape;
  int token_bits;   // log2 of the tile's tokens
  int stage_bytes;  // of the shape
  int stages;
  Schedule schedule;
  Raster raster;
  std::uint32_t* counters;  // [split_tiles], zero between runs
  std::byte* slots;         // of tile_elements(shape) sums of 4 bytes each
};

// The instance for 8 * tiles tokens a warp: tiles is 1, 2, 4 or 8. n_major: B is of a 16-bit type and
// order row, and all its rows are aligned to 16 bytes; without it any B will do.
Kernel matmul_kernel(Multiply multiply, int tiles, bool n_major);

}  // namespace heddle
