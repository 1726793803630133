// Workers that are killed with SIGKILL, again and again: the run that ends has the bytes of one
// that was never disturbed, and nothing lies about.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/cli/shard_model.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

// Enough work in each shard that a signal can come in the middle of it.
void write_slow_model(const std::string& folder) {
  std::vector<std::vector<Tensor>> shards;
  for (int i = 0; i < 6; ++i) {
    shards.push_back({random_tensor("a" + std::to_string(i), "F16", {512, 1024 + 128 * i}),
                      random_tensor("b" + std::to_string(i), "F16", {512, 1024})});
  }
  write_model(folder, shards);
}

std::vector<std::string> prune(const TempDir& dir, const std::string& out) {
  return {"prune", dir / "in", out, "--threads", "1", "--pattern", "7:31"};
}

std::size_t partial_files(const std::string& folder) {
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    count += entry.path().filename().string().rfind(".heddle-", 0) == 0 ? 1 : 0;
  }
  return count;
}

bool kill_and_wait(pid_t child) {
  ::kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status);
}

TEST(ShardKill, ARerunAfterKillsHasTheSameBytes) {
  const TempDir dir;
  write_slow_model(dir / "in");
  const std::string out = dir / "out";
  ASSERT_EQ(heddle_run(prune(dir, dir / "clean")).exit_code, 0);
  std::mt19937 random(7);
  std::size_t hit = 0, left = 0;
  for (int round = 0; round < 8 || (left == 0 && round < 40); ++round) {
    if (round >= 8) std::filesystem::remove_all(out);  // all was done before a kill came in time
    const pid_t child = heddle_start(prune(dir, out));
    // In the middle of a shard: while its partial file is there, and a little later.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const std::size_t before = partial_files(out);
    while (partial_files(out) <= before && std::chrono::steady_clock::now() < deadline) {
      siginfo_t ended{};
      ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT);
      if (ended.si_pid == child) break;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 25));
    if (kill_and_wait(child)) ++hit;
    left = std::max(left, partial_files(out));
  }
  EXPECT_GT(hit, 0u) << "no kill came in time";
  EXPECT_GT(left, 0u) << "no kill left a partial file: the test proves nothing";
  ASSERT_EQ(heddle_run(prune(dir, out)).exit_code, 0);
  expect_same_folder(out, dir / "clean");
}

TEST(ShardKill, ParallelWorkersWithKillsAreOneRun) {
  const TempDir dir;
  write_slow_model(dir / "in");
  const std::string out = dir / "out";
  ASSERT_EQ(heddle_run(prune(dir, dir / "clean")).exit_code, 0);
  std::mt19937 random(11);
  for (int round = 0; round < 4; ++round) {
    const bool last = round == 3;
    std::vector<pid_t> workers;
    for (const char* shard : {"1/3", "2/3", "3/3"}) {
      std::vector<std::string> arguments = prune(dir, out);
      arguments.insert(arguments.end(), {"--shard", shard});
      workers.push_back(heddle_start(arguments));
    }
    for (const pid_t worker : workers) {
      if (!last) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 30));
        kill_and_wait(worker);
        continue;
      }
      int status = 0;
      ASSERT_EQ(::waitpid(worker, &status, 0), worker);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
  }
  expect_same_folder(out, dir / "clean");
}

// Two who do the same work at the same time do not disturb each other.
TEST(ShardKill, TheSameWorkTwiceAtOnce) {
  const TempDir dir;
  write_slow_model(dir / "in");
  const std::string out = dir / "out";
  ASSERT_EQ(heddle_run(prune(dir, dir / "clean")).exit_code, 0);
  const std::vector<pid_t> workers = {heddle_start(prune(dir, out)), heddle_start(prune(dir, out))};
  for (const pid_t worker : workers) {
    int status = 0;
    ASSERT_EQ(::waitpid(worker, &status, 0), worker);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  expect_same_folder(out, dir / "clean");
}

}  // namespace
}  // namespace heddle::test
