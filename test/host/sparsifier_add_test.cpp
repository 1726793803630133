// Which parameters a Sparsifier takes, which it prunes, and what it says of the others.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heddle/sparsifier.hpp"
#include "test/host/sparsifier_case.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::Random;
using oracle::succeeds;
using test::Layer;
using test::Tensor;

const Exec kCpu = Exec::cpu(1);

// The reason why a weight stays dense; "" if it is sparse.
std::string reason(const SparsifierOptions& options, DataType type,
                   const std::vector<std::int64_t>& shape, const std::string& name = "w") {
  Layer layer(name, type, shape);
  Sparsifier s(options);
  EXPECT_TRUE(succeeds(s.add(layer.parameter())));
  EXPECT_EQ(s.sparse(0), s.report()[0].reason.empty());
  EXPECT_EQ(s.report()[0].sparse, s.sparse(0));
  return s.report()[0].reason;
}

TEST(SparsifierAdd, SizesByType) {
  const SparsifierOptions o;
  for (const DataType type : {DataType::f32, DataType::f16}) {
    EXPECT_EQ(reason(o, type, {8, 16}), "");
    EXPECT_EQ(reason(o, type, {64, 32, 3, 3}), "");
    EXPECT_EQ(reason(o, type, {64, 3, 7, 7}),
              std::string("dimension 1 = 3: must be a multiple of 16 for ") + to_string(type));
    EXPECT_EQ(reason(o, type, {1000, 2050}),
              std::string("dimension 1 = 2050: must be a multiple of 16 for ") + to_string(type));
    EXPECT_EQ(reason(o, type, {10, 128}),
              std::string("dimension 0 = 10: must be a multiple of 8 for ") + to_string(type));
  }
  for (const DataType type : {DataType::bf16, DataType::f8e4m3, DataType::f8e5m2, DataType::i8})
    EXPECT_EQ(reason(o, type, {7, 9}), "");
  EXPECT_EQ(reason(SparsifierOptions::any_size(), DataType::f32, {7, 9}), "");
  for (const DataType type : oracle::matrix_types())
    EXPECT_EQ(reason(o, type, {64}), "rank 1: must be at least 2");
  SparsifierOptions own;
  own.bf16 = {2, 4}, own.f8 = {3, 1}, own.i8 = {1, 5}, own.min_rank = 1;
  EXPECT_NE(reason(own, DataType::bf16, {2, 6}), "");
  EXPECT_NE(reason(own, DataType::f8e4m3, {4, 6}), "");
  EXPECT_NE(reason(own, DataType::f8e5m2, {4, 6}), "");
  EXPECT_NE(reason(own, DataType::i8, {4, 6}), "");
  EXPECT_EQ(reason(own, DataType::i8, {4, 10}), "");
  EXPECT_EQ(reason(own, DataType::i8, {10}), "");  // one row
  own.f32 = {0, 4};
  Layer layer("w", DataType::f32, {8, 16});
  EXPECT_TRUE(fails(Sparsifier(own).add(layer.parameter()), StatusCode::invalid_argument,
                    {"options.f32", "{0, 4}", ">= 1"}));
}

TEST(SparsifierAdd, Names) {
  SparsifierOptions o;
  o.disallowed_names = {"head", "both"};
  EXPECT_EQ(reason(o, DataType::f32, {8, 16}, "head"), "its name is a disallowed one");
  EXPECT_EQ(reason(o, DataType::f32, {8, 16}, "body"), "");
  o.allowed_names = {"body", "both"};
  EXPECT_EQ(reason(o, DataType::f32, {8, 16}, "body"), "");
  EXPECT_EQ(reason(o, DataType::f32, {8, 16}, "tail"), "its name is none of the allowed ones");
  EXPECT_EQ(reason(o, DataType::f32, {8, 16}, "both"), "its name is a disallowed one");
  Layer a("a", DataType::f32, {8, 16}), b("b", DataType::f32, {8, 16}),
      again("a", DataType::f32, {8, 16});
  Sparsifier s;
  ASSERT_TRUE(succeeds(s.add(a.parameter())));
  ASSERT_TRUE(succeeds(s.add(b.parameter())));
  EXPECT_EQ(s.size(), 2u);
  EXPECT_EQ(s.find("b"), 1u);
  EXPECT_EQ(s.find("c"), 2u);
  EXPECT_FALSE(s.sparse(2));
  EXPECT_TRUE(fails(s.add(again.parameter()), StatusCode::invalid_argument, {"'a'"}));
  again.name = "";
  EXPECT_TRUE(fails(s.add(again.parameter()), StatusCode::invalid_argument, {"name"}));
  EXPECT_EQ(s.size(), 2u);
}

TEST(SparsifierAdd, BadTensors) {
  Layer layer("w", DataType::bf16, {8, 16});
  Tensor wide(DataType::f32, {8, 17}), bytes(DataType::i8, {8, 17}), halves(DataType::f16, {8, 16});
  const auto refused = [&](const SparseParameter& p, StatusCode code,
                           std::initializer_list<const char*> parts) {
    Sparsifier s;
    EXPECT_TRUE(fails(s.add(p), code, parts));
    EXPECT_EQ(s.size(), 0u);
  };
  SparseParameter p = layer.parameter();
  p.mask = bytes.mask();
  refused(p, StatusCode::invalid_argument, {"w.mask", "[8, 17]", "[8, 16]"});
  p.mask = {};
  refused(p, StatusCode::invalid_argument, {"w.mask"});
  p = layer.parameter();
  p.dropped = halves.view();
  refused(p, StatusCode::invalid_argument, {"w.dropped.type = f16", "bf16"});
  p = layer.parameter();
  p.master = halves.view();
  refused(p, StatusCode::invalid_argument, {"w.master.type = f16", "f32"});
  p.master = wide.view();
  refused(p, StatusCode::invalid_argument, {"w.master", "[8, 17]"});
  p = layer.parameter();
  p.dropped = p.weight;
  refused(p, StatusCode::invalid_argument, {"w.dropped", "overlap", "w.weight"});
  p = layer.parameter();
  p.weight.data = nullptr;
  refused(p, StatusCode::invalid_argument, {"w.weight.data = null"});
  p = layer.parameter();
  p.weight.type = DataType::i32;
  refused(p, StatusCode::unsupported, {"w.weight.type = i32"});
  p = layer.parameter();
  p.method = "no such method";
  refused(p, StatusCode::not_found, {"no such method"});
  Layer small("w", DataType::i8, {8, 16});
  small.has_master = true;
  refused(small.parameter(), StatusCode::unsupported, {"w.weight.type = i8", "master"});
}

TEST(SparsifierAdd, MemoryBelongsToOneParameter) {
  Layer a("a", DataType::f32, {8, 16}), b("b", DataType::f32, {8, 16});
  Sparsifier s;
  ASSERT_TRUE(succeeds(s.add(a.parameter())));
  SparseParameter tied = b.parameter();
  tied.weight = a.weight.view();
  EXPECT_TRUE(
      fails(s.add(tied), StatusCode::invalid_argument, {"b.weight", "overlap", "a.weight"}));
  SparseParameter shared = b.parameter();
  shared.mask = a.mask.mask();
  EXPECT_TRUE(fails(s.add(shared), StatusCode::invalid_argument, {"b.mask", "overlap", "a.mask"}));
  EXPECT_TRUE(succeeds(s.add(b.parameter())));
}

TEST(SparsifierAdd, NotOnceThereAreMasks) {
  Layer a("a", DataType::f32, {8, 16}), b("b", DataType::f32, {8, 16});
  Sparsifier s;
  ASSERT_TRUE(succeeds(s.add(a.parameter())));
  ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
  EXPECT_TRUE(fails(s.add(b.parameter()), StatusCode::unsupported, {"'b'", "before"}));
  Sparsifier frozen;
  frozen.freeze();
  EXPECT_TRUE(fails(frozen.add(b.parameter()), StatusCode::unsupported, {"'b'"}));
}

TEST(SparsifierAdd, ReportsWhatIsKept) {
  Random random(3);
  std::vector<Layer> layers;
  layers.emplace_back("fc", DataType::f32, std::vector<std::int64_t>{8, 16});
  layers.emplace_back("conv", DataType::bf16, std::vector<std::int64_t>{8, 16, 3, 3});
  layers.emplace_back("bias", DataType::f32, std::vector<std::int64_t>{16});
  layers[1].method = "tile-exact-1:4";
  Sparsifier s;
  for (Layer& layer : layers) {
    layer.weight.fill(random);
    ASSERT_TRUE(succeeds(s.add(layer.parameter())));
  }
  std::vector<std::vector<double>> values;
  for (Layer& layer : layers) {
    values.emplace_back();
    for (std::int64_t i = 0; i < layer.weight.count(); ++i)
      values.back().push_back(std::fabs(layer.weight.at(i)));
  }
  EXPECT_EQ(s.report()[0].fill(), 1.0);  // nothing pruned yet
  EXPECT_EQ(s.report()[0].l1_share(), 1.0);
  ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
  const std::vector<ParameterReport> report = s.report();
  ASSERT_EQ(report.size(), 3u);
  EXPECT_EQ(report[0].name, "fc");
  EXPECT_EQ(report[0].method, "2:4");
  EXPECT_EQ(report[0].fill(), 0.5);
  EXPECT_EQ(report[1].method, "tile-exact-1:4");
  EXPECT_EQ(report[1].fill(), 0.25);
  EXPECT_FALSE(report[2].sparse);
  EXPECT_EQ(report[2].stats.elements, 0);
  for (std::size_t l = 0; l < 2; ++l) {
    double total = 0, kept = 0;
    for (std::size_t i = 0; i < values[l].size(); ++i) {
      total += values[l][i];
      if (layers[l].mask.bits(static_cast<std::int64_t>(i)) != 0) kept += values[l][i];
    }
    EXPECT_EQ(report[l].stats.elements, layers[l].weight.count());
    EXPECT_NEAR(report[l].stats.l1_total, total, 1e-9 * total);
    EXPECT_NEAR(report[l].stats.l1_kept, kept, 1e-9 * total);
    EXPECT_NEAR(report[l].l1_share(), kept / total, 1e-12);
  }
}

// Groups of a convolution run along the input channels of each tap.
TEST(SparsifierAdd, ConvolutionsArePrunedTapByTap) {
  Random random(4);
  Layer layer("conv", DataType::f32, {8, 16, 2, 3});
  layer.weight.fill(random);
  const std::vector<std::uint32_t> dense = layer.weight.all_bits();
  Sparsifier s;
  ASSERT_TRUE(succeeds(s.add(layer.parameter())));
  ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
  const auto at = [](std::int64_t k, std::int64_t c, std::int64_t tap) {
    return (k * 16 + c) * 6 + tap;
  };
  layer.weight.set_all_bits(dense);
  for (std::int64_t k = 0; k < 8; ++k)
    for (std::int64_t tap = 0; tap < 6; ++tap)
      for (std::int64_t group = 0; group < 4; ++group) {
        int kept = 0;
        double least = 1e9, most = 0;  // kept, dropped
        for (std::int64_t c = 4 * group; c < 4 * group + 4; ++c) {
          const double size = std::fabs(layer.weight.at(at(k, c, tap)));
          if (layer.mask.bits(at(k, c, tap)) != 0) {
            ++kept;
            least = std::min(least, size);
          } else {
            most = std::max(most, size);
          }
        }
        EXPECT_EQ(kept, 2);
        EXPECT_GE(least, most);
      }
}

}  // namespace
}  // namespace heddle
