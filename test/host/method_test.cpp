// Methods by name, and functions of the caller's.

#include "heddle/method.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"
#include "test/oracle/tensor.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::Mask;
using oracle::Matrix;
using oracle::succeeds;
using oracle::Tensor;

constexpr StatusCode kInvalid = StatusCode::invalid_argument;

Status keep_none(const Exec&, const ConstMatrixView&, Ranking, const MaskView& mask) {
  for (std::int64_t r = 0; r < mask.rows; ++r)
    for (std::int64_t c = 0; c < mask.cols; ++c)
      mask.data[mask.order == Order::row ? r * mask.ld + c : c * mask.ld + r] = 0;
  return {};
}

// ---- names --------------------------------------------------------------------------------------

TEST(MethodNames, Rows) {
  struct Case {
    const char* name;
    Pattern pattern;
  };
  for (const Case& c : {Case{"2:4", {2, 4}}, Case{"m4n2_1d", {2, 4}}, Case{"m6n3_1d", {3, 6}},
                        Case{"3:7", {3, 7}}, Case{"16:32", {16, 32}}, Case{"m2n1_1d", {1, 2}}}) {
    const auto method = find_method(c.name);
    ASSERT_TRUE(succeeds(method.status())) << c.name;
    EXPECT_EQ(method->kind, MaskMethod::Kind::rows);
    EXPECT_EQ(method->pattern, c.pattern);
    EXPECT_FALSE(method->transposable);
  }
}

TEST(MethodNames, Tiles) {
  struct Case {
    const char* name;
    Pattern pattern;
    TileRule rule;
    TileSolver solver = TileSolver::optimal;
  };
  for (const Case& c :
       {Case{"tile-exact-2:4", {2, 4}, TileRule::exact},
        Case{"tile-at-most-2:4", {2, 4}, TileRule::at_most},
        Case{"tile-greedy-2:4", {2, 4}, TileRule::greedy},
        Case{"tile-exact-3:7", {3, 7}, TileRule::exact},
        Case{"tile-exact-fast-8:16", {8, 16}, TileRule::exact, TileSolver::fast},
        Case{"tile-at-most-fast-8:16", {8, 16}, TileRule::at_most, TileSolver::fast},
        Case{"m4n2_2d_best", {2, 4}, TileRule::exact},
        Case{"m4n1_2d_best", {1, 4}, TileRule::exact},
        Case{"m4n2_2d_greedy", {2, 4}, TileRule::greedy},
        Case{"m6n3_2d_best", {3, 6}, TileRule::exact}}) {
    const auto method = find_method(c.name);
    ASSERT_TRUE(succeeds(method.status())) << c.name;
    EXPECT_EQ(method->kind, MaskMethod::Kind::tiles) << c.name;
    EXPECT_EQ(method->pattern, c.pattern) << c.name;
    EXPECT_EQ(method->rule, c.rule) << c.name;
    EXPECT_EQ(method->solver, c.solver) << c.name;
    EXPECT_TRUE(method->transposable);
  }
}

// What to_string writes, find_method reads.
TEST(MethodNames, EveryTilePatternByItsOwnName) {
  for (int group = 1; group <= 32; ++group)
    for (int keep = 1; keep <= group; ++keep)
      for (const TileRule rule : {TileRule::exact, TileRule::at_most, TileRule::greedy})
        for (const TileSolver solver : {TileSolver::optimal, TileSolver::fast}) {
          if (rule == TileRule::greedy && solver == TileSolver::fast) continue;  // but one result
          const TilePattern pattern{{keep, group}, rule, solver};
          const auto method = find_method(to_string(pattern));
          ASSERT_TRUE(succeeds(method.status()));
          EXPECT_EQ((TilePattern{method->pattern, method->rule, method->solver}), pattern);
        }
}

TEST(MethodNames, UnknownOnesListTheKnown) {
  for (const char* name :
       {"", "2:1", "tile-exact-", "tile-exact-5:4", "tile-2:4", "tile-exact-fast-33:40",
        "tile-greedy-fast-2:4", "tile-exact-m4n2_1d", "m4n2_2d", "m4n5_2d_best", "4n2_2d_best",
        "m4n2_2d_bestest", "_2d_best", "tile-exact-2:4 "})
    EXPECT_TRUE(fails(
        find_method(name).status(), StatusCode::not_found,
        {name, "2:4", "m4n2_1d", "tile-exact-2:4", "m4n2_2d_best", "tile-at-most-fast-keep:group"}))
        << name;
}

TEST(MethodNames, ANameMeansOneThing) {
  EXPECT_TRUE(fails(register_method("2:4", {2, 4}, keep_none), kInvalid, {"2:4", "already"}));
  EXPECT_TRUE(fails(register_method("m6n3_1d", {3, 6}, keep_none), kInvalid, {"m6n3_1d", "3:6"}));
  EXPECT_TRUE(fails(register_method("tile-exact-3:9", {3, 9}, keep_none), kInvalid,
                    {"tile-exact-3:9", "already"}));
  EXPECT_TRUE(fails(register_method("m8n4_2d_best", {3, 9}, keep_none), kInvalid, {"already"}));
  ASSERT_TRUE(succeeds(register_pattern("quarter", {1, 4})));
  EXPECT_TRUE(fails(register_method("quarter", {1, 4}, keep_none), kInvalid, {"quarter", "1:4"}));
  ASSERT_TRUE(succeeds(register_method("nothing", {1, 4}, keep_none)));
  EXPECT_TRUE(fails(register_method("nothing", {1, 4}, keep_none), kInvalid, {"nothing"}));
  EXPECT_TRUE(fails(register_pattern("nothing", {1, 4}), kInvalid, {"nothing", "already"}));
  EXPECT_TRUE(fails(register_pattern("tile-greedy-2:4", {2, 4}), kInvalid, {"already"}));
  EXPECT_EQ(find_method("quarter").value().pattern, (Pattern{1, 4}));
  EXPECT_TRUE(
      fails(find_method("unheard").status(), StatusCode::not_found, {"nothing", "quarter"}));
  EXPECT_FALSE(find_pattern("nothing").ok());
}

TEST(MethodNames, RegistrationIsChecked) {
  EXPECT_TRUE(fails(register_method("a", {5, 4}, keep_none), kInvalid, {"pattern", "5:4"}));
  EXPECT_TRUE(fails(register_method("a", {2, 4}, nullptr), kInvalid, {"function", "empty"}));
  EXPECT_TRUE(fails(register_method("", {2, 4}, keep_none), kInvalid, {"name"}));
}

TEST(MethodNames, AllOfThemAreListedAndFound) {
  ASSERT_TRUE(succeeds(register_method("listed", {2, 4}, keep_none, true)));
  bool tiles = false, listed = false;
  for (const NamedMethod& entry : registered_methods()) {
    const auto found = find_method(entry.name);
    ASSERT_TRUE(succeeds(found.status())) << entry.name;
    EXPECT_EQ(found->kind, entry.method.kind);
    EXPECT_EQ(found->pattern, entry.method.pattern);
    tiles |= entry.name == "tile-at-most-2:4" && found->rule == TileRule::at_most;
    listed |= entry.name == "listed" && found->transposable &&
              found->kind == MaskMethod::Kind::function && found->name == "listed";
  }
  EXPECT_TRUE(tiles);
  EXPECT_TRUE(listed);
}

TEST(MethodNames, RegisteredFromManyThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> taken{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const std::string name = "thread" + std::to_string(i);
        taken += register_method(name, {2, 4}, keep_none).ok();
        EXPECT_TRUE(find_method(name).ok());
        EXPECT_FALSE(registered_methods().empty());
      }
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(taken, 50);
}

// ---- masks --------------------------------------------------------------------------------------

TEST(MethodMasks, RowsAndTilesAreTheOperations) {
  oracle::Random random(1);
  Matrix m(DataType::bf16, 13, 22);
  fill_codes(m, random);
  Mask got(13, 22), want(13, 22);
  ASSERT_TRUE(succeeds(best_mask(Exec::cpu(1), m.view(), find_method("m6n3_1d").value(), got.view(),
                                 Ranking::value)));
  ASSERT_TRUE(
      succeeds(best_mask(Exec::cpu(1), m.view(), Pattern{3, 6}, want.view(), Ranking::value)));
  EXPECT_TRUE(same_bits(want, got));
  ASSERT_TRUE(succeeds(
      best_mask(Exec::cpu(1), m.view(), find_method("m4n2_2d_greedy").value(), got.view())));
  ASSERT_TRUE(succeeds(
      best_tile_mask(Exec::cpu(1), m.view(), TilePattern{{2, 4}, TileRule::greedy}, want.view())));
  EXPECT_TRUE(same_bits(want, got));

  Tensor t(DataType::f32, 4, {5, 9, 2, 2});
  fill_mixed(t, random);
  Tensor a(DataType::i8, 4, t.shape()), b = a;
  ASSERT_TRUE(succeeds(best_mask(Exec::cpu(1), t.view(), find_method("2:4").value(), a.mask())));
  EXPECT_TRUE(same_bits(best_mask_of(t, {2, 4}, false), a));
  ASSERT_TRUE(
      succeeds(best_mask(Exec::cpu(1), t.view(), find_method("tile-exact-2:4").value(), a.mask())));
  ASSERT_TRUE(succeeds(best_tile_mask(Exec::cpu(1), t.view(), TilePattern{}, b.mask())));
  EXPECT_TRUE(same_bits(a, b));
}

// The function's own view of the world: the very matrix where the weight is one, else dense taps.
TEST(MethodMasks, FunctionsSeeMatrices) {
  std::vector<ConstMatrixView> seen;
  std::vector<Ranking> rankings;
  MaskMethod method;
  method.kind = MaskMethod::Kind::function;
  method.pattern = {2, 4};
  method.function = [&](const Exec& exec, const ConstMatrixView& matrix, Ranking ranking,
                        const MaskView& mask) {
    seen.push_back(matrix);
    rankings.push_back(ranking);
    return best_mask(exec, matrix, Pattern{2, 4}, mask, ranking);
  };
  oracle::Random random(2);
  for (const oracle::TensorShape& s : oracle::tensor_shapes())
    for (const oracle::TensorLayout& layout : oracle::tensor_layouts(s.rank)) {
      SCOPED_TRACE(oracle::index_text(s.shape, s.rank) + layout.name);
      Tensor plain(DataType::f16, s.rank, s.shape);
      fill_mixed(plain, random);
      Tensor t = relaid(plain, layout);
      Tensor mask(DataType::i8, s.rank, s.shape, layout);
      mask.poison();
      t.freeze();
      seen.clear();
      ASSERT_TRUE(succeeds(best_mask(Exec::cpu(2), t.view(), method, mask.mask(), Ranking::value)));
      ASSERT_TRUE(same_bits(best_mask_of(plain, {2, 4}, true), mask));
      ASSERT_TRUE(mask.surroundings_intact());
      ASSERT_TRUE(t.unchanged());
      std::int64_t taps = plain.count() == 0 ? 0 : 1;
      for (std::size_t d = 2; d < static_cast<std::size_t>(s.rank); ++d) taps *= s.shape[d];
      ASSERT_EQ(static_cast<std::int64_t>(seen.size()), taps);
      for (const ConstMatrixView& m : seen) {
        EXPECT_EQ(m.rows, s.rank == 1 ? 1 : s.shape[0]);
        EXPECT_EQ(m.cols, s.rank == 1 ? s.shape[0] : s.shape[1]);
        if (s.rank > 2) {
          EXPECT_EQ(m.order, Order::row);
          EXPECT_EQ(m.ld, m.cols);
        } else if (layout.step == 1) {
          EXPECT_EQ(m.data, t.data());
        }
      }
    }
  for (const Ranking ranking : rankings) EXPECT_EQ(ranking, Ranking::value);
}

TEST(MethodMasks, TapsComeInOrder) {
  std::vector<double> first;
  MaskMethod method;
  method.kind = MaskMethod::Kind::function;
  method.function = [&](const Exec& exec, const ConstMatrixView& matrix, Ranking,
                        const MaskView& mask) {
    first.push_back(*static_cast<const float*>(matrix.data));
    return keep_none(exec, matrix, Ranking::magnitude, mask);
  };
  Tensor t(DataType::f32, 4, {2, 4, 2, 3}, oracle::tensor_layouts(4)[7]);
  t.fill([](const Dims& at) {
    return oracle::encode(DataType::f32, static_cast<double>(at[2] * 3 + at[3]));
  });
  Tensor mask(DataType::i8, 4, t.shape());
  ASSERT_TRUE(succeeds(best_mask(Exec::cpu(1), t.view(), method, mask.mask())));
  EXPECT_EQ(first, (std::vector<double>{0, 1, 2, 3, 4, 5}));
}

TEST(MethodMasks, FunctionsAreCheckedOnTheCpu) {
  const auto keep = [](auto kept) {
    return [kept](const Exec&, const ConstMatrixView&, Ranking, const MaskView& mask) {
      for (std::int64_t r = 0; r < mask.rows; ++r)
        for (std::int64_t c = 0; c < mask.cols; ++c) mask.data[r * mask.ld + c] = kept(r, c);
      return Status();
    };
  };
  ASSERT_TRUE(succeeds(register_method(
      "too-much", {2, 4}, keep([](auto r, auto c) { return r == 3 && c / 4 == 1 && c % 4 < 3; }))));
  ASSERT_TRUE(
      succeeds(register_method("tall", {2, 4}, keep([](auto, auto c) { return c == 5; }), true)));
  ASSERT_TRUE(succeeds(register_method("wide", {2, 4}, keep([](auto, auto c) { return c == 5; }))));
  Matrix m(DataType::f32, 6, 9);
  Mask mask(6, 9);
  const auto by = [&](const char* name) {
    return best_mask(Exec::cpu(1), m.view(), find_method(name).value(), mask.view());
  };
  EXPECT_TRUE(fails(by("too-much"), StatusCode::not_compliant,
                    {"too-much", "group 1 of row 3", "more than 2", "2:4"}));
  EXPECT_TRUE(fails(by("tall"), StatusCode::not_compliant, {"tall", "group 0 of column 5"}));
  EXPECT_TRUE(succeeds(by("wide")));
}

TEST(MethodMasks, FailuresCarryTheName) {
  const auto fail = [](const Exec&, const ConstMatrixView&, Ranking, const MaskView&) {
    return Status(StatusCode::io_error, "no table of masks");
  };
  const auto throws = [](const Exec&, const ConstMatrixView&, Ranking, const MaskView&) -> Status {
    throw std::runtime_error("out of luck");
  };
  ASSERT_TRUE(succeeds(register_method("failing", {2, 4}, fail)));
  ASSERT_TRUE(succeeds(register_method("throwing", {2, 4}, throws)));
  Matrix m(DataType::f32, 3, 4);
  Mask mask(3, 4);
  const auto by = [&](const char* name) {
    return best_mask(Exec::cpu(1), m.view(), find_method(name).value(), mask.view());
  };
  EXPECT_TRUE(fails(by("failing"), StatusCode::io_error, {"failing", "no table of masks"}));
  EXPECT_TRUE(fails(by("throwing"), kInvalid, {"throwing", "must not throw", "out of luck"}));
}

TEST(MethodMasks, ArgumentsAreChecked) {
  Matrix m(DataType::f32, 3, 4);
  Mask mask(3, 4), small(3, 3);
  MaskMethod method;
  method.kind = MaskMethod::Kind::function;
  const auto by = [&](const Exec& exec, const ConstMatrixView& in, const MaskView& out,
                      Ranking ranking = Ranking::magnitude) {
    return best_mask(exec, in, method, out, ranking);
  };
  const Exec exec = Exec::cpu(1);
  EXPECT_TRUE(fails(by(exec, m.view(), mask.view()), kInvalid, {"method.function", "empty"}));
  method.function = keep_none;
  EXPECT_TRUE(succeeds(by(exec, m.view(), mask.view())));
  EXPECT_TRUE(fails(by(exec, m.view(), small.view()), kInvalid, {"mask", "3 x 3"}));
  EXPECT_TRUE(fails(by(Exec::cpu(-1), m.view(), mask.view()), kInvalid, {"threads"}));
  EXPECT_TRUE(
      fails(by(exec, m.view(), mask.view(), static_cast<Ranking>(4)), kInvalid, {"ranking = 4"}));
  EXPECT_TRUE(fails(by(exec, {nullptr, 3, 4, 4, DataType::f32, Order::row}, mask.view()), kInvalid,
                    {"matrix.data"}));
  method.pattern = {0, 4};
  EXPECT_TRUE(fails(by(exec, m.view(), mask.view()), kInvalid, {"pattern"}));
  method.kind = static_cast<MaskMethod::Kind>(7);
  EXPECT_TRUE(fails(by(exec, m.view(), mask.view()), kInvalid, {"method.kind = 7"}));

  method = find_method("2:4").value();
  method.kind = MaskMethod::Kind::function;
  method.function = keep_none;
  Tensor t(DataType::f32, 3, {2, 4, 3}), other(DataType::i8, 3, {2, 4, 2});
  EXPECT_TRUE(fails(best_mask(exec, t.view(), method, other.mask()), kInvalid,
                    {"mask = [2, 4, 2]", "[2, 4, 3]"}));
  Tensor fine(DataType::i8, 3, {2, 4, 3});
  EXPECT_TRUE(fails(best_mask(exec, t.view(), method, fine.mask(), static_cast<Ranking>(9)),
                    kInvalid, {"ranking = 9"}));
}

}  // namespace
}  // namespace heddle
