// Tile masks of tensors whose taps are no matrices.

#include <algorithm>
#include <cstring>
#include <mutex>

#include "host/cpu/strided.hpp"
#include "host/cpu/strided_copy.hpp"
#include "host/cpu/tile_mask.hpp"

namespace heddle::cpu {
namespace {

// A unit's taps are stacked, each on whole tiles: entries of zero below complete the last one, which
// is what an edge tile is defined to be.
struct TapUnit {
  std::int64_t tap, taps;
  std::int64_t row, rows;  // rows are `band` apart from tap to tap in the stack
  std::int64_t col, cols;
};

class TapUnits {
 public:
  TapUnits(const TensorTaps& tensor, int group)
      : taps_(tensor.tap_count()), rows_(tensor.rows), cols_(tensor.cols) {
    constexpr std::int64_t kBand = 32, kCols = 256, kElements = 131072;
    const auto whole = [&](std::int64_t most, std::int64_t there) {
      const std::int64_t needed = (there + group - 1) / group * group;
      return std::max<std::int64_t>(std::min(most / group * group, needed), group);
    };
    band_ = whole(kBand, rows_);
    width_ = whole(kCols, cols_);
    depth_ =
        std::clamp<std::int64_t>(kElements / (band_ * width_), 1, std::max<std::int64_t>(taps_, 1));
  }
  std::int64_t band() const { return band_; }
  std::int64_t count() const {
    return pieces(taps_, depth_) * pieces(rows_, band_) * pieces(cols_, width_);
  }
  TapUnit operator[](std::int64_t index) const {
    const std::int64_t across = pieces(cols_, width_), down = pieces(rows_, band_);
    TapUnit u;
    u.col = index % across * width_;
    u.cols = std::min(width_, cols_ - u.col);
    u.row = index / across % down * band_;
    u.rows = std::min(band_, rows_ - u.row);
    u.tap = index / across / down * depth_;
    u.taps = std::min(depth_, taps_ - u.tap);
    return u;
  }
  std::size_t stack_bytes(std::int64_t elem_bytes) const {
    return tile_bytes(depth_ * band_, width_, static_cast<std::size_t>(elem_bytes));
  }

 private:
  static std::int64_t pieces(std::int64_t whole, std::int64_t piece) {
    return whole / piece + (whole % piece != 0);
  }
  std::int64_t taps_, rows_, cols_, band_, width_, depth_;
};

// Calls f(tensor place, its steps, stack place, the stack's steps, rows, cols) for blocks that make
// up the unit. The walk follows memory: taps that lie closer than rows go first.
template <class F>
void each_block(const TensorTaps& tensor, Operand operand, const std::byte* data, const TapUnit& u,
                const Tile& stack, std::int64_t band, const F& f) {
  const auto op = static_cast<std::size_t>(operand.index);
  const std::int64_t size = operand.elem_bytes;
  const std::int64_t row_step = tensor.row_step[op] * size, col_step = tensor.col_step[op] * size;
  const auto place = [&](std::int64_t tap, std::int64_t row) {
    return data + tensor.offset(tap, operand.index) * size + row * row_step + u.col * col_step;
  };
  const std::int64_t length = tensor.taps.count == 0 ? 1 : tensor.taps[0].extent;
  const std::int64_t tap_step = tensor.taps.count == 0 ? 0 : tensor.taps[0].step[op] * size;
  if (length > 1 && tap_step < row_step) {
    for (std::int64_t r = 0; r < u.rows; ++r)
      for (std::int64_t done = 0; done < u.taps;) {
        const std::int64_t tap = u.tap + done;
        const std::int64_t count = std::min(length - tap % length, u.taps - done);
        f(place(tap, u.row + r), Steps{tap_step, col_step}, stack.row(done * band + r),
          Steps{band * stack.stride, size}, count, u.cols);
        done += count;
      }
    return;
  }
  for (std::int64_t t = 0; t < u.taps; ++t)
    f(place(u.tap + t, u.row), Steps{row_step, col_step}, stack.row(t * band),
      Steps{stack.stride, size}, u.rows, u.cols);
}

Tile stack_of(const TapUnit& u, std::int64_t band, std::int64_t elem_bytes, Arena& arena) {
  const std::int64_t stride = u.cols * elem_bytes + kStridePad;
  return {arena.take<std::byte>(u.taps * band * stride), stride};
}

}  // namespace

Status best_tile_mask(const Exec& exec, const TensorTaps& tensor, const ConstTensorView& weight,
                      const TilePattern& pattern, std::uint8_t* mask, Ranking ranking) {
  const TapUnits units(tensor, pattern.pattern.group);
  const std::int64_t band = units.band();
  const Operand in{0, static_cast<std::int64_t>(size_of(weight.type))}, out{1, 1};
  std::mutex mutex;
  Status failure;
  const Status status = parallel_for(
      exec, units.count(), units.stack_bytes(in.elem_bytes) + units.stack_bytes(1),
      [&](std::int64_t index, Arena& arena) {
        const TapUnit u = units[index];
        const Tile x = stack_of(u, band, in.elem_bytes, arena), kept = stack_of(u, band, 1, arena);
        if (u.rows < band)
          std::memset(x.data, 0, static_cast<std::size_t>(u.taps * band * x.stride));
        each_block(tensor, in, static_cast<const std::byte*>(weight.data), u, x, band,
                   [&](const std::byte* from, Steps from_steps, std::byte* to, Steps to_steps,
                       std::int64_t rows, std::int64_t cols) {
                     copy_block(in.elem_bytes, from, from_steps, to, to_steps, rows, cols);
                   });
        const ConstMatrixView stack{x.data,      u.taps * band, u.cols, x.stride / in.elem_bytes,
                                    weight.type, Order::row};
        const MaskView bytes{reinterpret_cast<std::uint8_t*>(kept.data), u.taps * band, u.cols,
                             kept.stride, Order::row};
        const Status done = cpu::best_tile_mask(Exec::cpu(1), stack, pattern, bytes, ranking);
        if (!done.ok()) {
          const std::lock_guard lock(mutex);
          failure = done;
          return;
        }
        each_block(tensor, out, reinterpret_cast<const std::byte*>(mask), u, kept, band,
                   [&](const std::byte* to, Steps to_steps, const std::byte* from, Steps from_steps,
                       std::int64_t rows, std::int64_t cols) {
                     copy_block(1, from, from_steps, const_cast<std::byte*>(to), to_steps, rows,
                                cols);
                   });
      });
  return status.ok() ? failure : status;
}

}  // namespace heddle::cpu
