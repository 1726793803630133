#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "host/io/safetensors.hpp"
#include "test/host/io/files.hpp"

namespace heddle::io {
namespace {

using test::FileSizeLimit;
using test::mode_of;
using test::read_file;
using test::TempDir;
using test::write_file;

Status write_one(const std::string& path, const std::string& data) {
  Result<SafetensorsWriter> writer = SafetensorsWriter::create(
      path, {{"t", "U8", {static_cast<std::int64_t>(data.size())}, 0}}, {});
  if (!writer.ok()) return writer.status();
  if (Status s = writer->write(data.data(), data.size()); !s.ok()) return s;
  return writer->finish();
}

// The bytes the format's reference writer gives for these tensors, spelled out.
TEST(SafetensorsWriter, BytesOfTheReferenceWriter) {
  const TempDir dir;
  const std::string path = dir / "a.safetensors";
  Result<SafetensorsWriter> writer = SafetensorsWriter::create(path,
                                                               {{"z", "U8", {3}, 0},
                                                                {"b", "F32", {1}, 4},
                                                                {"a\"\n\xc3\xa9", "F32", {}, 0},
                                                                {"i", "I64", {0, 2}, 0}},
                                                               {{"format", "pt"}});
  ASSERT_TRUE(writer.ok()) << writer.status().to_string();
  ASSERT_TRUE(writer->write("zzz", 3).ok());
  ASSERT_TRUE(writer->write("bbbb", 4).ok());
  ASSERT_TRUE(writer->write("aaaa", 4).ok());
  ASSERT_TRUE(writer->write(nullptr, 0).ok());
  ASSERT_TRUE(writer->finish().ok());

  std::string header =
      "{\"__metadata__\":{\"format\":\"pt\"},"
      "\"i\":{\"dtype\":\"I64\",\"shape\":[0,2],\"data_offsets\":[0,0]},"
      "\"a\\\"\\n\xc3\xa9\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
      "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
      "\"z\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(read_file(path), test::le64(header.size()) + header + "aaaabbbbzzz");
  EXPECT_EQ(dir.names(), std::vector<std::string>{"a.safetensors"});
}

TEST(SafetensorsWriter, AnEmptyFile) {
  const TempDir dir;
  Result<SafetensorsWriter> writer = SafetensorsWriter::create(dir / "e", {}, {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->finish().ok());
  EXPECT_EQ(read_file(dir / "e"), test::le64(8) + "{}      ");
  EXPECT_TRUE(SafetensorsReader::open(dir / "e").ok());
}

TEST(SafetensorsWriter, RoundTripThroughTheReader) {
  const TempDir dir;
  const std::string path = dir / "r";
  const std::vector<std::string> dtypes = {"BOOL", "F8_E4M3", "BF16",   "I32",
                                           "C64",  "F4",      "F6_E3M2"};
  std::vector<TensorInfo> tensors;
  for (const std::string& dtype : dtypes) tensors.push_back({"t." + dtype, dtype, {4, 5, 2}, 0});
  const Metadata metadata = {{"k", "v\t\"\\"}, {"\xe2\x82\xac", ""}};
  Result<SafetensorsWriter> writer = SafetensorsWriter::create(path, tensors, metadata);
  ASSERT_TRUE(writer.ok()) << writer.status().to_string();
  const std::size_t bits[] = {8, 8, 16, 32, 64, 4, 6};
  for (std::size_t i = 0; i < dtypes.size(); ++i) {
    const std::string data(40 * bits[i] / 8, static_cast<char>('a' + i));
    ASSERT_TRUE(writer->write(data.data(), data.size()).ok()) << dtypes[i];
  }
  ASSERT_TRUE(writer->finish().ok());

  const Result<SafetensorsReader> reader = SafetensorsReader::open(path);
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  EXPECT_EQ(reader->metadata(), metadata);
  ASSERT_EQ(reader->tensors().size(), dtypes.size());
  for (std::size_t i = 0; i < dtypes.size(); ++i) {
    const TensorInfo* const info = reader->find("t." + dtypes[i]);
    ASSERT_NE(info, nullptr);
    const std::string data(40 * bits[i] / 8, static_cast<char>('a' + i));
    EXPECT_EQ(std::string(static_cast<const char*>(reader->data(*info)), info->bytes), data);
  }
}

TEST(SafetensorsWriter, RefusesWhatNoFileCanHold) {
  const TempDir dir;
  const auto expect = [&](std::vector<TensorInfo> tensors, const Metadata& metadata,
                          const std::string& part) {
    const auto writer = SafetensorsWriter::create(dir / "x", std::move(tensors), metadata);
    ASSERT_FALSE(writer.ok()) << part;
    EXPECT_EQ(writer.status().code(), StatusCode::invalid_argument);
    EXPECT_NE(writer.status().message().find(part), std::string::npos) << writer.status().message();
  };
  expect({{"a", "U8", {1}, 0}, {"a", "F32", {1}, 0}}, {}, "tensor name 'a': given twice");
  expect({{"__metadata__", "U8", {1}, 0}}, {}, "reserved");
  expect({{"a\xff", "U8", {1}, 0}}, {}, "tensor name 'a\\xff': must be UTF-8");
  expect({}, {{"k\xff", "v"}}, "metadata key");
  expect({}, {{"k", "v\xff"}}, "metadata value");
  expect({{"a", "float", {1}, 0}}, {}, "dtype 'float': must be one of");
  expect({{"a", "U8", {-1}, 0}}, {}, "a dimension is negative");
  expect({{"a", "F32", {1ll << 40, 1ll << 40}, 0}}, {}, "overflows");
  expect({{"a", "F4", {3}, 0}}, {}, "whole number of bytes");
  expect({{"a", "U8", {4}, 5}}, {}, "bytes = 5, shape [4] of U8 takes 4");
  expect({{"a", "U8", {1ll << 59}, 0},
          {"b", "U8", {1ll << 59}, 0},
          {"c", "U8", {1ll << 59}, 0},
          {"d", "F64", {1ll << 56}, 0},
          {"e", "F64", {1ll << 56}, 0},
          {"f", "F64", {1ll << 56}, 0},
          {"g", "F64", {1ll << 56}, 0},
          {"h", "F64", {1ll << 56}, 0},
          {"i", "F64", {1ll << 56}, 0},
          {"j", "F64", {1ll << 56}, 0},
          {"k", "F64", {1ll << 56}, 0},
          {"l", "F64", {1ll << 56}, 0},
          {"m", "F64", {1ll << 56}, 0},
          {"n", "F64", {1ll << 56}, 0},
          {"o", "F64", {1ll << 56}, 0},
          {"p", "F64", {1ll << 56}, 0}},
         {}, "exceed 2^63");
  expect({}, {{"k", std::string(100'000'000, 'x')}}, "at most 100000000");
  EXPECT_TRUE(dir.names().empty());
}

TEST(SafetensorsWriter, MisuseFailsAndLeavesNothing) {
  const TempDir dir;
  const std::string path = dir / "m";
  write_file(path, "old");
  const auto make = [&] {
    return SafetensorsWriter::create(path, {{"a", "U8", {2}, 0}, {"b", "U8", {2}, 0}}, {});
  };
  {
    auto writer = make();
    ASSERT_TRUE(writer.ok());
    EXPECT_EQ(writer->write("x", 1).code(), StatusCode::invalid_argument);
    EXPECT_FALSE(writer->write("xx", 2).ok()) << "nothing works after a failure";
    EXPECT_FALSE(writer->finish().ok());
  }
  {
    auto writer = make();
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->write("xx", 2).ok());
    const Status status = writer->finish();
    EXPECT_EQ(status.code(), StatusCode::invalid_argument);
    EXPECT_NE(status.message().find("tensor 'b' is declared but not written"), std::string::npos);
  }
  {
    auto writer = make();
    ASSERT_TRUE(writer.ok());
    EXPECT_EQ(writer->write(nullptr, 2).code(), StatusCode::invalid_argument);
  }
  {
    auto writer = make();
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->write("xx", 2).ok());
    ASSERT_TRUE(writer->write("yy", 2).ok());
    EXPECT_EQ(writer->write("zz", 2).code(), StatusCode::invalid_argument);
    EXPECT_FALSE(writer->finish().ok());
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(dir.names(), std::vector<std::string>{"m"});
}

TEST(SafetensorsWriter, UntilFinishNothingIsSeen) {
  const TempDir dir;
  const std::string path = dir / "f";
  write_file(path, "old");
  {
    auto writer = SafetensorsWriter::create(path, {{"a", "U8", {2}, 0}}, {});
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->write("xx", 2).ok());
    EXPECT_EQ(read_file(path), "old");
    EXPECT_EQ(dir.names().size(), 2u);
    EXPECT_TRUE(std::filesystem::exists(writer->temporary_path()));
    SafetensorsWriter moved = std::move(*writer);
    EXPECT_EQ(dir.names().size(), 2u) << "a move keeps the partial file";
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(dir.names(), std::vector<std::string>{"f"}) << "the destructor removes it";
}

// As on a full disk: the limit on file sizes stops the write.
TEST(SafetensorsWriter, AFullDiskLosesNothing) {
  const TempDir dir;
  const std::string path = dir / "d";
  write_file(path, "old");
  {
    const FileSizeLimit limit(4096);
    const Status status = write_one(path, std::string(100'000, 'x'));
    EXPECT_EQ(status.code(), StatusCode::io_error) << status.to_string();
    EXPECT_NE(status.message().find("d': reserving space: File too large"), std::string::npos)
        << status.message();
  }
  {
    // The reservation succeeds, a later write does not.
    auto writer = SafetensorsWriter::create(path, {{"t", "U8", {100'000}, 0}}, {});
    ASSERT_TRUE(writer.ok());
    const FileSizeLimit limit(4096);
    const std::string data(100'000, 'x');
    const Status status = writer->write(data.data(), data.size());
    EXPECT_EQ(status.code(), StatusCode::io_error) << status.to_string();
    EXPECT_NE(status.message().find("writing: File too large"), std::string::npos)
        << status.message();
    EXPECT_EQ(dir.names(), std::vector<std::string>{"d"}) << "gone at once, not at the end";
    EXPECT_TRUE(writer->temporary_path().empty());
    EXPECT_FALSE(writer->finish().ok());
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(dir.names(), std::vector<std::string>{"d"});
}

TEST(SafetensorsWriter, RefusesTargetsThatAreNoFiles) {
  const TempDir dir;
  const auto expect = [](const std::string& path, StatusCode code, const std::string& part) {
    const Status status = write_one(path, "x");
    EXPECT_EQ(status.code(), code) << path << ": " << status.to_string();
    EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
  };
  expect(dir.path(), StatusCode::invalid_argument, "no regular file");
  expect("/dev/full", StatusCode::invalid_argument, "no regular file");
  expect(dir / "absent/x", StatusCode::io_error, "No such file or directory");
  expect("", StatusCode::io_error, "creating");
  expect(dir / "x/", StatusCode::io_error, "creating");
  EXPECT_TRUE(dir.names().empty());
}

TEST(SafetensorsWriter, Permissions) {
  const TempDir dir;
  const mode_t old_mask = ::umask(027);
  ASSERT_TRUE(write_one(dir / "new", "x").ok());
  EXPECT_EQ(mode_of(dir / "new"), 0640u) << "a new file obeys the umask";
  for (const unsigned mode : {0600u, 0664u, 0755u, 0444u}) {
    const std::string path = dir / "old";
    write_file(path, "old");
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    ASSERT_TRUE(write_one(path, "x").ok());
    EXPECT_EQ(mode_of(path), mode) << "a replaced file keeps its permissions";
    std::filesystem::remove(path);
  }
  ::umask(old_mask);
}

TEST(SafetensorsWriter, FollowsALink) {
  const TempDir dir;
  write_file(dir / "real", "old");
  ASSERT_EQ(::symlink("real", (dir / "link").c_str()), 0);
  ASSERT_TRUE(write_one(dir / "link", "x").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(dir / "link"));
  EXPECT_NE(read_file(dir / "real"), "old");
}

TEST(SafetensorsWriter, ALongNameStillFits) {
  const TempDir dir;
  const std::string path = dir / std::string(255, 'n');
  ASSERT_TRUE(write_one(path, "x").ok());
  EXPECT_TRUE(SafetensorsReader::open(path).ok());
}

TEST(SafetensorsWriter, OverTheFileBeingRead) {
  const TempDir dir;
  const std::string path = dir / "s";
  ASSERT_TRUE(write_one(path, "first").ok());
  const auto reader = SafetensorsReader::open(path);
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE(write_one(path, "second").ok());
  const TensorInfo& old = reader->tensors()[0];
  EXPECT_EQ(std::memcmp(reader->data(old), "first", 5), 0) << "the reader keeps what it opened";
  EXPECT_EQ(SafetensorsReader::open(path)->tensors()[0].bytes, 6u);
}

}  // namespace
}  // namespace heddle::io
