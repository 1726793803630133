#include "bench/experiment.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <set>

namespace heddle::bench {
namespace {

const std::string kList = HEDDLE_BENCH_SHAPES "/experiments.txt";

DeviceDescription h200() { return find_device("H200").value(); }

SelectProblem prefill() { return select_problem({8192, 8192, 4096, {2, 4}, DataType::bf16}); }

class Lists : public testing::Test {
 protected:
  ~Lists() override { std::remove(path_.c_str()); }
  Status error_of(const std::string& text) {
    std::ofstream(path_) << text;
    const auto read = read_experiments(path_);
    return read.ok() ? Status() : read.status();
  }
  std::string path_ = testing::TempDir() + "heddle_experiments.txt";
};

TEST_F(Lists, TheListIsReadWhole) {
  const auto list = read_experiments(kList);
  ASSERT_TRUE(list.ok()) << list.status().to_string();
  EXPECT_GE(list->size(), 20u);
  std::set<std::string> names;
  for (const Experiment& experiment : *list) {
    EXPECT_TRUE(names.insert(experiment.name).second) << experiment.name << " twice";
    EXPECT_EQ(experiment.name.find('/'), std::string::npos);
    EXPECT_FALSE(experiment.second.empty());
  }
  const Experiment& first = list->front();
  EXPECT_EQ(first.first, "wgmma=2x64x256");
  EXPECT_EQ(first.second, "warps=4x2x1");
  ASSERT_EQ(first.problems.size(), 3u);
  EXPECT_EQ(to_string(first.problems[1]), "m8192n4096k8192:2:4:f8e4m3:row");
  EXPECT_FALSE(first.predicted);
  EXPECT_NE(first.decides.find("stalls and the two"), std::string::npos);  // lines are joined
}

// What an H200 is asked exists there.
TEST_F(Lists, TheModelKnowsTheConfigurations) {
  const auto list = read_experiments(kList);
  ASSERT_TRUE(list.ok());
  for (const Experiment& experiment : *list)
    for (const Case& problem : experiment.problems) {
      if (problem.n == 0 || !is_heddle(experiment.second)) continue;
      const auto ratio = model_ratio(experiment, problem, h200());
      EXPECT_TRUE(ratio.ok()) << experiment.name << ": " << ratio.status().to_string();
    }
}

TEST_F(Lists, ErrorsNameTheLine) {
  const std::string head = "experiment: a\nhypothesis: h\ndecides: d\n";
  EXPECT_TRUE(error_of(head + "compare: chosen vs chosen\npredicted: 1.5\n"
                              "problems: m8k64 row 2:4 bf16 1\n")
                  .ok());
  const auto says = [&](const std::string& text, const std::string& words) {
    const std::string got = error_of(text).to_string();
    EXPECT_NE(got.find(words), std::string::npos) << got;
  };
  says(head + "compare: chosen\n", ":4: compare = 'chosen': must be FIRST vs SECOND");
  says(head + "predicted: 1.5x\n", ":4: predicted = '1.5x': must be a ratio");
  says(head + "predicted: -1\n", "must be a ratio");
  says(head + "problem: m8k8\n", ":4: key = 'problem'");
  says(head + "problems: m8 row\n", ":4: must be SHAPE");
  says("hypothesis: h\n", ":1: the first key must be experiment");
  says("experiment: a\ncompare: chosen vs chosen\n", "hypothesis is missing");
  says(head + "compare: chosen vs cublaslt\nproblems: m8k64 row 2:4 bf16 1\n",
       "the model knows two configurations alone");
  says(head + "compare: chosen vs chosen\n", "rates have no problem");
  EXPECT_EQ(error_of(head + "words\n").code(), StatusCode::invalid_argument);
}

TEST(Configurations, TakeTheBestThatAgreesAndSetTheRest) {
  const auto exact = configuration_with("wgmma=2x64x256 cluster=2 a=staged", prefill(), h200());
  ASSERT_TRUE(exact.ok()) << exact.status().to_string();
  EXPECT_EQ(exact->cluster, 2);
  EXPECT_TRUE(exact->staged);
  EXPECT_EQ(exact->tiles, 32);
  // The model's best of them: no candidate that agrees is predicted to be faster.
  const double best = predict(prefill(), h200(), *exact)->predicted_us;
  const auto all = candidates(prefill(), h200(), 10000).value();
  for (const Selection& found : all) {
    const MatmulConfig& c = found.config;
    if (c.kernel == MatmulKernel::wgmma && c.cluster == 2 && c.staged && c.tiles == 32 &&
        c.groups == 2 && c.row_blocks == 1) {
      EXPECT_GE(found.predicted_us, best);
    }
  }
  const auto forced = configuration_with("wgmma=2x64x256 cluster=1 raster=1", prefill(), h200());
  ASSERT_TRUE(forced.ok()) << forced.status().to_string();
  EXPECT_EQ(forced->raster, 1);
  EXPECT_EQ(forced->cluster, 1);
  // Where none agrees with all, the others are those of the best.
  auto near = configuration_with("wgmma=2x64x256 cluster=1", prefill(), h200()).value();
  EXPECT_NE(near.raster, 1);
  near.raster = 1;
  EXPECT_EQ(*forced, near);
  const SelectProblem f8 = select_problem({8192, 8192, 16, {2, 4}, DataType::f8e4m3});
  EXPECT_TRUE(configuration_with("warps=1x1x8", f8, h200()).ok());  // the library takes wgmma
  const auto mma = configuration_with("warps=1x1x8 stages=3", prefill(), h200());
  ASSERT_TRUE(mma.ok()) << mma.status().to_string();
  EXPECT_EQ(mma->stages, 3);
  EXPECT_EQ(configuration_with("wgmma=9x64x256", prefill(), h200()).status().code(),
            StatusCode::not_found);
  EXPECT_EQ(configuration_with("wgmma=2x64x256 warps=1x1x8", prefill(), h200()).status().code(),
            StatusCode::invalid_argument);
}

TEST(ExperimentSides, WordsAndFields) {
  const ProductSide side = product_side("warps=1x1x8 overlap stages=2");
  EXPECT_EQ(side.text, "warps=1x1x8 stages=2");
  EXPECT_TRUE(side.overlap);
  EXPECT_FALSE(product_side("chosen").overlap);
  EXPECT_TRUE(is_heddle("chosen overlap") && is_heddle("warps=1x1x8"));
  EXPECT_FALSE(is_heddle("cublaslt") || is_heddle("rate l2_tensor"));
}

TEST(Verdicts, CompareInLogarithms) {
  EXPECT_STREQ(verdict(1.2, {1.19, 1.18, 1.2}), "confirmed");
  EXPECT_STREQ(verdict(1.2, {1.43, 1.4, 1.5}), "confirmed");   // less than twice as much
  EXPECT_STREQ(verdict(1.2, {1.5, 1.4, 1.6}), "refuted");      // more: it is not understood
  EXPECT_STREQ(verdict(1.05, {1.14, 1.1, 1.2}), "confirmed");  // more, but close
  EXPECT_STREQ(verdict(0.9, {0.5, 0.4, 0.6}), "refuted");
  EXPECT_STREQ(verdict(1.21, {1.099, 1.09, 1.11}), "refuted");  // less than half: 1.1
  EXPECT_STREQ(verdict(1.21, {1.101, 1.09, 1.11}), "confirmed");
  EXPECT_STREQ(verdict(1.2, {0.9, 0.89, 0.91}), "refuted");
  EXPECT_STREQ(verdict(1.2, {1.1, 0.99, 1.3}), "within noise");  // the quartiles hold 1
  EXPECT_STREQ(verdict(1.2, {1.015, 1.014, 1.016}), "within noise");
  EXPECT_STREQ(verdict(0.88, {0.9, 0.89, 0.91}), "confirmed");
  EXPECT_STREQ(verdict(0.88, {1.2, 1.1, 1.3}), "refuted");
  EXPECT_STREQ(verdict(1.0, {1.01, 1.005, 1.015}), "confirmed");
  EXPECT_STREQ(verdict(1.0, {1.1, 1.09, 1.11}), "refuted");
}

TEST(Tables, ALineForEachWithItsMean) {
  Experiment one, two;
  one.name = "one";
  one.decides = "what to do.";
  two.name = "two";
  const std::string text = experiment_table(
      {{&one, {1.0, 1.44}, {{1.0, 0.9, 1.1}, {1.44, 1.6, 1.6}}, ""}, {&two, {}, {}, "no such"}});
  EXPECT_NE(text.find("predicted  1.20  measured  1.20 (1.20-1.33)  confirmed"), std::string::npos)
      << text;
  EXPECT_NE(text.find("what to do.\n"), std::string::npos);
  EXPECT_NE(text.find("not measured: no such\n"), std::string::npos);
}

}  // namespace
}  // namespace heddle::bench
