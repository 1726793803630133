#pragma once
// The quick way out for results of 16 bits that need no C and no curve: scaled, converted and packed in
// the registers, through shared memory as 8 x 8 matrices, and to D in 16-byte stores. A warp takes 16
// rows x 32 tokens at a time:
//
//     tokens adjacent in D   [16 rows][4 chunks of 8 tokens]    chunk c at c ^ (row / 2 % 4)
//     rows adjacent in D     [32 tokens][2 chunks of 8 rows]    chunk c at c ^ (token / 4 % 2)
//
// so that the eight 16-byte rows of a matrix lie in different banks.

#include <cstddef>
#include <cstdint>

#include "kernels/arch/convert.cuh"
#include "kernels/arch/matrix.cuh"
#include "kernels/arch/thread.cuh"
#include "kernels/hopper/hopper.hpp"
#include "kernels/matmul/output.cuh"

namespace heddle {

// Whether D can be written so.
__device__ __forceinline__ bool takes_results16(const MatmulOutput& out) {
  const bool packed = out.type == ElementType::f16 || out.type == ElementType::bf16;
  const bool plain =
      out.activation == MatmulActivation::none || out.activation == MatmulActivation::relu;
  return packed && plain && out.beta == 0.0f && out.d.align == 16;
}

// One warp's rows of a tile: 16 from `row`, kTokens from `col`, kSums = kTokens / 2 sums a lane.
template <typename Sum, int kTokens>
class Results16 {
 public:
  static constexpr int kTogether = 32;  // tokens of a turn

  // `region`: 2 KiB of the warp's own.
  __device__ __forceinline__ Results16(const MatmulOutput& out, std::int64_t row, std::int64_t col,
                                       int batch, std::byte* region)
      : out_(out), row_(row), col_(col), batch_(batch), region_(region) {
    const int lane = static_cast<int>(arch::tid_x() % 32);
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const std::int64_t at = row + lane / 4 + 8 * h;
      const bool there = at < out.d.rows;
      factor_[h] = out.alpha;
      if (out.scale_m != nullptr && there)
        factor_[h] *= load_vector(out.scale_m, ElementType::f32, out.scale_m_align, at);
      bias_[h] = out.bias != nullptr && there
                     ? load_vector(out.bias, out.bias_type, out.bias_align, at)
                     : 0.0f;
    }
  }

  __device__ __forceinline__ void write(const Sum (&sums)[kTokens / 2]) const {
#pragma unroll
    for (int turn = 0; turn < kTokens / kTogether; ++turn) {
      if (col_ + turn * kTogether >= out_.d.cols) break;
#pragma unroll
      for (int pair = 0; pair < kTogether / 16; ++pair) {
        arch::Matrices<4> m;  // (rows 0-7, 8-15) x two tiles of 8 tokens
#pragma unroll
        for (int j = 0; j < 2; ++j) {
          const int tile = turn * (kTogether / 8) + pair * 2 + j;
          pack(sums[4 * tile], sums[4 * tile + 1], sums[4 * tile + 2], sums[4 * tile + 3], tile,
               m.r[2 * j], m.r[2 * j + 1]);
        }
        put(pair, m);
      }
      __syncwarp();
      emit(turn);
      __syncwarp();
    }
  }

 private:
  __device__ __forceinline__ float result(Sum sum, float by_token, int half) const {
    float x = factor_[half] * by_token * static_cast<float>(sum);
    if (out_.bias != nullptr) x += bias_[half];
    if (out_.activation == MatmulActivation::relu && x < 0.0f) x = 0.0f;  // NaN stays NaN
    return x;
  }
  __device__ __forceinline__ std::uint32_t both(float first, float second) const {
    return out_.type == ElementType::f16 ? arch::cvt_rn_f16x2_f32(first, second)
                                         : arch::cvt_rn_bf16x2_f32(first, second);
  }
  // Sums of rows g and g + 8, tokens 2q and 2q + 1 of a tile.
  __device__ __forceinline__ void pack(Sum a, Sum b, Sum c, Sum d, int tile, std::uint32_t& upper,
                                       std::uint32_t& lower) const {
    float by[2] = {1.0f, 1.0f};
    if (out_.scale_n != nullptr) {
      const std::int64_t token = col_ + 8 * tile + arch::tid_x() % 4 * 2;
#pragma unroll
      for (int i = 0; i < 2; ++i)
        if (token + i < out_.d.cols)
          by[i] = load_vector(out_.scale_n, ElementType::f32, out_.scale_n_align, token + i);
    }
    upper = both(result(a, by[0], 0), result(b, by[1], 0));
    lower = both(result(c, by[0], 1), result(d, by[1], 1));
  }

  // Where 8 neighbours lie in the region: chunk `chunk` of a line.
  __device__ __forceinline__ std::byte* line(int at, int chunk) const {
    if (out_.contiguous_m) return region_ + at * 32 + (chunk ^ at / 4 % 2) * 16;
    return region_ + at * 64 + (chunk ^ at / 2 % 4) * 16;
  }
  // Lane 8i + r names row r of matrix i.
  __device__ __forceinline__ void put(int pair, const arch::Matrices<4>& m) const {
    const int lane = static_cast<int>(arch::tid_x() % 32);
    const int half = lane / 8 % 2, tile = 2 * pair + lane / 16, r = lane % 8;
    if (out_.contiguous_m)
      arch::stmatrix_trans<4>(line(8 * tile + r, half), m);
    else
      arch::stmatrix<4>(line(8 * half + r, tile), m);
  }

  // Two runs of eight a lane; neighbouring lanes follow each other in memory as far as a line goes.
  __device__ __forceinline__ void emit(int turn) const {
    const bool down = out_.contiguous_m;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int i = half * 32 + static_cast<int>(arch::tid_x() % 32);
      const int at = down ? i / 2 : i / 4, chunk = down ? i % 2 : i % 4;
      const int row = down ? chunk * 8 : at, token = turn * kTogether + (down ? at : chunk * 8);
      const uint4 word = *reinterpret_cast<const uint4*>(line(at, chunk));
      store(row_ + row, col_ + token, down, word);
    }
  }
  __device__ __forceinline__ void store(std::int64_t row, std::int64_t col, bool down,
                                        const uint4& word) const {
    const std::int64_t rows = out_.d.rows - row, cols = out_.d.cols - col;
    const std::int64_t left = down ? rows : cols;
    if (rows <= 0 || cols <= 0) return;
    std::byte* p = out_.d.at(row, col) + batch_ * out_.d_batch_step;
    if (left >= 8) {
      store_run<16>(p, {{word.x, word.y, word.z, word.w}});
    } else {
      const std::uint32_t words[4] = {word.x, word.y, word.z, word.w};
#pragma unroll
      for (int e = 0; e < 8; ++e)
        if (e < left) store_element<2>(p + 2 * e, words[e / 2] >> e % 2 * 16 & 0xFFFF, 2);
    }
  }

  const MatmulOutput& out_;
  const std::int64_t row_, col_;
  const int batch_;
  std::byte* const region_;
  float factor_[2], bias_[2];  // of rows g and g + 8
};

}  // namespace heddle
