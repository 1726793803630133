// Patterns by name through the C ABI.

#include "heddle/pattern.hpp"

#include "test/host/c/c_case.hpp"

namespace heddle::oracle {
namespace {

std::string name_of(std::size_t index) {
  return text_of([&](char* text, std::size_t capacity, std::size_t* length) {
    return heddle_registered_pattern(index, text, capacity, length, nullptr);
  });
}

TEST(CPattern, FindsWhatCppFinds) {
  for (const char* name : {"2:4", "7:32", "m4n2_1d", "m8n4_1d", "16:32"}) {
    heddle_pattern got{};
    ASSERT_TRUE(c_succeeds(heddle_find_pattern(name, &got)));
    EXPECT_EQ((Pattern{got.keep, got.group}), *find_pattern(name)) << name;
  }
  heddle_pattern got{3, 5};
  EXPECT_TRUE(c_fails(heddle_find_pattern("5:4", &got), HEDDLE_NOT_FOUND, {"5:4", "m4n2_1d"}));
  EXPECT_TRUE(c_fails(heddle_find_pattern("", &got), HEDDLE_NOT_FOUND, {}));
  EXPECT_EQ(got.keep, 3);
  expect_nulls_refused(heddle_find_pattern, {"name", "pattern"}, "2:4", &got);
}

TEST(CPattern, TheRegistryIsOne) {
  std::size_t before = 0, after = 0;
  ASSERT_TRUE(c_succeeds(heddle_registered_patterns(&before)));
  const auto all = registered_patterns();
  ASSERT_EQ(before, all.size());
  for (std::size_t i = 0; i < before; ++i) {
    heddle_pattern pattern{};
    EXPECT_EQ(name_of(i), all[i].name);
    ASSERT_TRUE(c_succeeds(heddle_registered_pattern(i, nullptr, 0, nullptr, &pattern)));
    EXPECT_EQ((Pattern{pattern.keep, pattern.group}), all[i].pattern);
  }
  const heddle_pattern three_five{3, 5}, bad{5, 4}, other{1, 5};
  ASSERT_TRUE(c_succeeds(heddle_register_pattern("c-three-five", &three_five)));
  ASSERT_TRUE(c_succeeds(heddle_registered_patterns(&after)));
  EXPECT_EQ(after, before + 1);
  EXPECT_EQ(name_of(before), "c-three-five");
  EXPECT_EQ(*find_pattern("c-three-five"), (Pattern{3, 5}));
  EXPECT_TRUE(c_fails(heddle_register_pattern("c-three-five", &other), HEDDLE_INVALID_ARGUMENT,
                      {"c-three-five"}));
  EXPECT_TRUE(c_fails(heddle_register_pattern("c-bad", &bad), HEDDLE_INVALID_ARGUMENT, {"5:4"}));
  for (const std::size_t index : {after, after + 1, SIZE_MAX})
    EXPECT_TRUE(c_fails(heddle_registered_pattern(index, nullptr, 0, nullptr, nullptr),
                        HEDDLE_INVALID_ARGUMENT, {"index = "}));
  expect_nulls_refused(heddle_register_pattern, {"name", "pattern"}, "c-null", &three_five);
  expect_nulls_refused(heddle_registered_patterns, {"count"}, &after);
}

TEST(CPattern, Names) {
  const heddle_pattern pattern{2, 4}, odd{-3, 1000};
  const auto name = [](const heddle_pattern& p) {
    return text_of([&](char* text, std::size_t capacity, std::size_t* length) {
      return heddle_pattern_name(&p, text, capacity, length);
    });
  };
  EXPECT_EQ(name(pattern), "2:4");
  EXPECT_EQ(name(odd), "-3:1000");
  char text[1] = {'x'};
  EXPECT_TRUE(c_succeeds(heddle_pattern_name(&pattern, text, 0, nullptr)));
  EXPECT_EQ(text[0], 'x') << "no room, nothing written";
  EXPECT_TRUE(c_succeeds(heddle_pattern_name(&pattern, text, 1, nullptr)));
  EXPECT_EQ(text[0], 0);
  expect_nulls_refused(heddle_pattern_name, {"pattern", "", "", ""}, &pattern, text, 1, nullptr);
}

}  // namespace
}  // namespace heddle::oracle
