// heddle::Checkpoint: what an engine loads.

#include "heddle/checkpoint.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

using Blob = std::vector<std::byte>;

struct Packed {
  PackedDesc desc;
  Blob blob;
};

// A random matrix of 16-bit patterns, packed.
Packed make_packed(std::int64_t rows, std::int64_t cols, Pattern pattern) {
  std::mt19937 random(static_cast<unsigned>(rows * 131 + cols));
  std::vector<std::uint16_t> dense(static_cast<std::size_t>(rows * cols));
  for (auto& x : dense) x = static_cast<std::uint16_t>(random());
  Packed packed{{rows, cols, pattern, DataType::f16, PackedOrder::canonical}, {}};
  packed.blob.resize(*packed_size(packed.desc));
  const ConstMatrixView view =
      row_major(static_cast<const void*>(dense.data()), rows, cols, DataType::f16);
  EXPECT_TRUE(pack(Exec::cpu(), view, {packed.desc, packed.blob.data(), packed.blob.size()}).ok());
  return packed;
}

void write_shard(const std::string& path, const std::string& name, const Packed& packed) {
  const io::PackedMatrix matrix{name, packed.desc};
  io::Metadata metadata = {{"format", "pt"}};
  io::describe_packed(matrix, metadata);
  const auto parts = io::packed_tensors(matrix);
  std::vector<io::TensorInfo> infos(parts->begin(), parts->end());
  infos.push_back({name + ".bias", "F32", {3}, 0});
  auto writer = io::SafetensorsWriter::create(path, infos, metadata);
  ASSERT_TRUE(writer.ok()) << writer.status().to_string();
  ASSERT_TRUE(
      io::write_packed(*writer, {packed.desc, packed.blob.data(), packed.blob.size()}).ok());
  const float bias[3] = {1, 2, 3};
  ASSERT_TRUE(writer->write(bias, sizeof(bias)).ok());
  ASSERT_TRUE(writer->finish().ok());
}

const char kIndex[] =
    "{\"metadata\":{\"total_size\":5},\"weight_map\":{"
    "\"up.values\":\"m-1.safetensors\",\"up.metadata\":\"m-1.safetensors\","
    "\"up.bias\":\"m-1.safetensors\",\"down.values\":\"m-2.safetensors\","
    "\"down.metadata\":\"m-2.safetensors\",\"down.bias\":\"m-2.safetensors\"}}";

class CheckpointTest : public ::testing::Test {
 protected:
  void SetUp() override {
    write_shard(dir / "m-1.safetensors", "up", up);
    write_shard(dir / "m-2.safetensors", "down", down);
    write_file(dir / "model.safetensors.index.json", kIndex);
  }
  // The folder with this index is refused.
  void expect_refused(const std::string& index, const std::string& words,
                      StatusCode code = StatusCode::corrupt) {
    write_file(dir / "model.safetensors.index.json", index);
    const auto checkpoint = Checkpoint::open(dir.path());
    ASSERT_FALSE(checkpoint.ok()) << words;
    EXPECT_EQ(checkpoint.status().code(), code) << checkpoint.status().to_string();
    EXPECT_NE(checkpoint.status().message().find(words), std::string::npos)
        << checkpoint.status().message();
  }
  static std::string changed(const std::string& from, const std::string& to) {
    std::string index = kIndex;
    const std::size_t at = index.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return index.replace(at, from.size(), to);
  }

  TempDir dir;
  Packed up = make_packed(200, 132, {2, 4}), down = make_packed(70, 256, {2, 4});
};

TEST_F(CheckpointTest, ListsAndBorrows) {
  for (const std::string& path : {dir.path(), dir / "model.safetensors.index.json"}) {
    const auto checkpoint = Checkpoint::open(path);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().to_string();
    EXPECT_EQ(checkpoint->files(),
              (std::vector<std::string>{"m-1.safetensors", "m-2.safetensors"}));
    EXPECT_EQ(checkpoint->stated_bytes(), 5) << "a wrong total_size is no error";
    ASSERT_EQ(checkpoint->tensors().size(), 6u);
    ASSERT_EQ(checkpoint->matrices().size(), 2u);
    EXPECT_EQ(checkpoint->matrices()[0].name, "down");
    EXPECT_EQ(checkpoint->matrices()[0].file, 1u);
    EXPECT_EQ(checkpoint->matrices()[1].desc.rows, 200);
    EXPECT_EQ(checkpoint->metadata().at("format"), "pt");
    const StoredTensor* const bias = checkpoint->find_tensor("down.bias");
    ASSERT_NE(bias, nullptr);
    EXPECT_EQ(bias->dtype, "F32");
    EXPECT_EQ(bias->shape, std::vector<std::int64_t>{3});
    EXPECT_EQ(bias->file, 1u);
    float values[3] = {};
    for (int i = 0; i < 2; ++i) {  // before and after its pages are given back
      std::memcpy(values, checkpoint->data(*bias), sizeof(values));
      EXPECT_EQ(values[2], 3.0f);
      checkpoint->release(*bias);
    }
    EXPECT_EQ(checkpoint->find_tensor("nothing"), nullptr);
    EXPECT_EQ(checkpoint->find_matrix("up.values"), nullptr);
    EXPECT_EQ(checkpoint->data({"down.bias", "F32", {4}, 16, 1}), nullptr);
  }
}

TEST_F(CheckpointTest, ReadsWholeMatricesInBothOrders) {
  const auto checkpoint = Checkpoint::open(dir.path());
  ASSERT_TRUE(checkpoint.ok());
  for (const auto& [name, want] : {std::pair{"up", &up}, std::pair{"down", &down}}) {
    const StoredMatrix& matrix = *checkpoint->find_matrix(name);
    Blob canonical(want->blob.size(), std::byte{0xee});
    ASSERT_TRUE(
        checkpoint->read(Exec::cpu(), matrix, {matrix.desc, canonical.data(), canonical.size()})
            .ok());
    EXPECT_TRUE(canonical == want->blob) << name;
    PackedDesc desc = matrix.desc;
    desc.order = PackedOrder::device;
    Blob device(*packed_size(desc), std::byte{0xee}), expected(device.size());
    ASSERT_TRUE(convert(Exec::cpu(), {want->desc, want->blob.data(), want->blob.size()},
                        {desc, expected.data(), expected.size()})
                    .ok());
    const Status status =
        checkpoint->read(Exec::cpu(3), matrix, {desc, device.data(), device.size()});
    ASSERT_TRUE(status.ok()) << status.to_string();
    EXPECT_TRUE(device == expected) << name;
  }
}

TEST_F(CheckpointTest, SlicesAreThoseOfTheBlob) {
  const auto checkpoint = Checkpoint::open(dir.path());
  ASSERT_TRUE(checkpoint.ok());
  const StoredMatrix& matrix = *checkpoint->find_matrix("up");
  const MatrixSlice slices[] = {{0, 200, 0, 132},   {64, 128, 0, 132},  {1, 2, 4, 8},
                                {37, 200, 12, 132}, {5, 5, 0, 132},     {0, 200, 64, 64},
                                {0, 100, 0, 64},    {100, 200, 64, 132}};
  for (const MatrixSlice& slice : slices) {
    PackedDesc rows = up.desc, part = up.desc;
    rows.rows = part.rows = slice.row_end - slice.row_begin;
    part.cols = slice.col_end - slice.col_begin;
    Blob between(*packed_size(rows)), expected(*packed_size(part));
    ASSERT_TRUE(slice_rows(Exec::cpu(), {up.desc, up.blob.data(), up.blob.size()}, slice.row_begin,
                           slice.row_end, {rows, between.data(), between.size()})
                    .ok());
    ASSERT_TRUE(slice_cols(Exec::cpu(), {rows, between.data(), between.size()}, slice.col_begin,
                           slice.col_end, {part, expected.data(), expected.size()})
                    .ok());
    for (const PackedOrder order : {PackedOrder::canonical, PackedOrder::device}) {
      PackedDesc desc = part;
      desc.order = order;
      Blob want(*packed_size(desc)), got(want.size(), std::byte{0xee});
      if (order == PackedOrder::canonical) {
        want = expected;
      } else {
        ASSERT_TRUE(convert(Exec::cpu(), {part, expected.data(), expected.size()},
                            {desc, want.data(), want.size()})
                        .ok());
      }
      const Status status =
          checkpoint->read(Exec::cpu(), matrix, slice, {desc, got.data(), got.size()});
      ASSERT_TRUE(status.ok()) << status.to_string();
      EXPECT_TRUE(got == want) << slice.row_begin << " " << slice.col_begin;
    }
  }
}

// Rows of 64 KiB: 256 make a strip.
TEST_F(CheckpointTest, StripsMakeOneBlob) {
  const Packed wide = make_packed(700, 60000, {2, 4});
  write_shard(dir / "wide.safetensors", "wide", wide);
  const auto checkpoint = Checkpoint::open(dir / "wide.safetensors");
  ASSERT_TRUE(checkpoint.ok());
  const StoredMatrix& matrix = *checkpoint->find_matrix("wide");
  Blob got(wide.blob.size());
  ASSERT_TRUE(checkpoint->read(Exec::cpu(), matrix, {matrix.desc, got.data(), got.size()}).ok());
  EXPECT_TRUE(got == wide.blob);
  PackedDesc desc = wide.desc;
  desc.order = PackedOrder::device;
  Blob device(*packed_size(desc)), want(device.size());
  ASSERT_TRUE(checkpoint->read(Exec::cpu(), matrix, {desc, device.data(), device.size()}).ok());
  ASSERT_TRUE(convert(Exec::cpu(), {wide.desc, wide.blob.data(), wide.blob.size()},
                      {desc, want.data(), want.size()})
                  .ok());
  EXPECT_TRUE(device == want);
}

TEST_F(CheckpointTest, ReadArguments) {
  const auto checkpoint = Checkpoint::open(dir.path());
  ASSERT_TRUE(checkpoint.ok());
  const StoredMatrix& matrix = *checkpoint->find_matrix("up");
  Blob blob(1 << 20);
  const auto refused = [&](const MatrixSlice& slice, const PackedDesc& desc, std::size_t bytes,
                           const std::string& words) {
    const Status status = checkpoint->read(Exec::cpu(), matrix, slice, {desc, blob.data(), bytes});
    EXPECT_EQ(status.code(), StatusCode::invalid_argument) << words;
    EXPECT_NE(status.message().find(words), std::string::npos) << status.message();
  };
  const MatrixSlice all = {0, 200, 0, 132};
  const auto shape = [&](std::int64_t rows, std::int64_t cols) {
    PackedDesc desc = matrix.desc;
    desc.rows = rows;
    desc.cols = cols;
    return desc;
  };
  refused(all, matrix.desc, 100, "out.bytes");
  refused(all, shape(199, 132), blob.size(), "out.desc");
  refused({0, 201, 0, 132}, shape(201, 132), blob.size(), "slice.row_begin, row_end");
  refused({-1, 5, 0, 132}, shape(6, 132), blob.size(), "slice.row_begin, row_end");
  refused({6, 5, 0, 132}, shape(0, 132), blob.size(), "slice.row_begin, row_end");
  refused({0, 200, 2, 132}, shape(200, 130), blob.size(), "slice.col_begin = 2");
  refused({0, 200, 0, 130}, shape(200, 130), blob.size(), "slice.col_end = 130");
  PackedDesc desc = matrix.desc;
  desc.type = DataType::bf16;
  refused(all, desc, blob.size(), "type");
  desc = matrix.desc;
  desc.pattern = {1, 4};
  refused(all, desc, blob.size(), "pattern");
  StoredMatrix other = matrix;
  other.name = "other";
  EXPECT_EQ(checkpoint->read(Exec::cpu(), other, {matrix.desc, blob.data(), blob.size()}).code(),
            StatusCode::invalid_argument);
  EXPECT_EQ(checkpoint->read(Exec::cpu(), matrix, {matrix.desc, nullptr, blob.size()}).code(),
            StatusCode::invalid_argument);
}

TEST_F(CheckpointTest, WhatIsReadIsVerified) {
  std::string bytes = read_file(dir / "m-1.safetensors");
  const auto checkpoint = Checkpoint::open(dir.path());
  const StoredTensor* const metadata = checkpoint->find_tensor("up.metadata");
  // Positions 0, 0 in row 150, whose metadata lie somewhere in the file.
  const std::string part(static_cast<const char*>(checkpoint->data(*metadata)), metadata->bytes);
  const std::size_t at = bytes.find(part);
  ASSERT_NE(at, std::string::npos);
  bytes[at + 150 * static_cast<std::size_t>(metadata->shape[1])] = 0;
  write_file(dir / "copy", bytes);
  std::filesystem::rename(dir / "copy", dir / "m-1.safetensors");
  const auto broken = Checkpoint::open(dir.path());
  ASSERT_TRUE(broken.ok()) << "opening does not look at data";
  const StoredMatrix& matrix = *broken->find_matrix("up");
  Blob blob(up.blob.size());
  const Status status = broken->read(Exec::cpu(), matrix, {matrix.desc, blob.data(), blob.size()});
  EXPECT_EQ(status.code(), StatusCode::corrupt);
  EXPECT_NE(status.message().find("'up'"), std::string::npos) << status.message();
  EXPECT_NE(status.message().find("150"), std::string::npos) << status.message();
  PackedDesc desc = matrix.desc;
  desc.rows = 150;
  EXPECT_TRUE(
      broken->read(Exec::cpu(), matrix, {0, 150, 0, 132}, {desc, blob.data(), blob.size()}).ok())
      << "other rows are not touched";
}

TEST_F(CheckpointTest, IndexAndShardsMustAgree) {
  expect_refused(changed("\"up.bias\":\"m-1", "\"up.bias\":\"m-2"),
                 "is not in 'm-2.safetensors' but");
  expect_refused(changed("\"up.bias\":", "\"lost\":"), "tensor 'lost': is not in");
  expect_refused(changed("\"up.bias\":\"m-1.safetensors\",", ""), "tensor 'up.bias' of");
  expect_refused(changed("\"up.bias\":\"m-1", "\"up.bias\":\"m-3"), "No such file",
                 StatusCode::io_error);
  expect_refused(changed("m-1.safetensors", "../m-1.safetensors"), "without / and");
  write_shard(dir / "m-2.safetensors", "up", down);  // of another shape
  expect_refused(kIndex, "in another file '132'");
  write_shard(dir / "m-2.safetensors", "up", up);
  expect_refused(kIndex, "is in 'm-1.safetensors' too");
  write_file(dir / "m-2.safetensors", "short");
  expect_refused(kIndex, "m-2.safetensors");
  std::filesystem::remove(dir / "m-2.safetensors");
  std::filesystem::create_directory(dir / "m-2.safetensors");
  expect_refused(kIndex, "regular file", StatusCode::invalid_argument);
}

TEST_F(CheckpointTest, Folders) {
  const TempDir other;
  EXPECT_EQ(Checkpoint::open(other.path()).status().code(), StatusCode::not_found);
  EXPECT_EQ(Checkpoint::open(other / "none").status().code(), StatusCode::io_error);
  write_shard(other / "a.safetensors", "a", down);
  EXPECT_EQ(Checkpoint::open(other.path())->matrices()[0].name, "a");
  write_shard(other / "b.safetensors", "b", down);
  EXPECT_EQ(Checkpoint::open(other.path()).status().code(), StatusCode::invalid_argument);
  write_shard(other / "model.safetensors", "c", down);
  EXPECT_EQ(Checkpoint::open(other.path())->matrices()[0].name, "c");
  // Caches keep files elsewhere and link to them.
  std::filesystem::remove(other / "a.safetensors");
  std::filesystem::create_symlink(dir / "m-1.safetensors", other / "m-1.safetensors");
  std::filesystem::create_symlink(dir / "m-2.safetensors", other / "m-2.safetensors");
  write_file(other / "x.safetensors.index.json", kIndex);
  EXPECT_EQ(Checkpoint::open(other.path())->matrices().size(), 2u);
}

TEST_F(CheckpointTest, NamesWithAZeroByteAreRefused) {
  const TempDir other;
  write_file(
      other / "z.safetensors",
      safetensors("{\"a\\u0000b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1));
  EXPECT_EQ(Checkpoint::open(other / "z.safetensors").status().code(), StatusCode::corrupt);
}

TEST_F(CheckpointTest, ManyThreadsRead) {
  const auto checkpoint = Checkpoint::open(dir.path());
  ASSERT_TRUE(checkpoint.ok());
  std::vector<std::thread> threads;
  std::vector<int> good(8, 0);
  for (std::size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&, t] {
      const StoredMatrix& matrix = *checkpoint->find_matrix("up");
      for (int i = 0; i < 20; ++i) {
        Blob blob(up.blob.size());
        const Status status =
            checkpoint->read(Exec::cpu(1), matrix, {matrix.desc, blob.data(), blob.size()});
        good[t] += status.ok() && blob == up.blob ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(8, 20));
}

// A file that takes no disk: 40 GiB of values. In 1:2 zero bits are position 0, so it is intact.
TEST(CheckpointLarge, ASliceTouchesItsRowsOnly) {
  const TempDir dir;
  const std::string header =
      "{\"__metadata__\":{\"heddle.format_version\":\"1\",\"heddle.w.pattern\":\"1:2\","
      "\"heddle.w.type\":\"f16\",\"heddle.w.rows\":\"1310720\",\"heddle.w.cols\":\"32768\"},"
      "\"w.values\":{\"dtype\":\"F16\",\"shape\":[1310720,16384],\"data_offsets\":[0,42949672960]},"
      "\"w.metadata\":{\"dtype\":\"U8\",\"shape\":[1310720,2048],"
      "\"data_offsets\":[42949672960,45634027520]}}";
  write_file(dir / "w.safetensors", le64(header.size()) + header);
  struct stat info {};
  if (::truncate((dir / "w.safetensors").c_str(),
                 static_cast<off_t>(8 + header.size() + 45634027520)) != 0 ||
      ::stat((dir / "w.safetensors").c_str(), &info) != 0 || info.st_blocks > 2048) {
    GTEST_SKIP() << "no sparse files of 43 GiB here";
  }
  const auto checkpoint = Checkpoint::open(dir / "w.safetensors");
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().to_string();
  const StoredMatrix& matrix = *checkpoint->find_matrix("w");
  rusage before{}, after{};
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &before), 0);
  PackedDesc desc = matrix.desc;
  desc.rows = 256;
  desc.order = PackedOrder::device;
  Blob blob(*packed_size(desc));
  for (const std::int64_t row : {std::int64_t{0}, std::int64_t{700000}, std::int64_t{1310464}}) {
    const Status status = checkpoint->read(Exec::cpu(2), matrix, {row, row + 256, 0, 32768},
                                           {desc, blob.data(), blob.size()});
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &after), 0);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, (64 + 32) * 1024) << "KiB";
}

}  // namespace
}  // namespace heddle::test
