// A Sparsifier's state in a file: a resumed run equals an uninterrupted one bit for bit, and a bad
// file changes nothing.

#include "heddle/sparsifier_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "heddle/step.hpp"
#include "host/io/safetensors.hpp"
#include "test/host/sparsifier_case.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::Random;
using oracle::succeeds;
using test::Lay;
using test::Layer;
using test::Tensor;

const Exec kCpu = Exec::cpu(1);

// A file of this test's own that goes with it.
class TemporaryPath {
 public:
  TemporaryPath() {
    static int count = 0;
    path_ = testing::TempDir() + "sparsifier_" + std::to_string(getpid()) + "_" +
            std::to_string(++count) + ".safetensors";
  }
  ~TemporaryPath() { std::remove(path_.c_str()); }
  operator const std::string&() const { return path_; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// ---- training -----------------------------------------------------------------------------------

enum class Recipe { frozen, recompute, sr_ste };

// Three parameters trained with AdamW on gradients that depend on weights and step alone.
struct Training {
  Recipe recipe;
  std::vector<Layer> layers;
  std::vector<Tensor> moment1, moment2, gradient, masked;
  Sparsifier sparsifier{SparsifierOptions::any_size()};

  explicit Training(Recipe r) : recipe(r) {
    layers.emplace_back("fc", DataType::bf16, std::vector<std::int64_t>{8, 20});
    layers.emplace_back("conv", DataType::f32, std::vector<std::int64_t>{4, 8, 2, 2},
                        Lay{{0, 2, 3, 1}, 0, 0}, Lay{{0, 2, 3, 1}, 0, 0});
    layers.emplace_back("bias", DataType::f32, std::vector<std::int64_t>{20});
    layers[1].method = "tile-exact-2:4";
    layers[0].has_master = true;
    Random random(1);
    for (Layer& layer : layers) {
      for (std::int64_t i = 0; i < layer.weight.count(); ++i) {
        layer.weight.set(i, random.normal());
        layer.master.set(i, layer.weight.at(i));
      }
      for (std::vector<Tensor>* list : {&moment1, &moment2, &gradient, &masked})
        list->push_back(list == &masked ? layer.weight : layer.master);
      for (Tensor* moment : {&moment1.back(), &moment2.back()})
        for (std::int64_t i = 0; i < moment->count(); ++i) moment->set_bits(i, 0);
      EXPECT_TRUE(succeeds(sparsifier.add(layer.parameter())));
    }
  }

  void step(int index) {
    if (recipe == Recipe::sr_ste) {
      std::vector<TensorView> out;
      for (Tensor& tensor : masked) out.push_back(tensor.view());
      ASSERT_TRUE(succeeds(sparsifier.refresh(kCpu, out.data(), out.size(), index % 4 == 0)));
    } else if (index == 0 || (recipe == Recipe::recompute && index % 5 == 0)) {
      ASSERT_TRUE(succeeds(sparsifier.compute_masks(kCpu)));
      if (recipe == Recipe::frozen) sparsifier.freeze();
    }
    AdamWOptions options;
    options.learning_rate = 0.05f;
    options.step = index + 1;
    std::vector<StepTensors> list;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Tensor& forward = recipe == Recipe::sr_ste ? masked[l] : layers[l].weight;
      Random random(static_cast<std::uint64_t>(100 * index) + l);
      for (std::int64_t i = 0; i < forward.count(); ++i)
        gradient[l].set(i, forward.at(i) - random.normal());
      StepTensors t;
      t.weight = layers[l].weight.view();
      t.gradient = gradient[l].cview();
      t.moment1 = moment1[l].view();
      t.moment2 = moment2[l].view();
      if (layers[l].has_master) t.master = layers[l].master.view();
      if (recipe == Recipe::sr_ste && sparsifier.sparse(l)) {
        const SrSteTensors refine{t.weight, *sparsifier.mask(l), gradient[l].view()};
        ASSERT_TRUE(succeeds(sr_ste(kCpu, 0.01f, &refine, 1)));
      } else {
        t.mask = sparsifier.mask(l);
      }
      list.push_back(t);
    }
    ASSERT_TRUE(succeeds(adamw_step(kCpu, options, list.data(), list.size())));
  }

  // What the framework's own checkpoint carries.
  void take_weights_and_moments(const Training& other) {
    for (std::size_t l = 0; l < layers.size(); ++l) {
      layers[l].weight.set_all_bits(other.layers[l].weight.all_bits());
      layers[l].master.set_all_bits(other.layers[l].master.all_bits());
      moment1[l].set_all_bits(other.moment1[l].all_bits());
      moment2[l].set_all_bits(other.moment2[l].all_bits());
    }
  }
  // Of the dropped values only those count that a dropped tensor holds.
  std::vector<std::vector<std::uint32_t>> bits() {
    std::vector<std::vector<std::uint32_t>> all;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      all.push_back(layers[l].weight.all_bits());
      all.push_back(layers[l].master.all_bits());
      all.push_back(moment1[l].all_bits());
      all.push_back(moment2[l].all_bits());
      if (!sparsifier.sparse(l) || !sparsifier.has_masks()) continue;
      all.push_back(layers[l].mask.all_bits());
      if (sparsifier.pruned()) all.push_back(layers[l].dropped.all_bits());
    }
    return all;
  }
};

class SparsifierResume : public testing::TestWithParam<Recipe> {};
constexpr auto recipe_name = [](const auto& param) {
  return std::string(param.param == Recipe::frozen      ? "Frozen"
                     : param.param == Recipe::recompute ? "Recompute"
                                                        : "SrSte");
};
INSTANTIATE_TEST_SUITE_P(Recipes, SparsifierResume,
                         testing::Values(Recipe::frozen, Recipe::recompute, Recipe::sr_ste),
                         recipe_name);

TEST_P(SparsifierResume, EqualsAnUninterruptedRun) {
  constexpr int kSteps = 23;
  for (const int stop : {1, 7, 12}) {
    TemporaryPath path;
    Training whole(GetParam()), first(GetParam()), second(GetParam());
    for (int s = 0; s < kSteps; ++s) whole.step(s);
    for (int s = 0; s < stop; ++s) first.step(s);
    ASSERT_TRUE(succeeds(save_sparsifier(kCpu, first.sparsifier, path)));
    second.take_weights_and_moments(first);
    ASSERT_TRUE(succeeds(load_sparsifier(kCpu, second.sparsifier, path)));
    EXPECT_EQ(second.bits(), first.bits());
    EXPECT_EQ(second.sparsifier.frozen(), first.sparsifier.frozen());
    EXPECT_EQ(second.sparsifier.pruned(), first.sparsifier.pruned());
    EXPECT_EQ(second.sparsifier.state_words(), first.sparsifier.state_words());
    for (std::size_t l = 0; l < 3; ++l) {
      const MaskStats a = first.sparsifier.report()[l].stats;
      const MaskStats b = second.sparsifier.report()[l].stats;
      EXPECT_EQ(a.kept, b.kept);
      EXPECT_EQ(a.l1_kept, b.l1_kept);
      EXPECT_EQ(a.l1_total, b.l1_total);
    }
    for (int s = stop; s < kSteps; ++s) second.step(s);
    EXPECT_EQ(second.bits(), whole.bits()) << "stopped at " << stop;
    if (GetParam() == Recipe::recompute) {
      ASSERT_TRUE(succeeds(whole.sparsifier.restore(kCpu)));
      ASSERT_TRUE(succeeds(second.sparsifier.restore(kCpu)));
      EXPECT_EQ(second.bits(), whole.bits());
    }
  }
}

// ---- files --------------------------------------------------------------------------------------

// A Sparsifier of one parameter with masks.
struct One {
  Layer layer;
  Sparsifier sparsifier;
  explicit One(const std::string& name = "w", DataType type = DataType::f16,
               const std::vector<std::int64_t>& shape = {8, 16}, const std::string& method = "2:4",
               bool keeps_dropped = true)
      : layer(name, type, shape) {
    Random random(5);
    layer.weight.fill(random);
    layer.method = method;
    layer.keeps_dropped = keeps_dropped;
    EXPECT_TRUE(succeeds(sparsifier.add(layer.parameter())));
  }
  void freeze_tensors() {
    for (Tensor* tensor : layer.all()) tensor->freeze();
  }
  testing::AssertionResult unchanged() {
    if (sparsifier.has_masks()) return testing::AssertionFailure() << "has masks";
    for (const Tensor* tensor : layer.all())
      if (!tensor->unchanged()) return tensor->unchanged();
    return testing::AssertionSuccess();
  }
};

TEST(SparsifierFile, HoldsMasksDroppedValuesAndWords) {
  TemporaryPath path;
  One one;
  ASSERT_TRUE(succeeds(one.sparsifier.compute_masks(kCpu)));
  ASSERT_TRUE(succeeds(save_sparsifier(kCpu, one.sparsifier, path)));
  const Result<io::SafetensorsReader> file = io::SafetensorsReader::open(path);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->metadata(), one.sparsifier.state_words());
  const io::TensorInfo* mask = file->find("w.mask");
  const io::TensorInfo* dropped = file->find("w.dropped");
  ASSERT_TRUE(mask != nullptr && dropped != nullptr);
  EXPECT_EQ(file->tensors().size(), 2u);
  EXPECT_EQ(mask->dtype, "U8");
  EXPECT_EQ(dropped->dtype, "F16");
  EXPECT_EQ(mask->shape, (std::vector<std::int64_t>{8, 16}));
  for (std::int64_t i = 0; i < 128; ++i) {
    EXPECT_EQ(static_cast<const std::uint8_t*>(file->data(*mask))[i], one.layer.mask.bits(i));
    EXPECT_EQ(oracle::load_bits(file->data(*dropped), i, DataType::f16), one.layer.dropped.bits(i));
  }
}

TEST(SparsifierFile, WithoutMasksHoldsWordsAlone) {
  TemporaryPath path;
  One one, other;
  one.sparsifier.freeze();
  ASSERT_TRUE(succeeds(save_sparsifier(kCpu, one.sparsifier, path)));
  other.freeze_tensors();
  ASSERT_TRUE(succeeds(load_sparsifier(kCpu, other.sparsifier, path)));
  EXPECT_TRUE(other.unchanged());
  EXPECT_TRUE(other.sparsifier.frozen());
}

TEST(SparsifierFile, EveryTypeAndLayout) {
  for (const DataType type : oracle::matrix_types())
    for (const Lay& lay : {Lay{}, Lay{{2, 0, 1}, 3, 1}}) {
      TemporaryPath path;
      Random random(6);
      Layer a("x", type, {4, 9, 3}, lay, lay), b("x", type, {4, 9, 3});
      a.weight.fill_codes(random);
      Sparsifier from(SparsifierOptions::any_size()), to(SparsifierOptions::any_size());
      ASSERT_TRUE(succeeds(from.add(a.parameter())));
      ASSERT_TRUE(succeeds(to.add(b.parameter())));
      ASSERT_TRUE(succeeds(from.compute_masks(kCpu)));
      ASSERT_TRUE(succeeds(save_sparsifier(kCpu, from, path)));
      ASSERT_TRUE(succeeds(load_sparsifier(kCpu, to, path)));
      EXPECT_EQ(b.mask.all_bits(), a.mask.all_bits());
      EXPECT_EQ(b.dropped.all_bits(), a.dropped.all_bits());
      EXPECT_TRUE(a.zones_intact() && b.zones_intact());
    }
}

TEST(SparsifierFile, OfOtherParametersIsRefused) {
  TemporaryPath path;
  One one;
  ASSERT_TRUE(succeeds(one.sparsifier.compute_masks(kCpu)));
  ASSERT_TRUE(succeeds(save_sparsifier(kCpu, one.sparsifier, path)));
  const auto refused = [&](One&& other, std::initializer_list<const char*> parts) {
    other.freeze_tensors();
    EXPECT_TRUE(
        fails(load_sparsifier(kCpu, other.sparsifier, path), StatusCode::invalid_argument, parts));
    EXPECT_TRUE(other.unchanged());
  };
  refused(One("v"), {"'v'"});
  refused(One("w", DataType::bf16), {"'w'", "f16", "bf16"});
  refused(One("w", DataType::f16, {16, 16}), {"[8, 16]", "[16, 16]"});
  refused(One("w", DataType::f16, {8, 16}, "1:4"), {"2:4", "1:4"});
  refused(One("w", DataType::f16, {8, 16}, "2:4", false), {"with dropped", "without dropped"});
  refused(One("w", DataType::f16, {7, 16}), {"sparse", "dense"});
  One two;
  Layer more("more", DataType::bf16, {8, 16});
  ASSERT_TRUE(succeeds(two.sparsifier.add(more.parameter())));
  EXPECT_TRUE(fails(load_sparsifier(kCpu, two.sparsifier, path), StatusCode::invalid_argument,
                    {"1 parameters", "2"}));
}

TEST(SparsifierFile, DamagedIsRefusedAndWritesNothing) {
  TemporaryPath path;
  One one;
  ASSERT_TRUE(succeeds(one.sparsifier.compute_masks(kCpu)));
  ASSERT_TRUE(succeeds(save_sparsifier(kCpu, one.sparsifier, path)));
  const std::string good = read_file(path);
  const auto refused = [&](const std::string& bytes, StatusCode code,
                           std::initializer_list<const char*> parts) {
    write_file(path, bytes);
    One other;
    other.freeze_tensors();
    EXPECT_TRUE(fails(load_sparsifier(kCpu, other.sparsifier, path), code, parts));
    EXPECT_TRUE(other.unchanged());
  };
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, good.size() / 2, good.size() - 1})
    refused(good.substr(0, size), StatusCode::corrupt, {});
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    EXPECT_EQ(from.size(), to.size());
    const std::size_t at = bytes.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? bytes : bytes.replace(at, from.size(), to);
  };
  refused(replaced("\"w.mask\"", "\"w.mosk\""), StatusCode::corrupt, {"w.mask", "missing"});
  refused(replaced("\"w.dropped\"", "\"w.drapped\""), StatusCode::corrupt, {"w.dropped"});
  refused(replaced("\"F16\"", "\"I16\""), StatusCode::corrupt, {"w.dropped", "I16", "F16"});
  refused(replaced("\"U8\"", "\"I8\""), StatusCode::corrupt, {"w.mask", "I8", "U8"});
  refused(replaced("[8,16]", "[16,8]"), StatusCode::corrupt, {"[8, 16]"});
  refused(replaced("sparsifier.version", "sparsifier.Version"), StatusCode::corrupt,
          {"sparsifier.version"});
  refused(replaced("version\":\"1", "version\":\"2"), StatusCode::corrupt, {"'2'", "1"});
  refused(replaced(":\"pruned\"", ":\"plucky\""), StatusCode::corrupt, {"plucky"});
  refused(replaced("statistics.w\":\"80 ", "statistics.w\":\"8x "), StatusCode::corrupt,
          {"sparsifier.statistics.w"});

  const Result<io::SafetensorsReader> file = io::SafetensorsReader::open([&] {
    write_file(path, good);
    return std::string(path);
  }());
  ASSERT_TRUE(file.ok());
  const std::string mask(static_cast<const char*>(file->data(*file->find("w.mask"))), 128);
  const std::size_t at = good.rfind(mask);
  ASSERT_NE(at, std::string::npos);
  std::string bytes = good;
  bytes[at + 3] = 2;
  refused(bytes, StatusCode::corrupt, {"w.mask", "byte 3 = 2"});
  bytes = good;
  for (std::size_t i = 0; i < 4; ++i) bytes[at + 20 + i] = 1;
  refused(bytes, StatusCode::not_compliant, {"w.mask", "2:4", "row 1, group 1"});
  refused(good + "x", StatusCode::corrupt, {});
}

TEST(SparsifierFile, TileMasksObeyTheirColumnsToo) {
  TemporaryPath path;
  One one("w", DataType::f16, {8, 16}, "tile-exact-2:4");
  ASSERT_TRUE(succeeds(one.sparsifier.compute_masks(kCpu)));
  for (std::int64_t i = 0; i < 4 * 16; ++i) one.layer.mask.set_bits(i, i % 4 < 2 ? 1 : 0);
  ASSERT_TRUE(succeeds(save_sparsifier(kCpu, one.sparsifier, path)));
  One other("w", DataType::f16, {8, 16}, "tile-exact-2:4");
  other.freeze_tensors();
  EXPECT_TRUE(fails(load_sparsifier(kCpu, other.sparsifier, path), StatusCode::not_compliant,
                    {"w.mask", "2:4", "column 0, group 0"}));
  EXPECT_TRUE(other.unchanged());
}

TEST(SparsifierFile, SystemErrors) {
  One one;
  EXPECT_TRUE(fails(save_sparsifier(kCpu, one.sparsifier, "/no/such/folder/file"),
                    StatusCode::io_error, {"/no/such/folder/file"}));
  EXPECT_TRUE(fails(load_sparsifier(kCpu, one.sparsifier, "/no/such/folder/file"),
                    StatusCode::io_error, {"/no/such/folder/file"}));
  EXPECT_TRUE(fails(save_sparsifier(Exec::cpu(-1), one.sparsifier, "x"),
                    StatusCode::invalid_argument, {"threads"}));
}

}  // namespace
}  // namespace heddle
