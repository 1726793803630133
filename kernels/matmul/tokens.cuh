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

#include <bit>
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

// Bytes of a chunk that starts `left` bytes before the end.
__device__ __forceinline__ int clipped(std::int64_t left) {
  return left >= kChunkBytes ? kChunkBytes : left > 0 ? static_cast<int>(left) : 0;
}

// What a stage is filled with: units [first_unit, first_unit + warps_k), tokens from first_token.
struct StageSource {
  const std::byte* matrix;  // B of the batch
  int first_unit;
  int first_token;
};

// What the block's copies fill at once.
inline constexpr int kMatmulThreadBits = std::bit_width(unsigned{kMatmulThreads}) - 1;
inline constexpr int kTurnBytes = kMatmulThreads * kChunkBytes;

// A lane's part of what lies inside of B: `copies` chunks, `step` bytes apart there and one turn apart in
// the stage. Their number is a power of two, or 0. Nothing is clipped, and two in a pass halve what the
// loop itself costs.
__device__ __forceinline__ void copy_whole(std::byte* to, const std::byte* from, std::int64_t step,
                                           int copies) {
  if (copies == 1) arch::cp_async_cg(to, from);
#pragma unroll 1
  for (int left = copies / 2; left > 0; --left) {
    arch::cp_async_cg(to, from);
    from += step;
    arch::cp_async_cg(to + kTurnBytes, from);
    from += step;
    to += 2 * kTurnBytes;
  }
}

// Eight neighbouring lanes copy the 128 bytes of a token; 32 tokens at a time, or several units of
// fewer. Numbers of tokens are powers of two.
template <int kElem>
__device__ __forceinline__ void fill_k_major(const MatmulArgs& args, const StageSource& from,
                                             std::byte* stage) {
  constexpr int kLines = kMatmulThreads / kUnitChunks;
  const ConstMatrix& b = args.b.matrix;
  const int chunk = static_cast<int>(threadIdx.x) % kUnitChunks;
  const int line = static_cast<int>(threadIdx.x) / kUnitChunks;
  const int tokens = 1 << args.token_bits, first = line & (tokens - 1);
  const int there = static_cast<int>(b.cols) - from.first_token;  // tokens that exist, or more
  const std::byte* column = from.matrix + (from.first_token + first) * b.col_step;
  const std::int64_t token_step = kLines * b.col_step;
  std::byte* to = stage + (chunk ^ first % 8) * kChunkBytes;
#pragma unroll 1
  for (int unit = line >> args.token_bits; unit < args.shape.warps_k;
       unit += tokens < kLines ? kLines >> args.token_bits : 1) {
    const std::int64_t k =
        std::int64_t{from.first_unit + unit} * kUnitBytes + chunk * kChunkBytes;  // bytes
    const int bytes = clipped(b.rows * kElem - k);
    const std::byte* source = column + k;
    std::byte* slot = to + ((unit << args.token_bits) + first) * kUnitBytes;
    if (bytes == kChunkBytes && tokens <= there) {
      copy_whole(slot, source, token_step, (tokens - first + kLines - 1) / kLines);
      continue;
    }
#pragma unroll 1
    for (int token = first; token < tokens; token += kLines) {
      const bool inside = bytes > 0 && token < there;
      arch::cp_async_cg(slot, inside ? source : from.matrix,
                        inside ? static_cast<std::uint32_t>(bytes) : 0);
      slot += kTurnBytes;
      source += token_step;
    }
  }
}

// Neighbouring lanes copy a row of k.
__device__ __forceinline__ void fill_n_major(const MatmulArgs& args, const StageSource& from,
                                             std::byte* stage) {
  constexpr int kRows = kUnitBytes / 2;  // of k in a unit
  const ConstMatrix& b = args.b.matrix;
  const int chunk_bits = args.token_bits - 3, chunks = 1 << chunk_bits;
  const int chunk = static_cast<int>(threadIdx.x) & (chunks - 1);
  const int step = kMatmulThreads >> chunk_bits;
  const int left = static_cast<int>(b.cols) - from.first_token - chunk * kTokens;
  const int bytes = clipped(2 * std::int64_t{left});
  const int rows = args.shape.warps_k * kRows;  // of all units
  int row = static_cast<int>(threadIdx.x) >> chunk_bits;
  std::int64_t k = std::int64_t{from.first_unit} * kRows + row;
  const std::byte* source =
      from.matrix + k * b.row_step + 2 * std::int64_t{from.first_token + chunk * kTokens};
  const std::int64_t row_step = step * b.row_step;
  const auto place = [&](int r) {
    return stage + ((r << chunk_bits) + (chunk ^ n_major_swizzle(r, chunks))) * kChunkBytes;
  };
  // With at least eight rows a turn their swizzle stays the same.
  if (bytes == kChunkBytes && k - row + rows <= b.rows && step >= 8) {
    copy_whole(place(row), source, row_step,
               (rows - row + step - 1) >> (kMatmulThreadBits - chunk_bits));
    return;
  }
#pragma unroll 1
  for (; row < rows; row += step, k += step) {
    const bool inside = bytes > 0 && k < b.rows;
    arch::cp_async_cg(place(row), inside ? source : from.matrix,
                      inside ? static_cast<std::uint32_t>(bytes) : 0);
    source += row_step;
  }
}

// Four bytes of k of a token, gathered.
template <int kElem>
__device__ __forceinline__ std::uint32_t gather_word(const MatmulTokens& b, const std::byte* matrix,
                                                     std::int64_t k, std::int64_t n) {
  Run<4> run{};
  if (n >= b.matrix.cols) return 0;
  const std::byte* p = matrix + k * b.matrix.row_step + n * b.matrix.col_step;
#pragma unroll
  for (int i = 0; i < 4 / kElem; ++i)
    if (k + i < b.matrix.rows)
      put_element<kElem>(run, i, load_element<kElem>(p + i * b.matrix.row_step, b.matrix.align));
  return run.word[0];
}

template <int kElem>
__device__ __forceinline__ void fill_any(const MatmulArgs& args, const StageSource& from,
                                         std::byte* stage) {
  constexpr int kWords = kUnitBytes / 4;
  const int bits = args.token_bits, last = (1 << bits) - 1;
  const bool along_n = args.b.matrix.col_step == kElem;  // neighbours in memory: neighbouring lanes
#pragma unroll 1
  for (int i = threadIdx.x; i < (args.shape.warps_k << bits) * kWords; i += kMatmulThreads) {
    const int token = along_n ? i & last : i / kWords & last;
    const int word = along_n ? (i >> bits) % kWords : i % kWords;
    const int unit = (i >> bits) / kWords;
    const std::int64_t k =
        std::int64_t{from.first_unit + unit} * (kUnitBytes / kElem) + word * (4 / kElem);
    *reinterpret_cast<std::uint32_t*>(stage + ((unit << bits) + token) * kUnitBytes +
                                      (word / 4 ^ token % 8) * kChunkBytes + word % 4 * 4) =
        gather_word<kElem>(args.b, from.matrix, k, std::int64_t{from.first_token} + token);
  }
}

template <int kElem, TokenPath kPath>
__device__ __forceinline__ void fill_stage(const MatmulArgs& args, const StageSource& from,
                                           std::byte* stage) {
  if constexpr (kPath == TokenPath::n_major)
    fill_n_major(args, from, stage);
  else if (args.b.matrix.align == 16 && args.b.matrix.row_step == kElem)
    fill_k_major<kElem>(args, from, stage);
  else
    fill_any<kElem>(args, from, stage);
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
