#pragma once
// Item `index` of a strided batch.

#include <cstddef>
#include <cstdint>

#include "heddle/types.hpp"

namespace heddle {

inline ConstMatrixView item(ConstMatrixView first, std::int64_t index, std::int64_t stride) {
  const auto step = stride * static_cast<std::int64_t>(size_of(first.type));
  first.data = static_cast<const std::byte*>(first.data) + index * step;
  return first;
}
inline MatrixView item(MatrixView first, std::int64_t index, std::int64_t stride) {
  const auto step = stride * static_cast<std::int64_t>(size_of(first.type));
  first.data = static_cast<std::byte*>(first.data) + index * step;
  return first;
}

}  // namespace heddle
