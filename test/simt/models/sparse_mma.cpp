#include "test/simt/models/sparse_mma.hpp"

#include <algorithm>
#include <cstdint>

namespace heddle::simt::models {
namespace {

constexpr int kRows = 16, kColumns = 8;

// The fragments, e = elements in a register; the row of a lane is lane / 4 or 8 more.
std::uint32_t a_bits(const SparseForm& f, const SparseLane (&lanes)[32], int row, int stored) {
  const StoredPlace at = stored_place(f.a, row, stored);
  return element(lanes[at.lane].a[at.reg], at.index, bits_of(f.a));
}

std::uint32_t b_bits(const SparseForm& f, const SparseLane (&lanes)[32], int k, int column) {
  const int bits = bits_of(f.b), e = 32 / bits;
  return element(lanes[column * 4 + k % (4 * e) / e].b[k / (4 * e)], k % e, bits);
}

struct Accumulator {
  int lane, reg;
};
Accumulator c_place(int row, int column) {
  return {row % 8 * 4 + column / 2, row / 8 * 2 + column % 2};
}

// The dense columns of a row's stored elements. False where a nibble is illegal.
bool read_metadata(const SparseForm& f, SparseLane (&lanes)[32], int row, int (&columns)[32]) {
  const int width = chunk_columns(f), kept = width / 2;
  bool legal = true;
  for (int chunk = 0; chunk < chunks(f); ++chunk) {
    const NibblePlace place = nibble_place(f, row, chunk);
    SparseLane& provider = lanes[place.lane];
    const unsigned nibble = provider.metadata >> 4 * place.nibble & 0xF;
    const Positions p = positions(f.a, nibble);
    if (!p.legal) {
      if (provider.refused.row < 0) provider.refused = {row, chunk, place.nibble, nibble};
      legal = false;
    }
    columns[chunk * kept] = chunk * width + p.first;
    if (kept == 2) columns[chunk * kept + 1] = chunk * width + p.second;
  }
  return legal;
}

std::uint32_t integer_sum(const SparseForm& f, std::uint32_t c, const double (&a)[32],
                          const double (&b)[64], const int (&columns)[32]) {
  std::int64_t sum = static_cast<std::int32_t>(c);
  for (int i = 0; i < f.k / 2; ++i) sum += static_cast<std::int64_t>(a[i] * b[columns[i]]);
  if (f.saturate) {
    sum = std::clamp<std::int64_t>(sum, INT32_MIN, INT32_MAX);
  }
  return static_cast<std::uint32_t>(sum);
}

std::uint32_t float_sum(const SparseForm& f, std::uint32_t c, const double (&a)[32],
                        const double (&b)[64], const int (&columns)[32]) {
  double sum = decode_f32(c);
  for (int i = 0; i < f.k / 2; ++i) sum += a[i] * b[columns[i]];
  return round_to_f32(sum);
}

}  // namespace

std::uint32_t element(std::uint32_t word, int index, int bits) {
  const std::uint32_t shifted = word >> index * bits;
  return bits == 32 ? shifted : shifted & ((1u << bits) - 1);
}

StoredPlace stored_place(Element a, int row, int stored) {
  const int e = 32 / bits_of(a);
  const int half = stored / (4 * e), in_half = stored % (4 * e);
  return {row % 8 * 4 + in_half / e, row / 8 + 2 * half, in_half % e};
}

Positions positions(Element a, unsigned nibble) {
  const int first = static_cast<int>(nibble & 3), second = static_cast<int>(nibble >> 2);
  if (a == Element::tf32) return {nibble == 0x4 || nibble == 0xE, first / 2, first / 2};
  return {first < second, first, second};
}

std::string explain(const SparseLane::Refusal& refused) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string text = "illegal metadata nibble 0x";
  text += digits[refused.value & 0xF];
  return text + " at bits " + std::to_string(4 * refused.nibble) + " to " +
         std::to_string(4 * refused.nibble + 3) + ", row " + std::to_string(refused.row) +
         ", chunk " + std::to_string(refused.chunk);
}

NibblePlace nibble_place(const SparseForm& f, int row, int chunk) {
  const int quad = 4 * (row % 8), upper = row / 8;
  if (bits_of(f.a) == 8) {  // a lane has one row: 32 bits of it
    return {quad + 2 * (chunks(f) == 8 ? f.selector : chunk / 8) + upper, chunk % 8};
  }
  // A lane has two rows, 16 bits of each: the low half row g, the high half row g + 8.
  const int lane = chunks(f) == 4 ? f.selector : 2 * f.selector + chunk / 4;
  return {quad + lane, chunk % 4 + 4 * upper};
}

void sparse_mma(const SparseForm& f, SparseLane (&lanes)[32]) {
  for (SparseLane& lane : lanes) lane.refused = {};
  double b[kColumns][64];  // k
  for (int column = 0; column < kColumns; ++column) {
    for (int k = 0; k < f.k; ++k) b[column][k] = decode(f.b, b_bits(f, lanes, k, column));
  }
  for (int row = 0; row < kRows; ++row) {
    int columns[32];
    double a[32];  // stored
    const bool legal = read_metadata(f, lanes, row, columns);
    for (int i = 0; i < f.k / 2; ++i) a[i] = decode(f.a, a_bits(f, lanes, row, i));
    for (int column = 0; column < kColumns; ++column) {
      const Accumulator at = c_place(row, column);
      SparseLane& lane = lanes[at.lane];
      const auto sum = f.a == Element::s8 ? integer_sum : float_sum;
      lane.d[at.reg] = legal ? sum(f, lane.c[at.reg], a, b[column], columns) : 0xFFFFFFFF;
    }
  }
}

}  // namespace heddle::simt::models
