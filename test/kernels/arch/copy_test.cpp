// cp.async with zero fill, pipelines of commit groups, bulk copies and the phases of mbarriers.
#include <gtest/gtest.h>

#include "test/kernels/arch/kernels.hpp"

namespace heddle::arch_test {
namespace {

TEST(AsyncCopy, CopiesAndFillsWithZeros) {
  for (const CopyCase& c : {CopyCase{4, false, 0}, CopyCase{8, false, 0}, CopyCase{16, false, 0},
                            CopyCase{16, true, 0}}) {
    for (std::uint32_t source = 0; source <= static_cast<std::uint32_t>(c.bytes); ++source) {
      SCOPED_TRACE(testing::Message() << source << " of " << c.bytes << (c.past_l1 ? " cg" : ""));
      const std::size_t size = 64 * static_cast<std::size_t>(c.bytes);
      GlobalBuffer<unsigned char> in(size), out(size);
      for (std::size_t i = 0; i < size; ++i) in[i] = static_cast<unsigned char>(i % 251 + 1);
      const Report report = copy_once({c.bytes, c.past_l1, source}, in.data(), out.data(), {});
      ASSERT_TRUE(report.clean()) << report.text();
      for (std::size_t i = 0; i < size; ++i) {
        const bool copied = i % static_cast<std::size_t>(c.bytes) < source;
        ASSERT_EQ(out[i], copied ? in[i] : 0) << i;
      }
    }
  }
}

TEST(AsyncCopy, BothSidesAreCounted) {
  for (const CopyCase& c : {CopyCase{4, false, 4}, CopyCase{8, false, 8}, CopyCase{16, true, 16},
                            CopyCase{16, false, 4}, CopyCase{16, true, 0}}) {
    SCOPED_TRACE(testing::Message() << c.source_bytes << " of " << c.bytes);
    const auto bytes = static_cast<unsigned>(c.bytes);
    GlobalBuffer<unsigned char> in(64 * bytes), out(64 * bytes);
    const Report report = copy_once(c, in.data(), out.data(), {});
    ASSERT_TRUE(report.clean()) << report.text();
    const auto phases = bytes / 4;  // of a warp, 128 bytes each
    EXPECT_EQ(report.counters.async_store, (simt::Traffic{2, 2 * phases, 2 * phases}));
    EXPECT_EQ(report.counters.async_copies(), 2u);
    // A sector for every 32 bytes, or for every two sources of 4 in 16; nothing for none at all.
    const simt::Traffic none{}, some{2, 2 * bytes, 2 * c.source_bytes};
    EXPECT_EQ(report.counters.global_load, c.source_bytes ? some : none);
  }
}

TEST(AsyncCopy, ReadsNothingPastTheSource) {
  // The last thread's source ends with the buffer; source 0 reads not even an address outside.
  GlobalBuffer<unsigned char> in(63 * 16 + 5), out(64 * 16);
  const Report all = copy_once({16, true, 16}, in.data(), out.data(), {});
  EXPECT_FALSE(all.clean());
  const Report five = copy_once({16, true, 5}, in.data(), out.data(), {});
  EXPECT_TRUE(five.clean()) << five.text();
  const Report none = copy_once({16, true, 0}, in.data() + 4096, out.data(), {});
  EXPECT_TRUE(none.clean()) << none.text();
}

using Pipeline = Report (*)(const float*, unsigned, float*, const Options&);

void expect_sums(Pipeline pipeline, unsigned tiles) {
  std::vector<float> values(64 * tiles + 1);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * i % 1009);
  GlobalBuffer<float> in(values);
  for (const simt::Schedule& schedule : simt::schedules()) {
    SCOPED_TRACE(schedule.text());
    GlobalBuffer<float> out(64);
    Options options;
    options.schedule = schedule;
    const Report report = pipeline(in.data(), tiles, out.data(), options);
    ASSERT_TRUE(report.clean()) << report.text();
    for (std::size_t i = 0; i < 64; ++i) {
      float sum = 0;
      for (std::size_t tile = 0; tile < tiles; ++tile) sum += values[64 * tile + 63 - i];
      ASSERT_EQ(out[i], sum) << i;
    }
  }
}

TEST(AsyncCopy, PipelineOfGroups) {
  for (const unsigned tiles : {0u, 1u, 2u, 3u, 4u, 9u}) expect_sums(copy_pipeline, tiles);
}

TEST(BulkCopy, PhasesOfFullAndEmptyBarriers) {
  for (const unsigned tiles : {0u, 1u, 2u, 3u, 4u, 9u}) expect_sums(bulk_pipeline, tiles);
}

}  // namespace
}  // namespace heddle::arch_test
