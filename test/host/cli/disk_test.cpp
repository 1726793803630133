// A disk that fills up and a program that is told to stop: nothing is lost, nothing left behind.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

TEST(Disk, ALimitOnFileSizes) {
  const TempDir dir;
  write_tensors(dir / "in", {random_tensor("w", "F32", {512, 512})});
  write_file(dir / "out", "precious");
  for (const char* command : {"prune", "pack --prune", "unpack"}) {
    const Ran run = shell_run("ulimit -f 64; exec \"$HEDDLE\" " + std::string(command) + " '" +
                              (dir / "in") + "' '" + (dir / "out") + "'");
    EXPECT_EQ(run.exit_code, 2) << command << " must not die of SIGXFSZ: " << run.err;
    EXPECT_NE(run.err.find("File too large"), std::string::npos) << run.err;
    EXPECT_EQ(read_file(dir / "out"), "precious");
    EXPECT_EQ(dir.names(), (std::vector<std::string>{"in", "out"}));
  }
}

TEST(Disk, AFilesystemThatIsFull) {
  // A file system of 256 KiB in a namespace of its own; not every machine lets a user make one.
  if (shell_run("unshare -rm mount -t tmpfs -o size=256k none /tmp").exit_code != 0) {
    GTEST_SKIP() << "no user namespaces or no unshare here: the full disk is only simulated by the "
                    "limit on file sizes (ALimitOnFileSizes)";
  }
  const TempDir dir;
  write_tensors(dir / "in", {random_tensor("w", "F32", {512, 512})});
  const std::string mount = dir / "small";
  std::filesystem::create_directory(mount);
  const Ran run = shell_run(
      "exec unshare -rm sh -c 'mount -t tmpfs -o size=256k none \"$2\" && "
      "echo precious > \"$2/out\" && \"$1\" prune \"$3\" \"$2/out\"; "
      "echo exit $?; cat \"$2/out\"; ls -A \"$2\"' - \"$HEDDLE\" '" +
      mount + "' '" + (dir / "in") + "'");
  EXPECT_EQ(run.out, "exit 2\nprecious\nout\n") << run.err;
  EXPECT_NE(run.err.find("No space left on device"), std::string::npos) << run.err;
}

TEST(Disk, AFullPictureToo) {
  const TempDir dir;
  write_tensors(dir / "in", {random_tensor("w", "F32", {300, 300})});
  write_file(dir / "p.png", "precious");
  const Ran run = shell_run("ulimit -f 1; exec \"$HEDDLE\" inspect --tensor w --image '" +
                            (dir / "p.png") + "' '" + (dir / "in") + "'");
  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_EQ(read_file(dir / "p.png"), "precious");
  EXPECT_EQ(dir.names(), (std::vector<std::string>{"in", "p.png"}));
}

// Has the process a handler for the signal? (The kernel's own account of it.)
bool catches(pid_t process, int number) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("SigCgt:", 0) == 0)
      return std::stoull(line.substr(7), nullptr, 16) >> (number - 1) & 1u;
  return false;
}

TEST(Disk, ASignalRemovesThePartialFile) {
  const TempDir dir;
  // Enough work that the signal comes in the middle of it.
  std::vector<Tensor> tensors;
  for (int i = 0; i < 4; ++i) {
    tensors.push_back({std::string(1, static_cast<char>('a' + i)),
                       "F16",
                       {2048, 4096},
                       std::string(16 << 20, 'x')});
  }
  write_tensors(dir / "in", tensors);
  write_file(dir / "out", "precious");
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const pid_t child =
        heddle_start({"prune", dir / "in", dir / "out", "--threads", "1", "--pattern", "7:31"});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto ready = [&] { return dir.names().size() == 3 && catches(child, number); };
    while (!ready() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_TRUE(ready()) << "no partial file and handler appeared";
    ASSERT_EQ(::kill(child, number), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it had finished before the signal came";
    EXPECT_EQ(WTERMSIG(status), number) << "the caller sees what ended it";
    EXPECT_EQ(dir.names(), (std::vector<std::string>{"in", "out"}));
    EXPECT_EQ(read_file(dir / "out"), "precious");
  }
}

}  // namespace
}  // namespace heddle::test
