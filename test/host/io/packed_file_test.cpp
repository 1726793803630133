#include "host/io/packed_file.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "heddle/heddle.hpp"
#include "test/host/io/files.hpp"

namespace heddle::io {
namespace {

using test::TempDir;

// A canonical blob with contents that depend on `seed`.
std::vector<std::byte> make_blob(const PackedDesc& desc, unsigned seed) {
  const auto entries = static_cast<std::size_t>(desc.rows * desc.cols);
  std::vector<std::byte> dense(entries * size_of(desc.type));
  for (std::size_t i = 0; i < entries; ++i) {
    seed = seed * 1664525u + 1013904223u;
    store_from_float(dense.data(), static_cast<std::int64_t>(i), desc.type,
                     static_cast<float>(static_cast<int>(seed >> 24) - 128));
  }
  std::vector<std::byte> blob(*packed_size(desc));
  const Status status =
      pack(Exec::cpu(1),
           row_major(static_cast<const void*>(dense.data()), desc.rows, desc.cols, desc.type),
           {desc, blob.data(), blob.size()});
  EXPECT_TRUE(status.ok()) << status.to_string();
  return blob;
}

Status write_file(const std::string& path, const std::vector<PackedMatrix>& matrices) {
  std::vector<TensorInfo> tensors;
  Metadata metadata = {{"format", "pt"}};
  for (const PackedMatrix& matrix : matrices) {
    const auto parts = packed_tensors(matrix);
    if (!parts.ok()) return parts.status();
    tensors.insert(tensors.end(), parts->begin(), parts->end());
    describe_packed(matrix, metadata);
  }
  auto writer = SafetensorsWriter::create(path, tensors, metadata);
  if (!writer.ok()) return writer.status();
  unsigned seed = 1;
  for (const PackedMatrix& matrix : matrices) {
    const std::vector<std::byte> blob = make_blob(matrix.desc, seed++);
    const Status status = write_packed(*writer, {matrix.desc, blob.data(), blob.size()});
    if (!status.ok()) return status;
  }
  return writer->finish();
}

std::vector<PackedMatrix> various() {
  return {{"a", {8, 16, {2, 4}, DataType::f16, PackedOrder::canonical}},
          {"b.weight.values", {3, 7, {2, 4}, DataType::bf16, PackedOrder::canonical}},
          {"c.pattern", {5, 33, {16, 32}, DataType::f32, PackedOrder::canonical}},
          {"d", {1, 1, {1, 1}, DataType::i8, PackedOrder::canonical}},
          {"e", {4, 10, {3, 5}, DataType::f8e4m3, PackedOrder::canonical}},
          {"f\n\xc3\xa9", {2, 31, {1, 32}, DataType::f8e5m2, PackedOrder::canonical}},
          {"g", {0, 8, {2, 4}, DataType::f32, PackedOrder::canonical}},
          {"h", {8, 0, {2, 4}, DataType::f32, PackedOrder::canonical}}};
}

TEST(PackedFile, RoundTrip) {
  const TempDir dir;
  const std::string path = dir / "p";
  const std::vector<PackedMatrix> matrices = various();
  const Status written = write_file(path, matrices);
  ASSERT_TRUE(written.ok()) << written.to_string();

  const auto reader = SafetensorsReader::open(path);
  ASSERT_TRUE(reader.ok());
  const auto found = packed_matrices(*reader);
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  ASSERT_EQ(found->size(), matrices.size());
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    EXPECT_EQ((*found)[i].name, matrices[i].name);
    EXPECT_EQ((*found)[i].desc.rows, matrices[i].desc.rows);
    EXPECT_EQ((*found)[i].desc.cols, matrices[i].desc.cols);
    EXPECT_EQ((*found)[i].desc.pattern, matrices[i].desc.pattern);
    EXPECT_EQ((*found)[i].desc.type, matrices[i].desc.type);
    const auto blob = read_packed(Exec::cpu(1), *reader, matrices[i].name);
    ASSERT_TRUE(blob.ok()) << blob.status().to_string();
    EXPECT_EQ(*blob, make_blob(matrices[i].desc, static_cast<unsigned>(i) + 1)) << i;
  }
  Metadata metadata = reader->metadata();
  forget_packed({matrices[0]}, metadata);
  EXPECT_EQ(metadata.size(), reader->metadata().size() - 4);
  EXPECT_EQ(metadata.count("heddle.format_version"), 1u) << "other matrices still need it";
  forget_packed(matrices, metadata);
  EXPECT_EQ(metadata, (Metadata{{"format", "pt"}}));
}

TEST(PackedFile, NamesOnDisk) {
  const PackedMatrix matrix = various()[0];
  const auto parts = packed_tensors(matrix);
  ASSERT_TRUE(parts.ok());
  EXPECT_EQ((*parts)[0].name, "a.values");
  EXPECT_EQ((*parts)[0].dtype, "F16");
  EXPECT_EQ((*parts)[0].shape, (std::vector<std::int64_t>{8, 8}));
  EXPECT_EQ((*parts)[1].name, "a.metadata");
  EXPECT_EQ((*parts)[1].dtype, "U8");
  EXPECT_EQ((*parts)[1].shape, (std::vector<std::int64_t>{8, 2}));
  Metadata metadata;
  describe_packed(matrix, metadata);
  EXPECT_EQ(metadata, (Metadata{{"heddle.format_version", "1"},
                                {"heddle.a.pattern", "2:4"},
                                {"heddle.a.type", "f16"},
                                {"heddle.a.rows", "8"},
                                {"heddle.a.cols", "16"}}));
  PackedMatrix device = matrix;
  device.desc.order = PackedOrder::device;
  EXPECT_EQ(packed_tensors(device).status().code(), StatusCode::unsupported);
}

TEST(PackedFile, AFileWithoutAny) {
  const std::string file =
      test::safetensors(R"({"__metadata__":{"heddle.note":"x","format":"pt"}})");
  const auto reader = SafetensorsReader::from_memory(file.data(), file.size());
  ASSERT_TRUE(reader.ok());
  const auto matrices = packed_matrices(*reader);
  ASSERT_TRUE(matrices.ok());
  EXPECT_TRUE(matrices->empty());
  const auto blob = read_packed(Exec::cpu(1), *reader, "w");
  EXPECT_EQ(blob.status().code(), StatusCode::not_found);
  EXPECT_NE(blob.status().message().find("holds none"), std::string::npos);
}

// A small packed matrix as text, so that each test can spoil one thing. 2 x 4 of I8, 2:4:
// values [2, 2], metadata [2, 1].
struct Text {
  std::string version = R"("heddle.format_version":"1",)";
  std::string pattern = R"("heddle.w.pattern":"2:4",)";
  std::string type = R"("heddle.w.type":"i8",)";
  std::string rows = R"("heddle.w.rows":"2",)";
  std::string cols = R"("heddle.w.cols":"4",)";
  std::string values = R"("w.values":{"dtype":"I8","shape":[2,2],"data_offsets":[0,4]},)";
  std::string metadata = R"("w.metadata":{"dtype":"U8","shape":[2,1],"data_offsets":[4,6]})";
  std::string data = "\x01\x02\x03\x04\x04\x0e";  // positions (0, 1) and (2, 3)

  std::string file() const {
    const std::string header = R"({"__metadata__":{)" + version + pattern + type + rows + cols +
                               R"("format":"pt"},)" + values + metadata + "}";
    return test::le64(header.size()) + header + data;
  }
};

void expect_refused(const Text& text, StatusCode code, const std::string& part) {
  const std::string file = text.file();
  const auto reader = SafetensorsReader::from_memory(file.data(), file.size());
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  const auto blob = read_packed(Exec::cpu(1), *reader, "w");
  ASSERT_FALSE(blob.ok()) << part;
  EXPECT_EQ(blob.status().code(), code) << blob.status().to_string();
  EXPECT_NE(blob.status().message().find(part), std::string::npos) << blob.status().message();
}

void expect_corrupt(const Text& text, const std::string& part) {
  expect_refused(text, StatusCode::corrupt, part);
}

TEST(PackedFile, ReadsTheSpelledOutFile) {
  const Text text;
  const std::string file = text.file();
  const auto reader = SafetensorsReader::from_memory(file.data(), file.size());
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  const auto blob = read_packed(Exec::cpu(1), *reader, "w");
  ASSERT_TRUE(blob.ok()) << blob.status().to_string();
  const auto view = open_packed(blob->data(), blob->size());
  ASSERT_TRUE(view.ok());
  std::int8_t dense[8];
  ASSERT_TRUE(unpack(Exec::cpu(1), *view, row_major(dense, 2, 4, DataType::i8)).ok());
  const std::int8_t wanted[8] = {1, 2, 0, 0, 0, 0, 3, 4};
  EXPECT_EQ(std::memcmp(dense, wanted, 8), 0);
  EXPECT_NE(read_packed(Exec::cpu(1), *reader, "x").status().message().find("holds 'w'"),
            std::string::npos);
}

TEST(PackedFile, MalformedKeys) {
  const auto with = [](auto member, const std::string& value) {
    Text text;
    text.*member = value;
    return text;
  };
  expect_corrupt(with(&Text::version, ""), "'heddle.format_version' is missing");
  expect_refused(with(&Text::version, R"("heddle.format_version":"2",)"), StatusCode::unsupported,
                 "'heddle.format_version' = '2': this version reads 1");
  expect_corrupt(with(&Text::pattern, ""), "'heddle.w.pattern' is missing");
  expect_corrupt(with(&Text::type, ""), "'heddle.w.type' is missing");
  expect_corrupt(with(&Text::rows, ""), "'heddle.w.rows' is missing");
  expect_corrupt(with(&Text::cols, ""), "'heddle.w.cols' is missing");
  for (const char* pattern : {"", "2", "4:2", "0:4", "2:33", "m4n2_1d", " 2:4", "2:4 ", "02:4"}) {
    expect_corrupt(with(&Text::pattern, R"("heddle.w.pattern":")" + std::string(pattern) + "\","),
                   "must be keep:group");
  }
  for (const char* type : {"", "i32", "I8", "f64"}) {
    expect_corrupt(with(&Text::type, R"("heddle.w.type":")" + std::string(type) + "\","),
                   "must be f32, f16");
  }
  for (const char* rows : {"", "-1", "+2", " 2", "2 ", "02", "2.0", "0x2", "9223372036854775808"}) {
    expect_corrupt(with(&Text::rows, R"("heddle.w.rows":")" + std::string(rows) + "\","),
                   "must be a decimal");
    expect_corrupt(with(&Text::cols, R"("heddle.w.cols":")" + std::string(rows) + "\","),
                   "must be a decimal");
  }
}

TEST(PackedFile, KeysAndTensorsThatDisagree) {
  const auto with = [](auto member, const std::string& value) {
    Text text;
    text.*member = value;
    return text;
  };
  expect_corrupt(with(&Text::rows, R"("heddle.w.rows":"3",)"),
                 "tensor 'w.values' is I8 [2, 2]: must be I8 [3, 2]");
  expect_corrupt(with(&Text::cols, R"("heddle.w.cols":"5",)"), "must be I8 [2, 4]");
  expect_corrupt(with(&Text::pattern, R"("heddle.w.pattern":"1:4",)"), "must be I8 [2, 1]");
  expect_corrupt(with(&Text::pattern, R"("heddle.w.pattern":"2:32",)"), "must be U8 [2, 2]");
  expect_corrupt(with(&Text::type, R"("heddle.w.type":"f8e4m3",)"), "must be F8_E4M3 [2, 2]");
  expect_corrupt(with(&Text::rows, R"("heddle.w.rows":"9223372036854775807",)"),
                 "packed matrix 'w'");
  expect_corrupt(with(&Text::cols, R"("heddle.w.cols":"9223372036854775807",)"),
                 "packed matrix 'w'");
  expect_corrupt(
      with(&Text::values, R"("w.valued":{"dtype":"I8","shape":[2,2],"data_offsets":[0,4]},)"),
      "tensor 'w.values' is missing");
  expect_corrupt(
      with(&Text::metadata, R"("w.meta":{"dtype":"U8","shape":[2,1],"data_offsets":[4,6]})"),
      "tensor 'w.metadata' is missing");
  expect_corrupt(
      with(&Text::metadata, R"("w.metadata":{"dtype":"I8","shape":[2,1],"data_offsets":[4,6]})"),
      "tensor 'w.metadata' is I8");
  expect_corrupt(
      with(&Text::metadata, R"("w.metadata":{"dtype":"U8","shape":[2],"data_offsets":[4,6]})"),
      "must be U8 [2, 1]");
}

TEST(PackedFile, IllegalMetadataIsRefused) {
  for (int byte = 0; byte < 256; ++byte) {
    Text text;
    text.data[5] = static_cast<char>(byte);
    const int first = byte & 3, second = byte >> 2 & 3;
    if (byte < 16 && first < second) continue;
    expect_corrupt(text, "packed matrix 'w': ");
  }
}

TEST(PackedFile, IntoTheCallersMemory) {
  const Text text;
  const std::string file = text.file();
  const auto reader = SafetensorsReader::from_memory(file.data(), file.size());
  ASSERT_TRUE(reader.ok());
  const PackedMatrix matrix = (*packed_matrices(*reader))[0];
  std::vector<std::byte> memory(*packed_size(matrix.desc));
  PackedView out{matrix.desc, memory.data(), memory.size()};
  EXPECT_TRUE(read_packed(Exec::cpu(1), *reader, matrix, out).ok());
  out.bytes -= 1;
  EXPECT_EQ(read_packed(Exec::cpu(1), *reader, matrix, out).code(), StatusCode::invalid_argument);
  out = {matrix.desc, nullptr, memory.size()};
  EXPECT_EQ(read_packed(Exec::cpu(1), *reader, matrix, out).code(), StatusCode::invalid_argument);
  out = {matrix.desc, memory.data(), memory.size()};
  out.desc.rows = 1;
  EXPECT_EQ(read_packed(Exec::cpu(1), *reader, matrix, out).code(), StatusCode::invalid_argument);
}

}  // namespace
}  // namespace heddle::io
