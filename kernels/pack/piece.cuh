#pragma once
// A pair of pieces, rows g and g + 8 of a tile, from dense elements to stored entries and nibbles,
// and back. Which nibbles, and which entries beside the kept ones: docs/formats.md.

#include "kernels/layout/one_of_four.hpp"
#include "kernels/pack/device_chunks.cuh"

namespace heddle {

struct PiecePair {
  std::uint32_t word[2];  // the stored entries of each row
  std::uint32_t nibbles;  // where field_shift has those of index 0
};

// Groups of a mask that keep too many: bit 4 * half + i for the i-th group of the piece in a row.
using CrowdedGroups = unsigned;

namespace detail {

// What chunks store, in fields of kBits. In 1:4 one of the two entries is the kept one, the other is
// zero.
struct StoredChunks {
  std::uint32_t nibbles;
  std::uint32_t kept_second;  // 1:4: bit 0 of each field: the kept entry is stored second
};

template <DeviceKind kKind, int kBits>
__device__ __forceinline__ StoredChunks stored_chunks(const ChunkFlags& kept) {
  if constexpr (kKind == DeviceKind::one_of_four)
    return {nibbles_of<kBits>(with_next(kept)), kept.at[3] >> (kBits - 1) & field_ones(kBits)};
  else
    return {nibbles_of<kBits>(kept), 0};
}

// Two pieces of 8-bit elements: chunks 0 and 1 are the upper row's, chunks 2 and 3 the lower one's.
template <DeviceKind kKind>
__device__ __forceinline__ PiecePair byte_pieces(const Run<8> (&dense)[2], const ChunkFlags& kept) {
  const StoredChunks stored = stored_chunks<kKind, 8>(kept);
  TwoWords words = stored_bytes(dense[0], dense[1], stored.nibbles);
  if constexpr (kKind == DeviceKind::one_of_four) {
    const std::uint32_t second = stored.kept_second * 0xFFu, first = ~second;
    words.a &= __byte_perm(first, second, 0x5140);
    words.b &= __byte_perm(first, second, 0x7362);
  }
  const std::uint32_t nibbles = stored.nibbles | stored.nibbles >> 4;  // in bytes 0 and 2
  return {{words.a, words.b}, __byte_perm(nibbles, 0u, 0x4420)};
}

// Two pieces of 16-bit elements: chunk A is the upper row's, chunk B the lower one's.
template <DeviceKind kKind>
__device__ __forceinline__ PiecePair half_pieces(const Run<8> (&dense)[2], const ChunkFlags& kept) {
  const StoredChunks stored = stored_chunks<kKind, 16>(kept);
  TwoWords words = stored_halves(dense[0], dense[1], stored.nibbles);
  if constexpr (kKind == DeviceKind::one_of_four) {
    words.a &= (stored.kept_second & 1u) != 0 ? 0xFFFF0000u : 0x0000FFFFu;
    words.b &= stored.kept_second >> 16 != 0 ? 0xFFFF0000u : 0x0000FFFFu;
  }
  return {{words.a, words.b}, stored.nibbles};
}

// f32, 1:2: `second` says which of the two elements each row stores.
__device__ __forceinline__ PiecePair f32_pieces(const Run<8> (&dense)[2], bool second_a,
                                                bool second_b) {
  return {{second_a ? dense[0].word[1] : dense[0].word[0],
           second_b ? dense[1].word[1] : dense[1].word[0]},
          (second_a ? layout::kSecondHalves : layout::kFirstHalves) |
              (second_b ? layout::kSecondHalves : layout::kFirstHalves) << 16};
}

template <int kElem, bool kIntegers>
__device__ __forceinline__ Run<8> piece_keys(const MagnitudeRule& rule, const Run<8>& dense) {
  if constexpr (kIntegers)
    return {{integer_keys(dense.word[0]), integer_keys(dense.word[1])}};
  else
    return {{float_keys<kElem>(rule, dense.word[0]), float_keys<kElem>(rule, dense.word[1])}};
}

// What crowded_groups says of two pieces' four chunks of bytes.
template <DeviceKind kKind>
__device__ __forceinline__ CrowdedGroups crowded_bytes(std::uint32_t groups) {
  constexpr int kChunkGroups = kKind == DeviceKind::one_of_two ? 2 : 1;
  CrowdedGroups crowded = 0;
#pragma unroll
  for (int chunk = 0; chunk < 4; ++chunk)
    crowded |= (groups >> 8 * chunk & 3u) << (chunk / 2 * 4 + chunk % 2 * kChunkGroups);
  return crowded;
}

// Zeroes the 16- and 32-bit elements that a mask does not keep.
__device__ __forceinline__ void keep_halves(Run<8>& dense, std::uint32_t bytes) {
  dense.word[0] &= __byte_perm(bytes, 0, 0x1100);
  dense.word[1] &= __byte_perm(bytes, 0, 0x3322);
}

}  // namespace detail

// The best entries by magnitude.
template <int kElem, DeviceKind kKind, bool kIntegers>
__device__ __forceinline__ PiecePair best_pieces(const Run<8> (&dense)[2],
                                                 const MagnitudeRule& rule) {
  const Run<8> a = detail::piece_keys<kElem, kIntegers>(rule, dense[0]);
  const Run<8> b = detail::piece_keys<kElem, kIntegers>(rule, dense[1]);
  if constexpr (kElem == 4) {
    return detail::f32_pieces(dense, a.word[1] > a.word[0], b.word[1] > b.word[0]);
  } else if constexpr (kElem == 2) {
    return detail::half_pieces<kKind>(dense, best_flags<kKind, FieldKeys::halves>(half_keys(a, b)));
  } else {
    constexpr FieldKeys kKeys = kIntegers ? FieldKeys::bytes_to_0x80 : FieldKeys::bytes;
    const FourWords keys = transposed_bytes(a, b);
    const ChunkKeys key{{keys.at[0], keys.at[1], keys.at[2], keys.at[3]}};
    return detail::byte_pieces<kKind>(dense, best_flags<kKind, kKeys>(key));
  }
}

// The entries that a mask keeps: keep[half] has a byte for every element.
template <int kElem, DeviceKind kKind>
__device__ __forceinline__ PiecePair masked_pieces(Run<8> (&dense)[2],
                                                   const Run<8 / kElem> (&keep)[2],
                                                   CrowdedGroups& crowded) {
  if constexpr (kElem == 4) {
    bool second[2];
    crowded = 0;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const bool keep_first = (keep[half].word[0] & 0xFFu) != 0;
      const bool keep_second = (keep[half].word[0] & 0xFF00u) != 0;
      crowded |= (keep_first && keep_second ? 1u : 0u) << 4 * half;
      second[half] = keep_second;
      dense[half].word[0] = keep_first ? dense[half].word[0] : 0u;
    }
    return detail::f32_pieces(dense, second[0], second[1]);
  } else if constexpr (kElem == 2) {
    const std::uint32_t a = nonzero_bytes(keep[0].word[0]), b = nonzero_bytes(keep[1].word[0]);
    const ChunkFlags kept = half_flags(a, b);
    const std::uint32_t groups = crowded_groups<kKind, 16>(kept);
    crowded = (groups & 3u) | groups >> 12;
    detail::keep_halves(dense[0], a);
    detail::keep_halves(dense[1], b);
    return detail::half_pieces<kKind>(dense, with_fillers<kKind>(kept));
  } else {
    Run<8> kept_bytes[2];
#pragma unroll
    for (int half = 0; half < 2; ++half) {
#pragma unroll
      for (int chunk = 0; chunk < 2; ++chunk) {
        kept_bytes[half].word[chunk] = nonzero_bytes(keep[half].word[chunk]);
        dense[half].word[chunk] &= kept_bytes[half].word[chunk];
      }
    }
    const FourWords flags = transposed_bytes(kept_bytes[0], kept_bytes[1]);
    const ChunkFlags kept{{flags.at[0], flags.at[1], flags.at[2], flags.at[3]}};
    crowded = detail::crowded_bytes<kKind>(crowded_groups<kKind, 8>(kept));
    return detail::byte_pieces<kKind>(dense, with_fillers<kKind>(kept));
  }
}

// ---- one chunk at a time ------------------------------------------------------------------------

// The stored entries of a chunk (one of f32, else two, the first in the low bits) and its nibble.
struct StoredChunk {
  std::uint32_t entries;
  unsigned nibble;
};

template <int kElem>
__device__ __forceinline__ StoredChunk chunk_of(const PiecePair& pair, int half, int chunk) {
  const unsigned nibble = pair.nibbles >> field_shift(kElem, 0, half, chunk) & 15u;
  if constexpr (kElem == 1) return {pair.word[half] >> 16 * chunk & 0xFFFFu, nibble};
  return {pair.word[half], nibble};
}

// Entry 0 or 1 of a chunk of 8- or 16-bit elements, and the mask of both.
template <int kElem>
inline constexpr std::uint32_t kEntryMask = kElem == 1 ? 0xFFu : 0xFFFFu;
template <int kElem>
__device__ __forceinline__ std::uint32_t entry_of(const StoredChunk& stored, int entry) {
  return stored.entries >> 8 * kElem * entry & kEntryMask<kElem>;
}

// A chunk as unpacking reads it, whatever the metadata: 1:2 looks at the low bit of each position,
// 1:4 takes a nibble of its own for the position it tells, any other for position 0, and has no
// filler any more.
template <int kElem>
__device__ __forceinline__ StoredChunk as_legal(DeviceKind kind, StoredChunk stored) {
  if (kind == DeviceKind::one_of_two) {
    stored.nibble = (stored.nibble & 0x5u) | 0x8u;
  } else if (kind == DeviceKind::one_of_four) {
    const int position = layout::one_of_four_position(stored.nibble);
    stored.nibble = layout::one_of_four_nibble(position);
    stored.entries &= kEntryMask<kElem> << 8 * kElem * layout::one_of_four_slot(position);
  }
  return stored;
}

// The dense elements of a piece: the entries at their positions, zero elsewhere. Two entries at one
// position, which no legal nibble has, are or-ed.
template <int kElem>
__device__ __forceinline__ Run<8> dense_piece(DeviceKind kind, const PiecePair& pair, int half) {
  Run<8> dense;
  if constexpr (kElem == 4) {
    const StoredChunk stored = chunk_of<kElem>(pair, half, 0);
    const bool second = stored.nibble == layout::kSecondHalves;
    dense = {{second ? 0u : stored.entries, second ? stored.entries : 0u}};
  } else if constexpr (kElem == 2) {
    const StoredChunk stored = as_legal<kElem>(kind, chunk_of<kElem>(pair, half, 0));
    const std::uint64_t elements =
        std::uint64_t{entry_of<kElem>(stored, 0)} << 16 * layout::nibble_first(stored.nibble) |
        std::uint64_t{entry_of<kElem>(stored, 1)} << 16 * layout::nibble_second(stored.nibble);
    dense = {{static_cast<std::uint32_t>(elements), static_cast<std::uint32_t>(elements >> 32)}};
  } else {
#pragma unroll
    for (int chunk = 0; chunk < 2; ++chunk) {
      const StoredChunk stored = as_legal<kElem>(kind, chunk_of<kElem>(pair, half, chunk));
      dense.word[chunk] = entry_of<kElem>(stored, 0) << 8 * layout::nibble_first(stored.nibble) |
                          entry_of<kElem>(stored, 1) << 8 * layout::nibble_second(stored.nibble);
    }
  }
  return dense;
}

}  // namespace heddle
