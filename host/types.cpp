#include "heddle/types.hpp"

#include "host/guard.hpp"
#include "host/message.hpp"

namespace heddle {

const char* to_string(DataType type) noexcept {
  switch (type) {
    case DataType::f32: return "f32";
    case DataType::f16: return "f16";
    case DataType::bf16: return "bf16";
    case DataType::f8e4m3: return "f8e4m3";
    case DataType::f8e5m2: return "f8e5m2";
    case DataType::i8: return "i8";
    case DataType::i32: return "i32";
  }
  return "invalid";
}

Result<DataType> parse_data_type(const std::string& name) try {
  for (const DataType type : {DataType::f32, DataType::f16, DataType::bf16, DataType::f8e4m3,
                              DataType::f8e5m2, DataType::i8, DataType::i32})
    if (name == to_string(type)) return type;
  return Status(
      StatusCode::not_found,
      message("type = \"", name, "\": must be one of f32, f16, bf16, f8e4m3, f8e5m2, i8, i32"));
} catch (...) {
  return caught();
}

const char* to_string(Order order) noexcept {
  switch (order) {
    case Order::row: return "row";
    case Order::col: return "col";
  }
  return "invalid";
}

}  // namespace heddle
