#pragma once
// B in shared memory. A stage holds what the block needs for one step along k: for each of the
// warps_k units and each token of the tile 128 bytes of k, in one of two arrangements:
//
//     k-major  [unit][token][8 chunks of 16 bytes]            chunk c at c ^ (token % 8)
//     n-major  [unit][row of k, 64][token / 8 chunks]         16-bit types of order row;
//              chunk j at j ^ (row >> shift & mask): rows of 16, 32 and 64 bytes are 8, 4 and 2 to
//              the 128 bytes of all banks, so that the exclusive or is only needed on the rest
//
// Either way the eight rows that a phase of ldmatrix reads lie in different banks.

#include <cstddef>
#include <cstdint>

#include "kernels/access.cuh"
#include "kernels/arch/async_copy.cuh"
#include "kernels/arch/fragment.cuh"
#include "kernels/arch/matrix.cuh"
#include "kernels/matmul/matmul.hpp"

namespace heddle {

inline constexpr int kChunkBytes = 16;
inline constexpr int kUnitChunks = kUnitBytes / kChunkBytes;

// How B comes: by asynchronous copies of 16 bytes, or, with k_major, element by element from any
// order and address.
enum class TokenPath { k_major, n_major };

// The exclusive or that a row of k gets in an n-major stage with `chunks` chunks a row.
HEDDLE_HD constexpr int n_major_swizzle(int row, int chunks) {
  if (chunks >= 8) return row % 8;
  return chunks == 4 ? row / 2 % 4 : chunks == 2 ? row / 4 % 2 : 0;
}

// Bytes of a run that starts at `at` and may be 16 long but ends at `end`.
__device__ __forceinline__ int clipped(std::int64_t at, std::int64_t end) {
  return end - at >= kChunkBytes ? kChunkBytes : end > at ? static_cast<int>(end - at) : 0;
}

// What a stage is filled with: units [first_unit, first_unit + warps_k), tokens from first_token.
struct StageSource {
  const std::byte* matrix;  // B of the batch
  std::int64_t first_unit;
  std::int64_t first_token;
};

template <int kElem>
__device__ __forceinline__ void fill_k_major(const MatmulTokens& b, const TileShape& shape,
                                             const StageSource& from, std::byte* stage) {
  const std::int64_t k_bytes = b.matrix.rows * kElem;
  const int tokens = shape.tokens(), chunk = threadIdx.x % kUnitChunks;
  for (int line = threadIdx.x / kUnitChunks; line < shape.warps_k * tokens;
       line += kMatmulThreads / kUnitChunks) {
    const int token = line % tokens;
    const std::int64_t n = from.first_token + token;
    const std::int64_t k =
        (from.first_unit + line / tokens) * kUnitBytes + chunk * kChunkBytes;  // bytes
    const int bytes = n < b.matrix.cols ? clipped(k, k_bytes) : 0;
    const std::byte* source = bytes > 0 ? from.matrix + n * b.matrix.col_step + k : from.matrix;
    arch::cp_async_cg(stage + line * kUnitBytes + (chunk ^ token % 8) * kChunkBytes, source,
                      static_cast<std::uint32_t>(bytes));
  }
}

__device__ __forceinline__ void fill_n_major(const MatmulTokens& b, const TileShape& shape,
                                             const StageSource& from, std::byte* stage) {
  constexpr int kRows = kUnitBytes / 2;  // of k in a unit
  const int chunks = shape.tokens() / kTokens;
  for (int i = threadIdx.x; i < shape.warps_k * kRows * chunks; i += kMatmulThreads) {
    const int row = i / chunks, chunk = i % chunks;  // row: through all units
    const std::int64_t k = from.first_unit * kRows + row;
    const std::int64_t n = from.first_token + chunk * kTokens;
    const int bytes = k < b.matrix.rows ? clipped(2 * n, 2 * b.matrix.cols) : 0;
    const std::byte* source = bytes > 0 ? from.matrix + k * b.matrix.row_step + 2 * n : from.matrix;
    arch::cp_async_cg(
        stage + (row * chunks + (chunk ^ n_major_swizzle(row, chunks))) * kChunkBytes, source,
        static_cast<std::uint32_t>(bytes));
  }
}

// One chunk, gathered.
template <int kElem>
__device__ __forceinline__ Run<kChunkBytes> gather_chunk(const MatmulTokens& b,
                                                         const std::byte* matrix, std::int64_t k,
                                                         std::int64_t n) {
  Run<kChunkBytes> run{};
  if (n >= b.matrix.cols) return run;
  const std::byte* p = matrix + k * b.matrix.row_step + n * b.matrix.col_step;
#pragma unroll
  for (int i = 0; i < kChunkBytes / kElem; ++i)
    if (k + i < b.matrix.rows)
      put_element<kElem>(run, i, load_element<kElem>(p + i * b.matrix.row_step, b.matrix.align));
  return run;
}

template <int kElem>
__device__ __forceinline__ void fill_any(const MatmulTokens& b, const TileShape& shape,
                                         const StageSource& from, std::byte* stage) {
  const int tokens = shape.tokens();
  const bool along_n = b.matrix.col_step == kElem;  // neighbours in memory go to neighbouring lanes
#pragma unroll 1
  for (int i = threadIdx.x; i < shape.warps_k * tokens * kUnitChunks; i += kMatmulThreads) {
    const int token = along_n ? i % tokens : i / kUnitChunks % tokens;
    const int chunk = along_n ? i / tokens % kUnitChunks : i % kUnitChunks;
    const int unit = i / (tokens * kUnitChunks);
    const std::int64_t k =
        (from.first_unit + unit) * (kUnitBytes / kElem) + chunk * (kChunkBytes / kElem);
    const Run<kChunkBytes> run =
        gather_chunk<kElem>(b, from.matrix, k, from.first_token + token);
    *reinterpret_cast<uint4*>(stage + (unit * tokens + token) * kUnitBytes +
                              (chunk ^ token % 8) * kChunkBytes) =
        uint4{run.word[0], run.word[1], run.word[2], run.word[3]};
  }
}

template <int kElem, TokenPath kPath>
__device__ __forceinline__ void fill_stage(const MatmulTokens& b, const TileShape& shape,
                                           const StageSource& from, std::byte* stage) {
  if constexpr (kPath == TokenPath::n_major)
    fill_n_major(b, shape, from, stage);
  else if (b.matrix.align == 16 && b.matrix.row_step == kElem)
    fill_k_major<kElem>(b, shape, from, stage);
  else
    fill_any<kElem>(b, shape, from, stage);
}

// A lane's place in a stage: the fragment of (step, tile) is one ldmatrix of four matrices, the four
// 16-byte slices of the step's k.
template <TokenPath kPath>
class TokenReader {
 public:
  // The warp's unit is `unit` of the stage and its first token `token` of the tile.
  __device__ __forceinline__ TokenReader(const TileShape& shape, int unit, int token, int lane) {
    if constexpr (kPath == TokenPath::n_major) {
      const int chunks = shape.tokens() / kTokens;
      step_bytes_ = kUnitBytes / 4 * chunks * kChunkBytes;  // 32 rows of k
      // Rows lane and lane + 32 have the same swizzle.
      offset_ = (unit * (kUnitBytes / 2) + lane) * chunks * kChunkBytes +
                (token / kTokens ^ n_major_swizzle(lane, chunks)) * kChunkBytes;
    } else {
      offset_ = (unit * shape.tokens() + token + lane % 8) * kUnitBytes +
                (lane / 8 ^ lane % 8) * kChunkBytes;
    }
  }

  // Tiles and steps differ in bits that are zero or swizzled, so that an exclusive or reaches them.
  __device__ __forceinline__ arch::FragmentB<4> load(const std::byte* stage, int step,
                                                     int tile) const {
    arch::Matrices<4> m;
    if constexpr (kPath == TokenPath::n_major)
      m = arch::ldmatrix_trans<4>(stage + step * step_bytes_ + (offset_ ^ tile * kChunkBytes));
    else  // the second step is four chunks on
      m = arch::ldmatrix<4>(stage + (offset_ ^ step * 4 * kChunkBytes) +
                            tile * kTokens * kUnitBytes);
    return {{m.r[0], m.r[1], m.r[2], m.r[3]}};
  }

 private:
  int offset_;
  int step_bytes_ = 0;
};

}  // namespace heddle
