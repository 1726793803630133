// Shared memory: races, missing synchronisation, uninitialised reads, bounds.
#include "test/simt/expect.hpp"

namespace heddle::simt {
namespace {

bool two_parties(const Finding& f) {
  return f.other && (f.other->warp != f.at.warp || f.other->lane != f.at.lane) &&
         f.other->place.address;
}

TEST(Race, TwoWritersOfOneSlot) {
  expect_detected(planted::same_slot, {Kind::shared_race},
                  {-1, 5, [](const Finding& f) { return two_parties(f) && f.other->lane == 5; }});
}

TEST(Race, MissingBarrier) {
  // A thread that runs before its partner reads what nobody wrote yet.
  expect_detected(planted::missing_barrier, {Kind::shared_race, Kind::uninitialised},
                  {-1, -1, [](const Finding& f) {
                     if (f.kind == Kind::uninitialised) return true;
                     // Thread i reads what thread 63 - i wrote.
                     return two_parties(f) &&
                            f.at.warp * 32 + f.at.lane + f.other->warp * 32 + f.other->lane == 63;
                   }});
  Options options;  // forward: thread 32 is the first to read what was written
  const Report bad = planted::missing_barrier(planted::Twin::buggy, options);
  EXPECT_NE(bad.text().find("shared memory race"), std::string::npos) << bad.text();
}

TEST(Race, WrittenWhileOthersRead) {
  expect_detected(planted::missing_second_barrier, {Kind::shared_race}, {-1, -1, two_parties});
  // Both ways round: read after the write, written after the read.
  const std::string text = planted::missing_second_barrier(planted::Twin::buggy, {}).text();
  EXPECT_NE(text.find("write of 4 bytes, unordered"), std::string::npos) << text;
  EXPECT_NE(text.find("read of 4 bytes, unordered"), std::string::npos) << text;
}

TEST(Race, ShuffleOrdersNoMemory) {
  expect_detected(planted::missing_warp_sync, {Kind::shared_race},
                  {-1, -1, [](const Finding& f) {
                     return two_parties(f) && f.other->lane == (f.at.lane ^ 1);
                   }});
}

TEST(Race, ConsumerAheadOfNamedBarrier) {
  expect_detected(planted::missing_named_barrier, {Kind::shared_race, Kind::uninitialised});
}

TEST(Race, PlainCounterWhereAnAtomicIsNeeded) {
  expect_detected(planted::plain_counter, {Kind::shared_race}, {-1, -1, two_parties});
}

TEST(Uninitialised, NamesTheReader) {
  expect_detected(planted::uninitialised_read, {Kind::uninitialised}, {1, 5});
}

TEST(Bounds, DynamicSharedMemory) {
  expect_detected(planted::dynamic_shared_overrun, {Kind::out_of_bounds}, {1, 31});
}

}  // namespace
}  // namespace heddle::simt
