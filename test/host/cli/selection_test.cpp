// Which tensors are selected, what is said about the others, and how check reports.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

class Selection : public testing::Test {
 protected:
  void SetUp() override {
    write_tensors(
        dir_ / "in",
        {random_tensor("layer.0.weight", "F16", {32, 32}),
         random_tensor("layer.1.weight", "BF16", {64, 40}),
         random_tensor("head.weight", "F32", {32, 64}), random_tensor("tiny.weight", "F32", {4, 8}),
         random_tensor("tall.weight", "F32", {64, 31}), random_tensor("layer.0.bias", "F16", {32}),
         random_tensor("ids", "I64", {64, 64})});
  }

  // The names under "tensors" of a prune with these arguments, joined by spaces.
  std::string selected(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"prune", dir_ / "in", dir_ / "out", "--json"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    run_ = heddle_run(all);
    EXPECT_EQ(run_.exit_code, 0) << run_.err;
    std::string names;
    const nlohmann::json json = run_.json();
    for (const auto& tensor : json["tensors"]) {
      if (!names.empty()) names += ' ';
      names += tensor["name"].get<std::string>();
    }
    reasons_.clear();
    for (const auto& tensor : json["skipped"]) reasons_[tensor["name"]] = tensor["reason"];
    EXPECT_EQ(json["tensors"].size() + json["skipped"].size(), 7u);
    return names;
  }

  TempDir dir_;
  Ran run_;
  std::map<std::string, std::string> reasons_;
};

TEST_F(Selection, Default) {
  EXPECT_EQ(selected({}), "head.weight layer.1.weight layer.0.weight");
  EXPECT_EQ(reasons_["tiny.weight"], "4 x 8: smaller than 32 x 32 and not named by --include");
  EXPECT_EQ(reasons_["tall.weight"], "64 x 31: smaller than 32 x 32 and not named by --include");
  EXPECT_EQ(reasons_["layer.0.bias"], "1-D: weights have 2 to 5 dimensions");
  EXPECT_EQ(reasons_["ids"], "type I64: must be F32, F16, BF16, F8_E4M3, F8_E5M2 or I8");
}

TEST_F(Selection, IncludeNamesAndLiftsTheSizeLimit) {
  EXPECT_EQ(selected({"--include", "tiny"}), "tiny.weight");
  EXPECT_EQ(reasons_["head.weight"], "not named by --include");
  EXPECT_EQ(selected({"--include", "^tiny", "--include", "layer\\.[0-9]\\.weight$"}),
            "tiny.weight layer.1.weight layer.0.weight");
  EXPECT_EQ(selected({"--include", ".*"}),
            "head.weight tall.weight tiny.weight layer.1.weight layer.0.weight");
  EXPECT_EQ(reasons_["layer.0.bias"], "1-D: weights have 2 to 5 dimensions")
      << "no regular expression makes a vector a weight";
}

TEST_F(Selection, ExcludeIsStronger) {
  EXPECT_EQ(selected({"--exclude", "head"}), "layer.1.weight layer.0.weight");
  EXPECT_EQ(reasons_["head.weight"], "named by --exclude 'head'");
  EXPECT_EQ(selected({"--exclude", "head", "--exclude", "1"}), "layer.0.weight");
  EXPECT_EQ(selected({"--include", "weight", "--exclude", "t|1"}), "");
  EXPECT_EQ(selected({"--exclude", "matches nothing"}),
            "head.weight layer.1.weight layer.0.weight");
}

TEST_F(Selection, TextListsTheSameThings) {
  const Ran run = heddle_run({"prune", dir_ / "in", dir_ / "out"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_NE(run.out.find("pruned 3 tensors to 2:4:\n"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("skipped 4 tensors:\n"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("1-D: weights have 2 to 5 dimensions"), std::string::npos) << run.out;
}

TEST_F(Selection, CheckFindsTheFirstViolation) {
  Tensor tensor{"w", "I8", {33, 34}, std::string(33 * 34, '\0')};
  tensor.bytes[5 * 34 + 4] = tensor.bytes[5 * 34 + 5] = tensor.bytes[5 * 34 + 7] = 1;
  tensor.bytes[9 * 34 + 0] = tensor.bytes[9 * 34 + 1] = tensor.bytes[9 * 34 + 2] = 1;
  write_tensors(dir_ / "bad", {tensor, {"good", "I8", {32, 32}, std::string(1024, '\0')}});
  const Ran run = heddle_run({"check", dir_ / "bad", "--json"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.err, "");
  const nlohmann::json json = run.json();
  EXPECT_EQ(json["command"], "check");
  EXPECT_EQ(json["compliant"], false);
  ASSERT_EQ(json["tensors"].size(), 2u);
  EXPECT_EQ(json["tensors"][0]["name"], "good");
  EXPECT_EQ(json["tensors"][0]["compliant"], true);
  EXPECT_EQ(json["tensors"][1]["violations"], 2);
  EXPECT_EQ(json["tensors"][1]["row"], 5);
  EXPECT_EQ(json["tensors"][1]["group"], 1);

  const Ran text = heddle_run({"check", dir_ / "bad"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_NE(text.out.find("2:4 violated by 2 groups, first in row 5, group 1 (columns 4 to 7)"),
            std::string::npos)
      << text.out;
  EXPECT_EQ(heddle_run({"check", dir_ / "bad", "--exclude", "^w$"}).exit_code, 0);
  EXPECT_EQ(heddle_run({"check", dir_ / "bad", "--pattern", "3:4"}).exit_code, 0);
  EXPECT_EQ(heddle_run({"check", dir_ / "bad", "--pattern", "m4n3_1d"}).exit_code, 0);
}

TEST_F(Selection, CheckOfAPackedFile) {
  ASSERT_EQ(
      heddle_run({"pack", "--prune", "--pattern", "4:8", dir_ / "in", dir_ / "packed"}).exit_code,
      0);
  const Ran own = heddle_run({"check", dir_ / "packed", "--json"});
  EXPECT_EQ(own.exit_code, 0) << own.out << own.err;
  EXPECT_EQ(own.json()["tensors"][0]["packed"], "4:8");
  EXPECT_EQ(own.json()["tensors"].size(), 3u);
  EXPECT_EQ(heddle_run({"check", dir_ / "packed", "--pattern", "1:8"}).exit_code, 1)
      << "another pattern is checked on the matrix itself";
}

TEST_F(Selection, PackRefusesAViolationAndNamesIt) {
  const Ran run = heddle_run({"pack", dir_ / "in", dir_ / "out", "--include", "head"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find("not_compliant: tensor 'head.weight': row 0, group "), std::string::npos)
      << run.err;
  EXPECT_NE(run.err.find("--prune"), std::string::npos) << run.err;
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1);
  EXPECT_EQ(dir_.names(), std::vector<std::string>{"in"}) << "no output, no partial file";
}

}  // namespace
}  // namespace heddle::test
