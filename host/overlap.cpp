#include "host/overlap.hpp"

#include <functional>

#include "host/message.hpp"

namespace heddle {
namespace {

bool has_gaps(const Footprint& f) { return f.lines > 1 && f.stride != f.width; }

const std::byte* end_of(const Footprint& f) { return f.data + (f.lines - 1) * f.stride + f.width; }

// Does a line of `f` touch [begin, end)? The range overlaps the extent of f.
bool touches(const Footprint& f, const std::byte* begin, const std::byte* end) {
  // The line at or before `begin`, and the first one after it.
  const std::int64_t ahead = begin - f.data;
  const std::int64_t line = ahead < 0 ? -1 : ahead / f.stride;
  if (line >= 0 && line < f.lines && ahead - line * f.stride < f.width) return true;
  return line + 1 < f.lines && f.data + (line + 1) * f.stride < end;
}

// Both have the stride of a: b's line j starts in slot first + j of a, `shift` bytes into it.
bool same_stride_overlap(const Footprint& a, const Footprint& b) {
  const std::int64_t delta = b.data - a.data;
  const std::int64_t rest = delta % a.stride;
  const std::int64_t shift = rest < 0 ? rest + a.stride : rest;
  const std::int64_t first = (delta - shift) / a.stride;
  const auto meets = [&](std::int64_t slot) { return slot < a.lines && slot + b.lines > 0; };
  return (shift < a.width && meets(first)) || (shift + b.width > a.stride && meets(first + 1));
}

}  // namespace

Footprint footprint(const ConstMatrixView& view) {
  const auto size = static_cast<std::int64_t>(size_of(view.type));
  const bool row = view.order == Order::row;
  const std::int64_t lines = row ? view.rows : view.cols, width = row ? view.cols : view.rows;
  if (lines == 0 || width == 0) return {nullptr, 0, 0, 0};
  return {static_cast<const std::byte*>(view.data), lines, width * size, view.ld * size};
}

Footprint footprint(const void* data, std::size_t bytes) {
  const auto width = static_cast<std::int64_t>(bytes);
  return {static_cast<const std::byte*>(data), bytes == 0 ? 0 : 1, width, width};
}

bool overlap(const Footprint& a, const Footprint& b) {
  if (a.lines == 0 || b.lines == 0) return false;
  const std::less<> before;
  if (!before(a.data, end_of(b)) || !before(b.data, end_of(a))) return false;
  if (!has_gaps(a)) return touches(b, a.data, end_of(a));
  if (!has_gaps(b)) return touches(a, b.data, end_of(b));
  return a.stride == b.stride && same_stride_overlap(a, b);
}

Status check_no_overlap(const char* out_name, const Footprint& out, const char* in_name,
                        const Footprint& in) {
  if (!overlap(out, in)) return {};
  return {StatusCode::invalid_argument,
          message(out_name, ".data = ", static_cast<const void*>(out.data), ": must not overlap ",
                  in_name, ", at ", static_cast<const void*>(in.data))};
}

bool same_view(const ConstMatrixView& a, const ConstMatrixView& b) {
  return a.data == b.data && a.rows == b.rows && a.cols == b.cols && a.ld == b.ld &&
         a.type == b.type && a.order == b.order;
}

}  // namespace heddle
