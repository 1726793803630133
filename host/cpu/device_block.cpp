#include "host/cpu/device_block.hpp"

#include <array>
#include <cstring>

#include "host/cpu/simd.hpp"
#include "host/packed_header.hpp"
#include "kernels/layout/device_order.hpp"
#include "kernels/layout/one_of_four.hpp"

namespace heddle::cpu {
namespace {

constexpr int kChunksPerPiece = 4;
constexpr int kHalf = layout::kRowTile / 2;  // rows g and g + 8 share lanes

constexpr layout::DeviceGeometry one_block(int elem_bytes) {
  return {layout::kBlockRows, layout::kBlockCols, elem_bytes};
}

constexpr int piece_count(int elem_bytes) {
  return one_block(elem_bytes).block_chunks() / kChunksPerPiece;
}

// Byte offset in a block of each piece of metadata of each row, taken from the layout functions.
struct PieceOffsets {
  std::uint16_t at[layout::kBlockRows][8];
};

constexpr PieceOffsets make_offsets(int elem_bytes) {
  PieceOffsets table{};
  for (int row = 0; row < layout::kBlockRows; ++row)
    for (int piece = 0; piece < piece_count(elem_bytes); ++piece) {
      const auto place =
          layout::nibble_offset(one_block(elem_bytes), {row, piece * kChunksPerPiece});
      table.at[row][piece] = static_cast<std::uint16_t>(place.word + place.nibble / 2);
    }
  return table;
}

template <int kElem>
constexpr PieceOffsets kPieceOffsets = make_offsets(kElem);

// The fragment of rows g and g + 8 of a row tile, as to_fragments writes it.
constexpr std::int64_t fragment_offset(int tile, int g) {
  return (tile * layout::kLanes + 4 * g) * layout::kFragmentBytes;
}

// True if that is what the layout functions say of every word of every row.
constexpr bool fragments_agree(int elem_bytes) {
  const layout::DeviceGeometry geo = one_block(elem_bytes);
  for (int row = 0; row < layout::kBlockRows; ++row)
    for (int word = 0; word < 8 * elem_bytes; ++word) {
      const int tile = row / layout::kRowTile, in_tile = row % layout::kRowTile;
      const int register_index = in_tile / kHalf + 2 * (word % 8 / 4);
      if (layout::value_offset(geo, {row, word * geo.per_reg()}) !=
          word / 8 * kFragmentStride + fragment_offset(tile, in_tile % kHalf) +
              word % 4 * layout::kFragmentBytes + register_index * 4)
        return false;
    }
  return true;
}
static_assert(fragments_agree(1) && fragments_agree(2) && fragments_agree(4));

// ---- metadata of the patterns that are not the hardware's ---------------------------------------

// 1:2 of 8- and 16-bit types: two groups are one chunk, one entry in each half of it.
constexpr unsigned chunk_of_1of2(unsigned two_bits) {
  return layout::make_nibble(static_cast<int>(two_bits & 1u), 2 + static_cast<int>(two_bits >> 1));
}
constexpr unsigned bits_of_1of2(unsigned nibble) { return (nibble & 1u) | (nibble >> 2 & 1u) << 1; }

// Applies f to each field of `in_bits` in a byte, collecting 4 nibbles (or as many as there are).
template <class F>
constexpr std::array<std::uint16_t, 256> piece_table(int in_bits, F f) {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte)
    for (int i = 0; i < kChunksPerPiece; ++i)
      table[byte] |=
          static_cast<std::uint16_t>(f(byte >> i * in_bits & ((1u << in_bits) - 1)) << 4 * i);
  return table;
}

constexpr auto kPieces1of2 = piece_table(2, chunk_of_1of2);
constexpr auto kPieces1of4 = piece_table(
    2, [](unsigned position) { return layout::one_of_four_nibble(static_cast<int>(position)); });
constexpr auto kPiecesF32 = piece_table(
    1, [](unsigned position) { return layout::half_pair_nibble(static_cast<int>(position)); });

// The canonical byte (or half byte, for f32) of a piece.
template <class F>
std::uint8_t fields_of_piece(std::uint16_t piece, int out_bits, F f) {
  unsigned byte = 0;
  for (int i = 0; i < kChunksPerPiece; ++i)
    byte |= static_cast<unsigned>(f(piece >> 4 * i & 15u)) << i * out_bits;
  return static_cast<std::uint8_t>(byte);
}

// Canonical metadata of a row of a block to pieces and back. kElem: bytes of an element.
template <int kElem>
void to_pieces(Pattern pattern, const std::byte* metadata, std::uint16_t* pieces) {
  constexpr int kCount = piece_count(kElem);
  if (pattern == Pattern{2, 4}) {
    std::memcpy(pieces, metadata, kCount * 2);
    return;
  }
  const auto& table = kElem == 4 ? kPiecesF32 : pattern.group == 2 ? kPieces1of2 : kPieces1of4;
  for (int i = 0; i < kCount; ++i)
    pieces[i] = kElem == 4 ? table[static_cast<unsigned>(metadata[i / 2]) >> 4 * (i % 2) & 15u]
                           : table[static_cast<unsigned>(metadata[i])];
}

template <int kElem>
void from_pieces(Pattern pattern, const std::uint16_t* pieces, std::byte* metadata) {
  constexpr int kCount = piece_count(kElem);
  if (pattern == Pattern{2, 4}) {
    std::memcpy(metadata, pieces, kCount * 2);
  } else if constexpr (kElem == 4) {
    const auto half = [&](int i) {
      return fields_of_piece(pieces[i], 1, layout::half_pair_position);
    };
    for (int i = 0; i < kCount; i += 2)
      metadata[i / 2] = static_cast<std::byte>(half(i) | half(i + 1) << 4);
  } else {
    for (int i = 0; i < kCount; ++i)
      metadata[i] = static_cast<std::byte>(
          pattern.group == 2 ? fields_of_piece(pieces[i], 2, bits_of_1of2)
                             : fields_of_piece(pieces[i], 2, layout::one_of_four_position));
  }
}

// ---- rows, by element size ----------------------------------------------------------------------

// Of the two entries of chunk c of a 1:4 row, the index of the kept one.
int kept_slot(const std::byte* metadata, int chunk) {
  const int position = static_cast<int>(metadata[chunk / 4]) >> 2 * (chunk % 4) & 3;
  return 2 * chunk + layout::one_of_four_slot(position);
}

constexpr int kChunks1of4 = layout::kBlockCols / 4;

// The values of a 1:4 row with a zero filler beside each, in ascending position.
template <int kElem>
void add_zero_fillers(ConstBlockRow row, std::byte* expanded) {
  std::memset(expanded, 0, layout::kBlockCompressedCols * kElem);
  for (int chunk = 0; chunk < kChunks1of4; ++chunk)
    std::memcpy(expanded + kept_slot(row.metadata, chunk) * kElem, row.values + chunk * kElem,
                kElem);
}

// Calls f(row g, row g + 8, offset of their fragment) for every such pair of a block.
template <class F>
void for_row_pairs(const F& f) {
  for (int tile = 0; tile < layout::kBlockTiles; ++tile)
    for (int g = 0; g < kHalf; ++g) {
      const int row = tile * layout::kRowTile + g;
      f(row, row + kHalf, fragment_offset(tile, g));
    }
}

template <int kElem>
void scatter_block(Pattern pattern, std::byte* block, const ConstBlockRow* rows) {
  const bool one_of_four = pattern == Pattern{1, 4};
  std::byte expanded[2][layout::kBlockCompressedCols * kElem];
  for_row_pairs([&](int upper, int lower, std::int64_t offset) {
    const std::byte* values[2] = {rows[upper].values, rows[lower].values};
    if (one_of_four) {
      add_zero_fillers<kElem>(rows[upper], expanded[0]);
      add_zero_fillers<kElem>(rows[lower], expanded[1]);
      values[0] = expanded[0];
      values[1] = expanded[1];
    }
    transpose_ops().to_fragments(values[0], values[1], kElem, block + offset);
  });
  for (int row = 0; row < layout::kBlockRows; ++row) {
    std::uint16_t pieces[piece_count(kElem)];
    to_pieces<kElem>(pattern, rows[row].metadata, pieces);
    for (int i = 0; i < piece_count(kElem); ++i)
      std::memcpy(block + kPieceOffsets<kElem>.at[row][i], &pieces[i], 2);
  }
}

template <int kElem>
void read_pieces(const std::byte* block, int row, std::uint16_t* pieces) {
  for (int i = 0; i < piece_count(kElem); ++i)
    std::memcpy(&pieces[i], block + kPieceOffsets<kElem>.at[row][i], 2);
}

template <int kElem>
void read_block(const std::byte* block, HardwareRows& rows) {
  for_row_pairs([&](int upper, int lower, std::int64_t offset) {
    transpose_ops().from_fragments(block + offset, kElem, rows.entries[upper], rows.entries[lower]);
  });
  for (int row = 0; row < layout::kBlockRows; ++row)
    read_pieces<kElem>(block, row, rows.pieces[row]);
}

template <int kElem>
void gather_block(Pattern pattern, const std::byte* block, const BlockRow* rows) {
  const bool one_of_four = pattern == Pattern{1, 4};
  for (int row = 0; row < layout::kBlockRows; ++row) {
    std::uint16_t pieces[piece_count(kElem)];
    read_pieces<kElem>(block, row, pieces);
    from_pieces<kElem>(pattern, pieces, rows[row].metadata);
  }
  std::byte entries[2][layout::kBlockCompressedCols * kElem];
  for_row_pairs([&](int upper, int lower, std::int64_t offset) {
    std::byte* to[2] = {one_of_four ? entries[0] : rows[upper].values,
                        one_of_four ? entries[1] : rows[lower].values};
    transpose_ops().from_fragments(block + offset, kElem, to[0], to[1]);
    if (!one_of_four) return;
    for (const int half : {0, 1}) {
      const BlockRow& row = rows[half == 0 ? upper : lower];
      for (int chunk = 0; chunk < kChunks1of4; ++chunk)
        std::memcpy(row.values + chunk * kElem,
                    entries[half] + kept_slot(row.metadata, chunk) * kElem, kElem);
    }
  });
}

}  // namespace

DeviceBlock::DeviceBlock(Pattern pattern, DataType type)
    : pattern_(pattern), elem_bytes_(static_cast<int>(size_of(type))) {
  const std::int64_t entries = layout::kBlockCols / pattern.group * pattern.keep;
  value_bytes_ = entries * elem_bytes_;
  metadata_bytes_ = entries * position_bits(pattern.group) / 8;
}

void DeviceBlock::scatter(std::byte* block, const ConstBlockRow* rows) const {
  const auto run = elem_bytes_ == 1   ? scatter_block<1>
                   : elem_bytes_ == 2 ? scatter_block<2>
                                      : scatter_block<4>;
  run(pattern_, block, rows);
}

void DeviceBlock::gather(const std::byte* block, const BlockRow* rows) const {
  const auto run = elem_bytes_ == 1   ? gather_block<1>
                   : elem_bytes_ == 2 ? gather_block<2>
                                      : gather_block<4>;
  run(pattern_, block, rows);
}

void DeviceBlock::read(const std::byte* block, HardwareRows& rows) const {
  const auto run = elem_bytes_ == 1   ? read_block<1>
                   : elem_bytes_ == 2 ? read_block<2>
                                      : read_block<4>;
  run(block, rows);
}

}  // namespace heddle::cpu
