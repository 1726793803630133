// prune -> check -> pack -> check -> unpack, bit for bit.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

const std::vector<std::string> kTypes = {"F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I8"};

void expect_same(const Tensor& got, const Tensor& want) {
  EXPECT_EQ(got.dtype, want.dtype) << want.name;
  EXPECT_EQ(got.shape, want.shape) << want.name;
  ASSERT_EQ(got.bytes.size(), want.bytes.size()) << want.name;
  const auto at = std::mismatch(got.bytes.begin(), got.bytes.end(), want.bytes.begin());
  EXPECT_TRUE(at.first == got.bytes.end())
      << want.name << " differs first at byte " << at.first - got.bytes.begin();
}

// The whole way for a file of these tensors, each of them selected.
void round_trip(const std::vector<Tensor>& tensors, int keep, int group) {
  const TempDir dir;
  const std::string pattern = std::to_string(keep) + ":" + std::to_string(group);
  write_tensors(dir / "dense", tensors, {{"format", "pt"}});
  const auto run = [&](const std::string& command, const std::string& in, const std::string& out) {
    std::vector<std::string> arguments = {command, dir / in, "--include", "."};
    if (!out.empty()) arguments.push_back(dir / out);
    if (command != "unpack") arguments.insert(arguments.end(), {"--pattern", pattern});
    const Ran result = heddle_run(arguments);
    EXPECT_EQ(result.exit_code, 0) << command << " " << pattern << ": " << result.err;
    EXPECT_EQ(result.err, "") << "no progress where stderr is no terminal";
  };
  run("prune", "dense", "pruned");
  for (const Tensor& tensor : tensors) {
    expect_same(read_tensor(dir / "pruned", tensor.name), test::pruned(tensor, keep, group));
  }
  run("check", "pruned", "");
  run("pack", "pruned", "packed");
  run("check", "packed", "");
  run("unpack", "packed", "unpacked");
  // Not only the tensors: the same names, dtypes, shapes, order and metadata.
  EXPECT_EQ(read_file(dir / "unpacked"), read_file(dir / "pruned")) << pattern;
}

TEST(RoundTrip, EveryTypeAndOddShapes) {
  const std::vector<std::vector<std::int64_t>> shapes = {{64, 64}, {33, 47}, {1, 1}, {1, 130},
                                                         {77, 3},  {2, 4},   {0, 8}, {8, 0}};
  std::vector<Tensor> tensors;
  for (const std::string& type : kTypes) {
    for (const auto& shape : shapes) {
      const std::string name =
          type + "." + std::to_string(shape[0]) + "x" + std::to_string(shape[1]);
      tensors.push_back(random_tensor(name, type, shape));
    }
  }
  const int patterns[][2] = {{2, 4}, {1, 2},   {1, 4},   {4, 8}, {1, 1},
                             {3, 5}, {16, 32}, {32, 32}, {1, 32}};
  for (const auto& pattern : patterns) round_trip(tensors, pattern[0], pattern[1]);
}

TEST(RoundTrip, WhatIsNotSelectedPassesThrough) {
  const TempDir dir;
  std::vector<Tensor> tensors = {random_tensor("weight", "F16", {64, 96})};
  for (const char* dtype : {"BOOL", "U8", "I16", "U16", "I32", "U32", "F64", "I64", "U64", "C64",
                            "F8_E8M0", "F4", "F6_E2M3", "F6_E3M2", "F8_E4M3FNUZ"}) {
    tensors.push_back(random_tensor(std::string("other.") + dtype, dtype, {40, 40}));
  }
  tensors.push_back(random_tensor("bias", "F32", {64}));
  tensors.push_back(random_tensor("first", "F32", {64, 3, 3, 3}));
  tensors.push_back(random_tensor("scalar", "F32", {}));
  tensors.push_back(random_tensor("empty", "F32", {0}));
  tensors.push_back(random_tensor("small", "F32", {31, 64}));
  const io::Metadata metadata = {{"format", "pt"}, {"note", "line\nbreak \xe2\x82\xac"}};
  write_tensors(dir / "in", tensors, metadata);
  ASSERT_EQ(heddle_run({"prune", dir / "in", dir / "pruned"}).exit_code, 0);
  ASSERT_EQ(heddle_run({"pack", dir / "pruned", dir / "packed"}).exit_code, 0);
  ASSERT_EQ(heddle_run({"unpack", dir / "packed", dir / "unpacked"}).exit_code, 0);
  for (const char* file : {"pruned", "packed", "unpacked"}) {
    for (const Tensor& tensor : tensors) {
      if (tensor.name != "weight") expect_same(read_tensor(dir / file, tensor.name), tensor);
    }
  }
  EXPECT_EQ(io::SafetensorsReader::open(dir / "pruned")->metadata(), metadata);
  EXPECT_EQ(io::SafetensorsReader::open(dir / "packed")->metadata().at("note"),
            metadata.at("note"));
  EXPECT_EQ(read_file(dir / "unpacked"), read_file(dir / "pruned"));
}

TEST(RoundTrip, PackPruneIsPruneThenPack) {
  const TempDir dir;
  write_tensors(dir / "in",
                {random_tensor("w", "BF16", {50, 70}), random_tensor("v", "I8", {32, 32})});
  ASSERT_EQ(heddle_run({"prune", dir / "in", dir / "pruned"}).exit_code, 0);
  ASSERT_EQ(heddle_run({"pack", dir / "pruned", dir / "packed"}).exit_code, 0);
  const Ran run = heddle_run({"pack", "--prune", dir / "in", dir / "fused"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(read_file(dir / "fused"), read_file(dir / "packed"));
}

TEST(RoundTrip, ThreadsDoNotChangeAByte) {
  const TempDir dir;
  write_tensors(dir / "in", {random_tensor("w", "F32", {301, 257})});
  std::string pruned_bytes, packed_bytes;
  for (const char* threads : {"1", "2", "7", "0"}) {
    ASSERT_EQ(heddle_run({"prune", dir / "in", dir / "p", "--threads", threads}).exit_code, 0);
    ASSERT_EQ(heddle_run({"pack", dir / "p", dir / "q", "--threads", threads}).exit_code, 0);
    if (pruned_bytes.empty()) {
      pruned_bytes = read_file(dir / "p");
      packed_bytes = read_file(dir / "q");
    }
    EXPECT_EQ(read_file(dir / "p"), pruned_bytes) << threads;
    EXPECT_EQ(read_file(dir / "q"), packed_bytes) << threads;
  }
}

TEST(RoundTrip, TheOutputMayBeTheInput) {
  const TempDir dir;
  const Tensor tensor = random_tensor("w", "F16", {64, 64});
  write_tensors(dir / "f", {tensor});
  ASSERT_EQ(heddle_run({"prune", dir / "f", dir / "f"}).exit_code, 0);
  expect_same(read_tensor(dir / "f", "w"), test::pruned(tensor, 2, 4));
  const std::string pruned_file = read_file(dir / "f");
  ASSERT_EQ(heddle_run({"pack", dir / "f", "-o", dir / "f"}).exit_code, 0);
  EXPECT_EQ(tensor_names(dir / "f"), (std::vector<std::string>{"w.metadata", "w.values"}));
  ASSERT_EQ(heddle_run({"unpack", dir / "f", "--output", dir / "f"}).exit_code, 0);
  EXPECT_EQ(read_file(dir / "f"), pruned_file);
  EXPECT_EQ(dir.names(), std::vector<std::string>{"f"});
}

TEST(RoundTrip, PackedPartsAreNeverPrunedOrPackedAgain) {
  const TempDir dir;
  write_tensors(dir / "in", {random_tensor("w", "F16", {128, 256})});
  ASSERT_EQ(heddle_run({"pack", "--prune", dir / "in", dir / "packed"}).exit_code, 0);
  for (const char* command : {"prune", "pack"}) {
    const Ran run = heddle_run({command, dir / "packed", dir / "again", "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(run.json()["tensors"].size(), 0u);
    ASSERT_EQ(run.json()["skipped"].size(), 2u);
    EXPECT_EQ(run.json()["skipped"][0]["reason"], "part of packed matrix 'w'");
    EXPECT_EQ(read_file(dir / "again"), read_file(dir / "packed")) << command;
  }
}

TEST(RoundTrip, SignedZerosOfAMaskedProductAreCompliant) {
  // weight * mask in other tools leaves -0.0 where a negative weight was dropped.
  const TempDir dir;
  Tensor tensor{"w", "F32", {32, 32}, std::string(32 * 32 * 4, '\0')};
  for (std::size_t i = 0; i < 32 * 32; ++i) {
    tensor.bytes[4 * i + 3] = i % 4 < 2 ? '\x40' : '\x80';  // 2.0, 2.0, -0.0, -0.0
  }
  write_tensors(dir / "in", {tensor});
  EXPECT_EQ(heddle_run({"check", dir / "in"}).exit_code, 0);
  EXPECT_EQ(heddle_run({"pack", dir / "in", dir / "packed"}).exit_code, 0);
}

TEST(RoundTrip, UnpackOfSome) {
  const TempDir dir;
  write_tensors(dir / "in",
                {random_tensor("a", "F16", {64, 64}), random_tensor("b", "F16", {64, 64})});
  ASSERT_EQ(heddle_run({"pack", "--prune", dir / "in", dir / "packed"}).exit_code, 0);
  const Ran run =
      heddle_run({"unpack", dir / "packed", dir / "some", "--include", "^a$", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.json()["left_packed"][0]["name"], "b");
  EXPECT_EQ(tensor_names(dir / "some"), (std::vector<std::string>{"a", "b.metadata", "b.values"}));
  EXPECT_EQ(heddle_run({"check", dir / "some"}).exit_code, 0);
}

}  // namespace
}  // namespace heddle::test
