// Everything that ends with exit code 2: one line on stderr, an object with --json, no output file.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

// Runs with and without --json; both must fail the same way.
void expect_error(std::vector<std::string> arguments, const std::string& code,
                  const std::string& part) {
  const Ran plain = heddle_run(arguments);
  EXPECT_EQ(plain.exit_code, 2) << part;
  EXPECT_EQ(plain.out, "") << part;
  EXPECT_EQ(plain.err.rfind("heddle: " + code + ": ", 0), 0u) << plain.err;
  EXPECT_NE(plain.err.find(part), std::string::npos) << plain.err << "expected: " << part;
  EXPECT_EQ(std::count(plain.err.begin(), plain.err.end(), '\n'), 1) << plain.err;
  EXPECT_EQ(plain.err.back(), '\n');

  arguments.push_back("--json");
  const Ran json = heddle_run(arguments);
  EXPECT_EQ(json.exit_code, 2) << part;
  EXPECT_EQ(json.json()["error"]["code"], code) << json.out;
  EXPECT_NE(json.json()["error"]["message"].get<std::string>().find(part), std::string::npos)
      << json.out;
}

class Errors : public testing::Test {
 protected:
  void SetUp() override { write_tensors(in_, {random_tensor("w", "F16", {64, 64})}); }
  void TearDown() override {
    EXPECT_EQ(dir_.names(), std::vector<std::string>{"in"}) << "an error leaves no file";
  }
  TempDir dir_;
  const std::string in_ = dir_ / "in";
  const std::string out_ = dir_ / "out";
};

TEST_F(Errors, CommandLine) {
  expect_error({}, "invalid_argument", "subcommand is required");
  expect_error({"frobnicate"}, "invalid_argument",
               "command 'frobnicate': must be one of prune, pack");
  expect_error({"--frobnicate"}, "invalid_argument", "see heddle --help");
  expect_error({"prune"}, "invalid_argument", "input is required");
  expect_error({"prune", in_}, "invalid_argument", "output is required");
  expect_error({"prune", in_, out_, "extra"}, "invalid_argument", "extra");
  expect_error({"prune", in_, out_, "--nonsense"}, "invalid_argument", "--nonsense");
  expect_error({"check", in_, "--threads", "many"}, "invalid_argument", "--threads");
  expect_error({"check", in_, "--threads", "-1"}, "invalid_argument", "threads");
  expect_error({"prune", in_, out_, "--threads", "-1"}, "invalid_argument", "threads");
  expect_error({"info", in_}, "invalid_argument", "in");
}

TEST_F(Errors, Patterns) {
  expect_error({"prune", in_, out_, "--pattern", "5:4"}, "not_found", "--pattern: ");
  expect_error({"prune", in_, out_, "--pattern", "2:33"}, "not_found", "--pattern: ");
  expect_error({"check", in_, "--pattern", "two"}, "not_found", "2:4");
}

TEST_F(Errors, Methods) {
  expect_error({"prune", in_, out_, "--method", "nonsense"}, "not_found", "--method: ");
  expect_error({"prune", in_, out_, "--method", "tile-exact-5:4"}, "not_found", "--method: ");
  expect_error({"prune", in_, out_, "--method", "2:4", "--pattern", "1:4"}, "invalid_argument",
               "--pattern 1:4: --method '2:4' keeps 2:4");
  expect_error({"prune", in_, out_, "--method", "2:4", "--transposable"}, "invalid_argument",
               "--transposable: masks by --method '2:4' follow their pattern along rows alone");
  expect_error({"pack", in_, out_, "--method", "2:4"}, "invalid_argument", "--method");
  expect_error({"check", in_, "--method", "2:4"}, "invalid_argument", "--method");
}

TEST_F(Errors, RegularExpressions) {
  expect_error({"prune", in_, out_, "--include", "["}, "invalid_argument",
               "--include '[': no regular expression");
  expect_error({"pack", in_, out_, "--exclude", "a{2,1}"}, "invalid_argument",
               "--exclude 'a{2,1}': no regular expression");
  expect_error({"check", in_, "--include", "(?<x>a)"}, "invalid_argument", "no regular expression");
  expect_error({"check", in_, "--include", "wieght"}, "invalid_argument",
               "--include 'wieght': matches no tensor of the file");
}

TEST_F(Errors, InputFiles) {
  for (const char* command : {"prune", "pack", "unpack", "check", "inspect", "report"}) {
    const bool writes = std::string(command) != "check" && std::string(command) != "inspect";
    const auto run = [&](const std::string& path, const std::string& code,
                         const std::string& part) {
      std::vector<std::string> arguments = {command, path};
      if (writes) arguments.push_back(out_);
      expect_error(arguments, code, part);
    };
    run(dir_ / "absent", "io_error", "No such file");
    run(dir_.path() + "/", "not_found", "no *.safetensors.index.json");
    const std::string bad = dir_ / "bad";
    const struct {
      std::string bytes, part;
    } files[] = {
        {"", "truncated"},
        {safetensors("{"), "header: byte"},
        {le64(1000) + "{}", "bytes follow it"},
        {safetensors("{\"a\xff\":{}}"), "UTF-8"},
        {safetensors("{\"a\":" + std::string(10'000'000, '[')), "found an array"},
        {safetensors(R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,1]}})", 1),
         "dtype 'F99'"},
        {safetensors(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,9]}})", 1),
         "data_offsets"},
        {safetensors(R"({"__metadata__":{"heddle.w.pattern":"2:4"}})"), "heddle.format_version"},
        {safetensors(R"({"__metadata__":{"heddle.format_version":"1","heddle.w.pattern":"2:4"}})"),
         "'heddle.w.type' is missing"},
        // A name that would clear the screen and forge a second line.
        {safetensors("{\"\\u001b[2J\\nheddle: ok\":1}"), "\\x1b[2J\\x0aheddle: ok"},
    };
    for (const auto& file : files) {
      write_file(bad, file.bytes);
      run(bad, "corrupt", file.part);
    }
    std::filesystem::remove(bad);
  }
}

TEST_F(Errors, OutputFiles) {
  for (const char* command : {"prune", "unpack", "report"}) {
    expect_error({command, in_, dir_.path()}, "invalid_argument", "no regular file");
    expect_error({command, in_, "/dev/full"}, "invalid_argument", "no regular file");
    expect_error({command, in_, dir_ / "absent/out"}, "io_error", "No such file");
  }
}

TEST_F(Errors, NamesThatCollide) {
  const std::string clash = dir_ / "clash";
  write_tensors(clash, {random_tensor("w", "F16", {64, 64}), random_tensor("w.values", "U8", {3})});
  expect_error({"pack", "--prune", clash, out_}, "invalid_argument",
               "tensor name 'w.values': given twice");
  std::filesystem::remove(clash);
}

TEST_F(Errors, ACorruptedPackedFile) {
  const std::string packed = dir_ / "packed";
  ASSERT_EQ(heddle_run({"pack", "--prune", in_, packed}).exit_code, 0);
  std::string bytes = read_file(packed);
  bytes.back() = '\xff';  // positions 3, 3, 3, 3
  write_file(packed, bytes);
  expect_error({"check", packed}, "corrupt", "packed matrix 'w': ");
  expect_error({"inspect", packed}, "corrupt", "packed matrix 'w': ");
  expect_error({"unpack", packed, out_}, "corrupt", "packed matrix 'w': ");
  std::filesystem::remove(packed);
}

TEST_F(Errors, Inspect) {
  expect_error({"inspect", in_, "--image", out_}, "invalid_argument", "needs --tensor");
  expect_error({"inspect", in_, "--tensor", "x"}, "not_found", "--tensor 'x'");
  const std::string flat = dir_ / "flat";
  write_tensors(flat, {random_tensor("v", "F16", {64}), random_tensor("e", "F16", {0, 4}),
                       random_tensor("i", "I64", {4, 4})});
  for (const char* name : {"v", "e", "i"}) {
    expect_error({"inspect", flat, "--tensor", name, "--image", out_}, "invalid_argument",
                 "must be a matrix or convolution");
  }
  std::filesystem::remove(flat);
  expect_error({"inspect", in_, "--tensor", "w", "--image", dir_ / "absent/x.png"}, "io_error",
               "No such file");
}

TEST_F(Errors, StandardOutputThatIsFull) {
  const Ran run = shell_run("\"$HEDDLE\" info > /dev/full");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("writing to standard output failed"), std::string::npos) << run.err;
}

TEST_F(Errors, HelpAndVersionAreNone) {
  for (const char* option : {"--help", "--version"}) {
    const Ran run = heddle_run({option});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_EQ(run.err, "");
    EXPECT_NE(run.out, "");
  }
  for (const char* command : {"prune", "pack", "unpack", "check", "inspect", "report", "info"}) {
    const Ran run = heddle_run({command, "--help"});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_NE(run.out.find("--json"), std::string::npos) << command;
  }
}

}  // namespace
}  // namespace heddle::test
