#include "host/cpu/permute.hpp"

#include <cstring>

#include "host/cpu/parallel.hpp"
#include "host/validate.hpp"

namespace heddle::cpu {
namespace {

constexpr Pattern kAnyGroup{1, 1};
constexpr std::int64_t kPieceCols = 1024;

template <class T>
void gather(const ConstMatrixView& in, const std::int32_t* rows, const std::int32_t* cols,
            const MatrixView& out, const Unit& u) {
  const bool in_row = in.order == Order::row, out_row = out.order == Order::row;
  const std::int64_t in_r = in_row ? in.ld : 1, in_c = in_row ? 1 : in.ld;
  const std::int64_t out_r = out_row ? out.ld : 1, out_c = out_row ? 1 : out.ld;
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  const auto* from = static_cast<const std::byte*>(in.data);
  auto* to = static_cast<std::byte*>(out.data);
  for (std::int64_t i = u.row; i < u.row + u.rows; ++i) {
    const std::byte* line = from + (rows ? rows[i] : i) * in_r * kSize;
    std::byte* at = to + (i * out_r + u.col * out_c) * kSize;
    if (!cols && in_row && out_row) {
      std::memcpy(at, line + u.col * kSize, static_cast<std::size_t>(u.cols * kSize));
      continue;
    }
    for (std::int64_t j = u.col; j < u.col + u.cols; ++j, at += out_c * kSize)
      std::memcpy(at, line + (cols ? cols[j] : j) * in_c * kSize, sizeof(T));
  }
}

}  // namespace

Status permute(const Exec& exec, const ConstMatrixView& matrix, const std::int32_t* rows,
               const std::int32_t* cols, const MatrixView& out) {
  if (out.order == Order::col)
    return permute(exec, transposed(matrix), cols, rows, transposed(out));
  const Units units(out.rows, out.cols, kAnyGroup, kPieceCols);
  return parallel_for(exec, units.count(), 0, [&](std::int64_t index, Arena&) {
    const Unit u = units[index];
    switch (size_of(out.type)) {
      case 1: return gather<std::uint8_t>(matrix, rows, cols, out, u);
      case 2: return gather<std::uint16_t>(matrix, rows, cols, out, u);
      default: return gather<std::uint32_t>(matrix, rows, cols, out, u);
    }
  });
}

}  // namespace heddle::cpu
