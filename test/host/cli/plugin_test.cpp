// prune --plugin.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

std::vector<float> floats(const Tensor& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

// Small integers, so that sums are exact and ties are many.
Tensor small_integers(const std::string& name, std::int64_t rows, std::int64_t cols) {
  Tensor tensor{name, "F32", {rows, cols}, {}};
  unsigned state = 12345;
  for (std::int64_t i = 0; i < rows * cols; ++i) {
    state = state * 1664525u + 1013904223u;
    const float value = static_cast<float>(static_cast<int>(state >> 24) % 9 - 4);
    tensor.bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return tensor;
}

TEST(Plugin, TheExampleOfTheDocumentation) {
  const TempDir dir;
  const Tensor weight = small_integers("w", 33, 50);
  write_tensors(dir / "in", {weight});
  const Ran run = heddle_run({"prune", dir / "in", dir / "out", "--plugin", HEDDLE_PLUGIN,
                              "--method", "shared-2:4", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.json()["method"], "shared-2:4");
  EXPECT_EQ(run.json()["pattern"], "2:4");
  const std::vector<float> in = floats(weight), out = floats(read_tensor(dir / "out", "w"));
  ASSERT_EQ(in.size(), out.size());
  for (std::size_t row = 0; row < 33; ++row) {
    const std::size_t other = row == 32 ? row : row ^ 1;
    for (std::size_t col = 0; col < 50; ++col) {
      // Kept if fewer than two columns of the group outrank it.
      int better = 0;
      const auto sum = [&](std::size_t c) {
        return std::fabs(in[row * 50 + c]) + (other == row ? 0 : std::fabs(in[other * 50 + c]));
      };
      for (std::size_t c = col / 4 * 4; c < std::min<std::size_t>(col / 4 * 4 + 4, 50); ++c) {
        better += sum(c) > sum(col) || (sum(c) == sum(col) && c < col);
      }
      EXPECT_EQ(out[row * 50 + col], better < 2 ? in[row * 50 + col] : 0.0f) << row << "," << col;
    }
  }
  EXPECT_EQ(heddle_run({"check", dir / "out"}).exit_code, 0);
  // As any other method: in inspect, and for half precision.
  const Ran inspect = heddle_run(
      {"inspect", dir / "in", "--plugin", HEDDLE_PLUGIN, "--method", "shared-2:4", "--json"});
  ASSERT_EQ(inspect.exit_code, 0) << inspect.err;
  EXPECT_EQ(inspect.json()["tensors"][0]["l1_kept_method"], run.json()["tensors"][0]["l1_kept"]);
  write_tensors(dir / "half",
                {random_tensor("h", "F16", {32, 32}), random_tensor("c", "BF16", {32, 32, 3})});
  EXPECT_EQ(heddle_run({"prune", dir / "half", dir / "out", "--plugin", HEDDLE_PLUGIN, "--method",
                        "shared-2:4"})
                .exit_code,
            0);
  EXPECT_EQ(heddle_run({"check", dir / "out"}).exit_code, 0);
}

class BadPlugin : public testing::Test {
 protected:
  void SetUp() override { write_tensors(dir_ / "in", {random_tensor("w", "F16", {64, 64})}); }
  void TearDown() override { EXPECT_EQ(dir_.names(), std::vector<std::string>{"in"}); }

  void expect_error(const std::string& what, const std::string& plugin, const std::string& method,
                    const std::string& code, const std::string& part) {
    const Ran run = shell_run("export HEDDLE_TEST_PLUGIN='" + what + "'; exec \"$HEDDLE\" prune '" +
                              (dir_ / "in") + "' '" + (dir_ / "out") + "' --plugin '" + plugin +
                              "' --method '" + method + "'");
    EXPECT_EQ(run.exit_code, 2) << what;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err.rfind("heddle: " + code + ": ", 0), 0u) << what << ": " << run.err;
    EXPECT_NE(run.err.find(part), std::string::npos) << what << ": " << run.err;
  }
  TempDir dir_;
};

TEST_F(BadPlugin, IsRefusedWithItsReason) {
  const std::string bad = HEDDLE_BAD_PLUGIN;
  expect_error("", dir_ / "absent.so", "x", "io_error", "absent.so");
  expect_error("", dir_ / "in", "x", "io_error", "invalid ELF header");
  expect_error("", "in", "x", "io_error", "./in");  // never the system's library of that name
  expect_error("", HEDDLE_NO_PLUGIN, "x", "invalid_argument", "heddle_plugin");
  expect_error("nothing", bad, "x", "invalid_argument", "adds no method");
  expect_error("refuses", bad, "x", "invalid_argument", "failed with code 3");
  expect_error("pattern", bad, "bad", "invalid_argument", "5:4");
  expect_error("taken", bad, "2:4", "invalid_argument", "2:4");
  expect_error("null", bad, "x", "invalid_argument", "null");
}

TEST_F(BadPlugin, AMethodThatFailsOrLies) {
  const std::string bad = HEDDLE_BAD_PLUGIN;
  expect_error("methods", bad, "fails", "invalid_argument",
               "tensor 'w': method \"fails\": the plugin's function returned 42");
  expect_error("methods", bad, "keeps-all", "not_compliant", "tensor 'w': ");
  expect_error("methods", bad, "left-both", "not_compliant", "tensor 'w': ");
  expect_error("methods", bad, "absent", "not_found", "keeps-all");
}

TEST_F(BadPlugin, ButItsGoodMethodWorks) {
  const Ran run =
      shell_run("HEDDLE_TEST_PLUGIN=methods \"$HEDDLE\" prune '" + (dir_ / "in") + "' '" +
                (dir_ / "out") + "' --method left --plugin '" HEDDLE_BAD_PLUGIN "'");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  std::filesystem::remove(dir_ / "out");
}

}  // namespace
}  // namespace heddle::test
