// Files of other tools: bitmask files to packed ones and back, and masks in a file of their own.

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

const std::vector<std::string> kTypes = {"F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I8"};

std::string int64s(const std::vector<std::int64_t>& numbers) {
  std::string bytes(numbers.size() * 8, '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

std::size_t element_size(const Tensor& tensor) {
  const auto count = static_cast<std::size_t>(tensor.shape[0] * tensor.shape[1]);
  return tensor.bytes.size() / count;
}

// compressed-tensors' three tensors, from the format's description, of a matrix whose columns
// 4g + first and 4g + second are kept.
std::vector<Tensor> bitmask_tensors(const Tensor& dense, const std::string& prefix, int first,
                                    int second) {
  const std::int64_t rows = dense.shape[0], cols = dense.shape[1];
  const std::size_t size = element_size(dense);
  Tensor values{prefix + ".compressed", dense.dtype, {rows, cols / 2}, ""};
  Tensor bits{prefix + ".bitmask", "U8", {rows, (cols + 7) / 8}, ""};
  bits.bytes.resize(static_cast<std::size_t>(rows * ((cols + 7) / 8)));
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; ++c) {
      if (c % 4 != first && c % 4 != second) continue;
      values.bytes += dense.bytes.substr(static_cast<std::size_t>(r * cols + c) * size, size);
      char& byte = bits.bytes[static_cast<std::size_t>(r * ((cols + 7) / 8) + c / 8)];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | 1u << c % 8);
    }
  return {values, bits, {prefix + ".shape", "I64", {2, 1}, int64s({rows, cols})}};
}

// The dense matrix with everything else zero.
Tensor kept(const Tensor& dense, int first, int second) {
  Tensor out = dense;
  const std::size_t size = element_size(dense);
  const auto cols = static_cast<std::size_t>(dense.shape[1]);
  for (std::size_t e = 0; e < dense.bytes.size() / size; ++e) {
    const int at = static_cast<int>(e % cols % 4);
    if (at != first && at != second) std::memset(out.bytes.data() + e * size, 0, size);
  }
  return out;
}

void expect_same(const Tensor& got, const Tensor& want) {
  EXPECT_EQ(got.dtype, want.dtype) << want.name;
  EXPECT_EQ(got.shape, want.shape) << want.name;
  EXPECT_TRUE(got.bytes == want.bytes) << want.name << ": other bytes";
}

TEST(Interchange, DensePackedBitmaskPackedIsTheSameFile) {
  const TempDir dir;
  std::vector<Tensor> tensors = {random_tensor("head.bias", "F32", {64})};
  for (const std::string& type : kTypes)
    tensors.push_back(random_tensor("layer." + type + ".weight", type, {65, 132}));
  write_tensors(dir / "dense", tensors, {{"format", "pt"}});
  ASSERT_EQ(heddle_run({"pack", "--prune", dir / "dense", dir / "packed"}).exit_code, 0);
  const Ran out = heddle_run({"unpack", "--to", "bitmask", dir / "packed", dir / "bits", "--json"});
  ASSERT_EQ(out.exit_code, 0) << out.err;
  EXPECT_EQ(out.json()["tensors"].size(), kTypes.size());
  const auto config = out.json()["config"]["quantization_config"];
  EXPECT_EQ(config["quant_method"], "compressed-tensors");
  EXPECT_EQ(config["sparsity_config"]["format"], "sparse-24-bitmask");
  EXPECT_EQ(io::SafetensorsReader::open(dir / "bits")->metadata(),
            (io::Metadata{{"format", "pt"}}));
  for (const std::string& type : kTypes) {
    const std::string prefix = "layer." + type;
    EXPECT_EQ(read_tensor(dir / "bits", prefix + ".shape").bytes, int64s({65, 132}));
    EXPECT_TRUE(read_tensor(dir / "bits", prefix + ".compressed").bytes ==
                read_tensor(dir / "packed", prefix + ".weight.values").bytes);
  }
  const Ran back = heddle_run({"pack", dir / "bits", dir / "again", "--json"});
  ASSERT_EQ(back.exit_code, 0) << back.err;
  EXPECT_EQ(back.json()["tensors"][0]["from"], "sparse-24-bitmask");
  EXPECT_EQ(read_file(dir / "again"), read_file(dir / "packed"));
}

TEST(Interchange, ForeignBitmasksKeepTheirPlaces) {
  const TempDir dir;
  std::vector<Tensor> tensors = {random_tensor("norm.weight", "F32", {64}),
                                 random_tensor("lm_head.weight", "F16", {64, 64})};
  std::vector<Tensor> dense;
  for (const std::string& type : kTypes) {
    dense.push_back(random_tensor(type + ".weight", type, {33, 36}));
    for (Tensor& part : bitmask_tensors(dense.back(), type, 1, 3))
      tensors.push_back(std::move(part));
  }
  write_tensors(dir / "bits", tensors);
  const Ran run = heddle_run({"pack", dir / "bits", dir / "packed", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.json()["tensors"].size(), kTypes.size());
  EXPECT_EQ(run.json()["skipped"].size(), 2u);
  expect_same(read_tensor(dir / "packed", "lm_head.weight"), tensors[1]);
  ASSERT_EQ(heddle_run({"unpack", dir / "packed", dir / "dense"}).exit_code, 0);
  for (const Tensor& tensor : dense)
    expect_same(read_tensor(dir / "dense", tensor.name), kept(tensor, 1, 3));
  ASSERT_EQ(heddle_run({"unpack", "--to", "bitmask", dir / "packed", dir / "back"}).exit_code, 0);
  EXPECT_EQ(read_file(dir / "back"), read_file(dir / "bits"));
}

TEST(Interchange, IncludeNamesTheWeightsOfBitmasks) {
  const TempDir dir;
  std::vector<Tensor> tensors;
  for (const char* prefix : {"a", "b"})
    for (Tensor& part : bitmask_tensors(random_tensor("w", "F16", {32, 64}), prefix, 0, 1))
      tensors.push_back(std::move(part));
  write_tensors(dir / "bits", tensors);
  ASSERT_EQ(heddle_run({"pack", dir / "bits", dir / "p", "--include", "^a.weight$"}).exit_code, 0);
  EXPECT_EQ(tensor_names(dir / "p").size(), 5u);
  expect_same(read_tensor(dir / "p", "b.bitmask"), tensors[4]);
  const Ran none = heddle_run({"pack", dir / "bits", dir / "q", "--include", "c.weight"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_NE(none.err.find("matches no tensor"), std::string::npos) << none.err;
}

TEST(Interchange, SparseBitmask) {
  const TempDir dir;
  const std::int64_t rows = 40, cols = 44;
  Tensor dense{"m.weight", "I8", {rows, cols}, ""};
  Tensor values{"m.compressed", "I8", {0}, ""};
  Tensor bits{"m.bitmask", "U8", {rows, 6}, std::string(240, '\0')};
  std::vector<std::int64_t> offsets;
  for (std::int64_t r = 0; r < rows; ++r) {
    offsets.push_back(static_cast<std::int64_t>(values.bytes.size()));
    for (std::int64_t c = 0; c < cols; ++c) {
      const bool kept = c % 4 == r % 4 && c % 3 != 0;
      dense.bytes += kept ? static_cast<char>(c + 1) : '\0';
      if (!kept) continue;
      values.bytes += dense.bytes.back();
      char& byte = bits.bytes[static_cast<std::size_t>(r * 6 + c / 8)];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | 1u << c % 8);
    }
  }
  values.shape[0] = static_cast<std::int64_t>(values.bytes.size());
  write_tensors(dir / "bits", {values,
                               bits,
                               {"m.shape", "I64", {2}, int64s({rows, cols})},
                               {"m.row_offsets", "I64", {rows}, int64s(offsets)}});
  for (const char* pattern : {"2:4", "1:4", "4:8"}) {
    const Ran run = heddle_run({"pack", dir / "bits", dir / "p", "--pattern", pattern, "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(run.json()["tensors"][0]["from"], "sparse-bitmask");
    EXPECT_EQ(run.json()["tensors"][0]["packed"], pattern);
    ASSERT_EQ(heddle_run({"unpack", dir / "p", dir / "d"}).exit_code, 0);
    expect_same(read_tensor(dir / "d", "m.weight"), dense);
  }
  const Ran refused = heddle_run({"pack", dir / "bits", dir / "q", "--pattern", "1:8"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("not_compliant: bitmask matrix 'm': bitmask row 0 group 2"),
            std::string::npos)
      << refused.err;
}

TEST(Interchange, BrokenBitmaskFilesAreNamed) {
  const TempDir dir;
  const std::vector<Tensor> good = bitmask_tensors(random_tensor("w", "F16", {32, 64}), "m", 0, 2);
  const auto refused = [&](std::vector<Tensor> tensors, const std::string& message) {
    write_tensors(dir / "bits", tensors);
    const Ran run = heddle_run({"pack", dir / "bits", dir / "out"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_NE(run.err.find(message), std::string::npos) << run.err << "\nwanted: " << message;
    EXPECT_EQ(dir.names(), std::vector<std::string>{"bits"});
  };
  std::vector<Tensor> bad = good;
  bad[1].bytes[8 * 5 + 2] ^= 0x10;
  refused(bad, "corrupt: bitmask matrix 'm': bitmask row 5 group 5 has 1 bits set");
  refused({good[0], good[1]}, "tensor 'm.shape' is missing");
  bad = good;
  bad[2].bytes = int64s({32, 62});
  refused(bad, "multiple of 4");
  bad[2].bytes = int64s({32, 68});
  refused(bad, "tensor 'm.bitmask' is U8 [32, 8]: must be U8 [32, 9]");
  bad[2].bytes = int64s({-1, 64});
  refused(bad, "tensor 'm.shape' holds -1");
  bad = good;
  bad[0].shape = {64, 16};
  refused(bad, "tensor 'm.compressed' is F16 [64, 16]: must be F16 [32, 32]");
  bad[0] = {"m.compressed", "I32", {32, 32}, std::string(4096, '\0')};
  refused(bad, "of type I32");
  bad = good;
  bad[2].dtype = "F64";
  refused(bad, "tensor 'm.shape' is F64");
  bad = good;
  bad.push_back(random_tensor("m.weight", "F16", {32, 64}));
  refused(bad, "tensor 'm.weight' is there too");
  bad = good;
  bad.push_back({"m.row_offsets", "I64", {32}, int64s(std::vector<std::int64_t>(32))});
  refused(bad, "tensor 'm.compressed' is F16 [32, 32]");
}

TEST(Interchange, WhatABitmaskFileCannotHold) {
  const TempDir dir;
  write_tensors(dir / "in", {random_tensor("w", "F16", {32, 64})});
  ASSERT_EQ(heddle_run({"pack", "--prune", dir / "in", dir / "p"}).exit_code, 0);
  Ran run = heddle_run({"unpack", "--to", "bitmask", dir / "p", dir / "out"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("names end in .weight"), std::string::npos) << run.err;
  write_tensors(dir / "in", {random_tensor("w.weight", "F16", {32, 64})});
  ASSERT_EQ(heddle_run({"pack", "--prune", "--pattern", "4:8", dir / "in", dir / "p"}).exit_code,
            0);
  run = heddle_run({"unpack", "--to", "bitmask", dir / "p", dir / "out"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("'w.weight': desc.pattern"), std::string::npos) << run.err;
  run = heddle_run({"unpack", "--to", "other", dir / "p", dir / "out"});
  EXPECT_EQ(run.exit_code, 2);
}

// A mask that keeps columns 4g + first and 4g + second.
Tensor mask_of(const Tensor& weight, const std::string& name, const std::string& dtype, int first,
               int second) {
  Tensor mask{name, dtype, weight.shape, ""};
  for (std::int64_t r = 0; r < weight.shape[0]; ++r)
    for (std::int64_t c = 0; c < weight.shape[1]; ++c)
      mask.bytes += c % 4 == first || c % 4 == second ? '\1' : '\0';
  return mask;
}

TEST(Interchange, MasksOfAnotherFile) {
  const TempDir dir;
  const std::pair<std::string, std::string> names[] = {{"a.weight", "a.weight"},
                                                       {"b.weight", "b.weight.mask"},
                                                       {"c.weight", "c.weight_mask"},
                                                       {"d.weight", "d.mask"},
                                                       {"e", "e.mask"}};
  std::vector<Tensor> weights, masks;
  for (const auto& [weight, mask] : names) {
    const std::size_t i = weights.size();
    weights.push_back(random_tensor(weight, kTypes[i], {47, 50}));
    masks.push_back(mask_of(weights.back(), mask,
                            i % 3 == 0   ? "U8"
                            : i % 3 == 1 ? "BOOL"
                                         : "I8",
                            static_cast<int>(i % 2), 3));
  }
  weights.push_back(random_tensor("f.weight", "F32", {64, 64}));
  write_tensors(dir / "in", weights);
  write_tensors(dir / "masks", masks);
  const Ran run = heddle_run({"pack", dir / "in", dir / "p", "--mask", dir / "masks", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.json()["tensors"].size(), 5u);
  EXPECT_EQ(run.json()["skipped"][0]["reason"], "no mask in the file of --mask");
  ASSERT_EQ(heddle_run({"unpack", dir / "p", dir / "d"}).exit_code, 0);
  for (std::size_t i = 0; i < 5; ++i)
    expect_same(read_tensor(dir / "d", weights[i].name),
                kept(weights[i], static_cast<int>(i % 2), 3));
  expect_same(read_tensor(dir / "d", "f.weight"), weights[5]);
}

TEST(Interchange, BadMasksAreNamed) {
  const TempDir dir;
  const Tensor weight = random_tensor("w.weight", "F16", {40, 40});
  write_tensors(dir / "in", {weight});
  const auto refused = [&](const std::vector<Tensor>& masks, const std::string& message) {
    write_tensors(dir / "masks", masks);
    const Ran run = heddle_run({"pack", dir / "in", dir / "p", "--mask", dir / "masks"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_NE(run.err.find(message), std::string::npos) << run.err << "\nwanted: " << message;
  };
  const Tensor good = mask_of(weight, "w.mask", "U8", 0, 1);
  Tensor bad = good;
  bad.bytes[40 * 3 + 10] = '\2';
  refused({bad}, "not_compliant: tensor 'w.weight': mask row 3 group 2 keeps 3");
  refused({mask_of(weight, "w.weight", "F8_E4M3", 0, 1)}, "is of type F8_E4M3");
  bad = good;
  bad.shape = {20, 80};
  refused({bad}, "tensor 'w.mask' is [20, 80]: must be [40, 40]");
  refused({good, mask_of(weight, "w.weight_mask", "U8", 0, 1)}, "has two masks");
  refused({mask_of(weight, "other.mask", "U8", 0, 1)}, "no mask for any selected weight");
  const Ran run = heddle_run({"pack", dir / "in", dir / "p", "--mask", dir / "none"});
  EXPECT_NE(run.err.find("--mask: "), std::string::npos) << run.err;
  write_tensors(dir / "masks", {good});
  const Ran prune = heddle_run({"pack", dir / "in", dir / "p", "--prune", "--mask", dir / "masks"});
  EXPECT_NE(prune.err.find("--prune"), std::string::npos) << prune.err;
}

}  // namespace
}  // namespace heddle::test
