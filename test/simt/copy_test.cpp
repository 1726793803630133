// Asynchronous copies.
#include "test/simt/expect.hpp"

namespace heddle::simt {
namespace {

bool names_issuer(const Finding& f) { return f.other && f.other->place.address; }

TEST(Copy, ReadBeforeItsWait) {
  expect_detected(planted::early_copy_read, {Kind::early_copy_access}, {1, 1, names_issuer});
}

TEST(Copy, WaitCoversOnlyOnesOwn) {
  // Not landed yet, or landed unsynchronised.
  expect_detected(planted::no_barrier_after_wait, {Kind::early_copy_access, Kind::shared_race});
}

TEST(Copy, SharedSourceOverwritten) {
  expect_detected(planted::overwritten_source, {Kind::source_overwritten}, {0, 12, names_issuer});
}

TEST(Copy, GlobalSourceOverwritten) {
  expect_detected(planted::overwritten_global_source, {Kind::source_overwritten},
                  {0, 12, names_issuer});
}

TEST(Copy, SourceOverwrittenByAnotherBlock) {
  // Seen at the wait, since nothing watches other blocks.
  expect_detected(planted::source_overwritten_by_other_block, {Kind::source_overwritten},
                  {0, 0, names_issuer});
}

TEST(Copy, BulkReadBeforeItsMbarrier) {
  // The warp that does not wait reads before the copy is issued, before it lands, or unordered.
  expect_detected(
      planted::bulk_early_read, {Kind::uninitialised, Kind::early_copy_access, Kind::shared_race},
      {-1, -1, [](const Finding& f) { return f.at.warp == 1 || (f.other && f.other->warp == 1); }});
}

TEST(Copy, Misaligned) { expect_detected(planted::misaligned_copy, {Kind::misaligned}, {0, 2}); }

}  // namespace
}  // namespace heddle::simt
