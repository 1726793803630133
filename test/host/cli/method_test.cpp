// prune --method, --transposable, and the weights of convolutions.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "heddle/heddle.hpp"
#include "host/io/dtype.hpp"
#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

std::size_t width_of(const Tensor& tensor) {
  return static_cast<std::size_t>(io::dtype_bits(tensor.dtype)) / 8;
}

std::size_t taps_of(const Tensor& tensor) {
  std::size_t taps = 1;
  for (std::size_t d = 2; d < tensor.shape.size(); ++d) taps *= std::size_t(tensor.shape[d]);
  return taps;
}

// Tap `tap` as a matrix [K, C], or back into the tensor.
Tensor tap_of(const Tensor& tensor, std::size_t tap) {
  const std::size_t width = width_of(tensor), taps = taps_of(tensor);
  Tensor matrix{tensor.name, tensor.dtype, {tensor.shape[0], tensor.shape[1]}, {}};
  for (std::size_t i = tap * width; i < tensor.bytes.size(); i += taps * width) {
    matrix.bytes += tensor.bytes.substr(i, width);
  }
  return matrix;
}
void put_tap(Tensor& tensor, std::size_t tap, const Tensor& matrix) {
  const std::size_t width = width_of(tensor), taps = taps_of(tensor);
  for (std::size_t i = 0; i < matrix.bytes.size(); i += width) {
    std::memcpy(&tensor.bytes[i * taps + tap * width], &matrix.bytes[i], width);
  }
}

// How many nonzeros a group of four keeps at most: along rows, along columns.
std::pair<int, int> most_nonzeros(const Tensor& matrix) {
  const std::size_t width = width_of(matrix);
  const auto rows = std::size_t(matrix.shape[0]), cols = std::size_t(matrix.shape[1]);
  const auto nonzero = [&](std::size_t i) {
    const std::string element = matrix.bytes.substr(i * width, width);
    return std::any_of(element.begin(), element.end() - 1, [](char c) { return c != 0; }) ||
           (element.back() & 0x7f) != 0;
  };
  std::vector<int> along(rows * (cols / 4 + 1)), down(cols * (rows / 4 + 1));
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t col = 0; col < cols; ++col) {
      along[row * (cols / 4 + 1) + col / 4] += nonzero(row * cols + col);
      down[col * (rows / 4 + 1) + row / 4] += nonzero(row * cols + col);
    }
  }
  return {*std::max_element(along.begin(), along.end()),
          *std::max_element(down.begin(), down.end())};
}

TEST(Method, NamesOfOneThingGiveTheSameFile) {
  const TempDir dir;
  write_tensors(dir / "in",
                {random_tensor("w", "F16", {64, 96}), random_tensor("v", "F32", {33, 45})});
  const std::vector<std::vector<std::vector<std::string>>> same = {
      {{},
       {"--pattern", "2:4"},
       {"--method", "2:4"},
       {"--method", "m4n2_1d"},
       {"--method", "m4n2_1d", "--pattern", "2:4"}},
      {{"--transposable"},
       {"--method", "tile-exact-2:4"},
       {"--method", "m4n2_2d_best"},
       {"--pattern", "2:4", "--transposable"},
       {"--method", "m4n2_2d_best", "--transposable"}},
      {{"--method", "tile-greedy-2:4"}, {"--method", "m4n2_2d_greedy"}},
      {{"--transposable", "--pattern", "1:4"}, {"--method", "tile-exact-1:4"}}};
  std::vector<std::string> files;
  for (const auto& group : same) {
    std::string first;
    for (std::vector<std::string> arguments : group) {
      arguments.insert(arguments.begin(), {"prune", dir / "in", dir / "out"});
      const Ran run = heddle_run(arguments);
      ASSERT_EQ(run.exit_code, 0) << arguments.back() << run.err;
      const std::string bytes = read_file(dir / "out");
      if (first.empty()) first = bytes;
      EXPECT_EQ(bytes, first) << arguments.back();
    }
    for (const std::string& other : files) EXPECT_NE(first, other);
    files.push_back(first);
  }
}

TEST(Method, TheOutputSaysWhichAndTheLibraryAgrees) {
  const TempDir dir;
  const Tensor weight = random_tensor("w", "BF16", {64, 96});
  write_tensors(dir / "in", {weight});
  for (const char* name : {"tile-exact-2:4", "tile-at-most-2:4", "tile-greedy-2:4",
                           "tile-exact-fast-4:8", "1:4", "m6n3_1d"}) {
    const Ran run = heddle_run({"prune", dir / "in", dir / "out", "--method", name, "--json"});
    ASSERT_EQ(run.exit_code, 0) << name << run.err;
    EXPECT_EQ(run.json()["method"], name);
    const Result<MaskMethod> method = find_method(name);
    ASSERT_TRUE(method.ok()) << name;
    EXPECT_EQ(run.json()["pattern"], to_string(method->pattern));
    std::vector<std::uint8_t> mask(64 * 96);
    const auto matrix =
        row_major(static_cast<const void*>(weight.bytes.data()), 64, 96, DataType::bf16);
    ASSERT_TRUE(best_mask(Exec::cpu(), matrix, *method, row_major_mask(mask.data(), 64, 96)).ok());
    std::string want = weight.bytes;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mask[i] == 0) want[2 * i] = want[2 * i + 1] = '\0';
    }
    EXPECT_EQ(read_tensor(dir / "out", "w").bytes, want) << name;
    const auto kept = std::count(mask.begin(), mask.end(), 1);
    EXPECT_EQ(run.json()["tensors"][0]["kept"], kept) << name;
  }
}

TEST(Method, TransposableHoldsBothWays) {
  const TempDir dir;
  const Tensor weight = random_tensor("w", "F16", {64, 64});
  write_tensors(dir / "in", {weight, random_tensor("conv", "F32", {36, 40, 3, 3})});
  ASSERT_EQ(heddle_run({"prune", dir / "in", dir / "rows"}).exit_code, 0);
  ASSERT_EQ(heddle_run({"prune", dir / "in", dir / "tiles", "--transposable"}).exit_code, 0);
  EXPECT_EQ(heddle_run({"check", dir / "rows"}).exit_code, 0);
  EXPECT_EQ(heddle_run({"check", dir / "rows", "--transposable"}).exit_code, 1);
  EXPECT_EQ(heddle_run({"check", dir / "tiles"}).exit_code, 0);
  EXPECT_EQ(heddle_run({"check", dir / "tiles", "--transposable"}).exit_code, 0);
  const auto [along, down] = most_nonzeros(read_tensor(dir / "tiles", "w"));
  EXPECT_EQ(along, 2);
  EXPECT_EQ(down, 2);
  EXPECT_GT(most_nonzeros(read_tensor(dir / "rows", "w")).second, 2);
  const Tensor conv = read_tensor(dir / "tiles", "conv");
  for (std::size_t tap = 0; tap < 9; ++tap) {
    const auto [a, d] = most_nonzeros(tap_of(conv, tap));
    EXPECT_LE(a, 2) << tap;
    EXPECT_LE(d, 2) << tap;
  }
  // What is packed needs only the rows; the transposed blob is another program's.
  EXPECT_EQ(heddle_run({"pack", dir / "tiles", dir / "packed"}).exit_code, 0);
  EXPECT_EQ(heddle_run({"check", dir / "packed", "--transposable"}).exit_code, 0);
}

TEST(Method, ConvolutionsArePrunedAlongTheirInputsPerTap) {
  const TempDir dir;
  const std::vector<Tensor> tensors = {random_tensor("conv1d", "F16", {32, 36, 5}),
                                       random_tensor("conv2d", "F32", {40, 33, 3, 2}),
                                       random_tensor("conv3d", "BF16", {32, 32, 2, 1, 3}),
                                       random_tensor("bytes", "I8", {34, 64, 3}),
                                       random_tensor("depthwise", "F32", {64, 1, 3, 3}),
                                       random_tensor("experts", "F16", {32, 32, 40}),
                                       random_tensor("six", "F16", {32, 32, 1, 1, 1, 1})};
  write_tensors(dir / "in", tensors);
  const Ran run = heddle_run({"prune", dir / "in", dir / "out", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json json = run.json();
  EXPECT_EQ(json["tensors"].size(), 4u);
  std::map<std::string, std::string> reasons;
  for (const auto& entry : json["skipped"]) reasons[entry["name"]] = entry["reason"];
  EXPECT_EQ(reasons["depthwise"], "64 x 1: smaller than 32 x 32 and not named by --include");
  EXPECT_EQ(reasons["experts"], "dimension 2 is 40: more than 31 taps and not named by --include");
  EXPECT_EQ(reasons["six"], "6-D: weights have 2 to 5 dimensions");
  for (const Tensor& tensor : tensors) {
    Tensor want = tensor;
    if (reasons.count(tensor.name) == 0) {
      for (std::size_t tap = 0; tap < taps_of(tensor); ++tap) {
        put_tap(want, tap, pruned(tap_of(tensor, tap), 2, 4));
      }
    }
    EXPECT_EQ(read_tensor(dir / "out", tensor.name).bytes, want.bytes) << tensor.name;
  }
  EXPECT_EQ(heddle_run({"check", dir / "out"}).exit_code, 0);
  const Ran pack = heddle_run({"pack", dir / "out", dir / "packed", "--json"});
  ASSERT_EQ(pack.exit_code, 0) << pack.err;
  EXPECT_EQ(pack.json()["tensors"].size(), 0u);
  EXPECT_EQ(pack.json()["skipped"][0]["reason"].get<std::string>().substr(1),
            "-D: only 2-D tensors are matrices");
  const Ran named =
      heddle_run({"prune", dir / "in", dir / "out", "--include", "experts", "--json"});
  EXPECT_EQ(named.json()["tensors"][0]["name"], "experts");
}

TEST(Method, ThreadsDoNotChangeAByte) {
  const TempDir dir;
  write_tensors(dir / "in",
                {random_tensor("w", "F32", {131, 77}), random_tensor("c", "F16", {36, 52, 3})});
  for (const char* name : {"tile-exact-2:4", "tile-greedy-2:4", "tile-exact-fast-4:8"}) {
    std::string first;
    for (const char* threads : {"1", "2", "5"}) {
      const Ran run =
          heddle_run({"prune", dir / "in", dir / "out", "--method", name, "--threads", threads});
      ASSERT_EQ(run.exit_code, 0) << run.err;
      if (first.empty()) first = read_file(dir / "out");
      EXPECT_EQ(read_file(dir / "out"), first) << name << " " << threads;
    }
  }
}

}  // namespace
}  // namespace heddle::test
