// Configurations as text: round trips, and errors that name the field.

#include "host/matmul_config.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "heddle/select.hpp"

namespace heddle {
namespace {

MatmulConfig some_config() {
  MatmulConfig c;
  c.warps_m = 2;
  c.warps_n = 1;
  c.warps_k = 4;
  c.tiles = 1;
  c.stages = 4;
  c.raster = 3;
  c.blocks = 132;
  c.split_tiles = 32;
  c.split_blocks = 131;
  return c;
}
const std::string kText = "warps=2x1x4 tiles=1 stages=4 raster=3 blocks=132 split=32/131";

MatmulConfig some_wgmma() {
  MatmulConfig c;
  c.kernel = MatmulKernel::wgmma;
  c.groups = 2, c.row_blocks = 1, c.tiles = 32;
  c.cluster = 2;
  c.stages = 5;
  c.raster = 4;
  c.blocks = 132;
  c.split_tiles = 9;
  c.split_blocks = 130;
  return c;
}
const std::string kWgmmaText =
    "wgmma=2x64x256 cluster=2 a=global stages=5 raster=4 blocks=132 split=9/130";

MatmulConfig random_wgmma(std::mt19937& random) {
  const auto below = [&](int limit) { return static_cast<int>(random() % unsigned(limit)); };
  const HopperShape& shape = kHopperShapeList[below(kHopperShapes)];
  MatmulConfig c;
  c.kernel = MatmulKernel::wgmma;
  c.groups = shape.groups, c.row_blocks = shape.row_blocks, c.tiles = shape.tokens / 8;
  do c.cluster = 1 << below(3);
  while (c.tiles % c.cluster != 0);
  c.staged = shape.tokens == 256 && below(2) == 1;
  c.stages = 2 + below(15);
  c.raster = 1 + below(1000);
  c.blocks = c.cluster * (1 + below(100000));
  if (below(2) == 1) {
    c.split_tiles = 1 + below(4096 / (c.groups * c.cluster));
    c.split_blocks = c.cluster * (1 + below(c.blocks / c.cluster));
  }
  return c;
}

MatmulConfig random_config(std::mt19937& random) {
  const auto below = [&](int limit) { return static_cast<int>(random() % unsigned(limit)); };
  if (below(2) == 1) return random_wgmma(random);
  MatmulConfig c;
  c.warps_m = 1 << below(4);
  c.warps_n = 1;
  while (c.warps_m * c.warps_n < 8 && below(2) == 1) c.warps_n *= 2;
  c.warps_k = 8 / (c.warps_m * c.warps_n);
  c.tiles = 1 << below(4);
  c.stages = kMinStages + below(kMaxStages - kMinStages + 1);
  c.raster = 1 + below(1000);
  c.blocks = 1 + below(100000);
  if (below(2) == 1) {
    c.split_tiles = 1 + below(4096);
    c.split_blocks = 1 + below(c.blocks);
  }
  return c;
}

TEST(MatmulConfigText, IsAsDocumented) {
  EXPECT_EQ(to_string(some_config()), kText);
  const auto parsed = parse_matmul_config(kText);
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(*parsed, some_config());
  EXPECT_EQ(to_string(some_wgmma()), kWgmmaText);
  const auto wgmma = parse_matmul_config(kWgmmaText);
  ASSERT_TRUE(wgmma.ok()) << wgmma.status().message();
  EXPECT_EQ(*wgmma, some_wgmma());
}

// Fields of one kernel say nothing of the other's tile.
TEST(MatmulConfigText, TilesOfEachKernel) {
  EXPECT_EQ(some_config().tile_m(), 128);
  EXPECT_EQ(some_config().tile_n(), 8);
  EXPECT_EQ(some_wgmma().tile_m(), 256);
  EXPECT_EQ(some_wgmma().tile_n(), 256);
  MatmulConfig three = some_wgmma();
  three.groups = 3, three.tiles = 24, three.cluster = 4;
  EXPECT_EQ(three.tile_m(), 768);
  const HopperShape shape = hopper_shape_of(three);
  EXPECT_EQ(shape.rows(), 768);
  EXPECT_EQ(shape.tokens, 192);
  EXPECT_FALSE(shape.staged);
}

TEST(MatmulConfigText, EveryFieldCounts) {
  const auto differs = [](auto change) {
    MatmulConfig c = some_wgmma();
    change(c);
    return c != some_wgmma();
  };
  EXPECT_FALSE(differs([](auto&) {}));
  EXPECT_TRUE(differs([](auto& c) { c.kernel = MatmulKernel::mma; }));
  EXPECT_TRUE(differs([](auto& c) { c.groups = 3; }));
  EXPECT_TRUE(differs([](auto& c) { c.row_blocks = 2; }));
  EXPECT_TRUE(differs([](auto& c) { c.cluster = 4; }));
  EXPECT_TRUE(differs([](auto& c) { c.staged = true; }));
  EXPECT_TRUE(differs([](auto& c) { c.tiles = 16; }));
}

TEST(MatmulConfigText, RoundTrips) {
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    const MatmulConfig config = random_config(random);
    const auto parsed = parse_matmul_config(to_string(config));
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    ASSERT_EQ(*parsed, config) << to_string(config);
  }
}

TEST(MatmulConfigText, NothingToDoRoundTrips) {
  MatmulConfig config;
  config.blocks = 0;
  const auto parsed = parse_matmul_config(to_string(config));
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(*parsed, config);
}

struct Damage {
  const char* from;
  const char* to;
  const char* field;  // that the message begins with
};

void expect_errors(const std::string& whole, const std::vector<Damage>& cases) {
  for (const Damage& damage : cases) {
    std::string text = whole;
    text.replace(text.find(damage.from), std::string(damage.from).size(), damage.to);
    const auto parsed = parse_matmul_config(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.status().code(), StatusCode::invalid_argument);
    const std::string message = parsed.status().message();
    const std::string field = damage.field;
    EXPECT_EQ(message.substr(0, field.size()), field) << text << " -> " << message;
    EXPECT_TRUE(message[field.size()] == ' ' || message[field.size()] == ':') << message;
  }
}

TEST(MatmulConfigText, ErrorsNameTheField) {
  expect_errors(kText, {
                           {"warps=2", "wraps=2", "warps"},
                           {"2x1x4", "ax1x4", "warps_m"},
                           {"2x1x4", "2x1", "warps"},
                           {"2x1x4", "2x1x", "warps_k"},
                           {"2x1x4", "2x2x4", "warps"},
                           {"2x1x4", "0x1x4", "warps_m"},
                           {"2x1x4", "-2x-1x4", "warps_m"},
                           {"2x1x4", "2x99999999999x4", "warps_n"},
                           {"tiles=1", "tiles=3", "tiles"},
                           {"tiles=1", "tiles=16", "tiles"},
                           {" tiles=1", "", "tiles"},
                           {"stages=4", "stages=1", "stages"},
                           {"stages=4", "stages=5", "stages"},
                           {"stages=4", "stages= 4", "stages"},
                           {"raster=3", "raster=0", "raster"},
                           {"blocks=132", "blocks=-1", "blocks"},
                           {"blocks=132", "blocks=130", "split_blocks"},
                           {"blocks=132", "blocks=4294967297", "blocks"},
                           {"split=32/131", "split=32", "split"},
                           {"split=32/131", "split=4097/131", "split_tiles"},
                           {"split=32/131", "split=-1/131", "split_tiles"},
                           {"split=32/131", "split=32/-1", "split_blocks"},
                           {"split=32/131", "split=0/131", "split_blocks"},
                           {"split=32/131", "split=32/0", "split_blocks"},
                           {"split=32/131", "split=32/131 ", "split_blocks"},
                           {"split=32/131", "split=32/131.5", "split_blocks"},
                       });
  EXPECT_FALSE(parse_matmul_config("").ok());
}

TEST(MatmulConfigText, ErrorsNameTheFieldOfWgmma) {
  expect_errors(kWgmmaText, {
                                {"wgmma=2", "wgmm=2", "warps"},
                                {"2x64x256", "ax64x256", "wgmma"},
                                {"2x64x256", "2x64", "wgmma"},
                                {"2x64x256", "1x64x256", "wgmma"},
                                {"2x64x256", "4x64x256", "wgmma"},
                                {"2x64x256", "2x0x256", "wgmma"},
                                {"2x64x256", "2x65x256", "wgmma"},
                                {"2x64x256", "2x128x256", "wgmma"},
                                {"2x64x256", "2x64x48", "wgmma"},
                                {"2x64x256", "2x64x257", "wgmma"},
                                {"2x64x256", "3x64x256", "wgmma"},
                                {"2x64x256", "2x64x192", "wgmma"},
                                {"2x64x256", "-2x64x256", "wgmma"},
                                {" cluster=2", "", "cluster"},
                                {"cluster=2", "cluster=0", "cluster"},
                                {"cluster=2", "cluster=3", "cluster"},
                                {"cluster=2", "cluster=8", "cluster"},
                                {"2x64x256", "2x64x8", "cluster"},
                                {"a=global", "a=glob", "a"},
                                {"a=global", "b=global", "a"},
                                {"x256 cluster=2 a=global", "x128 cluster=2 a=staged", "a"},
                                {"stages=5", "stages=1", "stages"},
                                {"stages=5", "stages=17", "stages"},
                                {"raster=4", "raster=0", "raster"},
                                {"blocks=132", "blocks=133", "blocks"},
                                {"blocks=132", "blocks=-2", "blocks"},
                                {"blocks=132", "blocks=128", "split_blocks"},
                                {"split=9/130", "split=9/129", "split_blocks"},
                                {"split=9/130", "split=1025/130", "split_tiles"},
                                {"split=9/130", "split=-1/130", "split_tiles"},
                                {"split=9/130", "split=0/130", "split_blocks"},
                                {"split=9/130", "split=9/0", "split_blocks"},
                                {"split=9/130", "split=9/130 tiles=1", "split_blocks"},
                            });
  for (const char* good :
       {"wgmma=2x64x256 cluster=2 a=staged stages=2 raster=1 blocks=2 split=0/0",
        "wgmma=2x64x8 cluster=1 a=global stages=16 raster=1 blocks=2 split=0/0",
        "wgmma=3x64x192 cluster=4 a=global stages=5 raster=1 blocks=8 split=341/8"})
    EXPECT_TRUE(parse_matmul_config(good).ok()) << good;
  MatmulConfig other = some_wgmma();
  other.kernel = static_cast<MatmulKernel>(7);
  EXPECT_EQ(check_values(other).message().substr(0, 10), "kernel = 7");
}

TEST(MatmulTuningText, RoundTrips) {
  std::mt19937 random(2);
  MatmulTuning tuning;
  for (const std::int64_t max_n : {0, 8, 16, 5000}) {
    tuning.entries.push_back({max_n, random_config(random)});
  }
  const std::string text = to_string(tuning);
  EXPECT_EQ(text.substr(0, text.find('\n')), "n<=0 " + to_string(tuning.entries[0].config));
  const std::vector<std::string> forms = {text, "\n" + text + "\n",
                                          text.substr(0, text.size() - 1)};
  for (const std::string& form : forms) {
    const auto parsed = parse_matmul_tuning(form);
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    ASSERT_EQ(parsed->entries.size(), tuning.entries.size());
    for (std::size_t i = 0; i < tuning.entries.size(); ++i) {
      EXPECT_EQ(parsed->entries[i].max_n, tuning.entries[i].max_n);
      EXPECT_EQ(parsed->entries[i].config, tuning.entries[i].config);
    }
  }
  EXPECT_TRUE(parse_matmul_tuning("").ok());
  EXPECT_TRUE(parse_matmul_tuning("")->entries.empty());
}

TEST(MatmulTuningText, ErrorsNameLineAndField) {
  const auto message = [](const std::string& text) {
    const auto parsed = parse_matmul_tuning(text);
    return parsed.ok() ? std::string("ok") : parsed.status().message();
  };
  EXPECT_EQ(message("n<=8 " + kText + "\nn<=8 " + kText).substr(0, 13), "line 2: max_n");
  EXPECT_EQ(message("n<=-1 " + kText).substr(0, 13), "line 1: max_n");
  EXPECT_EQ(message("\nn<= 8 " + kText).substr(0, 13), "line 2: max_n");
  EXPECT_EQ(message("m<=8 " + kText).substr(0, 13), "line 1: max_n");
  EXPECT_EQ(message("n<=8 " + kText + " more").substr(0, 20), "line 1: split_blocks");
}

}  // namespace
}  // namespace heddle
