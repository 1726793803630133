#pragma once
/// \file
/// Weights of more than two dimensions. Dimension 0 is the output features (or channels) K,
/// dimension 1 the input features C, along which the groups run; the rest are a convolution's taps,
/// each of which is a matrix [K, C] of its own:
///
///     rank 1  [C]              one row
///     rank 2  [K, C]           linear
///     rank 3  [K, C, R]        conv1d
///     rank 4  [K, C, R, S]     conv2d
///     rank 5  [K, C, T, R, S]  conv3d
///
/// A grouped convolution has C = channels / groups, and nothing else changes. Where a framework
/// keeps another dimension order (a transposed convolution [C, K, R, S], channels-last memory),
/// order shape and stride to say which is which: any strides are taken.
///
/// Tiles of a tile mask span K and C of one tap.

#include <array>
#include <cstdint>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/mask.hpp"
#include "heddle/status.hpp"
#include "heddle/tile.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// The most dimensions a weight may have.
inline constexpr int kMaxRank = 5;
using Dims = std::array<std::int64_t, kMaxRank>;  ///< entries from `rank` on are not looked at

/// A tensor in the caller's memory, read only. Element (i0, i1, ...) lies at i0 * stride[0] +
/// i1 * stride[1] + ... elements after `data`, which needs no alignment. Requirements: 1 <= rank
/// <= 5; shape >= 0; strides that nest: sorted by size, each is larger than the distance between
/// first and last element of the dimensions before it, as in whatever comes of slicing, permuting
/// or padding an array, so that every element has its own place (strides of dimensions with fewer
/// than two entries are not looked at); at most 2^62 bytes from end to end; data non-null unless
/// empty.
struct ConstTensorView {
  const void* data = nullptr;     ///< element (0, 0, ...)
  int rank = 0;                   ///< 1 to 5
  Dims shape{};                   ///< of each dimension
  Dims stride{};                  ///< of each dimension, in elements
  DataType type = DataType::f32;  ///< of the elements
};

/// The same, writable.
struct TensorView {
  void* data = nullptr;           ///< element (0, 0, ...)
  int rank = 0;                   ///< 1 to 5
  Dims shape{};                   ///< of each dimension
  Dims stride{};                  ///< of each dimension, in elements
  DataType type = DataType::f32;  ///< of the elements

  /// The same memory, read only.
  operator ConstTensorView() const noexcept { return {data, rank, shape, stride, type}; }
};

/// A mask of a tensor: one byte per entry, 0 = dropped, anything else = kept.
struct ConstTensorMask {
  const std::uint8_t* data = nullptr;  ///< element (0, 0, ...)
  int rank = 0;                        ///< 1 to 5
  Dims shape{};                        ///< of each dimension
  Dims stride{};                       ///< of each dimension, in elements
};

/// The same, writable. The library writes 0 and 1 only.
struct TensorMask {
  std::uint8_t* data = nullptr;  ///< element (0, 0, ...)
  int rank = 0;                  ///< 1 to 5
  Dims shape{};                  ///< of each dimension
  Dims stride{};                 ///< of each dimension, in elements

  /// The same memory, read only.
  operator ConstTensorMask() const noexcept { return {data, rank, shape, stride}; }
};

/// Strides of a tensor without gaps, the last dimension fastest.
constexpr Dims contiguous_strides(int rank, const Dims& shape) noexcept {
  Dims stride{};
  std::int64_t step = 1;
  for (int d = rank - 1; d >= 0; --d) {
    stride[static_cast<std::size_t>(d)] = step;
    step *= shape[static_cast<std::size_t>(d)];
  }
  return stride;
}
/// A view of an array without gaps, the last dimension fastest.
inline ConstTensorView contiguous(const void* data, int rank, const Dims& shape, DataType type) {
  return {data, rank, shape, contiguous_strides(rank, shape), type};
}
/// A view of an array without gaps, the last dimension fastest.
inline TensorView contiguous(void* data, int rank, const Dims& shape, DataType type) {
  return {data, rank, shape, contiguous_strides(rank, shape), type};
}
/// A mask without gaps, the last dimension fastest.
inline TensorMask contiguous_mask(std::uint8_t* data, int rank, const Dims& shape) {
  return {data, rank, shape, contiguous_strides(rank, shape)};
}

/// A matrix as a tensor of rank 2.
HEDDLE_API ConstTensorView as_tensor(const ConstMatrixView& matrix) noexcept;
/// A matrix as a tensor of rank 2.
HEDDLE_API TensorView as_tensor(const MatrixView& matrix) noexcept;
/// A mask as a tensor of rank 2.
HEDDLE_API TensorMask as_tensor(const MaskView& mask) noexcept;
/// A mask as a tensor of rank 2.
HEDDLE_API ConstTensorMask as_tensor(const ConstMaskView& mask) noexcept;

/// best_mask of every tap: entry (k, :, tap...) is a row. All shapes equal; the strides of the mask
/// are its own. With CUDA one launch whatever the strides.
HEDDLE_API Status best_mask(const Exec& exec, const ConstTensorView& weight, Pattern pattern,
                            const TensorMask& mask, Ranking ranking = Ranking::magnitude);

/// best_tile_mask of every tap. With CUDA a launch for every tap.
HEDDLE_API Status best_tile_mask(const Exec& exec, const ConstTensorView& weight,
                                 const TilePattern& pattern, const TensorMask& mask,
                                 Ranking ranking = Ranking::magnitude);

/// out = mask ? weight : 0, a select. `out` may be the very same view as `weight`, otherwise they
/// must not overlap; all strides are their own. With CUDA one launch.
HEDDLE_API Status apply_mask(const Exec& exec, const ConstTensorView& weight,
                             const ConstTensorMask& mask, const TensorView& out);

/// Counts groups along C with more than `keep` nonzeros. A report's row is (tap * K + k), taps
/// row-major; for conv2d (r * S + s) * K + k. With CUDA this waits.
HEDDLE_API Result<CheckReport> check(const Exec& exec, const ConstTensorView& weight,
                                     Pattern pattern);

/// The same in both directions: groups along C, and groups along K (there `row` is tap * C + c).
/// With CUDA this waits.
HEDDLE_API Result<TileCheckReport> check_tiles(const Exec& exec, const ConstTensorView& weight,
                                               Pattern pattern);

/// mask_stats over all entries. With CUDA this waits. Where weight and mask are not one matrix each
/// in the same sense, dense copies of both are taken for the length of the call.
HEDDLE_API Result<MaskStats> mask_stats(const Exec& exec, const ConstTensorView& weight,
                                        const ConstTensorMask& mask);

}  // namespace heddle
