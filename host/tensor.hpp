#pragma once
// Tensors behind the public operations: argument checks, and how to walk several of them together.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "heddle/status.hpp"
#include "heddle/tensor.hpp"
#include "heddle/types.hpp"

namespace heddle {

// ---- arguments ----------------------------------------------------------------------------------

// A mask is a tensor of bytes to the code that walks it.
inline ConstTensorView as_bytes(const ConstTensorMask& m) {
  return {m.data, m.rank, m.shape, m.stride, DataType::i8};
}
inline TensorView as_bytes(const TensorMask& m) {
  return {m.data, m.rank, m.shape, m.stride, DataType::i8};
}

// Rank, type, shape, strides, overflow and null data of a tensor. `name` is the argument's name.
Status check_tensor(const char* name, const ConstTensorView& view);
Status check_tensor(const char* name, const ConstTensorMask& mask);

// A weight: any type but i32.
Status check_tensor_weights(const char* name, const ConstTensorView& view);

// Shape of `name` must be that of `want`.
Status check_tensor_shape(const char* name, const ConstTensorView& view,
                          const ConstTensorView& want);

// "[64, 3, 7, 7]".
std::string shape_text(int rank, const Dims& shape);

// Product of the extents. The tensor is valid, so that it fits.
std::int64_t element_count(const ConstTensorView& view);

// Do two valid tensors share a byte? Exact, but for pairs of unlike strides that would take long:
// those count as apart.
bool overlap(const ConstTensorView& a, const ConstTensorView& b);
Status check_no_overlap(const char* out_name, const ConstTensorView& out, const char* in_name,
                        const ConstTensorView& in);

// The same elements at the same places: in-place operation.
bool same_view(const ConstTensorView& a, const ConstTensorView& b);

// Every dimension's neighbours lie equally far apart (where it has two entries or more).
bool same_strides(const ConstTensorView& a, const ConstTensorView& b);

// out = in, of one shape and type, valid and apart.
Status copy_tensor(const Exec& exec, const ConstTensorView& in, const TensorView& out);

// ---- walking ------------------------------------------------------------------------------------

inline constexpr int kMaxOperands = 8;

// A dimension of tensors that are walked together: distance of neighbours in each, in elements.
struct Axis {
  std::int64_t extent = 1;
  std::array<std::int64_t, kMaxOperands> step{};
};

// Dimensions of tensors of one shape, the fastest of operand 0 first.
struct Axes {
  int operands = 0;
  int count = 0;
  std::array<Axis, kMaxRank> axis{};

  void add(const Axis& a) { axis[static_cast<std::size_t>(count++)] = a; }
  const Axis& operator[](int i) const { return axis[static_cast<std::size_t>(i)]; }
  Axis& operator[](int i) { return axis[static_cast<std::size_t>(i)]; }
  std::int64_t items() const;  // product of the extents
};

// Drops extents of 1, sorts by the steps of operand 0, and makes one axis of two wherever that is
// the same walk in every operand. No item (an extent of 0) leaves one axis of extent 0.
Axes merged(const Axes& axes);

// Tensors of one shape as [rows x cols] matrices in row order whose columns are adjacent in every
// operand; as few and as wide as the strides allow. Element by element operations take it.
struct Flat {
  std::int64_t rows = 0, cols = 0;
  std::array<std::int64_t, kMaxOperands> ld{};  // elements; >= cols
  Axes outer;                                   // the matrices
  std::int64_t matrices() const { return rows == 0 || cols == 0 ? 0 : outer.items(); }
};
Flat flatten(int rank, const Dims& shape, std::initializer_list<const Dims*> strides);

// Calls f(offsets) for every matrix; offsets[op] is where it starts in an operand, in elements.
template <class F>
void each_matrix(const Flat& flat, const F& f) {
  const std::int64_t matrices = flat.matrices();
  for (std::int64_t m = 0; m < matrices; ++m) {
    std::array<std::int64_t, kMaxOperands> offset{};
    std::int64_t rest = m;
    for (int i = 0; i < flat.outer.count; ++i) {
      const Axis& axis = flat.outer[i];
      const std::int64_t at = rest % axis.extent;
      rest /= axis.extent;
      for (std::size_t op = 0; op < kMaxOperands; ++op) offset[op] += at * axis.step[op];
    }
    f(offset.data());
  }
}

}  // namespace heddle
