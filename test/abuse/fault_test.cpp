// Every allocation, start of a thread and file operation of every public operation fails once, in
// turn. The last lines say how many places that reached.

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>

#include "test/abuse/sweep.hpp"

namespace heddle::abuse {
namespace {

std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> all;
  for (auto list : {mask_scenarios, pack_scenarios, matmul_scenarios, permute_scenarios,
                    training_scenarios, name_scenarios, file_scenarios, c_scenarios})
    for (Scenario& scenario : list()) all.push_back(std::move(scenario));
  return all;
}

class Faults : public testing::TestWithParam<Scenario> {};

TEST_P(Faults, EveryAllocation) { sweep(GetParam(), {Kind::allocation}); }
// Not even the sentence of the error has memory.
TEST_P(Faults, EveryAllocationAndAllAfter) { sweep(GetParam(), {Kind::allocation, 1, true}); }
TEST_P(Faults, EveryThread) {
  sweep(GetParam(), {Kind::thread});
  sweep(GetParam(), {Kind::thread, 1, true});
}
TEST_P(Faults, EveryFileOperation) {
  for (const int error : {EIO, ENOSPC, EINTR, EACCES, 0})
    sweep(GetParam(), {Kind::file, 1, false, error});
  for (const int error : {EIO, ENOSPC}) sweep(GetParam(), {Kind::file, 1, true, error});
}

INSTANTIATE_TEST_SUITE_P(All, Faults, testing::ValuesIn(all_scenarios()), [](const auto& instance) {
  std::string name;
  for (const char c : instance.param.name)
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

}  // namespace
}  // namespace heddle::abuse

int main(int argc, char** argv) {
  using heddle::abuse::Kind;
  testing::InitGoogleTest(&argc, argv);
  const int result = RUN_ALL_TESTS();
  for (const Kind kind : {Kind::allocation, Kind::thread, Kind::file, Kind::cuda}) {
    const auto& struck = heddle::abuse::struck(kind);
    if (struck.faults > 0)
      std::printf("abuse: %s: %lld faults, %zu call sites, %zu paths\n", name_of(kind),
                  static_cast<long long>(struck.faults), struck.sites.size(), struck.paths.size());
  }
  return result;
}
