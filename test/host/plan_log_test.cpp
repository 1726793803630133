// What HEDDLE_LOG=plan prints. A program of its own: the variable is read once in a process, and no
// plan may have been made before these processes fork.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "heddle/matmul.hpp"

namespace heddle {
namespace {

// What a child process prints to stderr when it makes two plans, the second after the environment
// has changed to `later`.
std::string printed(const char* value, const char* later) {
  std::array<int, 2> ends = {};
  if (pipe(ends.data()) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    const auto set = [](const char* to) {
      to == nullptr ? unsetenv("HEDDLE_LOG") : setenv("HEDDLE_LOG", to, 1);
    };
    MatmulDesc desc;
    desc.a = {4096, 512, {2, 4}, DataType::bf16, PackedOrder::device};
    desc.b_type = DataType::bf16, desc.d_type = DataType::f32;
    desc.d_order = Order::row;
    desc.max_n = 16;
    set(value);
    const bool first = make_plan(Exec::cpu(), desc).ok() && check(Exec::cpu(), desc).ok();
    set(later);
    desc.max_n = 32, desc.max_batch = 2;
    const bool second = make_plan(Exec::cpu(), desc).ok();
    _exit(first && second ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  std::array<char, 256> piece = {};
  for (ssize_t got; (got = read(ends[0], piece.data(), piece.size())) > 0;)
    text.append(piece.data(), static_cast<std::size_t>(got));
  close(ends[0]);
  int state = -1;
  waitpid(child, &state, 0);
  return WIFEXITED(state) && WEXITSTATUS(state) == 0 ? text : "failed: " + text;
}

TEST(PlanLog, IsReadOnce) {
  const std::string both =
      "heddle: plan m4096n16k512:2:4:bf16:f32:row: on the CPU\n"
      "heddle: plan m4096n32k512:2:4:bf16:f32:row:batch=2: on the CPU\n";
  EXPECT_EQ(printed("plan", nullptr), both);
  EXPECT_EQ(printed(nullptr, "plan"), "");
  EXPECT_EQ(printed("", nullptr), "");
  EXPECT_EQ(printed("plans", nullptr), "");
}

}  // namespace
}  // namespace heddle
