// Files larger than memory: sparse ones, so that they take no disk.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "host/io/dtype.hpp"
#include "test/host/cli/program.hpp"
#include "test/host/cli/shard_model.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

struct Zeros {
  std::string name;
  std::vector<std::int64_t> shape;
};

// A file of I8 tensors of zeros that takes no space; false where the filesystem stores them.
bool write_sparse(const std::string& path, const std::vector<Zeros>& tensors) {
  nlohmann::ordered_json header;
  std::uint64_t at = 0;
  for (const Zeros& tensor : tensors) {
    std::uint64_t bytes = 1;
    for (const std::int64_t dim : tensor.shape) bytes *= static_cast<std::uint64_t>(dim);
    header[tensor.name] = {
        {"dtype", "I8"}, {"shape", tensor.shape}, {"data_offsets", {at, at + bytes}}};
    at += bytes;
  }
  const std::string text = header.dump();
  write_file(path, le64(text.size()) + text);
  struct stat info {};
  return ::truncate(path.c_str(), static_cast<off_t>(8 + text.size() + at)) == 0 &&
         ::stat(path.c_str(), &info) == 0 && info.st_blocks * 512 < std::int64_t{1} << 20;
}

// 40 GiB in ten tensors of 4 GiB, an embedding's size, and a shard with small ones.
bool write_large_model(const std::string& folder) {
  std::filesystem::create_directory(folder);
  nlohmann::json index = {{"metadata", {{"total_size", 0}}}};
  std::vector<Zeros> large;
  for (int i = 0; i < 10; ++i) {
    large.push_back({"large" + std::to_string(i), {131072, 32768}});
    index["weight_map"][large.back().name] = shard_name(0, 2);
  }
  write_tensors(folder + "/" + shard_name(1, 2), {random_tensor("small", "F16", {64, 128})});
  index["weight_map"]["small"] = shard_name(1, 2);
  write_file(folder + "/" + kIndexName, index.dump());
  return write_sparse(folder + "/" + shard_name(0, 2), large);
}

// The most memory the command ever had, in MiB, mapped pages of files included.
double peak_of(const std::vector<std::string>& arguments, int& exit_code) {
  const pid_t child = heddle_start(arguments);
  int status = 0;
  rusage usage{};
  EXPECT_EQ(::wait4(child, &status, 0, &usage), child);
  exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

TEST(ShardMemory, ACheckpointLargerThanMemory) {
  const TempDir dir;
  if (!write_large_model(dir / "in")) GTEST_SKIP() << "no sparse files of 40 GiB here";
  int exit_code = -1;
  // Its worker prunes the small shard; the large one is only looked at.
  EXPECT_LT(peak_of({"prune", dir / "in", dir / "out", "--shard", "2/2"}, exit_code), 64);
  EXPECT_EQ(exit_code, 0);
  EXPECT_TRUE(read_tensor(dir / ("out/" + shard_name(1, 2)), "small").bytes ==
              pruned(random_tensor("small", "F16", {64, 128}), 2, 4).bytes);
  EXPECT_LT(peak_of({"pack", "--prune", dir / "in", dir / "packed", "--shard", "2/2"}, exit_code),
            64);
  EXPECT_EQ(exit_code, 0);
  EXPECT_LT(peak_of({"check", dir / "in", "--include", "small"}, exit_code), 64);
  EXPECT_EQ(exit_code, 1);
  EXPECT_LT(peak_of({"inspect", dir / "in", "--tensor", "small"}, exit_code), 64);
  EXPECT_EQ(exit_code, 0);
}

TEST(ShardMemory, PagesAreGivenBackAfterEachTensor) {
  const TempDir dir;
  std::vector<Zeros> tensors;
  for (int i = 0; i < 12; ++i) tensors.push_back({"w" + std::to_string(i), {4096, 16384}});
  if (!write_sparse(dir / "in", tensors)) GTEST_SKIP() << "no sparse files here";
  int exit_code = -1;
  // 768 MiB in tensors of 64.
  EXPECT_LT(peak_of({"check", dir / "in", "--threads", "2"}, exit_code), 64 + 64);
  EXPECT_EQ(exit_code, 0);
}

// Memory of the program's own, without the pages of files, which the system takes back when it
// wants to: a limit on data says what it really needs.
TEST(ShardMemory, ATensorIsWorkedOnInStrips) {
#ifdef HEDDLE_TEST_SANITIZED
  GTEST_SKIP() << "the sanitizer's own memory is beyond any limit";
#endif
  const TempDir dir;
  // As one tensor it takes 384 MiB for the mask and as much for the result.
  if (!write_sparse(dir / "in", {{"w", {24576, 16384}}})) GTEST_SKIP() << "no sparse files here";
  const auto run = [&](const std::string& arguments) {
    return shell_run("ulimit -d " + std::to_string(256 * kMiB / 1024) + "; exec \"$HEDDLE\" " +
                     arguments + " --threads 2");
  };
  const Ran prune = run("prune '" + (dir / "in") + "' '" + (dir / "pruned") + "'");
  EXPECT_EQ(prune.exit_code, 0) << prune.err;
  std::filesystem::remove(dir / "pruned");
  const Ran pack = run("pack '" + (dir / "in") + "' '" + (dir / "packed") + "'");
  EXPECT_EQ(pack.exit_code, 0) << pack.err;
}

// The strips of a large tensor give the bytes of its halves by themselves.
TEST(ShardMemory, StripsDoNotChangeAByte) {
  const TempDir dir;
  constexpr std::int64_t kRows = 8400, kCols = 8192;  // 66 MiB
  Tensor whole{"w", "I8", {kRows, kCols}, std::string(kRows * kCols, '\0')};
  std::uint64_t state = 1;
  for (char& byte : whole.bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  const std::size_t half = static_cast<std::size_t>(kRows / 2 * kCols);
  write_tensors(dir / "whole", {whole});
  write_tensors(dir / "halves", {{"a", "I8", {kRows / 2, kCols}, whole.bytes.substr(0, half)},
                                 {"b", "I8", {kRows / 2, kCols}, whole.bytes.substr(half)}});
  for (const char* method : {"2:4", "tile-greedy-2:4"}) {
    for (const char* file : {"whole", "halves"}) {
      const Ran run =
          heddle_run({"prune", dir / file, (dir / "pruned.") + file, "--method", method});
      ASSERT_EQ(run.exit_code, 0) << run.err;
    }
    const std::string got = read_tensor(dir / "pruned.whole", "w").bytes;
    EXPECT_TRUE(got.substr(0, half) == read_tensor(dir / "pruned.halves", "a").bytes) << method;
    EXPECT_TRUE(got.substr(half) == read_tensor(dir / "pruned.halves", "b").bytes) << method;
  }
  ASSERT_EQ(heddle_run({"pack", "--prune", dir / "whole", dir / "packed"}).exit_code, 0);
  ASSERT_EQ(heddle_run({"unpack", dir / "packed", dir / "unpacked"}).exit_code, 0);
  ASSERT_EQ(heddle_run({"prune", dir / "whole", dir / "pruned.whole"}).exit_code, 0);
  EXPECT_TRUE(read_file(dir / "unpacked") == read_file(dir / "pruned.whole"));
}

}  // namespace
}  // namespace heddle::test
