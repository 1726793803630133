// heddle slice: a piece of a packed file is the packed piece of the dense one.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

Tensor cut(const Tensor& t, std::int64_t r0, std::int64_t r1, std::int64_t c0, std::int64_t c1) {
  const auto cols = static_cast<std::size_t>(t.shape[1]);
  const std::size_t size = t.bytes.size() / static_cast<std::size_t>(t.shape[0]) / cols;
  Tensor out{t.name, t.dtype, {r1 - r0, c1 - c0}, ""};
  for (std::int64_t r = r0; r < r1; ++r)
    out.bytes +=
        t.bytes.substr((static_cast<std::size_t>(r) * cols + static_cast<std::size_t>(c0)) * size,
                       static_cast<std::size_t>(c1 - c0) * size);
  return out;
}

struct Case {
  std::string pattern;
  std::vector<std::string> options;  // of slice
  std::vector<std::int64_t> bounds;  // of the pieces
};

TEST(Slice, PiecesArePackedPiecesOfTheDenseMatrix) {
  const Case row_cases[] = {{"2:4", {}, {0, 64, 128, 200}},
                            {"2:4", {"--align", "1"}, {0, 66, 133, 200}},
                            {"3:5", {"--align", "16"}, {0, 64, 128, 200}}};
  const Case col_cases[] = {{"2:4", {}, {0, 44, 88, 133}},
                            {"2:4", {"--align", "64"}, {0, 64, 128, 133}},
                            {"3:5", {}, {0, 45, 90, 133}}};
  for (const char* type : {"F32", "F16", "I8"})
    for (const bool rows : {true, false})
      for (const Case& c : rows ? row_cases : col_cases) {
        const TempDir dir;
        const Tensor whole = random_tensor("w", type, {200, 133});
        write_tensors(dir / "in", {whole});
        ASSERT_EQ(heddle_run({"pack", "--prune", "--pattern", c.pattern, dir / "in", dir / "p"})
                      .exit_code,
                  0);
        for (std::size_t i = 0; i < 3; ++i) {
          std::vector<std::string> arguments = {"slice", dir / "p", dir / "s",
                                                rows ? "--rows" : "--cols",
                                                std::to_string(i + 1) + "/3"};
          arguments.insert(arguments.end(), c.options.begin(), c.options.end());
          const Ran run = heddle_run(arguments);
          ASSERT_EQ(run.exit_code, 0) << run.err;
          const Tensor piece = rows ? cut(whole, c.bounds[i], c.bounds[i + 1], 0, 133)
                                    : cut(whole, 0, 200, c.bounds[i], c.bounds[i + 1]);
          write_tensors(dir / "piece", {piece});
          ASSERT_EQ(heddle_run({"pack", "--prune", "--include", "w", "--pattern", c.pattern,
                                dir / "piece", dir / "want"})
                        .exit_code,
                    0);
          EXPECT_TRUE(read_file(dir / "s") == read_file(dir / "want"))
              << type << (rows ? " rows " : " columns ") << c.pattern << " piece " << i;
        }
      }
}

TEST(Slice, WhatIsNotChosenStaysWhole) {
  const TempDir dir;
  write_tensors(dir / "in",
                {random_tensor("q", "F16", {128, 64}), random_tensor("o", "F16", {128, 64}),
                 random_tensor("bias", "F32", {128})},
                {{"note", "x"}});
  ASSERT_EQ(heddle_run({"pack", "--prune", dir / "in", dir / "p"}).exit_code, 0);
  const Ran run =
      heddle_run({"slice", dir / "p", dir / "s", "--rows", "2/2", "--include", "^q$", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  ASSERT_EQ(run.json()["tensors"].size(), 1u);
  EXPECT_EQ(run.json()["tensors"][0]["begin"], 64);
  EXPECT_EQ(run.json()["tensors"][0]["end"], 128);
  for (const char* name : {"o.values", "o.metadata", "bias"})
    EXPECT_TRUE(read_tensor(dir / "s", name).bytes == read_tensor(dir / "p", name).bytes) << name;
  EXPECT_EQ(read_tensor(dir / "s", "q.values").shape, (std::vector<std::int64_t>{64, 32}));
  EXPECT_EQ(io::SafetensorsReader::open(dir / "s")->metadata().at("note"), "x");
}

TEST(Slice, MorePiecesThanBlocks) {
  const TempDir dir;
  write_tensors(dir / "in", {random_tensor("w", "F16", {65, 64})});
  ASSERT_EQ(heddle_run({"pack", "--prune", dir / "in", dir / "p"}).exit_code, 0);
  std::int64_t next = 0;
  for (int i = 1; i <= 4; ++i) {
    const Ran run =
        heddle_run({"slice", dir / "p", dir / "s", "--rows", std::to_string(i) + "/4", "--json"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(run.json()["tensors"][0]["begin"], next);
    next = run.json()["tensors"][0]["end"];
    EXPECT_EQ(heddle_run({"unpack", dir / "s", dir / "d"}).exit_code, 0);
  }
  EXPECT_EQ(next, 65);
}

TEST(Slice, BadPiecesAreNamed) {
  const TempDir dir;
  write_tensors(dir / "in", {random_tensor("w", "F16", {64, 64})});
  ASSERT_EQ(heddle_run({"pack", "--prune", dir / "in", dir / "p"}).exit_code, 0);
  const auto refused = [&](std::vector<std::string> options, const char* message) {
    options.insert(options.begin(), {"slice", dir / "p", dir / "s"});
    const Ran run = heddle_run(options);
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_NE(run.err.find(message), std::string::npos) << run.err << "\nwanted: " << message;
  };
  for (const char* text :
       {"0/2", "3/2", "1/0", "1", "1/", "/2", "1/2/3", "-1/2", "1/9999999", "a/b"})
    refused({std::string("--rows=") + text}, "must be I/N with 1 <= I <= N");
  refused({}, "must give one of them");
  refused({"--rows", "1/2", "--cols", "1/2"}, "must give one of them");
  refused({"--rows", "1/2", "--align", "-1"}, "must be positive");
  refused({"--cols", "1/2", "--align", "6"}, "multiple of the group, 4");
}

}  // namespace
}  // namespace heddle::test
