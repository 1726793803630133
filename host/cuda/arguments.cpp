#include "host/cuda/arguments.hpp"

#include "host/validate.hpp"

namespace heddle::cuda {
namespace {

template <class Byte, class View>
BasicMatrix<Byte> matrix_of(const View& view) {
  const auto size = static_cast<std::int64_t>(size_of(view.type));
  const std::int64_t line = view.ld * size;
  const bool row = view.order == Order::row;
  // A single line has no step to be aligned.
  const bool lone = (row ? view.rows : view.cols) <= 1;
  return {static_cast<Byte*>(view.data),
          view.rows,
          view.cols,
          row ? line : size,
          row ? size : line,
          common_alignment(view.data, lone ? 0 : line)};
}

// The lowest NaN of a float type.
std::uint32_t lowest_nan(DataType type) {
  switch (type) {
    case DataType::f32: return 0x7F800001u;
    case DataType::f16: return 0x7C01;
    case DataType::bf16: return 0x7F81;
    case DataType::f8e4m3: return 0x7F;
    default: return 0x7D;  // f8e5m2
  }
}

}  // namespace

int common_alignment(const void* data, std::int64_t step) {
  const auto bits = reinterpret_cast<std::uintptr_t>(data) | static_cast<std::uintptr_t>(step);
  int align = 1;
  while (align < 16 && bits % static_cast<unsigned>(2 * align) == 0) align *= 2;
  return align;
}

ConstMatrix argument(const ConstMatrixView& view) { return matrix_of<const std::byte>(view); }
Matrix argument(const MatrixView& view) { return matrix_of<std::byte>(view); }
ConstMatrix argument(const ConstMaskView& view) { return argument(as_bytes(view)); }
Matrix argument(const MaskView& view) { return argument(as_bytes(view)); }

RankRule rank_rule(DataType type, Ranking ranking) {
  const bool value = ranking == Ranking::value;
  if (type == DataType::i8) return value ? kI8ByValue : kI8ByMagnitude;
  const int bits = static_cast<int>(size_of(type)) * 8;
  return value ? float_by_value(bits, lowest_nan(type))
               : float_by_magnitude(bits, lowest_nan(type));
}

}  // namespace heddle::cuda
