// The order of CUTLASS's sm_80 kernels, from and to canonical rows.

#include <array>
#include <cstring>

#include "host/cpu/interchange.hpp"
#include "host/cpu/packed_rows.hpp"
#include "kernels/layout/metadata.hpp"
#include "kernels/layout/sm80_order.hpp"

namespace heddle::cpu {
namespace {

using layout::sm80_offset;

constexpr unsigned kBadPiece = 0xFF;

// f32: four positions of one bit as four nibbles.
constexpr auto kPieceOfBits = [] {
  std::array<std::uint16_t, 16> table{};
  for (unsigned bits = 0; bits < 16; ++bits)
    for (unsigned i = 0; i < 4; ++i)
      table[bits] |= static_cast<std::uint16_t>(
          layout::half_pair_nibble(static_cast<int>(bits >> i & 1u)) << 4 * i);
  return table;
}();

// Whether both nibbles of a byte are legal for 2:4.
constexpr auto kLegal = [] {
  std::array<bool, 256> table{};
  for (unsigned b = 0; b < 256; ++b)
    table[b] = layout::is_legal_nibble(b & 15u) && layout::is_legal_nibble(b >> 4);
  return table;
}();

// Inverse of kPieceOfBits; kBadPiece if a nibble is not legal.
unsigned bits_of_piece(std::uint16_t piece) {
  unsigned bits = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned nibble = piece >> 4 * i & 15u;
    if (!layout::is_half_pair_nibble(nibble)) return kBadPiece;
    bits |= static_cast<unsigned>(layout::half_pair_position(nibble)) << i;
  }
  return bits;
}

// A pair of pieces is a whole number of bytes of a canonical row in every type: 8 of 8-bit types, 4
// of 16-bit types, 1 of f32.
constexpr std::int64_t pair_bytes(int elem) { return elem == 1 ? 8 : elem == 2 ? 4 : 1; }

template <int kElem>
using Piece = std::conditional_t<kElem == 1, std::uint32_t, std::uint16_t>;

template <int kElem>
void read_pair(const std::byte* canonical, Piece<kElem>* pair) {
  if constexpr (kElem == 4) {
    pair[0] = kPieceOfBits[static_cast<unsigned>(*canonical) & 15u];
    pair[1] = kPieceOfBits[static_cast<unsigned>(*canonical) >> 4];
  } else {
    std::memcpy(pair, canonical, pair_bytes(kElem));
  }
}

// False if a nibble is not legal.
template <int kElem>
bool write_pair(const Piece<kElem>* pair, std::byte* canonical) {
  if constexpr (kElem == 4) {
    const unsigned low = bits_of_piece(pair[0]), high = bits_of_piece(pair[1]);
    *canonical = static_cast<std::byte>(low | high << 4);
    return low != kBadPiece && high != kBadPiece;
  } else {
    std::memcpy(canonical, pair, pair_bytes(kElem));
    bool legal = true;
    for (std::int64_t i = 0; i < pair_bytes(kElem); ++i)
      legal &= kLegal[static_cast<unsigned>(canonical[i])];
    return legal;
  }
}

// Reports the first nibble of a pair that is not legal; `group` is that of its first nibble.
template <int kElem>
void report(const Piece<kElem>* pair, std::int64_t row, std::int64_t group, FirstPlace& bad) {
  constexpr int kChunks = layout::sm80_piece_chunks(kElem);
  for (int i = 0; i < 2 * kChunks; ++i) {
    const unsigned nibble = pair[i / kChunks] >> 4 * (i % kChunks) & 15u;
    if (kElem == 4 ? layout::is_half_pair_nibble(nibble) : layout::is_legal_nibble(nibble))
      continue;
    return bad.report(row, group + i, static_cast<int>(nibble));
  }
}

// The metadata array's side of a unit. Pairs outside, rows inside: 32 words are adjacent.
template <int kElem>
struct UnitMetadata {
  static constexpr int kPairGroups = 2 * layout::sm80_piece_chunks(kElem);
  const Unit& unit;
  std::int64_t rows;  // of the matrix

  std::int64_t pairs() const { return unit.groups / kPairGroups; }
  std::int64_t offset(std::int64_t r, std::int64_t p, int side) const {
    const std::int64_t pair = unit.group / kPairGroups + p;
    return sm80_offset(kElem, rows, {unit.row + r, 2 * pair + side});
  }

  void write(const ConstPackedRows& in, std::byte* metadata) const {
    for (std::int64_t p = 0; p < pairs(); ++p)
      for (std::int64_t r = 0; r < unit.rows; ++r) {
        Piece<kElem> pair[2];
        read_pair<kElem>(in.metadata_row(r) + p * pair_bytes(kElem), pair);
        for (const int side : {0, 1})
          std::memcpy(metadata + offset(r, p, side), &pair[side], sizeof(pair[side]));
      }
  }

  void read(const std::byte* metadata, const PackedRows& to, FirstPlace& bad) const {
    for (std::int64_t p = 0; p < pairs(); ++p)
      for (std::int64_t r = 0; r < unit.rows; ++r) {
        Piece<kElem> pair[2];
        for (const int side : {0, 1})
          std::memcpy(&pair[side], metadata + offset(r, p, side), sizeof(pair[side]));
        if (!write_pair<kElem>(pair, to.metadata_row(r) + p * pair_bytes(kElem)))
          report<kElem>(pair, unit.row + r, unit.group + p * kPairGroups, bad);
      }
  }
};

// Calls f with the size of an element as a constant.
template <class F>
void with_size(DataType type, const F& f) {
  switch (size_of(type)) {
    case 1: return f(std::integral_constant<int, 1>());
    case 2: return f(std::integral_constant<int, 2>());
    default: return f(std::integral_constant<int, 4>());
  }
}

}  // namespace

Status to_sm80(const Exec& exec, const ConstPackedView& packed, const PackedArrays& out) {
  const PackedDesc& desc = packed.desc;
  const Units units = units_of(desc);
  auto* const metadata = static_cast<std::byte*>(out.metadata);
  return parallel_for(exec, units.count(), packed_rows_bytes(desc),
                      [&](std::int64_t index, Arena& arena) {
                        const Unit u = units[index];
                        const ConstPackedRows in = load_rows(packed, u, arena);
                        copy_values(desc, u, in, static_cast<std::byte*>(out.values));
                        with_size(desc.type, [&](auto elem) {
                          UnitMetadata<elem()>{u, desc.rows}.write(in, metadata);
                        });
                      });
}

Status from_sm80(const Exec& exec, const ConstPackedArrays& arrays, const PackedView& out,
                 FirstPlace& bad) {
  const PackedDesc& desc = out.desc;
  const Units units = units_of(desc);
  const auto* const metadata = static_cast<const std::byte*>(arrays.metadata);
  return parallel_for(exec, units.count(), packed_rows_bytes(desc),
                      [&](std::int64_t index, Arena& arena) {
                        const Unit u = units[index];
                        const PackedRows to = open_rows(out, u, arena);
                        copy_values(desc, u, static_cast<const std::byte*>(arrays.values), to);
                        with_size(desc.type, [&](auto elem) {
                          UnitMetadata<elem()>{u, desc.rows}.read(metadata, to, bad);
                        });
                        store_rows(out, u, to);
                      });
}

}  // namespace heddle::cpu
