// Counters, exact on patterns whose cost is known.
#include "test/simt/traffic.hpp"
#include "test/simt/expect.hpp"

namespace heddle::simt {
namespace {

struct Pattern {
  unsigned bytes, stride, shift;
  std::uint64_t moved, ideal;
};

TEST(Sectors, KnownPatterns) {
  for (const Pattern& p : {
           Pattern{4, 4, 0, 4, 4},      // coalesced
           Pattern{16, 16, 0, 16, 16},  // coalesced, 16 bytes a lane
           Pattern{1, 1, 0, 1, 1}, Pattern{2, 2, 0, 2, 2}, Pattern{8, 8, 0, 8, 8},
           Pattern{4, 8, 0, 8, 4},                             // every other word
           Pattern{4, 32, 0, 32, 4},                           // a sector each
           Pattern{4, 128, 0, 32, 4}, Pattern{4, 4, 4, 5, 4},  // a word off
           Pattern{2, 2, 30, 3, 2}, Pattern{16, 16, 16, 17, 16},
           Pattern{4, 0, 0, 1, 1},  // broadcast
       }) {
    SCOPED_TRACE(testing::Message()
                 << p.bytes << " bytes, stride " << p.stride << ", shift " << p.shift);
    const Report report = planted::pattern_global(p.bytes, p.stride, p.shift);
    EXPECT_TRUE(report.clean()) << report.text();
    EXPECT_EQ(report.counters.global_load, (Traffic{1, p.moved, p.ideal}));
    EXPECT_EQ(report.counters.global_store, (Traffic{1, p.moved, p.ideal}));
  }
}

struct Banks {
  unsigned bytes, words_apart;
  std::uint64_t wavefronts, phases;
};

TEST(BankConflicts, KnownPatterns) {
  for (const Banks& p : {
           Banks{4, 1, 1, 1},                         // stride 1
           Banks{4, 2, 2, 1},                         // stride 2: two lanes a bank
           Banks{4, 3, 1, 1},                         // odd: none
           Banks{4, 16, 16, 1}, Banks{4, 32, 32, 1},  // one bank
           Banks{4, 33 - 1, 32, 1}, Banks{4, 31, 1, 1}, Banks{8, 2, 2, 2},  // half warps, none
           Banks{8, 4, 4, 2},                                               // two-way in each half
           Banks{16, 4, 4, 4},                                              // quarter warps, none
           Banks{16, 8, 8, 4},    // two-way in each quarter
           Banks{16, 32, 32, 4},  // eight-way: rows of 128 bytes, not swizzled
       }) {
    SCOPED_TRACE(testing::Message() << p.bytes << " bytes, " << p.words_apart << " words apart");
    const Report report = planted::pattern_shared(p.bytes, p.words_apart);
    EXPECT_TRUE(report.clean()) << report.text();
    EXPECT_EQ(report.counters.shared_load, (Traffic{1, p.wavefronts, p.phases}));
    EXPECT_EQ(report.counters.shared_store, (Traffic{1, p.wavefronts, p.phases}));
    EXPECT_EQ(report.counters.bank_conflicts(), 2 * (p.wavefronts - p.phases));
  }
}

TEST(BankConflicts, OfAsynchronousCopies) {
  for (const Banks& p : {Banks{16, 4, 4, 4}, Banks{16, 8, 8, 4}, Banks{16, 32, 32, 4}}) {
    for (const Schedule& schedule : schedules()) {
      SCOPED_TRACE(testing::Message() << p.words_apart << " words apart, " << schedule.text());
      Options options;
      options.schedule = schedule;
      const Report report = planted::pattern_async(p.words_apart, options);
      EXPECT_TRUE(report.clean()) << report.text();
      EXPECT_EQ(report.counters.async_store, (Traffic{2, 2 * p.wavefronts, 2 * p.phases}));
      EXPECT_EQ(report.counters.async_copies(), 2u);
      EXPECT_EQ(report.counters.global_load, (Traffic{2, 8 + 16, 8 + 16}));
      EXPECT_EQ(report.counters.bank_conflicts(),
                report.counters.shared_load.excess() + 2 * (p.wavefronts - p.phases));
    }
  }
}

TEST(BankConflicts, BroadcastCostsNothing) {
  const Report report = planted::pattern_shared(4, 0);
  EXPECT_TRUE(report.clean()) << report.text();
  EXPECT_EQ(report.counters.shared_load, (Traffic{1, 1, 1}));
}

TEST(BankConflicts, ColumnsOfATile) {
  const Report plain = planted::column_of_tile(false);
  EXPECT_TRUE(plain.clean()) << plain.text();
  EXPECT_EQ(plain.counters.shared_store, (Traffic{32, 32, 32}));
  EXPECT_EQ(plain.counters.shared_load, (Traffic{32, 1024, 32}));
  EXPECT_EQ(plain.counters.bank_conflicts(), 992u);
  EXPECT_EQ(plain.counters.global_load, (Traffic{32, 128, 128}));

  const Report padded = planted::column_of_tile(true);
  EXPECT_TRUE(padded.clean()) << padded.text();
  EXPECT_EQ(padded.counters.bank_conflicts(), 0u);
}

TEST(Instruction, SomeLanes) {
  Instruction i;
  i.mask = 0x80000001u;
  i.bytes[0] = i.bytes[31] = 4;
  i.address[0] = 1024;
  i.address[31] = 1024 + 128;
  EXPECT_EQ(wavefronts(i), (Traffic{1, 2, 1}));  // one bank, two words
  EXPECT_EQ(sectors(i), (Traffic{1, 2, 1}));
}

}  // namespace
}  // namespace heddle::simt
