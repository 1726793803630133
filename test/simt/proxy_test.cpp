// What ordinary instructions wrote and the asynchronous proxy reads needs a fence of the writer.
#include <gtest/gtest.h>

#include "test/simt/planted/hopper.hpp"

namespace heddle::simt {
namespace {

using planted::Filling;

TEST(Proxy, FenceOfEveryWriter) {
  for (const Filling filling :
       {Filling::plain, Filling::cp_async, Filling::stmatrix, Filling::bulk}) {
    for (const Schedule& schedule : schedules()) {
      SCOPED_TRACE(testing::Message() << static_cast<int>(filling) << " " << schedule.text());
      Options options;
      options.schedule = schedule;
      const Report good = planted::proxy(filling, true, options);
      EXPECT_TRUE(good.clean()) << good.text();
      const Report bad = planted::proxy(filling, false, options);
      if (filling == Filling::bulk) {  // has never been with the other proxy
        EXPECT_TRUE(bad.clean()) << bad.text();
        continue;
      }
      ASSERT_EQ(bad.findings.size(), 1u) << bad.text();
      const Finding& f = bad.findings[0];
      EXPECT_EQ(f.kind, Kind::missing_proxy_fence);
      EXPECT_EQ(f.block.x, 1u);
      ASSERT_TRUE(f.other);
      if (filling != Filling::stmatrix) {
        EXPECT_EQ(f.other->warp, 1u);
        EXPECT_EQ(f.other->lane, 8u);
      }
    }
  }
}

}  // namespace
}  // namespace heddle::simt
