// wgmma.mma_async[.sp] on a warpgroup: D = A * B or D + A * B, 64 x n x k, as a pure function of
// the registers of 128 lanes and the bytes of shared memory. Written from the PTX ISA ("Register
// Fragments" and "Sparse matrix storage" of wgmma), apart from kernels/layout.
#pragma once

#include <cstdint>
#include <vector>

#include "test/simt/models/descriptor.hpp"
#include "test/simt/models/numbers.hpp"
#include "test/simt/models/sparse_mma.hpp"

namespace heddle::simt::models {

constexpr int kWarpgroup = 128, kWarpgroupRows = 64;

struct WarpgroupForm {
  Element a = Element::f16, b = Element::f16;
  int n = 8, k = 32;
  int selector = 0;
  bool sparse = true;
  bool transpose_a = false, transpose_b = false;  // not K but the other dimension is contiguous
  bool operator==(const WarpgroupForm&) const = default;
};

constexpr int stored_columns(const WarpgroupForm& f) { return f.sparse ? f.k / 2 : f.k; }
constexpr int chunks(const WarpgroupForm& f) { return f.k / (f.a == Element::tf32 ? 2 : 4); }

// The operands that a descriptor names.
constexpr SharedOperand a_operand(const WarpgroupForm& f) {
  return {kWarpgroupRows, stored_columns(f) * bits_of(f.a) / 8, bits_of(f.a) / 8, f.transpose_a};
}
constexpr SharedOperand b_operand(const WarpgroupForm& f) {
  return {f.n, f.k * bits_of(f.b) / 8, bits_of(f.b) / 8, f.transpose_b};
}

struct Cell {
  int row, column;
};
constexpr Cell accumulator_cell(int thread, int reg) {
  const int lane = thread % 32;
  return {thread / 32 * 16 + lane / 4 + reg / 2 % 2 * 8, reg / 4 * 8 + lane % 4 * 2 + reg % 2};
}

struct WarpgroupLane {
  std::uint32_t a[4];  // where A is in registers
  std::uint32_t metadata;
};

// The first illegal nibble that this thread supplies; row -1: none. The row is the warpgroup's.
SparseLane::Refusal refused_metadata(const WarpgroupForm& form, int thread,
                                     const WarpgroupLane& lane);

// lanes: 128. sums: 64 x n, f32 or s32. a: the descriptor, or null: A is in the lanes. Numbers as
// in sparse_mma.hpp: floats are the sum plus the products by ascending k in double, then one
// rounding; integers wrap; a row with an illegal nibble gets 0xFFFFFFFF.
void wgmma(const WarpgroupForm& form, const WarpgroupLane* lanes, const unsigned char* shared,
           const std::uint64_t* a, std::uint64_t b, bool accumulate, std::uint32_t* sums);

}  // namespace heddle::simt::models
