#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <string>
#include <utility>

#include "host/io/dtype.hpp"
#include "host/io/safetensors.hpp"
#include "test/host/io/files.hpp"

namespace heddle::io {
namespace {

using test::TempDir;

std::string two_tensors() {
  return test::safetensors(R"({"__metadata__":{"format":"pt"},)"
                           R"("late":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},)"
                           R"("early":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}})",
                           7);
}

void expect_two_tensors(const SafetensorsReader& reader) {
  ASSERT_EQ(reader.tensors().size(), 2u);
  EXPECT_EQ(reader.tensors()[0].name, "early");
  EXPECT_EQ(reader.tensors()[0].dtype, "F16");
  EXPECT_EQ(reader.tensors()[0].shape, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(reader.tensors()[0].bytes, 4u);
  EXPECT_EQ(reader.metadata(), (Metadata{{"format", "pt"}}));
  const TensorInfo* const late = reader.find("late");
  ASSERT_NE(late, nullptr);
  EXPECT_EQ(late->bytes, 3u);
  EXPECT_EQ(std::memcmp(reader.data(*late), "\x1d\x24\x2b", 3), 0);
  EXPECT_EQ(reader.find("absent"), nullptr);
  EXPECT_EQ(reader.data({"absent", "U8", {3}, 3}), nullptr);
  EXPECT_EQ(reader.data({"late", "U8", {4}, 4}), nullptr) << "a size that the file does not hold";
}

TEST(SafetensorsReader, ReadsAFile) {
  const TempDir dir;
  test::write_file(dir / "a.safetensors", two_tensors());
  Result<SafetensorsReader> reader = SafetensorsReader::open(dir / "a.safetensors");
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  expect_two_tensors(*reader);
  // Moved, and with the file gone from the folder: the mapping stays.
  std::filesystem::remove(dir / "a.safetensors");
  const SafetensorsReader moved = std::move(*reader);
  expect_two_tensors(moved);
}

TEST(SafetensorsReader, ReadsMemory) {
  const std::string file = two_tensors();
  const Result<SafetensorsReader> reader = SafetensorsReader::from_memory(file.data(), file.size());
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  expect_two_tensors(*reader);
}

TEST(SafetensorsReader, RefusalsNameTheFile) {
  const TempDir dir;
  const auto expect = [&](const std::string& path, StatusCode code, const std::string& part) {
    const Result<SafetensorsReader> reader = SafetensorsReader::open(path);
    ASSERT_FALSE(reader.ok()) << path;
    EXPECT_EQ(reader.status().code(), code) << reader.status().to_string();
    EXPECT_NE(reader.status().message().find(part), std::string::npos) << reader.status().message();
  };
  expect(dir / "absent", StatusCode::io_error, "absent': opening: No such file or directory");
  expect("", StatusCode::io_error, "'': opening");
  expect(dir.path(), StatusCode::invalid_argument, "must be a regular file");
  expect("/dev/null", StatusCode::invalid_argument, "must be a regular file");
  test::write_file(dir / "empty", "");
  expect(dir / "empty", StatusCode::corrupt, "empty': truncated: 0 bytes");
  test::write_file(dir / "cut", two_tensors().substr(0, 40));
  expect(dir / "cut", StatusCode::corrupt, "cut': header length");
  // A pipe without a writer would block a reader that does not look first.
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  expect(dir / "pipe", StatusCode::invalid_argument, "must be a regular file");
}

TEST(SafetensorsReader, EveryDtypeOfTheFormat) {
  const struct {
    const char* name;
    int bits;
  } known[] = {{"BOOL", 8},        {"U8", 8},         {"I8", 8},   {"F8_E5M2", 8}, {"F8_E4M3", 8},
               {"F8_E8M0", 8},     {"I16", 16},       {"U16", 16}, {"F16", 16},    {"BF16", 16},
               {"I32", 32},        {"U32", 32},       {"F32", 32}, {"C64", 64},    {"F64", 64},
               {"I64", 64},        {"U64", 64},       {"F4", 4},   {"F6_E2M3", 6}, {"F6_E3M2", 6},
               {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}};
  for (const auto& dtype : known) {
    EXPECT_EQ(dtype_bits(dtype.name), dtype.bits) << dtype.name;
    const Result<std::size_t> bytes = tensor_bytes(dtype.name, {4, 3});
    ASSERT_TRUE(bytes.ok()) << dtype.name;
    EXPECT_EQ(*bytes, static_cast<std::size_t>(dtype.bits) * 12 / 8) << dtype.name;
    const std::string file = test::safetensors(R"({"t":{"dtype":")" + std::string(dtype.name) +
                                                   R"(","shape":[4,3],"data_offsets":[0,)" +
                                                   std::to_string(*bytes) + "]}}",
                                               *bytes);
    EXPECT_TRUE(SafetensorsReader::from_memory(file.data(), file.size()).ok()) << dtype.name;
  }
  EXPECT_EQ(dtype_bits("F128"), 0);
}

TEST(SafetensorsReader, ComputableDtypesMapBothWays) {
  for (const DataType type : {DataType::f32, DataType::f16, DataType::bf16, DataType::f8e4m3,
                              DataType::f8e5m2, DataType::i8}) {
    EXPECT_EQ(data_type_of(dtype_of(type)), type) << to_string(type);
    EXPECT_EQ(dtype_bits(dtype_of(type)), static_cast<int>(8 * size_of(type)));
  }
  for (const char* dtype : {"I32", "F64", "U8", "BOOL", "F8_E8M0", "F8_E4M3FNUZ", "", "x"}) {
    EXPECT_EQ(data_type_of(dtype), std::nullopt) << dtype;
  }
}

}  // namespace
}  // namespace heddle::io
