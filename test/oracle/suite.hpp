#pragma once
// What every test program shares: names of parameterised cases, and what a failure of the library
// must look like.

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>

#include "heddle/status.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/effort.hpp"

namespace heddle::oracle {

// Counts that must all give the same bytes.
inline constexpr int kThreadCounts[] = {1, 2, 3, 8};

// Names the cases of a suite that is parameterised by DataType.
inline constexpr auto by_type = [](const auto& param) { return type_name(param.param); };

// `status` is a failure of exactly this code whose message holds every one of `parts`: the
// argument, its value, the requirement.
inline testing::AssertionResult fails(const Status& status, StatusCode code,
                                      std::initializer_list<const char*> parts) {
  if (status.code() != code)
    return testing::AssertionFailure()
           << "wanted " << heddle::to_string(code) << ", got " << status.to_string();
  for (const char* part : parts)
    if (status.message().find(part) == std::string::npos)
      return testing::AssertionFailure()
             << "the message lacks '" << part << "': " << status.message();
  return testing::AssertionSuccess();
}

inline testing::AssertionResult succeeds(const Status& status) {
  if (status.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << status.to_string();
}

}  // namespace heddle::oracle
