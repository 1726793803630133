#include "host/validate.hpp"

#include <limits>

#include "host/message.hpp"

namespace heddle {
namespace {

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

}  // namespace

Status check_view(const char* name, const ConstMatrixView& v) {
  if (size_of(v.type) == 0)
    return invalid(message(name, ".type = ", static_cast<int>(v.type), ": must be a DataType"));
  if (v.order != Order::row && v.order != Order::col)
    return invalid(message(name, ".order = ", static_cast<int>(v.order), ": must be row or col"));
  if (v.rows < 0) return invalid(message(name, ".rows = ", v.rows, ": must be >= 0"));
  if (v.cols < 0) return invalid(message(name, ".cols = ", v.cols, ": must be >= 0"));
  if (v.rows == 0 || v.cols == 0) return {};
  const std::int64_t need = packed_ld(v.rows, v.cols, v.order);
  if (v.ld < need)
    return invalid(message(name, ".ld = ", v.ld, ": must be >= ", need, " (",
                           v.order == Order::row ? "cols" : "rows", " of order ",
                           to_string(v.order), ")"));
  const std::int64_t lines = v.order == Order::row ? v.rows : v.cols;
  const auto limit =
      std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(size_of(v.type));
  if (lines - 1 > (limit - need) / v.ld)
    return invalid(message(name, ".rows x .cols x .ld = ", v.rows, " x ", v.cols, " x ", v.ld,
                           ": must span less than 2^63 bytes"));
  if (v.data == nullptr)
    return invalid(
        message(name, ".data = null: must point to ", v.rows, " x ", v.cols, " elements"));
  return {};
}

Status check_view(const char* name, const ConstMaskView& view) {
  return check_view(name, as_bytes(view));
}

Status check_weights(const char* name, const ConstMatrixView& view) {
  HEDDLE_TRY(check_view(name, view));
  if (view.type == DataType::i32)
    return {StatusCode::unsupported,
            message(name, ".type = i32: must be f32, f16, bf16, f8e4m3, f8e5m2 or i8")};
  return {};
}

Status check_pattern(Pattern pattern) {
  if (pattern.valid()) return {};
  return invalid(message("pattern = ", to_string(pattern), ": must have 1 <= keep <= group <= 32"));
}

Status check_shape(const char* name, std::int64_t rows, std::int64_t cols, std::int64_t want_rows,
                   std::int64_t want_cols) {
  if (rows == want_rows && cols == want_cols) return {};
  return invalid(
      message(name, " = ", rows, " x ", cols, ": must be ", want_rows, " x ", want_cols));
}

Status check_type(const char* name, DataType type, DataType want) {
  if (type == want) return {};
  return invalid(message(name, ".type = ", to_string(type), ": must be ", to_string(want)));
}

}  // namespace heddle
