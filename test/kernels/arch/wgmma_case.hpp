// Operands of one product of a warpgroup and what it must give. Registers by the PTX ISA's tables
// read from the lane's side (sparse_case.hpp); shared memory as a copy of a box of a matrix leaves
// it there: rows of 32, 64 or 128 bytes, one after the other, whose 16-byte chunks are permuted.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/arch/tensor_map.hpp"
#include "test/kernels/arch/sparse_case.hpp"
#include "test/simt/models/wgmma.hpp"

namespace heddle::arch_test {

using simt::models::WarpgroupForm;

struct WgmmaProduct {
  WarpgroupForm form;
  bool a_shared = false;
  bool operator==(const WgmmaProduct&) const = default;
};

struct WgmmaMatrix {  // what makes a descriptor
  std::uint32_t at = 0, leading = 16, stride = 1024;
  TensorSwizzle swizzle = TensorSwizzle::b128;
};

struct WgmmaLane {
  std::uint32_t a[4], metadata, d[128];
};

struct WgmmaArgs {
  const std::uint32_t* image;  // of shared memory
  unsigned image_bytes;
  WgmmaLane* lanes;  // 128
  WgmmaMatrix a, b;
  bool accumulate;
  int times;
};

constexpr std::uint32_t swizzle_bytes(TensorSwizzle s) {
  return s == TensorSwizzle::none ? 16 : 16u << static_cast<int>(s);
}

// An operand in memory: rows x bytes of k, from byte `k_at` of longer rows on. The image is `at` an
// address that is a multiple of 1024.
struct Placed {
  WgmmaMatrix matrix;
  std::uint32_t image_at, rows, row_elements, elem_bytes, first_k;  // k of the image, in elements
  bool transposed;
  std::uint32_t box_bytes;

  // wide: an operand of 64 bytes of k lies in rows of 128.
  Placed(const simt::models::SharedOperand& operand, TensorSwizzle swizzle, std::uint32_t at,
         std::uint32_t step)
      : image_at(at),
        rows(static_cast<std::uint32_t>(operand.rows)),
        elem_bytes(static_cast<std::uint32_t>(operand.element_bytes)),
        transposed(operand.transposed) {
    const std::uint32_t width = swizzle_bytes(swizzle);
    const auto k_bytes = static_cast<std::uint32_t>(operand.k_bytes);
    matrix.swizzle = swizzle;
    if (transposed) {
      row_elements = k_bytes / elem_bytes;
      first_k = 0;
      box_bytes = row_elements * width;  // all of k for one width of rows
      matrix.at = at;
      const bool plain = swizzle == TensorSwizzle::none;
      matrix.leading = plain ? 8 * width : box_bytes;
      matrix.stride = plain ? box_bytes : 8 * width;
      return;
    }
    const std::uint32_t steps = std::max(1u, width / k_bytes);
    first_k = step % steps * k_bytes / elem_bytes;
    row_elements = std::max(width, k_bytes) / elem_bytes;
    box_bytes = rows * width;  // all rows for one width of k
    matrix.at = at + first_k * elem_bytes;
    matrix.leading = swizzle == TensorSwizzle::none ? box_bytes : 16;
    matrix.stride = 8 * width;
  }

  std::uint32_t bytes() const {
    const std::uint32_t width = swizzle_bytes(matrix.swizzle);
    const std::uint32_t inner = (transposed ? rows : row_elements) * elem_bytes;
    return (inner + width - 1) / width * box_bytes;
  }

  // The byte of an element, k counted from the operand's first.
  std::uint32_t place(std::uint32_t row, std::uint32_t k) const {
    const std::uint32_t width = swizzle_bytes(matrix.swizzle);
    const std::uint32_t line = transposed ? k : row;
    const std::uint32_t byte = (transposed ? row : first_k + k) * elem_bytes;
    const std::uint32_t chunk = byte % width / 16;
    const std::uint32_t turn = matrix.swizzle == TensorSwizzle::b128  ? line % 8
                               : matrix.swizzle == TensorSwizzle::b64 ? line / 2 % 4
                               : matrix.swizzle == TensorSwizzle::b32 ? line / 4 % 2
                                                                      : 0;
    return image_at + byte / width * box_bytes + line * width + (chunk ^ turn) * 16 + byte % 16;
  }
};

struct WgmmaCase {
  WgmmaProduct product;
  std::vector<std::uint32_t> image;
  std::vector<WgmmaLane> lanes{128};
  std::vector<int> a, b, c;  // 64 x k, n x k, 64 x n
  WgmmaMatrix a_matrix, b_matrix;

  // step: which k step of rows that hold several. turn: as in SparseCase.
  WgmmaCase(const WgmmaProduct& p, TensorSwizzle a_swizzle, TensorSwizzle b_swizzle, unsigned turn,
            std::mt19937& random);

  std::int64_t expected(int row, int column, bool accumulate, int times) const {
    std::int64_t sum = 0;
    for (int k = 0; k < product.form.k; ++k) {
      sum += std::int64_t{a[index(row, k, product.form.k)]} * b[index(column, k, product.form.k)];
    }
    return times * sum + (accumulate ? c[index(row, column, product.form.n)] : 0);
  }

  static std::size_t index(int row, int column, int columns) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }

 private:
  void store(std::uint32_t at, Element type, int value) {
    const std::uint32_t bits = encode(type, value);
    std::memcpy(reinterpret_cast<char*>(image.data()) + at, &bits,
                static_cast<std::size_t>(bits_of(type)) / 8);
  }
};

// Row and column of register r of a thread's accumulators.
inline At d_at(int thread, int r) {
  const At in_tile = c_at(thread % 32, r % 4);
  return {16 * (thread / 32) + in_tile.row, 8 * (r / 4) + in_tile.column};
}

inline WgmmaCase::WgmmaCase(const WgmmaProduct& p, TensorSwizzle a_swizzle, TensorSwizzle b_swizzle,
                            unsigned turn, std::mt19937& random)
    : product(p) {
  const WarpgroupForm& f = p.form;
  const int largest = f.a == Element::s8 ? 127 : 4, stored = stored_columns(f);
  std::uniform_int_distribution<int> value(-largest, largest), start(-100, 100);
  const SparseForm warp{f.a, f.b, f.k, f.selector};
  a.resize(static_cast<std::size_t>(64 * f.k));
  b.resize(static_cast<std::size_t>(f.n * f.k));
  c.resize(static_cast<std::size_t>(64 * f.n));

  // The dense column of each stored one.
  std::vector<int> columns(static_cast<std::size_t>(64 * stored));
  for (int i = 0; i < 64 * stored; ++i) columns[static_cast<std::size_t>(i)] = i % stored;
  for (int thread = 0; thread < 128 && f.sparse; ++thread) {
    WgmmaLane& lane = lanes[static_cast<std::size_t>(thread)];
    const int kept = chunk_columns(warp) / 2;
    for (int n = 0; n < 8; ++n) {
      const At at = chunk_at(warp, thread % 32, n);
      auto nibble = static_cast<unsigned>(random() & 0xF);
      if (at.row >= 0) {
        const int row = thread / 32 * 16 + at.row;
        const unsigned choice = turn + static_cast<unsigned>(row * 5 + at.column * 7);
        nibble = kept == 1 ? (choice % 2 ? 0xE : 0x4) : kLegal[choice % 6];
        int* to = &columns[index(row, at.column * kept, stored)];
        to[0] = at.column * 2 * kept + static_cast<int>(nibble & 3) / (kept == 1 ? 2 : 1);
        if (kept == 2) to[1] = at.column * 4 + static_cast<int>(nibble >> 2);
      }
      lane.metadata |= nibble << 4 * n;
    }
  }

  const Placed in_a(a_operand(f), a_swizzle, 0, turn);
  const std::uint32_t b_at = (in_a.bytes() + 1023) / 1024 * 1024;
  const Placed in_b(b_operand(f), b_swizzle, b_at, turn);
  a_matrix = in_a.matrix;
  b_matrix = in_b.matrix;
  image.assign((b_at + in_b.bytes()) / 4, 0xFFFFFFFF);
  std::vector<int> compressed(static_cast<std::size_t>(64 * stored));
  for (int row = 0; row < 64; ++row) {
    for (int i = 0; i < stored; ++i) {
      const int x = value(random);
      compressed[index(row, i, stored)] = x;
      a[index(row, columns[index(row, i, stored)], f.k)] = x;
      store(in_a.place(static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(i)), f.a, x);
    }
  }
  for (int column = 0; column < f.n; ++column) {
    for (int k = 0; k < f.k; ++k) {
      const int x = value(random);
      b[index(column, k, f.k)] = x;
      store(in_b.place(static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(k)), f.b, x);
    }
  }
  for (int thread = 0; thread < 128; ++thread) {
    WgmmaLane& lane = lanes[static_cast<std::size_t>(thread)];
    for (int i = 0; i < 4 * 32 / bits_of(f.a) && !p.a_shared; ++i) {
      const At at = a_at(warp, thread % 32, i);
      put(lane.a, f.a, i,
          encode(f.a, compressed[index(thread / 32 * 16 + at.row, at.column, stored)]));
    }
    for (int r = 0; r < f.n / 2; ++r) {
      const At at = d_at(thread, r);
      const int x = start(random);
      c[index(at.row, at.column, f.n)] = x;
      lane.d[r] = f.a == Element::s8 ? static_cast<std::uint32_t>(x)
                                     : std::bit_cast<std::uint32_t>(static_cast<float>(x));
    }
  }
}

}  // namespace heddle::arch_test
