// A planted bug must be reported under every schedule, and its correct twin must not be.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "test/simt/planted/planted.hpp"

namespace heddle::simt {

using Planted = Report (*)(planted::Twin, const Options&);

struct Suspect {             // whom a report may name
  int warp = -1, lane = -1;  // -1: any
  std::function<bool(const Finding&)> also = nullptr;
};

inline bool fits(const Suspect& suspect, const Finding& f) {
  return (suspect.warp < 0 || f.at.warp == static_cast<unsigned>(suspect.warp)) &&
         (suspect.lane < 0 || f.at.lane == static_cast<unsigned>(suspect.lane)) &&
         (!suspect.also || suspect.also(f));
}

// Every finding must be of one of the kinds (where who came first decides which), in block 1, by
// the suspect, and its line must say so.
inline void expect_detected(Planted kernel, const std::vector<Kind>& kinds,
                            const Suspect& suspect = {}) {
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    options.problem = "planted:1:2";
    const Report bad = kernel(planted::Twin::buggy, options);
    const std::string text = bad.text();
    SCOPED_TRACE(schedule.text() + "\n" + text);
    ASSERT_FALSE(bad.clean());
    for (const Finding& f : bad.findings) {
      EXPECT_NE(std::find(kinds.begin(), kinds.end(), f.kind), kinds.end()) << name(f.kind);
      EXPECT_NE(text.find(name(f.kind)), std::string::npos);
      EXPECT_EQ(f.block, (Index3{1, 0, 0}));
      EXPECT_TRUE(fits(suspect, f)) << "warp " << f.at.warp << " lane " << f.at.lane;
      const std::string who = "block (1,0,0) warp " + std::to_string(f.at.warp) + " lane " +
                              std::to_string(f.at.lane) + " at ";
      EXPECT_NE(text.find(who), std::string::npos) << who;
    }
    EXPECT_EQ(text.rfind("planted:1:2: ", 0), 0u);
    EXPECT_NE(text.find("schedule " + schedule.text()), std::string::npos);

    const Report good = kernel(planted::Twin::correct, options);
    EXPECT_TRUE(good.clean()) << good.text();
  }
}

}  // namespace heddle::simt
