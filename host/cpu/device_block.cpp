#include "host/cpu/device_block.hpp"

#include <array>
#include <cstring>

#include "host/packed_header.hpp"
#include "kernels/layout/device_order.hpp"
#include "kernels/layout/one_of_four.hpp"

namespace heddle::cpu {
namespace {

constexpr int kChunksPerPiece = 4;

constexpr BlockOffsets make_offsets(int elem_bytes) {
  const layout::DeviceGeometry geo{layout::kBlockRows, layout::kBlockCols, elem_bytes};
  BlockOffsets t{};
  t.value_words = layout::kBlockCompressedCols * elem_bytes / 4;
  t.metadata_pieces = geo.block_chunks() / kChunksPerPiece;
  for (int row = 0; row < layout::kBlockRows; ++row) {
    for (int word = 0; word < t.value_words; ++word)
      t.value[row][word] =
          static_cast<std::uint16_t>(layout::value_offset(geo, {row, word * geo.per_reg()}));
    for (int piece = 0; piece < t.metadata_pieces; ++piece) {
      const auto at = layout::nibble_offset(geo, {row, piece * kChunksPerPiece});
      t.metadata[row][piece] = static_cast<std::uint16_t>(at.word + at.nibble / 2);
    }
  }
  return t;
}

constexpr BlockOffsets kOffsets1 = make_offsets(1);
constexpr BlockOffsets kOffsets2 = make_offsets(2);
constexpr BlockOffsets kOffsets4 = make_offsets(4);

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
  constexpr int kCount = kElem == 4 ? 8 : 4;
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
  constexpr int kCount = kElem == 4 ? 8 : 4;
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

template <int kElem>
void scatter_row(const BlockOffsets& to, Pattern pattern, std::byte* block, int row,
                 const std::byte* values, const std::byte* metadata) {
  std::byte expanded[layout::kBlockCompressedCols * kElem];
  if (pattern == Pattern{1, 4}) {  // each entry and its filler, in ascending position
    std::memset(expanded, 0, sizeof(expanded));
    for (int chunk = 0; chunk < kChunks1of4; ++chunk)
      std::memcpy(expanded + kept_slot(metadata, chunk) * kElem, values + chunk * kElem, kElem);
    values = expanded;
  }
  for (int word = 0; word < 8 * kElem; ++word)
    std::memcpy(block + to.value[row][word], values + word * 4, 4);
  std::uint16_t pieces[8];
  to_pieces<kElem>(pattern, metadata, pieces);
  for (int i = 0; i < (kElem == 4 ? 8 : 4); ++i)
    std::memcpy(block + to.metadata[row][i], &pieces[i], 2);
}

template <int kElem>
void read_row_of(const BlockOffsets& from, const std::byte* block, int row, std::byte* entries,
                 std::uint16_t* pieces) {
  for (int word = 0; word < 8 * kElem; ++word)
    std::memcpy(entries + word * 4, block + from.value[row][word], 4);
  for (int i = 0; i < (kElem == 4 ? 8 : 4); ++i)
    std::memcpy(&pieces[i], block + from.metadata[row][i], 2);
}

template <int kElem>
void gather_row(const BlockOffsets& from, Pattern pattern, const std::byte* block, int row,
                std::byte* values, std::byte* metadata) {
  std::byte entries[layout::kBlockCompressedCols * kElem];
  std::uint16_t pieces[8];
  const bool one_of_four = pattern == Pattern{1, 4};
  read_row_of<kElem>(from, block, row, one_of_four ? entries : values, pieces);
  from_pieces<kElem>(pattern, pieces, metadata);
  if (!one_of_four) return;
  for (int chunk = 0; chunk < kChunks1of4; ++chunk)
    std::memcpy(values + chunk * kElem, entries + kept_slot(metadata, chunk) * kElem, kElem);
}

}  // namespace

const BlockOffsets& block_offsets(std::size_t elem_bytes) {
  return elem_bytes == 1 ? kOffsets1 : elem_bytes == 2 ? kOffsets2 : kOffsets4;
}

DeviceBlock::DeviceBlock(Pattern pattern, DataType type)
    : offsets_(&block_offsets(size_of(type))),
      pattern_(pattern),
      elem_bytes_(static_cast<int>(size_of(type))) {
  const std::int64_t entries = layout::kBlockCols / pattern.group * pattern.keep;
  value_bytes_ = entries * elem_bytes_;
  metadata_bytes_ = entries * position_bits(pattern.group) / 8;
}

void DeviceBlock::scatter(std::byte* block, int first, int count,
                          const ConstPackedRows& rows) const {
  const auto run = elem_bytes_ == 1   ? scatter_row<1>
                   : elem_bytes_ == 2 ? scatter_row<2>
                                      : scatter_row<4>;
  for (int r = 0; r < count; ++r)
    run(*offsets_, pattern_, block, first + r, rows.values_row(r), rows.metadata_row(r));
}

void DeviceBlock::gather(const std::byte* block, int first, int count,
                         const PackedRows& rows) const {
  const auto run = elem_bytes_ == 1   ? gather_row<1>
                   : elem_bytes_ == 2 ? gather_row<2>
                                      : gather_row<4>;
  for (int r = 0; r < count; ++r)
    run(*offsets_, pattern_, block, first + r, rows.values_row(r), rows.metadata_row(r));
}

void DeviceBlock::read_row(const std::byte* block, int row, std::byte* entries,
                           std::uint16_t* pieces) const {
  const auto run = elem_bytes_ == 1   ? read_row_of<1>
                   : elem_bytes_ == 2 ? read_row_of<2>
                                      : read_row_of<4>;
  run(*offsets_, block, row, entries, pieces);
}

}  // namespace heddle::cpu
