// Masks, pruning, restoring and the hooks of the Sparsifier, bit for bit.

#include "heddle/sparsifier.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/host/sparsifier_case.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::Random;
using oracle::succeeds;
using test::Lay;
using test::Layer;
using test::Tensor;

const Exec kCpu = Exec::cpu(2);
using Bits = std::vector<std::uint32_t>;

Bits chosen(const Bits& on, const Tensor& mask, const Bits& off) {
  Bits list;
  for (std::size_t i = 0; i < on.size(); ++i)
    list.push_back(mask.bits(static_cast<std::int64_t>(i)) != 0 ? on[i] : off[i]);
  return list;
}
Bits zeros(const Bits& like) { return Bits(like.size(), 0); }

// The mask that a fresh call of the library finds for these bits.
Bits mask_of(const Layer& like, const Bits& bits, const char* method) {
  Layer copy = like;
  copy.weight.set_all_bits(bits);
  const Result<MaskMethod> found = find_method(method);
  EXPECT_TRUE(succeeds(found.status()));
  EXPECT_TRUE(succeeds(best_mask(kCpu, copy.weight.cview(), *found, copy.mask.mask())));
  return copy.mask.all_bits();
}

class SparsifierTypes : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, SparsifierTypes, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

struct Case {
  std::vector<std::int64_t> shape;
  Lay lay, other;
};
const std::vector<Case>& cases() {
  static const std::vector<Case> list = {
      {{8, 16}, {}, {}},
      {{13, 22}, {{}, 3, 1}, {{}, 1, 3}},
      {{33, 70}, {{1, 0}, 2, 1}, {}},             // the mask lies across
      {{6, 12, 3}, {}, {}},                       // conv1d
      {{8, 16, 3, 3}, {{0, 2, 3, 1}, 0, 0}, {}},  // channels last
      {{4, 8, 2, 3, 3}, {{}, 1, 0}, {{}, 0, 1}},
      {{0, 16}, {}, {}},
  };
  return list;
}

TEST_P(SparsifierTypes, PrunesSavesAndRestoresEveryBit) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(testing::PrintToString(c.shape));
    Random random(5);
    Layer layer("w", GetParam(), c.shape, c.lay, c.other);
    layer.weight.fill_codes(random);
    layer.dropped.fill_codes(random);
    layer.mask.fill_codes(random);
    const Bits dense = layer.weight.all_bits();
    Sparsifier s(SparsifierOptions::any_size());
    ASSERT_TRUE(succeeds(s.add(layer.parameter())));
    EXPECT_FALSE(s.mask(0).has_value());
    ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
    EXPECT_EQ(layer.mask.all_bits(), mask_of(layer, dense, "2:4"));
    EXPECT_EQ(layer.weight.all_bits(), chosen(dense, layer.mask, zeros(dense)));
    EXPECT_EQ(layer.dropped.all_bits(), chosen(zeros(dense), layer.mask, dense));
    EXPECT_TRUE(s.has_masks() && s.pruned() && s.mask(0).has_value());
    ASSERT_TRUE(succeeds(s.restore(kCpu)));
    EXPECT_EQ(layer.weight.all_bits(), dense);
    EXPECT_EQ(layer.dropped.all_bits(), zeros(dense));
    EXPECT_EQ(layer.mask.all_bits(), Bits(dense.size(), 1));
    EXPECT_FALSE(s.has_masks() || s.pruned());
    EXPECT_TRUE(layer.zones_intact());
  }
}

// Kept weights train on; the dropped ones come back as they were, and the best of both survive.
TEST_P(SparsifierTypes, RecomputesFromKeptAndDroppedValues) {
  for (const char* method : {"2:4", "1:4", "tile-exact-2:4", "tile-greedy-2:4"}) {
    SCOPED_TRACE(method);
    Random random(6);
    Layer layer("w", GetParam(), {12, 20});
    layer.method = method;
    layer.weight.fill(random, 8);
    Sparsifier s(SparsifierOptions::any_size());
    ASSERT_TRUE(succeeds(s.add(layer.parameter())));
    ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
    for (int round = 0; round < 5; ++round) {
      for (std::int64_t i = 0; i < layer.weight.count(); ++i)
        if (layer.mask.bits(i) != 0) layer.weight.set(i, random.normal() * 8);
      // What an unmasked optimizer leaves in dropped places counts for nothing.
      for (std::int64_t i = 0; i < layer.weight.count(); ++i)
        if (layer.mask.bits(i) == 0 && random.below(3) == 0) layer.weight.set(i, 7);
      const Bits dense = chosen(layer.weight.all_bits(), layer.mask, layer.dropped.all_bits());
      ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
      EXPECT_EQ(layer.mask.all_bits(), mask_of(layer, dense, method));
      EXPECT_EQ(layer.weight.all_bits(), chosen(dense, layer.mask, zeros(dense)));
      EXPECT_EQ(layer.dropped.all_bits(), chosen(zeros(dense), layer.mask, dense));
    }
    EXPECT_TRUE(layer.zones_intact());
  }
}

TEST(Sparsifier, MastersArePrunedAndRestoredFromTheWeights) {
  for (const DataType type : {DataType::f32, DataType::f16, DataType::bf16}) {
    Random random(7);
    Layer layer("w", type, {8, 16});
    layer.has_master = true;
    layer.weight.fill_codes(random);
    for (std::int64_t i = 0; i < layer.master.count(); ++i) layer.master.set(i, random.normal());
    const Bits dense = layer.weight.all_bits(), master = layer.master.all_bits();
    Sparsifier s;
    ASSERT_TRUE(succeeds(s.add(layer.parameter())));
    ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
    EXPECT_EQ(layer.master.all_bits(), chosen(master, layer.mask, zeros(master)));
    const Tensor mask = layer.mask;
    ASSERT_TRUE(succeeds(s.restore(kCpu)));
    for (std::int64_t i = 0; i < layer.master.count(); ++i) {
      if (mask.bits(i) != 0) {
        EXPECT_EQ(layer.master.bits(i), master[static_cast<std::size_t>(i)]);
      } else if (std::isnan(layer.weight.at(i))) {
        EXPECT_TRUE(std::isnan(layer.master.at(i)));
      } else {
        EXPECT_EQ(layer.master.at(i), layer.weight.at(i));
      }
    }
  }
}

TEST(Sparsifier, ScoresRankInPlaceOfMagnitudes) {
  Random random(8);
  std::vector<Layer> layers;
  layers.emplace_back("a", DataType::bf16, std::vector<std::int64_t>{8, 16});
  layers.emplace_back("b", DataType::bf16, std::vector<std::int64_t>{8, 16});
  Tensor score(DataType::f32, {8, 16});
  score.fill(random);
  Sparsifier s;
  for (Layer& layer : layers) {
    layer.weight.fill(random);
    ASSERT_TRUE(succeeds(s.add(layer.parameter())));
  }
  const Bits second = layers[1].weight.all_bits();
  const ConstTensorView scores[] = {score.cview(), {}};
  ASSERT_TRUE(succeeds(s.compute_masks(kCpu, scores)));
  Tensor want(DataType::i8, {8, 16});
  ASSERT_TRUE(succeeds(best_mask(kCpu, score.cview(), Pattern{2, 4}, want.mask(), Ranking::value)));
  EXPECT_EQ(layers[0].mask.all_bits(), want.all_bits());
  EXPECT_EQ(layers[1].mask.all_bits(), mask_of(layers[1], second, "2:4"));

  Tensor wrong(DataType::f32, {8, 12});
  const ConstTensorView bad[] = {{}, wrong.cview()};
  const auto before = all_bits(layers);
  EXPECT_TRUE(fails(s.compute_masks(kCpu, bad), StatusCode::invalid_argument,
                    {"scores[1]", "[8, 12]", "[8, 16]"}));
  EXPECT_EQ(all_bits(layers), before);
}

// ---- hooks --------------------------------------------------------------------------------------

std::vector<Layer> many_layers(std::size_t count, Random& random) {
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < count; ++i) {
    const DataType type = oracle::matrix_types()[i % oracle::matrix_types().size()];
    const auto size = static_cast<std::int64_t>(i);
    std::vector<std::int64_t> shape = {size % 9, size % 23 + 1};
    if (i % 5 == 1) shape = {size % 23 + 1};  // stays dense: rank 1
    if (i % 5 == 2) shape = {3, size % 7, 2, 3};
    layers.emplace_back("p" + std::to_string(i), type, shape);
    layers.back().weight.fill_codes(random);
  }
  return layers;
}

TEST(Sparsifier, HooksMaskTwoHundredParameters) {
  Random random(9);
  std::vector<Layer> layers = many_layers(200, random);
  Sparsifier s(SparsifierOptions::any_size());
  std::vector<Tensor> gradients, moments;
  std::vector<TensorView> gradient_views;
  std::vector<Sparsifier::Moment> moment_list;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    ASSERT_TRUE(succeeds(s.add(layers[i].parameter())));
    const TensorView weight = layers[i].weight.view();
    const std::vector<std::int64_t> shape(weight.shape.begin(), weight.shape.begin() + weight.rank);
    gradients.emplace_back(i % 2 != 0 ? DataType::f32 : DataType::bf16, shape);
    moments.emplace_back(DataType::f32, shape, Lay{{}, 2, 1});
    gradients.back().fill_codes(random);
    moments.back().fill_codes(random);
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    gradient_views.push_back(i % 10 == 3 ? TensorView{} : gradients[i].view());
    moment_list.push_back({i, moments[i].view()});
  }
  const auto call = [&] {
    ASSERT_TRUE(succeeds(s.mask_gradients(kCpu, gradient_views.data(), gradient_views.size())));
    ASSERT_TRUE(succeeds(s.mask_moments(kCpu, moment_list.data(), moment_list.size())));
    ASSERT_TRUE(succeeds(s.mask_weights(kCpu)));
  };
  std::vector<Bits> gradient_bits, moment_bits;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    gradient_bits.push_back(gradients[i].all_bits());
    moment_bits.push_back(moments[i].all_bits());
  }
  const auto before = all_bits(layers);
  call();  // no masks yet: nothing happens
  EXPECT_EQ(all_bits(layers), before);
  for (std::size_t i = 0; i < layers.size(); ++i)
    EXPECT_EQ(gradients[i].all_bits(), gradient_bits[i]);

  ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
  std::vector<Bits> weight_bits;
  for (Layer& layer : layers) {
    layer.weight.fill_codes(random);
    weight_bits.push_back(layer.weight.all_bits());
  }
  call();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    SCOPED_TRACE(i);
    const auto want = [&](const Bits& bits) {
      return s.sparse(i) ? chosen(bits, layers[i].mask, zeros(bits)) : bits;
    };
    EXPECT_EQ(s.sparse(i), i % 5 != 1);
    EXPECT_EQ(gradients[i].all_bits(), i % 10 == 3 ? gradient_bits[i] : want(gradient_bits[i]));
    EXPECT_EQ(moments[i].all_bits(), want(moment_bits[i]));
    EXPECT_EQ(layers[i].weight.all_bits(), want(weight_bits[i]));
    EXPECT_TRUE(layers[i].zones_intact() && moments[i].zones_intact());
  }
}

TEST(Sparsifier, HooksCheckEverythingFirst) {
  Random random(10);
  std::vector<Layer> layers;
  layers.emplace_back("a", DataType::f32, std::vector<std::int64_t>{8, 16});
  layers.emplace_back("b", DataType::f32, std::vector<std::int64_t>{8, 16});
  Sparsifier s;
  for (Layer& layer : layers) {
    layer.weight.fill(random);
    ASSERT_TRUE(succeeds(s.add(layer.parameter())));
  }
  ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
  Tensor good(DataType::f32, {8, 16}), bad(DataType::f32, {16, 8});
  good.fill(random);
  good.freeze();
  const TensorView list[] = {good.view(), bad.view()};
  EXPECT_TRUE(fails(s.mask_gradients(kCpu, list, 2), StatusCode::invalid_argument,
                    {"gradients[1]", "[16, 8]", "[8, 16]"}));
  EXPECT_TRUE(
      fails(s.mask_gradients(kCpu, list, 1), StatusCode::invalid_argument, {"count = 1", "2"}));
  EXPECT_TRUE(fails(s.mask_gradients(kCpu, nullptr, 2), StatusCode::invalid_argument,
                    {"gradients = null"}));
  const Sparsifier::Moment moments[] = {{0, good.view()}, {2, good.view()}};
  EXPECT_TRUE(fails(s.mask_moments(kCpu, moments, 2), StatusCode::invalid_argument,
                    {"moments[1].parameter = 2"}));
  EXPECT_TRUE(
      fails(s.mask_moments(kCpu, nullptr, 2), StatusCode::invalid_argument, {"moments = null"}));
  EXPECT_TRUE(fails(s.mask_weights(Exec::cpu(-1)), StatusCode::invalid_argument, {"threads"}));
  EXPECT_TRUE(good.unchanged());
}

// ---- SR-STE -------------------------------------------------------------------------------------

TEST(Sparsifier, RefreshLeavesTheDenseWeights) {
  Random random(11);
  std::vector<Layer> layers;
  layers.emplace_back("w", DataType::bf16, std::vector<std::int64_t>{8, 32});
  layers.emplace_back("bias", DataType::bf16, std::vector<std::int64_t>{32});
  Tensor masked(DataType::bf16, {8, 32}), bias(DataType::bf16, {32});
  Sparsifier s;
  for (Layer& layer : layers) {
    layer.weight.fill(random);
    layer.keeps_dropped = false;
    ASSERT_TRUE(succeeds(s.add(layer.parameter())));
  }
  const TensorView out[] = {masked.view(), bias.view()};
  EXPECT_TRUE(fails(s.refresh(kCpu, out, 2, false), StatusCode::unsupported, {"no masks"}));
  for (int round = 0; round < 3; ++round) {
    const Bits dense = layers[0].weight.all_bits();
    const Tensor old = layers[0].mask;
    const bool anew = round != 1;
    ASSERT_TRUE(succeeds(s.refresh(kCpu, out, 2, anew)));
    EXPECT_EQ(layers[0].weight.all_bits(), dense);
    EXPECT_EQ(layers[0].mask.all_bits(), anew ? mask_of(layers[0], dense, "2:4") : old.all_bits());
    EXPECT_EQ(masked.all_bits(), chosen(dense, layers[0].mask, zeros(dense)));
    EXPECT_EQ(bias.all_bits(), layers[1].weight.all_bits());
    EXPECT_TRUE(s.has_masks() && !s.pruned());
    EXPECT_TRUE(succeeds(s.mask_weights(kCpu)));  // would destroy the dense weight
    EXPECT_EQ(layers[0].weight.all_bits(), dense);
    layers[0].weight.fill(random);
  }
  ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));  // the end of training: from the dense weight
  EXPECT_TRUE(fails(s.refresh(kCpu, out, 2, true), StatusCode::unsupported, {"pruned"}));
  ASSERT_TRUE(succeeds(s.refresh(kCpu, out, 2, false)));
  EXPECT_EQ(masked.all_bits(), layers[0].weight.all_bits());
}

// ---- what cannot be -----------------------------------------------------------------------------

TEST(Sparsifier, FrozenMasksStay) {
  Random random(12);
  Layer layer("w", DataType::f32, {8, 16});
  layer.weight.fill(random);
  Sparsifier s;
  ASSERT_TRUE(succeeds(s.add(layer.parameter())));
  ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
  s.freeze();
  std::vector<Layer> layers{layer};
  EXPECT_TRUE(fails(s.compute_masks(kCpu), StatusCode::unsupported, {"frozen"}));
  EXPECT_TRUE(fails(s.restore(kCpu), StatusCode::unsupported, {"frozen"}));
  const TensorView none{};
  EXPECT_TRUE(fails(s.refresh(kCpu, &none, 1, true), StatusCode::unsupported, {"frozen"}));
  EXPECT_TRUE(s.mask(0).has_value());
  const Bits mask = layer.mask.all_bits();
  layer.weight.fill(random);
  ASSERT_TRUE(succeeds(s.mask_weights(kCpu)));
  for (std::int64_t i = 0; i < layer.weight.count(); ++i) {
    if (layer.mask.bits(i) == 0) {
      EXPECT_EQ(layer.weight.bits(i), 0u);
    }
  }
  EXPECT_EQ(layer.mask.all_bits(), mask);
}

TEST(Sparsifier, WithoutDroppedValuesThereIsNoWayBack) {
  Random random(13);
  std::vector<Layer> layers;
  layers.emplace_back("a", DataType::f32, std::vector<std::int64_t>{8, 16});
  layers.emplace_back("b", DataType::f32, std::vector<std::int64_t>{8, 16});
  layers[1].keeps_dropped = false;
  Sparsifier s;
  for (Layer& layer : layers) {
    layer.weight.fill(random);
    ASSERT_TRUE(succeeds(s.add(layer.parameter())));
  }
  ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
  const auto before = all_bits(layers);
  EXPECT_TRUE(fails(s.compute_masks(kCpu), StatusCode::unsupported, {"'b'", "dropped"}));
  EXPECT_TRUE(fails(s.restore(kCpu), StatusCode::unsupported, {"'b'", "dropped"}));
  EXPECT_EQ(all_bits(layers), before);
  EXPECT_TRUE(s.pruned());
}

// The caller's function fails at the second of three parameters, when there are masks already.
TEST(Sparsifier, AFailingMethodLeavesEverything) {
  static int calls;
  static bool failing;
  calls = 0;
  failing = false;
  const MaskFunction function = [](const Exec& exec, const ConstMatrixView& matrix, Ranking ranking,
                                   const MaskView& mask) -> Status {
    if (failing && ++calls == 2) return {StatusCode::device_error, "its own words"};
    return best_mask(exec, matrix, Pattern{1, 4}, mask, ranking);
  };
  ASSERT_TRUE(succeeds(register_method("fails at times", Pattern{1, 4}, function)));
  Random random(14);
  std::vector<Layer> layers;
  for (const char* name : {"a", "b", "c"}) {
    layers.emplace_back(name, DataType::f16, std::vector<std::int64_t>{8, 16});
    layers.back().has_master = true;
    layers.back().method = "fails at times";
    layers.back().weight.fill(random);
    layers.back().master.set_all_bits(layers.back().master.all_bits());
  }
  Sparsifier s;
  for (Layer& layer : layers) ASSERT_TRUE(succeeds(s.add(layer.parameter())));
  failing = true;
  std::vector<Bits> weights;
  for (Layer& layer : layers) weights.push_back(layer.weight.all_bits());
  EXPECT_TRUE(fails(s.compute_masks(kCpu), StatusCode::device_error, {"its own words"}));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(layers[i].weight.all_bits(), weights[i]);
  EXPECT_FALSE(s.has_masks());

  failing = false;
  ASSERT_TRUE(succeeds(s.compute_masks(kCpu)));
  EXPECT_EQ(s.report()[0].fill(), 0.25);
  for (Layer& layer : layers) layer.weight.fill(random);  // an unmasked step
  const auto before = all_bits(layers);
  const std::vector<ParameterReport> report = s.report();
  failing = true;
  calls = 0;
  EXPECT_TRUE(fails(s.compute_masks(kCpu), StatusCode::device_error, {"its own words"}));
  EXPECT_EQ(all_bits(layers), before);
  EXPECT_TRUE(s.pruned());
  EXPECT_EQ(s.report()[0].stats.l1_kept, report[0].stats.l1_kept);
}

}  // namespace
}  // namespace heddle
