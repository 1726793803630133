// Operands of one sparse product and what it must give, by the PTX ISA's tables read from the
// lane's side: which element of the matrix is element i of a lane's fragment. The models are
// written from the matrix's side.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <random>

#include "test/simt/models/sparse_mma.hpp"

namespace heddle::arch_test {

using simt::models::bits_of;
using simt::models::chunk_columns;
using simt::models::Element;
using simt::models::SparseForm;
using simt::models::SparseLane;

inline constexpr unsigned kLegal[6] = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};

struct At {
  int row, column;
};
// Elements of A, and of B, in a lane.
inline int elements(const SparseForm& f) { return simt::models::registers(f) * 32 / bits_of(f.a); }

// Element i of lane's A (row, stored column), B (k, column) and C.
inline At a_at(const SparseForm& f, int lane, int i) {
  const int e = 32 / bits_of(f.a), reg = i / e;
  return {lane / 4 + (reg % 2 ? 8 : 0), lane % 4 * e + i % e + (reg >= 2 ? 4 * e : 0)};
}
inline At b_at(const SparseForm& f, int lane, int i) {
  const int e = 32 / bits_of(f.b), reg = i / e;
  return {lane % 4 * e + i % e + 4 * e * reg, lane / 4};
}
inline At c_at(int lane, int i) { return {lane / 4 + (i < 2 ? 0 : 8), lane % 4 * 2 + i % 2}; }

// Which chunk (row, chunk) a nibble of lane's metadata is; row -1 if nobody looks at it.
inline At chunk_at(const SparseForm& f, int lane, int nibble) {
  const int g = lane / 4, q = lane % 4, chunks = f.k / chunk_columns(f);
  constexpr At nobody = {-1, 0};
  if (bits_of(f.a) == 8) {
    if (chunks == 16) return {g + 8 * (q % 2), 8 * (q / 2) + nibble};
    return q / 2 == f.selector ? At{g + 8 * (q % 2), nibble} : nobody;
  }
  if (chunks == 4) return q == f.selector ? At{g + 8 * (nibble / 4), nibble % 4} : nobody;
  return q / 2 == f.selector ? At{g + 8 * (nibble / 4), 4 * (q % 2) + nibble % 4} : nobody;
}

// The bits of a small integer.
inline std::uint32_t encode(Element type, int value) {
  if (type == Element::s8) return static_cast<std::uint8_t>(value);
  if (value == 0) return 0;
  struct Float {
    unsigned bits, exponent, mantissa;
  };
  constexpr Float formats[] = {{16, 5, 10}, {16, 8, 7}, {32, 8, 23}, {}, {8, 4, 3}, {8, 5, 2}};
  const Float f = formats[static_cast<int>(type)];
  const auto magnitude = static_cast<unsigned>(value < 0 ? -value : value);
  const auto power = static_cast<unsigned>(std::bit_width(magnitude)) - 1;
  const unsigned bias = (1u << (f.exponent - 1)) - 1;
  const std::uint32_t fraction = (magnitude << f.mantissa >> power) - (1u << f.mantissa);
  return (value < 0 ? 1u << (f.bits - 1) : 0) | (power + bias) << f.mantissa | fraction;
}

inline void put(std::uint32_t* words, Element type, int i, std::uint32_t bits) {
  const int width = bits_of(type), e = 32 / width;
  words[i / e] |= bits << i % e * width;
}

// Small integers, so that the product is exact in every type: `largest` at most 4 for floats.
struct SparseCase {
  std::array<SparseLane, 32> lanes{};
  int a[16][64] = {};  // dense
  int b[64][8] = {};
  int c[16][8] = {};

  // Lane i of nibbles nobody looks at holds garbage. `turn` moves the legal nibbles on: six
  // consecutive turns show each of them in each position.
  SparseCase(const SparseForm& f, int largest, int largest_c, unsigned turn, std::mt19937& random) {
    std::uniform_int_distribution<int> value(-largest, largest), start(-largest_c, largest_c);
    int columns[16][32];  // dense column of a stored one
    const int kept = chunk_columns(f) / 2;
    for (int lane = 0; lane < 32; ++lane) {
      for (int n = 0; n < 8; ++n) {
        const At at = chunk_at(f, lane, n);
        unsigned nibble = static_cast<unsigned>(random() & 0xF);
        if (at.row >= 0) {
          const unsigned choice = turn + static_cast<unsigned>(at.row * 5 + at.column * 7);
          nibble = kept == 1 ? (choice % 2 ? 0xE : 0x4) : kLegal[choice % 6];
          int* to = &columns[at.row][at.column * kept];
          to[0] = at.column * 2 * kept + static_cast<int>(nibble & 3) / (kept == 1 ? 2 : 1);
          if (kept == 2) to[1] = at.column * 4 + static_cast<int>(nibble >> 2);
        }
        lanes[static_cast<unsigned>(lane)].metadata |= nibble << 4 * n;
      }
    }
    for (int lane = 0; lane < 32; ++lane) {
      SparseLane& l = lanes[static_cast<unsigned>(lane)];
      for (int i = 0; i < elements(f); ++i) {
        const At p = a_at(f, lane, i), q = b_at(f, lane, i);
        const int x = value(random), y = value(random);
        a[p.row][columns[p.row][p.column]] = x;
        b[q.row][q.column] = y;
        put(l.a, f.a, i, encode(f.a, x));
        put(l.b, f.b, i, encode(f.b, y));
      }
      for (int i = 0; i < 4; ++i) {
        const At p = c_at(lane, i);
        const int x = start(random);
        c[p.row][p.column] = x;
        l.c[i] = f.a == Element::s8 ? static_cast<std::uint32_t>(x)
                                    : std::bit_cast<std::uint32_t>(static_cast<float>(x));
      }
    }
  }

  std::int64_t expected(const SparseForm& f, int row, int column) const {
    std::int64_t sum = c[row][column];
    for (int k = 0; k < f.k; ++k) sum += std::int64_t{a[row][k]} * b[k][column];
    return sum;
  }
};

}  // namespace heddle::arch_test
