// Bugs by their number: each must be found under every schedule, as one of its kinds, the first of
// which under one at least.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "test/simt/simt.hpp"

namespace heddle::simt {

template <typename Bug>
struct Mistake {
  Bug bug;
  std::vector<Kind> kinds;
  std::string says = {};  // in a finding's text
};

// run(bug, options) -> Report. Findings are in block 1 of 2, or in either block of a cluster.
template <typename Bug, typename Run>
void expect_seen(const std::vector<Mistake<Bug>>& mistakes, bool in_block_1, Run run) {
  for (const Mistake<Bug>& m : mistakes) {
    bool first_kind = false, said = false;
    for (const Schedule& schedule : schedules()) {
      Options options;
      options.schedule = schedule;
      const Report report = run(m.bug, options);
      SCOPED_TRACE(testing::Message()
                   << "bug " << static_cast<int>(m.bug) << " " << schedule.text() << "\n"
                   << report.text());
      ASSERT_FALSE(report.clean());
      for (const Finding& f : report.findings) {
        EXPECT_NE(std::find(m.kinds.begin(), m.kinds.end(), f.kind), m.kinds.end());
        EXPECT_TRUE(!in_block_1 || f.block.x == 1);
        first_kind |= f.kind == m.kinds[0];
      }
      said |= report.text().find(m.says) != std::string::npos;
    }
    EXPECT_TRUE(first_kind) << "bug " << static_cast<int>(m.bug);
    EXPECT_TRUE(said) << "bug " << static_cast<int>(m.bug) << ": " << m.says;
  }
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    const Report good = run(Bug::none, options);
    EXPECT_TRUE(good.clean()) << good.text();
  }
}

}  // namespace heddle::simt
