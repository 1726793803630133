#pragma once
// Do two arguments share memory?

#include <cstddef>

#include "heddle/types.hpp"
#include "host/validate.hpp"

namespace heddle {

// The bytes of a matrix: `lines` lines of `width` bytes, `stride` bytes apart.
struct Footprint {
  const std::byte* data;
  std::int64_t lines;
  std::int64_t width;
  std::int64_t stride;
};

Footprint footprint(const ConstMatrixView& view);
inline Footprint footprint(const ConstMaskView& view) { return footprint(as_bytes(view)); }
Footprint footprint(const void* data, std::size_t bytes);

// Exact where one side has no gaps or both have one stride. Otherwise false: two lattices of
// different strides may interleave without touching, and a caller may mean just that.
bool overlap(const Footprint& a, const Footprint& b);

// invalid_argument if `out` and `in` share memory.
Status check_no_overlap(const char* out_name, const Footprint& out, const char* in_name,
                        const Footprint& in);

// The same elements at the same places: in-place operation.
bool same_view(const ConstMatrixView& a, const ConstMatrixView& b);

}  // namespace heddle
