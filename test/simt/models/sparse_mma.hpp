// mma.sp::ordered_metadata on a warp: D = A * B + C, 16 x 8 x k. Written from the PTX ISA ("Sparse
// matrix storage" and "Matrix fragments for sparse mma"), apart from kernels/layout. A pure
// function of the registers of 32 lanes; the conformance program calls it too.
#pragma once

#include <cstdint>
#include <string>

#include "test/simt/models/numbers.hpp"

namespace heddle::simt::models {

struct SparseForm {
  Element a, b;
  int k;  // dense columns of A
  int selector;
  bool saturate = false;  // integers stop at the ends of 32 bits; else they wrap
  bool operator==(const SparseForm&) const = default;
};

constexpr int registers(const SparseForm& f) { return f.k * bits_of(f.a) / 128; }  // of A, of B
constexpr int chunk_columns(const SparseForm& f) { return f.a == Element::tf32 ? 2 : 4; }
constexpr int chunks(const SparseForm& f) { return f.k / chunk_columns(f); }  // of a row
constexpr int selectors(const SparseForm& f) {
  if (bits_of(f.a) == 8) return chunks(f) == 8 ? 2 : 1;
  return chunks(f) == 4 ? 4 : 2;
}

// The metadata nibble of a row's chunk: bits 4 * nibble .. + 3 of what the lane supplies.
struct NibblePlace {
  int lane, nibble;
};
NibblePlace nibble_place(const SparseForm& form, int row, int chunk);

// Positions of a chunk's stored elements in it: two, or for tf32 one, seen as a pair of halves.
struct Positions {
  bool legal;
  int first, second;
};
Positions positions(Element a, unsigned nibble);

// Where a lane holds a stored element of A; index: within the register, low bits first.
struct StoredPlace {
  int lane, reg, index;
};
StoredPlace stored_place(Element a, int row, int stored);
std::uint32_t element(std::uint32_t word, int index, int bits);

struct SparseLane {
  std::uint32_t a[4], b[4], c[4];  // a and b: registers(form) of them; c: f32 or s32
  std::uint32_t metadata;
  std::uint32_t d[4];

  struct Refusal {  // the first illegal nibble that this lane supplied; row -1: none
    int row = -1, chunk = 0, nibble = 0;
    unsigned value = 0;
  } refused;
};

// "illegal metadata nibble 0x5 at bits 4 to 7, row 3, chunk 1"
std::string explain(const SparseLane::Refusal& refused);

// Floats: c plus the products in the order of ascending k, in double, then one rounding to f32;
// hardware adds in a way of its own, so that the two must agree only where every partial sum is
// exact. Integers: exact. A row with an illegal nibble gets 0xFFFFFFFF in all of its elements.
void sparse_mma(const SparseForm& form, SparseLane (&lanes)[32]);

}  // namespace heddle::simt::models
