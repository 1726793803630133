#pragma once
// A thread block packs 64 x 64 blocks of the matrix and of its transpose. A thread takes 4 lines x 8
// elements: two tiles. Both blobs' blocks are put together in shared memory and leave in runs of 16
// bytes.

#include "kernels/pack/device_chunks.cuh"
#include "kernels/pack/header.cuh"
#include "kernels/tile/search.cuh"
#include "kernels/tile/solve.cuh"
#include "kernels/tile/tile_mask.cuh"
#include "kernels/tile/tile_pack.hpp"

namespace heddle {

// Where a thread's tiles are in the block: lines 4 * group .., elements 8 * run ..
struct PackPlace {
  int group, run;  // 0 to 15, 0 to 7
};
// Warps are 8 groups x 4 runs of 16-bit elements, 4 x 8 of 8-bit ones: whole sectors, and no two
// lanes write to one bank.
template <int kElem>
__device__ __forceinline__ PackPlace pack_place(int thread) {
  const int warp = thread / 32, lane = thread % 32;
  if constexpr (kElem == 2) return {warp / 2 * 8 + lane / 4, warp % 2 * 4 + lane % 4};
  return {warp * 4 + lane / 8, lane % 8};
}
// The lane that has the other group of a pair, 2 g and 2 g + 1.
template <int kElem>
inline constexpr int kPairLanes = kElem == 2 ? 4 : 8;

// Where chunk (of 16 bytes) c of a block lies in shared memory; c % 8 are the banks.
template <int kElem>
HEDDLE_HD constexpr int staged_value(int c) {
  return kElem == 2 ? c ^ (c >> 4 & 1) ^ (c >> 5 & 1) << 2
                    : c ^ ((c >> 4 ^ c >> 5) & 1) << 2 ^ (c >> 6 & 1) << 1;
}
HEDDLE_HD constexpr int staged_metadata(int c) { return c ^ (c >> 3 & 3); }

template <int kElem>
struct StagedBlock {
  static constexpr int kValueChunks =
      static_cast<int>(DeviceLane<kElem>::kBlock.value_bytes()) / 16;
  static constexpr int kMetadataChunks = 32;
  static constexpr int kChunks = kValueChunks + kMetadataChunks;
  static constexpr int kMetadata = 16 * kValueChunks;  // byte offset
  uint4 chunk[kChunks];
};

// Byte offsets in a staged block of the word of a row's piece, and of a metadata byte. Both are
// linear in the bits of their arguments, so a thread's other places are its first one's xor a
// constant.
template <int kElem>
HEDDLE_HD constexpr int value_at(int row, int piece) {
  const int half = row % 16 / 8, index = piece / 4;
  const int lane = row % 8 * 4 + piece % 4;
  const int chunk = (index / 2 * layout::kBlockTiles + row / 16) * 32 + lane;
  return 16 * staged_value<kElem>(chunk) + 4 * (half + 2 * (index % 2));
}
// pair: two chunks of four columns, 0 to 7.
template <int kElem>
HEDDLE_HD constexpr int metadata_at(int row, int pair) {
  const int half = row % 16 / 8, g = row % 8;
  const int lane = kElem == 2 ? 4 * g + pair / 2 : 4 * g + 2 * (pair / 4) + half;
  const int byte = kElem == 2 ? pair % 2 + 2 * half : pair % 4;
  const int word = row / 16 * 32 + lane;
  return 16 * staged_metadata(word / 4) + word % 4 * 4 + byte;
}

// Metadata nibbles of eight groups of four, from the nibbles of what they keep. fill: some keep fewer
// than two.
__device__ __forceinline__ std::uint32_t metadata_nibbles(std::uint32_t kept, bool fill) {
  constexpr std::uint32_t kOnes = 0x11111111u;
  std::uint32_t k0 = kept, k1 = kept >> 1;
  const std::uint32_t k2 = kept >> 2, k3 = kept >> 3;
  if (fill) {  // at the lowest positions
    k0 |= ~two_of(k1, k2, k3);
    k1 |= ~(k2 | k3);
  }
  const std::uint32_t first_is_1 = k1 & ~k0 & kOnes, first_is_2 = ~(k0 | k1) & kOnes;
  const std::uint32_t second_is_odd = (k3 | ~k2) & kOnes, second_is_upper = (k3 | k2) & kOnes;
  return first_is_1 + 2 * first_is_2 + 4 * second_is_odd + 8 * second_is_upper;
}

// The entries of a thread's lines that the matrix has: byte r has the eight of line r.
__device__ __forceinline__ std::uint32_t entries_inside(const ConstMatrix& m, std::int64_t row,
                                                        std::int64_t col) {
  const std::int64_t rows = m.rows - row, cols = m.cols - col;
  if (rows <= 0 || cols <= 0) return 0;
  const std::uint32_t line = cols >= 8 ? 0xFFu : (1u << cols) - 1;
  return line * 0x01010101u & (rows >= 4 ? ~0u : (1u << 8 * rows) - 1);
}

// ---- what a thread stores -----------------------------------------------------------------------

// For four rows, each in a byte, the byte permutations that pick its two entries of four 16-bit
// elements: nibbles are the low ones of each byte.
struct HalfSelectors {
  std::uint32_t first, second;
  __device__ __forceinline__ explicit HalfSelectors(std::uint32_t nibbles)
      : first((nibbles & 0x03030303u) * 0x22u + 0x10101010u),
        second((nibbles >> 2 & 0x03030303u) * 0x22u + 0x10101010u) {}
  __device__ __forceinline__ std::uint32_t pick(int row, std::uint32_t low,
                                                std::uint32_t high) const {
    const std::uint32_t selector = __byte_perm(
        first, second, static_cast<unsigned>(row) | static_cast<unsigned>(4 + row) << 4);
    return __byte_perm(low, high, selector);
  }
};

// Zeroes what a tile's rows do not keep: nibbles are the low ones of each byte.
__device__ __forceinline__ void drop_others(TileBits<2>& tile, std::uint32_t rows) {
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const std::uint32_t flags = rows >> (8 * (i / 2) + 2 * (i % 2));
    tile.word[i] &= (flags & 1u) * 0xFFFFu | (flags >> 1 & 1u) * 0xFFFF0000u;
  }
}
__device__ __forceinline__ void drop_others(TileBits<1>& tile, std::uint32_t rows) {
#pragma unroll
  for (int r = 0; r < 4; ++r)
    tile.word[r] &= ((rows >> 8 * r & 15u) * 0x00204081u & 0x01010101u) * 0xFFu;
}

// Entries of lines: a piece is 8 bytes of a line, one tile's 16-bit or both tiles' 8-bit elements.
__device__ __forceinline__ void stage_lines(std::byte* staged, const PackPlace& at,
                                            const TileBits<2> (&tile)[2], std::uint32_t nibbles) {
  const int first = value_at<2>(4 * at.group, 2 * at.run);
#pragma unroll
  for (int t = 0; t < 2; ++t) {
    const HalfSelectors selectors(nibbles >> 4 * t);
#pragma unroll
    for (int r = 0; r < 4; ++r)
      *reinterpret_cast<std::uint32_t*>(staged + (first ^ value_at<2>(r, t))) =
          selectors.pick(r, tile[t].word[2 * r], tile[t].word[2 * r + 1]);
  }
}
__device__ __forceinline__ void stage_lines(std::byte* staged, const PackPlace& at,
                                            const TileBits<1> (&tile)[2], std::uint32_t nibbles) {
  const int first = value_at<1>(4 * at.group, at.run);
#pragma unroll
  for (int r = 0; r < 4; ++r) {
    // Positions p0 p1 of tile 0 and q0 q1 of tile 1, two bits each, to four nibbles.
    std::uint32_t selector = nibbles >> 8 * r & 0xFFu;
    selector = (selector | selector << 4) & 0x0F0Fu;
    selector = ((selector | selector << 2) & 0x3333u) + 0x4400u;
    *reinterpret_cast<std::uint32_t*>(staged + (first ^ value_at<1>(r, 0))) =
        __byte_perm(tile[0].word[r], tile[1].word[r], selector);
  }
}

// Entries of columns, which are rows of the transpose: `tile` is transposed.
__device__ __forceinline__ void stage_columns(std::byte* staged, const PackPlace& at,
                                              const TileBits<2> (&tile)[2], std::uint32_t nibbles) {
  const int first = value_at<2>(8 * at.run, at.group);
#pragma unroll
  for (int t = 0; t < 2; ++t) {
    const HalfSelectors selectors(nibbles >> 4 * t);
#pragma unroll
    for (int c = 0; c < 4; ++c)
      *reinterpret_cast<std::uint32_t*>(staged + (first ^ value_at<2>(4 * t + c, 0))) =
          selectors.pick(c, tile[t].word[2 * c], tile[t].word[2 * c + 1]);
  }
}
__device__ __forceinline__ void stage_columns(std::byte* staged, const PackPlace& at,
                                              const TileBits<1> (&tile)[2], std::uint32_t nibbles) {
  const int first = value_at<1>(8 * at.run, at.group / 2) + 2 * (at.group % 2);
#pragma unroll
  for (int t = 0; t < 2; ++t) {
    std::uint32_t selectors = nibbles >> 4 * t & 0x0F0F0F0Fu;
    selectors = (selectors | selectors << 2) & 0x33333333u;
#pragma unroll
    for (int c = 0; c < 4; ++c)
      *reinterpret_cast<std::uint16_t*>(staged + (first ^ value_at<1>(4 * t + c, 0))) =
          static_cast<std::uint16_t>(__byte_perm(tile[t].word[c], 0u, selectors >> 8 * c));
  }
}

template <int kElem>
__device__ __forceinline__ void stage_metadata(std::byte* along, std::byte* across,
                                               const PackPlace& at, std::uint32_t of_lines,
                                               std::uint32_t of_columns) {
  constexpr int kMetadata = StagedBlock<kElem>::kMetadata;
  const int of_along = metadata_at<kElem>(4 * at.group, at.run);
#pragma unroll
  for (int r = 0; r < 4; ++r)
    along[kMetadata + (of_along ^ metadata_at<kElem>(r, 0))] =
        static_cast<std::byte>(of_lines >> 8 * r);
  // A byte takes the nibbles of two groups: the lower group has those of tile 0, the upper of 1.
  const std::uint32_t other = arch::shfl_bfly(of_columns, kPairLanes<kElem>);
  const std::uint32_t bytes = at.group % 2 == 0
                                  ? (of_columns & 0x0F0F0F0Fu) | (other & 0x0F0F0F0Fu) << 4
                                  : (other >> 4 & 0x0F0F0F0Fu) | (of_columns & 0xF0F0F0F0u);
  const int of_across = metadata_at<kElem>(8 * at.run + 4 * (at.group % 2), at.group / 2);
#pragma unroll
  for (int c = 0; c < 4; ++c)
    across[kMetadata + (of_across ^ metadata_at<kElem>(c, 0))] =
        static_cast<std::byte>(bytes >> 8 * c);
}

// A staged block to its place.
template <int kElem>
__device__ __forceinline__ void store_staged(const DeviceBlob& blob, std::byte* to,
                                             const StagedBlock<kElem>& staged, int thread) {
  using Block = StagedBlock<kElem>;
#pragma unroll
  for (int first = 0; first < Block::kChunks; first += kTilePackThreads) {
    const int chunk = first + thread;
    if (chunk >= Block::kChunks) break;
    const bool is_value = first + kTilePackThreads <= Block::kValueChunks;
    const int from = is_value ? staged_value<kElem>(chunk)
                              : Block::kValueChunks + staged_metadata(chunk - Block::kValueChunks);
    uint4 v;
#if defined(HEDDLE_SIMT)
    simt::load_bytes(&v, &staged.chunk[from], sizeof v);  // the compiler may split a copy
#else
    v = staged.chunk[from];
#endif
    store_run<16>(to + 16 * chunk, Run<16>{{v.x, v.y, v.z, v.w}}, blob.align);
  }
}

// ---- the kernel ---------------------------------------------------------------------------------

template <int kElem>
struct PackLines {
  Run<8 * kElem> line[4];
  __device__ __forceinline__ TileBits<kElem> tile(int t) const {
    TileBits<kElem> bits;
#pragma unroll
    for (int r = 0; r < 4; ++r)
#pragma unroll
      for (int i = 0; i < kElem; ++i) bits.word[kElem * r + i] = line[r].word[kElem * t + i];
    return bits;
  }
};

template <int kElem>
__device__ __forceinline__ PackLines<kElem> load_lines(const ConstMatrix& m, std::int64_t row,
                                                       std::int64_t col, bool whole) {
  PackLines<kElem> x;
#pragma unroll
  for (int r = 0; r < 4; ++r) {
    if (whole) {
      x.line[r] = load_run<8 * kElem>(m.at(row + r, col));
    } else {
      x.line[r] = {};
#pragma unroll
      for (int i = 0; i < 8; ++i)
        if (row + r < m.rows && col + i < m.cols)
          put_element<kElem>(x.line[r], i, load_element<kElem>(m.at(row + r, col + i), m.align));
    }
  }
  return x;
}

// lines: byte r has the eight entries of line r.
__device__ __forceinline__ void store_mask_lines(const Matrix& m, std::int64_t row,
                                                 std::int64_t col, std::uint32_t lines,
                                                 bool whole) {
#pragma unroll
  for (int r = 0; r < 4; ++r) {
    const std::uint32_t bits = lines >> 8 * r;
    const Run<8> run = {{(bits & 0xFu) * 0x00204081u & 0x01010101u,
                         (bits >> 4 & 0xFu) * 0x00204081u & 0x01010101u}};
    if (whole) {
      store_run<8>(m.at(row + r, col), run);
    } else {
#pragma unroll
      for (int i = 0; i < 8; ++i)
        if (row + r < m.rows && col + i < m.cols)
          *m.at(row + r, col + i) = static_cast<std::byte>(run.word[i / 4] >> 8 * (i % 4));
    }
  }
}

// The masks of a thread's two tiles by columns of what lies in memory, the second in the upper
// nibbles. A warp calls it together.
template <TileKind kKind, TileRule kRule>
__device__ __forceinline__ std::uint32_t solve_two(const TilePackArgs& args,
                                                   const TileBits<tile_elem(kKind)> (&tile)[2],
                                                   const TileBits<tile_elem(kKind)> (&turned)[2]) {
  constexpr int kElem = tile_elem(kKind);
  TileColumns columns[2];
  unsigned asks = 0;
#pragma unroll
  for (int t = 0; t < 2; ++t) {
    TileBits<kElem> meant;
#pragma unroll
    for (int i = 0; i < 4 * kElem; ++i)
      meant.word[i] = args.flipped ? turned[t].word[i] : tile[t].word[i];
    const TileAnswer answer = solve_tile<kKind, kRule>(meant);
    columns[t] = answer.columns;
    if (!answer.certain) asks |= 1u << t;
  }
  if constexpr (kRule != TileRule::greedy)
    search_asked<kKind, 2>(args.list, args.flipped, tile, asks, columns);
  const std::uint32_t both = columns[0] | columns[1] << 4;
  return args.flipped ? transpose_flags(both) : both;
}

template <TileKind kKind, TileRule kRule>
__global__ void __launch_bounds__(kTilePackThreads)
    tile_pack(const __grid_constant__ TilePackArgs args) {
  constexpr int kElem = tile_elem(kKind);
  __shared__ StagedBlock<kElem> along, across;
  if (blockIdx.x == 0) {
    write_header(args.along.data, args.along_header, args.along.align);
    write_header(args.across.data, args.across_header, args.across.align);
  }
  const int thread = static_cast<int>(threadIdx.x);
  const PackPlace at = pack_place<kElem>(thread);
#pragma unroll 1
  for (std::int64_t block = blockIdx.x; block < args.along.blocks; block += gridDim.x) {
    const std::int64_t block_row = args.along.col_blocks.quotient(block);
    const std::int64_t block_col = block - block_row * args.along.col_blocks.divisor;
    const std::int64_t row = block_row * layout::kBlockRows + 4 * at.group;
    const std::int64_t col = block_col * layout::kBlockCols + 8 * at.run;
    const ConstMatrix& matrix = args.matrix;
    const bool inside = row + 4 <= matrix.rows && col + 8 <= matrix.cols;
    const PackLines<kElem> x = load_lines<kElem>(
        matrix, row, col, inside && matrix.row_major(kElem) && matrix.align >= 8 * kElem);
    TileBits<kElem> tile[2] = {x.tile(0), x.tile(1)};
    TileBits<kElem> turned[2] = {transpose_tile(tile[0]), transpose_tile(tile[1])};
    std::uint32_t kept_columns = solve_two<kKind, kRule>(args, tile, turned);
    std::uint32_t kept_lines = transpose_flags(kept_columns);
    if (args.mask.data != nullptr)
      store_mask_lines(args.mask, row, col, kept_lines,
                       inside && args.mask.row_major(1) && args.mask.align >= 8);
    const bool fill = kRule != TileRule::exact || !inside;
    if (fill) {
      kept_lines &= entries_inside(matrix, row, col);
      kept_columns = transpose_flags(kept_lines);
#pragma unroll
      for (int t = 0; t < 2; ++t) {
        drop_others(tile[t], kept_lines >> 4 * t);
        drop_others(turned[t], kept_columns >> 4 * t);
      }
    }
    const std::uint32_t of_lines = metadata_nibbles(kept_lines, fill);
    const std::uint32_t of_columns = metadata_nibbles(kept_columns, fill);
    __syncthreads();  // the blocks before this have left
    std::byte* lines_at = reinterpret_cast<std::byte*>(along.chunk);
    std::byte* columns_at = reinterpret_cast<std::byte*>(across.chunk);
    stage_lines(lines_at, at, tile, of_lines);
    stage_columns(columns_at, at, turned, of_columns);
    stage_metadata<kElem>(lines_at, columns_at, at, of_lines, of_columns);
    __syncthreads();
    store_staged<kElem>(args.along, args.along.block<kElem>(block), along, thread);
    const std::int64_t turned_block = block_col * args.across.col_blocks.divisor + block_row;
    store_staged<kElem>(args.across, args.across.block<kElem>(turned_block), across, thread);
  }
}

}  // namespace heddle
