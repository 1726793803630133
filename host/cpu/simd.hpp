#pragma once
// The vector kernels of the CPU path, one table per instruction set (simd_mask.cpp,
// simd_transpose.cpp, simd_matmul.cpp). They work on contiguous elements that need no alignment.

#include <cstddef>
#include <cstdint>

#include "heddle/pattern.hpp"
#include "heddle/types.hpp"

namespace heddle::cpu {

// ---- which copy ---------------------------------------------------------------------------------

enum class SimdLevel { portable = 0, avx2 = 1, avx512 = 2 };

// True if the processor has `level` and limit_simd did not forbid it.
bool simd_allowed(SimdLevel level);

// Forbids levels above `level` from now on: lets tests run every copy on one machine.
void limit_simd(SimdLevel level);

// ---- masks --------------------------------------------------------------------------------------

// How elements become signed keys that sort in rank order, smaller first. Keys of magnitudes are
// -min(|bits|, nan): every NaN payload is one rank, above infinity.
enum class KeyKind {
  f32,
  f16,
  bf16,
  f8e4m3,
  f8e5m2,
  i8,
  raw32,  // i32 keys, ready made: a caller's scores
  mask,   // bytes, nonzero before zero: the kept entries, then the lowest positions as fillers
};

KeyKind magnitude_kind(DataType type);

struct MaskOps {
  // bits[g] = the kept entries of group g, bit i for entry i; ties keep the lower position.
  // x: groups * pattern.group elements. Exactly pattern.keep bits are set.
  void (*select)(KeyKind kind, const void* x, std::int64_t groups, Pattern pattern,
                 std::uint32_t* bits);

  // 2:4 in one pass: values gets 2 elements a group, nibbles one byte a group (its metadata).
  void (*prune_2of4)(KeyKind kind, const void* x, std::int64_t groups, void* values,
                     std::uint8_t* nibbles);

  // Bit i of the stream = element i is not zero; -0.0 is zero for float types (`sign_matters`
  // false). Writes ceil(n / 64) whole words.
  void (*nonzero_bits)(std::size_t elem_bytes, bool sign_matters, const void* x, std::int64_t n,
                       std::uint64_t* words);

  // out = mask ? x : 0. out may be x.
  void (*apply_mask)(std::size_t elem_bytes, const void* x, const std::uint8_t* mask, void* out,
                     std::int64_t n);
};

const MaskOps& mask_ops();

// ---- transposition ------------------------------------------------------------------------------

struct TransposeOps {
  // out[c][r] = in[r][c]; strides in bytes between rows.
  void (*transpose)(std::size_t elem_bytes, const std::byte* in, std::int64_t in_stride,
                    std::byte* out, std::int64_t out_stride, std::int64_t rows, std::int64_t cols);

  // Row g and row g + 8 of a row tile, `steps` pieces of 32 bytes each, to (from) the registers
  // of lanes 4g .. 4g + 3: 64 bytes at each fragment, fragments kFragmentStride apart.
  void (*to_fragments)(const std::byte* upper, const std::byte* lower, int steps, std::byte* out);
  void (*from_fragments)(const std::byte* in, int steps, std::byte* upper, std::byte* lower);
};

inline constexpr std::int64_t kFragmentStride = 2048;  // four row tiles of 512 bytes: one step

const TransposeOps& transpose_ops();

// ---- matmul -------------------------------------------------------------------------------------

inline constexpr int kPanelWidths[] = {16, 64};  // columns of B in a panel

struct MatmulOps {
  // acc[j] += sum over e of values[e] * panel[cols[e] * width + j], e ascending, j < width.
  void (*multiply_f32)(const float* values, const std::int32_t* cols, std::int64_t entries,
                       const float* panel, int width, float* acc);
  void (*multiply_i32)(const std::int32_t* values, const std::int32_t* cols, std::int64_t entries,
                       const std::int32_t* panel, int width, std::int32_t* acc);
};

const MatmulOps& matmul_ops();

}  // namespace heddle::cpu
