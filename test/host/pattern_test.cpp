#include "heddle/pattern.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace heddle {
namespace {

void expect_pattern(const std::string& name, Pattern want) {
  const Result<Pattern> got = find_pattern(name);
  ASSERT_TRUE(got.ok()) << got.status().to_string();
  EXPECT_EQ(*got, want) << name;
}

TEST(Patterns, ValidRange) {
  for (int keep = -1; keep <= 34; ++keep)
    for (int group = -1; group <= 34; ++group)
      EXPECT_EQ((Pattern{keep, group}.valid()), keep >= 1 && keep <= group && group <= 32)
          << keep << ":" << group;
}

TEST(Patterns, Equality) {
  EXPECT_TRUE((Pattern{2, 4} == Pattern{2, 4}));
  EXPECT_TRUE((Pattern{2, 4} != Pattern{1, 4}));
  EXPECT_TRUE((Pattern{2, 4} != Pattern{2, 8}));
}

TEST(Patterns, EveryPairHasAName) {
  for (int group = 1; group <= 32; ++group)
    for (int keep = 1; keep <= group; ++keep) {
      const Pattern pattern = {keep, group};
      expect_pattern(to_string(pattern), pattern);
      std::string apex = "m";
      apex.append(std::to_string(group)).append("n").append(std::to_string(keep)).append("_1d");
      expect_pattern(apex, pattern);
    }
  EXPECT_EQ(to_string(Pattern{16, 32}), "16:32");
}

// In apex' names n counts kept entries: m4n1_1d keeps one.
TEST(Patterns, ApexAliasesCountKeptEntries) {
  expect_pattern("m4n2_1d", {2, 4});
  expect_pattern("m4n1_1d", {1, 4});
}

TEST(Patterns, EveryRegisteredNameIsFound) {
  const std::vector<NamedPattern> all = registered_patterns();
  ASSERT_FALSE(all.empty());
  for (const NamedPattern& entry : all) expect_pattern(entry.name, entry.pattern);
}

TEST(Patterns, UnknownNamesListTheKnownOnes) {
  for (const char* name : {"",         "2",     "2:",      ":4",      "2:4:",
                           "4:2",      "0:4",   "2:33",    "33:33",   "-1:4",
                           "2 :4",     "m4n2",  "m4n2_2d", "m2n4_1d", "m4n0_1d",
                           "m33n1_1d", "2:004", "+2:4",    "2:4 ",    "2:99999999999999999999",
                           "2/4",      "m4_1d", "m",       "mn_1d"}) {
    const Result<Pattern> got = find_pattern(name);
    ASSERT_FALSE(got.ok()) << name;
    EXPECT_EQ(got.status().code(), StatusCode::not_found) << name;
    const std::string text = got.status().message();
    EXPECT_NE(text.find(std::string("\"") + name + "\""), std::string::npos) << text;
    for (const NamedPattern& entry : registered_patterns())
      EXPECT_NE(text.find(entry.name), std::string::npos) << text;
  }
}

TEST(Patterns, UsersAddNames) {
  EXPECT_FALSE(find_pattern("three-of-five").ok());
  ASSERT_TRUE(register_pattern("three-of-five", {3, 5}).ok());
  expect_pattern("three-of-five", {3, 5});
  EXPECT_EQ(registered_patterns().back().name, "three-of-five");
  EXPECT_TRUE(register_pattern("three-of-five", {3, 5}).ok()) << "the same meaning again is fine";
  const std::size_t count = registered_patterns().size();

  const Status other = register_pattern("three-of-five", {3, 6});
  EXPECT_EQ(other.code(), StatusCode::invalid_argument);
  EXPECT_NE(other.message().find("three-of-five"), std::string::npos);
  EXPECT_NE(other.message().find("3:5"), std::string::npos);
  EXPECT_EQ(registered_patterns().size(), count);
}

TEST(Patterns, RegistrationRefusesWhatBreaksARule) {
  EXPECT_EQ(register_pattern("", {2, 4}).code(), StatusCode::invalid_argument);
  for (Pattern bad : {Pattern{0, 4}, Pattern{5, 4}, Pattern{2, 33}, Pattern{-1, 4}}) {
    const Status status = register_pattern("bad", bad);
    EXPECT_EQ(status.code(), StatusCode::invalid_argument);
    EXPECT_NE(status.message().find(to_string(bad)), std::string::npos) << status.message();
  }
  EXPECT_FALSE(find_pattern("bad").ok());
  // Names with a meaning of their own, registered or not, keep it.
  EXPECT_EQ(register_pattern("2:4", {1, 4}).code(), StatusCode::invalid_argument);
  EXPECT_EQ(register_pattern("5:7", {1, 4}).code(), StatusCode::invalid_argument);
  EXPECT_EQ(register_pattern("m6n3_1d", {2, 6}).code(), StatusCode::invalid_argument);
  expect_pattern("5:7", {5, 7});
}

TEST(Patterns, RegistrationIsThreadSafe) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < 20; ++i) {
        std::string name = "thread";
        name.append(std::to_string(t)).append("-").append(std::to_string(i));
        EXPECT_TRUE(register_pattern(name, {1 + t, 8}).ok());
        EXPECT_TRUE(register_pattern("shared", {7, 9}).ok());
        EXPECT_TRUE(find_pattern(name).ok());
      }
    });
  for (std::thread& thread : threads) thread.join();
  int shared = 0, own = 0;
  for (const NamedPattern& entry : registered_patterns()) {
    shared += entry.name == "shared";
    own += entry.name.rfind("thread", 0) == 0;
  }
  EXPECT_EQ(shared, 1);
  EXPECT_EQ(own, 160);
}

}  // namespace
}  // namespace heddle
