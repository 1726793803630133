// check --transposable, and where a violation of a convolution lies.

#include <gtest/gtest.h>

#include <string>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

TEST(Check, AColumnThatIsTooFull) {
  const TempDir dir;
  Tensor tensor{"w", "I8", {34, 33}, std::string(34 * 33, '\0')};
  for (const std::size_t row : {20u, 21u, 23u}) tensor.bytes[row * 33 + 7] = 1;
  write_tensors(dir / "in", {tensor});
  EXPECT_EQ(heddle_run({"check", dir / "in"}).exit_code, 0);
  const Ran run = heddle_run({"check", dir / "in", "--transposable", "--json"});
  EXPECT_EQ(run.exit_code, 1);
  const nlohmann::json json = run.json();
  EXPECT_EQ(json["transposable"], true);
  const auto& entry = json["tensors"][0];
  EXPECT_EQ(entry["violations"], 0);
  EXPECT_EQ(entry["column_violations"], 1);
  EXPECT_EQ(entry["column"], 7);
  EXPECT_EQ(entry["column_group"], 5);
  const Ran text = heddle_run({"check", dir / "in", "--transposable"});
  EXPECT_NE(text.out.find("2:4 violated by 1 group, first in column 7, group 5 (rows 20 to 23)"),
            std::string::npos)
      << text.out;
}

TEST(Check, ATapOfAConvolution) {
  const TempDir dir;
  Tensor tensor{"w", "I8", {32, 35, 2, 3}, std::string(32 * 35 * 6, '\0')};
  for (const std::size_t c : {32u, 33u, 34u}) tensor.bytes[(9 * 35 + c) * 6 + 4] = 1;
  write_tensors(dir / "in", {tensor});
  const Ran run = heddle_run({"check", dir / "in"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_NE(run.out.find("first in tap 4, output 9, group 8 (inputs 32 to 34)"), std::string::npos)
      << run.out;
}

}  // namespace
}  // namespace heddle::test
