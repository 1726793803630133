#include "host/io/dtype.hpp"

#include <array>

#include "host/io/text.hpp"

namespace heddle::io {
namespace {

struct Dtype {
  std::string_view name;
  int bits;
};

// In ascending order of alignment, the order the reference writer of the format sorts by.
constexpr std::array<Dtype, 22> kDtypes = {{
    {"BOOL", 8},        {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
    {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
    {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16},    {"BF16", 16},
    {"I32", 32},        {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},
    {"I64", 64},        {"U64", 64},
}};

struct Computable {
  DataType type;
  const char* name;
};
constexpr std::array<Computable, 7> kComputable = {{{DataType::f32, "F32"},
                                                    {DataType::f16, "F16"},
                                                    {DataType::bf16, "BF16"},
                                                    {DataType::f8e4m3, "F8_E4M3"},
                                                    {DataType::f8e5m2, "F8_E5M2"},
                                                    {DataType::i8, "I8"},
                                                    {DataType::i32, "I32"}}};

}  // namespace

int dtype_rank(std::string_view dtype) noexcept {
  for (std::size_t i = 0; i < kDtypes.size(); ++i) {
    if (kDtypes[i].name == dtype) return static_cast<int>(i);
  }
  return -1;
}

int dtype_bits(std::string_view dtype) noexcept {
  const int rank = dtype_rank(dtype);
  return rank < 0 ? 0 : kDtypes[static_cast<std::size_t>(rank)].bits;
}

std::string known_dtypes() {
  std::string names;
  for (const Dtype& dtype : kDtypes) {
    if (!names.empty()) names += ", ";
    names += dtype.name;
  }
  return names;
}

std::optional<DataType> data_type_of(std::string_view dtype) noexcept {
  for (const Computable& entry : kComputable) {
    // i32 is a result type only: a file's I32 tensor passes through.
    if (entry.name == dtype && entry.type != DataType::i32) return entry.type;
  }
  return std::nullopt;
}

const char* dtype_of(DataType type) noexcept {
  for (const Computable& entry : kComputable) {
    if (entry.type == type) return entry.name;
  }
  return "";
}

Result<std::size_t> tensor_bytes(std::string_view dtype, const std::vector<std::int64_t>& shape) {
  const int bits = dtype_bits(dtype);
  if (bits == 0) {
    return Status(StatusCode::invalid_argument,
                  "dtype " + quote(dtype) + ": must be one of " + known_dtypes());
  }
  // 63 bits bound the count of bits, so that every size below also fits std::int64_t.
  std::int64_t total = 1;
  const auto overflows = [&] {
    return Status(StatusCode::invalid_argument, "shape " + shape_text(shape) + " of " +
                                                    std::string(dtype) +
                                                    ": the size overflows 63 bits");
  };
  for (const std::int64_t dim : shape) {
    if (dim < 0) {
      return Status(StatusCode::invalid_argument,
                    "shape " + shape_text(shape) + ": a dimension is negative");
    }
    if (__builtin_mul_overflow(total, dim, &total)) return overflows();
  }
  if (__builtin_mul_overflow(total, std::int64_t{bits}, &total)) return overflows();
  if (total % 8 != 0) {
    return Status(StatusCode::invalid_argument, "shape " + shape_text(shape) + " of " +
                                                    std::string(dtype) +
                                                    ": the size is not a whole number of bytes");
  }
  return static_cast<std::size_t>(total / 8);
}

}  // namespace heddle::io
