#include "host/cli/reorder.hpp"

#include <cstring>
#include <utility>

namespace heddle::cli {
namespace {

std::int64_t product(const std::vector<std::int64_t>& shape, std::size_t from) {
  std::int64_t elements = 1;
  for (std::size_t d = from; d < shape.size(); ++d) elements *= shape[d];
  return elements;
}

// rows x bytes of any content.
MatrixView as_bytes(void* data, std::int64_t rows, std::int64_t bytes) {
  return row_major(data, rows, bytes, DataType::i8);
}
ConstMatrixView as_bytes(const void* data, std::int64_t rows, std::int64_t bytes) {
  return row_major(data, rows, bytes, DataType::i8);
}

// Moves the blocks of dimension 1, each of everything behind it.
Status reorder_dimension_1(const Exec& exec, const void* data,
                           const std::vector<std::int64_t>& shape, std::size_t width,
                           const Permutation& order, void* out) {
  if (shape.size() == 2 && (width == 1 || width == 2 || width == 4)) {
    // Any type of this width: elements are only moved.
    const DataType type = width == 1 ? DataType::i8 : width == 2 ? DataType::f16 : DataType::f32;
    return permute_columns(exec, row_major(data, shape[0], shape[1], type), order,
                           row_major(out, shape[0], shape[1], type));
  }
  const std::int64_t block = product(shape, 2) * static_cast<std::int64_t>(width);
  const auto bytes = static_cast<std::size_t>(shape[1] * block);
  for (std::int64_t k = 0; k < shape[0]; ++k) {
    const auto offset = static_cast<std::size_t>(k) * bytes;
    const Status status =
        permute_rows(exec, as_bytes(static_cast<const std::byte*>(data) + offset, shape[1], block),
                     order, as_bytes(static_cast<std::byte*>(out) + offset, shape[1], block));
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace

Result<Bytes> reorder(const Exec& exec, const void* data, const std::vector<std::int64_t>& shape,
                      std::size_t width, const Permutation* rows, const Permutation* cols) {
  Bytes bytes{data, nullptr};
  const std::int64_t row_bytes = product(shape, 1) * static_cast<std::int64_t>(width);
  if (rows != nullptr) {
    Buffer moved = make_buffer(static_cast<std::size_t>(shape[0] * row_bytes));
    const Status status = permute_rows(exec, as_bytes(bytes.data, shape[0], row_bytes), *rows,
                                       as_bytes(moved.get(), shape[0], row_bytes));
    if (!status.ok()) return status;
    bytes = {moved.get(), std::move(moved)};
  }
  if (cols != nullptr) {
    Buffer moved = make_buffer(static_cast<std::size_t>(shape[0] * row_bytes));
    const Status status = reorder_dimension_1(exec, bytes.data, shape, width, *cols, moved.get());
    if (!status.ok()) return status;
    bytes = {moved.get(), std::move(moved)};
  }
  return bytes;
}

Unfolded unfold(const void* data, const std::vector<std::int64_t>& shape, DataType type) {
  if (shape.size() == 2) return {row_major(data, shape[0], shape[1], type), nullptr};
  const auto rows = static_cast<std::size_t>(shape[0]), cols = static_cast<std::size_t>(shape[1]);
  const auto taps = static_cast<std::size_t>(product(shape, 2));
  const std::size_t width = size_of(type);
  Unfolded out{{}, make_buffer(rows * cols * taps * width)};
  const auto* const from = static_cast<const std::byte*>(data);
  for (std::size_t i = 0; i < rows * cols; ++i) {
    for (std::size_t tap = 0; tap < taps; ++tap) {
      std::memcpy(out.memory.get() + (tap * rows * cols + i) * width,
                  from + (i * taps + tap) * width, width);
    }
  }
  out.matrix = row_major(static_cast<const void*>(out.memory.get()),
                         shape[0] * static_cast<std::int64_t>(taps), shape[1], type);
  return out;
}

}  // namespace heddle::cli
