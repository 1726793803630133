#pragma once
// What operations move, counted by the testbed: the launches of a piece of code.

#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>

#include "heddle/status.hpp"
#include "test/simt/runtime.hpp"

namespace heddle::simt {

// The launches of body(), which answers with a Status or nothing; their report must be clean.
template <class Body>
Launches launches_of(const Body& body) {
  set_runtime({});
  (void)take_launches();
  if constexpr (std::is_void_v<decltype(body())>) {
    body();
  } else {
    const Status status = body();
    EXPECT_TRUE(status.ok()) << status.to_string();
  }
  Launches launches = take_launches();
  EXPECT_TRUE(launches.report.clean()) << launches.report.text();
  return launches;
}

// The same where it must be one.
template <class Body>
Counters counters_of(const Body& body) {
  const Launches launches = launches_of(body);
  EXPECT_EQ(launches.count, 1u);
  return launches.report.counters;
}

// `traffic` moved these bytes in whole sectors, each once.
inline void expect_sectors(const Traffic& traffic, std::uint64_t bytes) {
  EXPECT_EQ(traffic.units * 32, bytes);
  EXPECT_EQ(traffic.units, traffic.ideal);
}

}  // namespace heddle::simt
