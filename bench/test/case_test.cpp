#include "bench/case.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace heddle::bench {
namespace {

Result<std::vector<Case>> cases_of(const std::string& text) {
  const std::string path = testing::TempDir() + "heddle_bench_case_test.txt";
  std::ofstream(path) << text;
  auto cases = read_cases(path);
  std::remove(path.c_str());
  return cases;
}

TEST(Cases, ALineStandsForAllCombinations) {
  const auto cases =
      cases_of("# comment\n\nm8k16 row 2:4,1:4 f16,i8 # more\nm8n2k16 col 2:4 f32\n");
  ASSERT_TRUE(cases.ok());
  std::vector<std::string> names;
  for (const Case& c : *cases) names.push_back(to_string(c));
  EXPECT_EQ(names,
            (std::vector<std::string>{"m8k16:2:4:f16:row", "m8k16:2:4:i8:row", "m8k16:1:4:f16:row",
                                      "m8k16:1:4:i8:row", "m8n2k16:2:4:f32:col"}));
}

TEST(Cases, TokensAndLayers) {
  const auto cases = cases_of("m8k16 row 2:4 f16,i8 1,64 model.qkv\nm8k16 row 2:4 f16\n");
  ASSERT_TRUE(cases.ok()) << cases.status().message();
  std::vector<std::string> names;
  for (const Case& c : *cases) names.push_back(to_string(c) + " " + c.layer);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "m8n1k16:2:4:f16:row model.qkv", "m8n64k16:2:4:f16:row model.qkv",
                       "m8n1k16:2:4:i8:row model.qkv", "m8n64k16:2:4:i8:row model.qkv",
                       "m8k16:2:4:f16:row "}));
}

TEST(Cases, EveryListIsRead) {
  for (const char* list :
       {"smoke", "moderate", "full", "gpu", "gpu_smoke", "gemm", "models", "regimes"}) {
    const auto cases = read_cases(HEDDLE_BENCH_SHAPES "/" + std::string(list) + ".txt");
    ASSERT_TRUE(cases.ok()) << cases.status().message();
    EXPECT_FALSE(cases->empty()) << list;
  }
}

TEST(Cases, GapsBetweenLines) {
  const auto cases = cases_of("m8k16 row:ld+3 2:4 f16\nm8k16 col:ld+3 2:4 f16\n");
  ASSERT_TRUE(cases.ok());
  const Case& row = cases->at(0);
  EXPECT_EQ(to_string(row), "m8k16:2:4:f16:row:ld+3");
  EXPECT_EQ(row.ld(), 19);
  EXPECT_EQ(row.elements_with_gaps(), 8u * 19);
  EXPECT_EQ(row.bytes(), 8u * 16 * 2);
  const Case& col = cases->at(1);
  EXPECT_EQ(col.ld(), 11);
  EXPECT_EQ(col.elements_with_gaps(), 16u * 11);
  EXPECT_FALSE(row == col);
}

TEST(Cases, ErrorsNameTheLine) {
  for (const char* bad :
       {"m8k16 row 2:4\n", "m8 row 2:4 f16\n", "m8k16 diagonal 2:4 f16\n",
        "m8k16 row:ld+ 2:4 f16\n", "m8k16 row 4:2 f16\n", "m8k16 row 2:4 f17\n",
        "m8k16 row 2:4 f16 0\n", "m8k16 row 2:4 f16 1,,2\n", "m8n2k16 row 2:4 f16 1\n",
        "m8k16 row 2:4 f16 1 layer more\n", "m8k16 row 2:4 f16 x\n"}) {
    const auto cases = cases_of(std::string("m8k16 row 2:4 f16\n") + bad);
    ASSERT_FALSE(cases.ok()) << bad;
    EXPECT_NE(cases.status().message().find(".txt:2: "), std::string::npos)
        << cases.status().message();
  }
}

}  // namespace
}  // namespace heddle::bench
