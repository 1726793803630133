// Global loads and stores of 4, 8 and 16 bytes: one access each, aligned or reported. Blocks that meet
// at an atomic.
#include <gtest/gtest.h>

#include "test/kernels/arch/kernels.hpp"

namespace heddle::arch_test {
namespace {

constexpr Path kPaths[] = {Path::no_allocate, Path::read_only, Path::read_only_policy,
                           Path::streaming, Path::l2};

TEST(Global, CopiesInOneAccess) {
  for (const Path path : kPaths) {
    for (const unsigned bytes : {4u, 8u, 16u}) {
      SCOPED_TRACE(testing::Message() << "path " << static_cast<int>(path) << ", " << bytes);
      GlobalBuffer<unsigned char> in(64 * bytes), out(64 * bytes);
      for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<unsigned char>(i * 7);
      const Report report = copy_global(path, bytes, in.data(), out.data(), {});
      ASSERT_TRUE(report.clean()) << report.text();
      for (std::size_t i = 0; i < in.size(); ++i) ASSERT_EQ(out[i], in[i]);
      const simt::Traffic ideal{2, 2 * bytes, 2 * bytes};  // two warps, a sector is 32 bytes
      EXPECT_EQ(report.counters.global_load, ideal);
      EXPECT_EQ(report.counters.global_store, ideal);
    }
  }
}

TEST(Global, MisalignedIsReported) {
  for (const Path path : kPaths) {
    for (const unsigned bytes : {4u, 8u, 16u}) {
      for (const bool load : {false, true}) {
        GlobalBuffer<unsigned char> in(64 * bytes, load ? bytes / 2 : 0);
        GlobalBuffer<unsigned char> out(64 * bytes, load ? 0 : bytes / 2);
        const Report report = copy_global(path, bytes, in.data(), out.data(), {});
        ASSERT_FALSE(report.clean());
        for (const simt::Finding& f : report.findings) {
          EXPECT_EQ(f.kind, simt::Kind::misaligned) << report.text();
        }
      }
    }
  }
}

TEST(Global, TheLastBlockAddsWhatAllWrote) {
  for (const simt::Schedule& schedule : simt::schedules()) {
    for (const unsigned blocks : {1u, 2u, 9u}) {
      SCOPED_TRACE(testing::Message() << schedule.text() << ", " << blocks);
      GlobalBuffer<unsigned> rows(64 * blocks), sums(64), counter(std::vector<unsigned>{0});
      Options options;
      options.schedule = schedule;
      const Report report = last_block(blocks, rows.data(), counter.data(), sums.data(), options);
      ASSERT_TRUE(report.clean()) << report.text();
      EXPECT_EQ(counter[0], 0u);
      for (unsigned i = 0; i < 64; ++i) {
        EXPECT_EQ(sums[i], 500 * blocks * (blocks - 1) + blocks * i * i);
      }
    }
  }
}

}  // namespace
}  // namespace heddle::arch_test
