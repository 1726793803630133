#include "test/abuse/sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "test/oracle/effort.hpp"

namespace heddle::abuse {
namespace {

constexpr std::int64_t kMostFaults = 2'000'000;
constexpr std::int64_t kOneByOne =
    oracle::kSmall ? 100 : 600;  // later calls, which loops repeat, in growing steps

bool expected(Kind kind, StatusCode code, StatusCode want) {
  if (code == want) return true;
  switch (kind) {
    case Kind::allocation:
    case Kind::thread: return code == StatusCode::out_of_memory;
    case Kind::file: return code == StatusCode::io_error;
    case Kind::cuda: return code == StatusCode::device_error || code == StatusCode::out_of_memory;
  }
  return false;
}

// A run without faults gives the right bits.
void expect_usable(const Scenario& scenario, std::uint64_t want) {
  const Case again = scenario.make();
  const Status status = again.act();
  EXPECT_EQ(status.code(), again.want) << "afterwards: " << status.message();
  EXPECT_EQ(again.digest(), want) << "afterwards";
}

// One run with the fault. Returns whether it struck.
bool run_once(const Scenario& scenario, const Fault& fault, std::uint64_t want) {
  const Case run = scenario.make();
  const std::uint64_t before = run.digest();
  Status status;
  bool threw = false, fired = false;
  {
    const Armed armed(fault);
    try {
      status = run.act();
    } catch (...) {
      threw = true;
    }
    fired = armed.fired();
  }
  EXPECT_FALSE(threw) << "an exception left the library";
  if (threw) return fired;
  EXPECT_TRUE(fired ? expected(fault.kind, status.code(), run.want) : status.code() == run.want)
      << to_string(status.code()) << ": " << status.message();
  EXPECT_EQ(status.ok(), status.message().empty());
  if (status.ok()) {
    EXPECT_EQ(run.digest(), want) << "a success with other bits";
  } else if (run.all_or_nothing) {
    EXPECT_EQ(run.digest(), before) << "half-written";
  }
  return fired;
}

}  // namespace

void sweep(const Scenario& scenario, const Fault& fault) {
  SCOPED_TRACE(scenario.name);
  std::uint64_t want = 0;
  bool keeps = false;
  for (int warm = 0; warm < 2; ++warm) {  // tables of the process are made on first use
    const Case reference = scenario.make();
    const Status status = reference.act();
    ASSERT_EQ(status.code(), reference.want) << status.message();
    want = reference.digest();
    keeps = reference.registers;
  }
  Fault now = fault;
  for (now.at = 1; now.at < kMostFaults;
       now.at += 1 + std::max<std::int64_t>(now.at - kOneByOne, 0) / 50) {
    SCOPED_TRACE(testing::Message()
                 << name_of(fault.kind) << " " << now.at
                 << (fault.from_then_on ? " and all after" : "") << ", error " << fault.error);
    const std::int64_t blocks = live_blocks();
    const int descriptors = open_descriptors();
    const bool fired = run_once(scenario, now, want);
    if (!keeps) {
      EXPECT_EQ(live_blocks(), blocks) << "leaked memory";
    }
    EXPECT_EQ(open_descriptors(), descriptors) << "leaked a descriptor";
    if (!fired) return;
    expect_usable(scenario, want);
    if (testing::Test::HasFailure()) return;  // the first says it
  }
  FAIL() << "no end of calls to fail";
}

}  // namespace heddle::abuse
