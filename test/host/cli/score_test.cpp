// prune --score.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

Tensor from_floats(const std::string& name, const std::vector<std::int64_t>& shape,
                   const std::vector<float>& values) {
  Tensor tensor{name, "F32", shape, std::string(values.size() * sizeof(float), '\0')};
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

std::vector<float> floats(const Tensor& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

// 1, 2, 3 ... with signs, so that no two magnitudes are equal.
std::vector<float> ladder(std::size_t count) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    const auto step = static_cast<float>(i * 7919 % count + 1);
    values.push_back(i % 3 == 0 ? -step : step);
  }
  return values;
}

// 2:4 along dimension 1 of [K, C, taps]: keeps what `rank` ranks highest, ties to the lower place.
template <class Rank>
std::vector<float> expected(const std::vector<float>& weight, std::size_t k, std::size_t c,
                            std::size_t taps, Rank rank) {
  std::vector<float> out = weight;
  for (std::size_t row = 0; row < k; ++row) {
    for (std::size_t tap = 0; tap < taps; ++tap) {
      for (std::size_t col = 0; col < c; ++col) {
        const auto at = [&](std::size_t column) { return (row * c + column) * taps + tap; };
        int better = 0;
        for (std::size_t o = col / 4 * 4; o < std::min(col / 4 * 4 + 4, c); ++o) {
          better += rank(at(o), o) > rank(at(col), col) ||
                    (rank(at(o), o) == rank(at(col), col) && o < col);
        }
        if (better >= 2) out[at(col)] = 0;
      }
    }
  }
  return out;
}

class Score : public testing::Test {
 protected:
  const std::size_t k_ = 32, c_ = 34;
  TempDir dir_;
};

TEST_F(Score, EntriesRankByValueOrByNormAndTheRestByMagnitude) {
  const std::size_t matrix = k_ * c_;
  const std::vector<float> w = ladder(matrix), conv = ladder(matrix * 3);
  std::vector<float> scores(matrix), norms(c_);
  for (std::size_t i = 0; i < matrix; ++i)
    scores[i] = static_cast<float>(static_cast<int>(i * 31 % 17) - 8);
  for (std::size_t i = 0; i < c_; ++i) norms[i] = static_cast<float>(i % 5) + 0.25f;
  const std::vector<std::int64_t> shape = {32, 34};
  write_tensors(dir_ / "in",
                {from_floats("a.weight", shape, w), from_floats("b.weight", shape, w),
                 from_floats("c", shape, w), from_floats("d.weight", shape, w),
                 from_floats("e.weight", {32, 34, 3}, conv), from_floats("f.weight", shape, w)});
  std::string half;  // 1.0 in bf16 for even columns, 4.0 for odd ones
  for (std::size_t i = 0; i < c_; ++i)
    half += i % 2 == 0 ? std::string("\x80\x3f", 2) : std::string("\x80\x40", 2);
  write_tensors(dir_ / "scores", {from_floats("a.weight", shape, scores),
                                  from_floats("b.norms", {34}, norms),
                                  from_floats("c.norms", {34}, norms),
                                  {"d.weight", "BF16", {34}, half},
                                  from_floats("e.weight.norms", {34}, norms),
                                  from_floats("unused", {1}, {1.0f})});
  const Ran run =
      heddle_run({"prune", dir_ / "in", dir_ / "out", "--score", dir_ / "scores", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto magnitude = [&](std::size_t i, std::size_t) { return std::fabs(w[i]); };
  const auto wanda = [&](std::size_t i, std::size_t col) { return std::fabs(w[i]) * norms[col]; };
  const auto check = [&](const char* name, const std::vector<float>& want) {
    EXPECT_EQ(floats(read_tensor(dir_ / "out", name)), want) << name;
  };
  check("a.weight", expected(w, k_, c_, 1, [&](std::size_t i, std::size_t) { return scores[i]; }));
  check("b.weight", expected(w, k_, c_, 1, wanda));
  check("c", expected(w, k_, c_, 1, wanda));
  check("d.weight", expected(w, k_, c_, 1, [&](std::size_t i, std::size_t col) {
          return std::fabs(w[i]) * (col % 2 == 0 ? 1.0f : 4.0f);
        }));
  check("e.weight", expected(conv, k_, c_, 3, [&](std::size_t i, std::size_t col) {
          return std::fabs(conv[i]) * norms[col];
        }));
  check("f.weight", expected(w, k_, c_, 1, magnitude));
  const nlohmann::json json = run.json();
  EXPECT_EQ(json["score"]["score"], 1);
  EXPECT_EQ(json["score"]["activation_norm"], 4);
  EXPECT_EQ(json["score"]["magnitude"], 1);
  for (const auto& entry : json["tensors"]) {
    const std::string name = entry["name"];
    EXPECT_EQ(entry["ranked_by"], name[0] == 'a'   ? "score"
                                  : name[0] == 'f' ? "magnitude"
                                                   : "activation_norm")
        << name;
  }
  const Ran text = heddle_run({"prune", dir_ / "in", dir_ / "out", "--score", dir_ / "scores"});
  EXPECT_NE(text.out.find("ranked by score 1, by activation norm 4, by magnitude (no entry) 1"),
            std::string::npos)
      << text.out;
}

TEST_F(Score, WorksWithTiles) {
  const std::vector<float> w = ladder(32 * 32);
  // Scores that know but the diagonal blocks' own best mask: 1100 1100 0011 0011.
  std::vector<float> scores(32 * 32);
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = (i / 32 % 4 < 2) == (i % 4 < 2) ? 1.0f : 0.0f;
  write_tensors(dir_ / "in", {from_floats("w", {32, 32}, w)});
  write_tensors(dir_ / "s", {from_floats("w", {32, 32}, scores)});
  ASSERT_EQ(
      heddle_run({"prune", dir_ / "in", dir_ / "out", "--score", dir_ / "s", "--transposable"})
          .exit_code,
      0);
  const std::vector<float> out = floats(read_tensor(dir_ / "out", "w"));
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i], scores[i] > 0 ? w[i] : 0.0f) << i;
}

TEST_F(Score, WhatDoesNotFitIsAnError) {
  write_tensors(dir_ / "in", {from_floats("w.weight", {32, 34}, ladder(32 * 34))});
  const auto refused = [&](const std::vector<Tensor>& scores, const std::string& part) {
    write_tensors(dir_ / "s", scores);
    const Ran run = heddle_run({"prune", dir_ / "in", dir_ / "out", "--score", dir_ / "s"});
    EXPECT_EQ(run.exit_code, 2) << part;
    EXPECT_NE(run.err.find(part), std::string::npos) << run.err;
    EXPECT_EQ(dir_.names(), (std::vector<std::string>{"in", "s"}));
  };
  refused({from_floats("w.weight", {34, 32}, ladder(32 * 34))},
          "'w.weight' is [34, 32]: must be [32, 34] or [34]");
  refused({from_floats("w.norms", {32}, ladder(32))}, "'w.norms' is [32]: must be [34]");
  refused(
      {from_floats("w.norms", {34}, ladder(34)), from_floats("w.weight.norms", {34}, ladder(34))},
      "has two entries, 'w.weight.norms' and 'w.norms'");
  refused({random_tensor("w.norms", "I64", {34})}, "type I64");
  refused({from_floats("v.weight", {32, 34}, ladder(32 * 34))}, "no entry for any selected weight");
  std::filesystem::remove(dir_ / "s");
  const Ran absent = heddle_run({"prune", dir_ / "in", dir_ / "out", "--score", dir_ / "s"});
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_NE(absent.err.find("io_error: --score: "), std::string::npos) << absent.err;
}

}  // namespace
}  // namespace heddle::test
