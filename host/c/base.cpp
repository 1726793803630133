// The conventions of the C ABI; error.cpp has the last error.

#include "heddle/version.h"
#include "host/c/abi.hpp"

using heddle::Status;
using heddle::c::guard;

#ifndef HEDDLE_C_CUDA
#error "host/CMakeLists.txt says whether the device path is built"
#endif

namespace {

// A number outside an enumeration is never cast into it: 256 would become 0 in a byte.
bool known(int32_t value, int32_t last) { return value >= 0 && value <= last; }

}  // namespace

const char* heddle_status_name(heddle_status status) {
  return to_string(static_cast<heddle::StatusCode>(status));
}

int32_t heddle_version(void) {
  return HEDDLE_VERSION_MAJOR * 10000 + HEDDLE_VERSION_MINOR * 100 + HEDDLE_VERSION_PATCH;
}
const char* heddle_version_string(void) { return HEDDLE_VERSION; }
int32_t heddle_abi_version(void) { return HEDDLE_ABI_VERSION; }

int32_t heddle_has(int32_t feature) {
  switch (feature) {
    case HEDDLE_FEATURE_CUDA: return HEDDLE_C_CUDA;
    case HEDDLE_FEATURE_FILES: return HEDDLE_C_FILES;
    default: return 0;
  }
}

size_t heddle_size_of(int32_t type) {
  return known(type, HEDDLE_I32) ? size_of(static_cast<heddle::DataType>(type)) : 0;
}
const char* heddle_type_name(int32_t type) {
  return known(type, HEDDLE_I32) ? to_string(static_cast<heddle::DataType>(type)) : "invalid";
}
heddle_status heddle_parse_data_type(const char* name, int32_t* type) {
  return guard([&]() -> Status {
    std::string text;
    HEDDLE_TRY(heddle::c::read("name", name, text));
    HEDDLE_TRY(heddle::c::need("type", type));
    const auto parsed = heddle::parse_data_type(text);
    if (!parsed.ok()) return parsed.status();
    *type = static_cast<int32_t>(*parsed);
    return {};
  });
}

const char* heddle_order_name(int32_t order) {
  return known(order, HEDDLE_COL) ? to_string(static_cast<heddle::Order>(order)) : "invalid";
}
const char* heddle_packed_order_name(int32_t order) {
  return known(order, HEDDLE_DEVICE) ? to_string(static_cast<heddle::PackedOrder>(order))
                                     : "invalid";
}

heddle_status heddle_exec_init(heddle_exec* exec, size_t size) {
  return guard([&] {
    return heddle::c::write_struct("exec", heddle::c::write(heddle::Exec::cpu()), exec, size);
  });
}
