// D = activation(alpha * scale_m * scale_n * (A * B) + beta * C + bias) on the CPU, one item of the
// batch after the other.
//
// B is turned into panels of `width` columns, row-major and as wide as the accumulators, a few
// panels at a time; then units of A rows run over them. A row's entries are decoded once per panel
// and k piece, and multiply whole panel rows, in ascending k.

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "host/batch.hpp"
#include "host/cpu/decode.hpp"
#include "host/cpu/epilogue.hpp"
#include "host/cpu/group_codec.hpp"
#include "host/cpu/operations.hpp"
#include "host/cpu/packed_rows.hpp"
#include "host/cpu/simd.hpp"
#include "host/cpu/tile.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle::cpu {
namespace {

constexpr std::int64_t kPanelBytes = std::int64_t{32} << 20;  // B panels held at once, about
constexpr std::int64_t kPieceCols = 2048;  // of k: a piece of panel stays in cache
constexpr std::int64_t kPackRows = 256;    // rows of B packed as one task

struct AlignedDelete {
  void operator()(void* p) const { ::operator delete[](p, std::align_val_t(64)); }
};

// Accumulation in T: float, or int32 for i8.
template <class T>
class Product {
 public:
  Product(const Exec& exec, const MatmulBuffers& x, Activation activation)
      : exec_(exec),
        x_(x),
        activation_(activation),
        a_(x.a),
        b_(x.b),
        cols_(x.d.cols),
        skip_(x.alpha == 0.0f),
        width_(kPanelWidths[cols_ > kPanelWidths[0] ? 1 : 0]) {
    const std::int64_t bytes =
        std::max<std::int64_t>(b_.rows, 1) * width_ * std::int64_t{sizeof(T)};
    panels_ = std::clamp<std::int64_t>(kPanelBytes / bytes, 1, (cols_ + width_ - 1) / width_);
  }

  Status run() {
    const std::int64_t bytes = panels_ * panel_size() * std::int64_t{sizeof(T)};
    memory_.reset(static_cast<T*>(::operator new[](static_cast<std::size_t>(bytes) + 64,
                                                   std::align_val_t(64), std::nothrow)));
    if (!memory_) return {StatusCode::out_of_memory, "panels of B in matmul"};
    const bool all_at_once = panels_ * width_ >= cols_;  // panels of an only B serve every item
    for (std::int64_t index = 0; index < x_.batch.count; ++index) {
      b_ = item(x_.b, index, x_.batch.b_stride);
      const bool packed = index > 0 && x_.batch.b_stride == 0 && all_at_once;
      const Epilogue epilogue(x_, activation_, index);
      for (std::int64_t col = 0; col < cols_; col += panels_ * width_) {
        const std::int64_t panels = std::min(panels_, (cols_ - col + width_ - 1) / width_);
        if (!packed) HEDDLE_TRY(pack_panels(col, panels));
        HEDDLE_TRY(multiply(col, panels, epilogue));
      }
    }
    return {};
  }

 private:
  std::int64_t panel_size() const { return b_.rows * width_; }

  // B[:, col ...] to panels, zero past the last column.
  Status pack_panels(std::int64_t col, std::int64_t panels) {
    if (skip_) return {};
    const std::int64_t pieces = (b_.rows + kPackRows - 1) / kPackRows;
    const std::size_t arena_bytes = tile_bytes(kPackRows, width_, size_of(b_.type));
    return parallel_for(exec_, panels * pieces, arena_bytes, [&](std::int64_t i, Arena& arena) {
      const std::int64_t panel = i / pieces, row = i % pieces * kPackRows;
      const std::int64_t rows = std::min(kPackRows, b_.rows - row);
      const std::int64_t first = col + panel * width_;
      const std::int64_t cols = std::min<std::int64_t>(width_, b_.cols - first);
      const ConstTile in = load_tile(b_, row, rows, first, cols, arena);
      T* to = memory_.get() + panel * panel_size() + row * width_;
      for (std::int64_t r = 0; r < rows; ++r, to += width_) {
        decode(b_.type, in.row(r), cols, to);
        std::fill(to + cols, to + width_, T{0});
      }
    });
  }

  static void decode(DataType type, const std::byte* x, std::int64_t n, T* out) {
    if constexpr (std::is_same_v<T, float>)
      decode_row(type, x, n, out);
    else
      for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<std::int8_t>(x[i]);
  }

  // All rows of A times the panels.
  Status multiply(std::int64_t col, std::int64_t panels, const Epilogue& epilogue) {
    const std::int64_t row_units = (a_.desc.rows + kUnitRows - 1) / kUnitRows;
    const std::size_t arena_bytes = packed_rows_bytes(a_.desc) +
                                    static_cast<std::size_t>(kUnitRows * width_) * sizeof(T) +
                                    static_cast<std::size_t>(kPieceCols) * 16;
    return parallel_for(exec_, row_units * panels, arena_bytes, [&](std::int64_t i, Arena& arena) {
      const std::int64_t row = i / panels * kUnitRows, panel = i % panels;
      const std::int64_t rows = std::min(kUnitRows, a_.desc.rows - row);
      auto* acc = arena.take<T>(rows * width_);
      std::fill(acc, acc + rows * width_, T{0});
      if (!skip_) accumulate(row, memory_.get() + panel * panel_size(), acc, arena);
      const std::int64_t first = col + panel * width_;
      for (std::int64_t r = 0; r < rows; ++r)
        epilogue.store(row + r, first, std::min<std::int64_t>(width_, cols_ - first),
                       acc + r * width_);
    });
  }

  // acc += the unit's rows of A times the panel, one k piece after the other.
  void accumulate(std::int64_t row, const T* panel, T* acc, Arena& arena) const {
    const PackedDesc& desc = a_.desc;
    const Units units(desc.rows, desc.cols, desc.pattern, kPieceCols);
    const std::int64_t across = units.across();
    const std::int64_t most = kPieceCols;
    auto* positions = arena.take<std::uint8_t>(most);
    auto* values = arena.take<T>(most);
    auto* cols = arena.take<std::int32_t>(most);
    for (std::int64_t piece = 0; piece < across; ++piece) {
      const Unit u = units[row / kUnitRows * across + piece];
      Arena rows_arena = arena;  // each piece reuses what is left
      const ConstPackedRows in = load_rows(a_, u, rows_arena);
      for (std::int64_t r = 0; r < u.rows; ++r) {
        const std::int64_t used = decode_entries(u, in, r, positions, values, cols);
        T* row_acc = acc + r * width_;
        if constexpr (std::is_same_v<T, float>)
          matmul_ops().multiply_f32(values, cols, used, panel + u.col * width_, width_, row_acc);
        else
          matmul_ops().multiply_i32(values, cols, used, panel + u.col * width_, width_, row_acc);
      }
    }
  }

  // The row's entries inside the matrix: values, and columns relative to the unit.
  std::int64_t decode_entries(const Unit& u, const ConstPackedRows& in, std::int64_t r,
                              std::uint8_t* positions, T* values, std::int32_t* cols) const {
    const Pattern pattern = a_.desc.pattern;
    const std::int64_t entries = u.groups * pattern.keep;
    decode(a_.desc.type, in.values_row(r), entries, values);
    group_ops().read_positions(in.metadata_row(r), entries, position_bits(pattern.group),
                               positions);
    std::int64_t used = 0, e = 0;
    for (std::int64_t g = 0; g < u.groups; ++g)
      for (int i = 0; i < pattern.keep; ++i, ++e) {
        const std::int64_t at = g * pattern.group + positions[e];
        if (at >= u.cols) continue;  // past the last column, or illegal metadata
        values[used] = values[e];
        cols[used++] = static_cast<std::int32_t>(at);
      }
    return used;
  }

  const Exec& exec_;
  const MatmulBuffers& x_;
  Activation activation_;
  const ConstPackedView& a_;
  ConstMatrixView b_;  // the current item
  std::int64_t cols_;  // of D
  bool skip_;
  int width_;
  std::int64_t panels_;  // held at once
  std::unique_ptr<T[], AlignedDelete> memory_;
};

}  // namespace

Status matmul(const Exec& exec, const MatmulBuffers& x, Activation activation) {
  if (x.d.rows == 0 || x.d.cols == 0 || x.batch.count == 0) return {};
  if (x.a.desc.type == DataType::i8) return Product<std::int32_t>(exec, x, activation).run();
  return Product<float>(exec, x, activation).run();
}

}  // namespace heddle::cpu
