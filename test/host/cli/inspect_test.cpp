#include <gtest/gtest.h>
#include <png.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

// 32 x 32 of I8: every group of four is 4, 3, 2, 1 but in row 7, where it is 4, 0, 0, -4.
Tensor ladder() {
  Tensor tensor{"ladder", "I8", {32, 32}, std::string(1024, '\0')};
  for (std::size_t i = 0; i < 1024; ++i) {
    const std::size_t place = i % 4;
    const bool seventh = i / 32 == 7;
    const int value = !seventh ? 4 - static_cast<int>(place) : place == 0 ? 4 : place == 3 ? -4 : 0;
    tensor.bytes[i] = static_cast<char>(value);
  }
  return tensor;
}

TEST(Inspect, NumbersOfAKnownMatrix) {
  const TempDir dir;
  write_tensors(dir / "in",
                {ladder(),
                 random_tensor("bias", "F32", {8}),
                 random_tensor("ids", "I64", {4}),
                 {"nan", "F32", {1, 4}, std::string("\0\0\xc0\x7f\0\0\0\0\0\0\0\0\0\0\0\0", 16)},
                 {"zeros", "F16", {2, 4}, std::string(16, '\0')},
                 {"empty", "F16", {0, 4}, ""},
                 {"conv", "I8", {2, 2, 2}, std::string("\1\0\1\0\1\1\1\0", 8)}},
                {{"format", "pt"}});
  const Ran run = heddle_run({"inspect", dir / "in", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json json = run.json();
  EXPECT_EQ(json["metadata"]["format"], "pt");
  EXPECT_EQ(json["tensors"].size(), 7u);
  for (const auto& tensor : json["tensors"]) {
    const std::string name = tensor["name"];
    if (name == "ladder") {
      EXPECT_EQ(tensor["shape"], (std::vector<int>{32, 32}));
      EXPECT_EQ(tensor["dtype"], "I8");
      EXPECT_DOUBLE_EQ(tensor["sparsity"], 16.0 / 1024);
      EXPECT_EQ(tensor["compliant"], false);
      EXPECT_EQ(tensor["violations"], 31 * 8);
      EXPECT_DOUBLE_EQ(tensor["l1_kept"], (31.0 * 7 + 8) / (31.0 * 10 + 8));
    } else if (name == "nan") {
      EXPECT_TRUE(tensor["l1_kept"].is_null()) << "a NaN has no share";
      EXPECT_EQ(tensor["compliant"], true);
    } else if (name == "zeros") {
      EXPECT_EQ(tensor["sparsity"], 1.0);
      EXPECT_TRUE(tensor["l1_kept"].is_null()) << "nothing of nothing";
    } else if (name == "conv") {
      EXPECT_DOUBLE_EQ(tensor["sparsity"], 3.0 / 8);
      EXPECT_EQ(tensor["compliant"], true) << "of two inputs per tap, two may stay";
    } else if (name == "ids" || name == "empty") {
      EXPECT_FALSE(tensor.contains("sparsity")) << name;
    } else {
      EXPECT_EQ(name, "bias");
      EXPECT_TRUE(tensor.contains("sparsity"));
    }
  }
  const Ran text = heddle_run({"inspect", dir / "in", "--tensor", "ladder"});
  EXPECT_NE(text.out.find("ladder  32 x 32  I8"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("1.6 %"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("2:4 no"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("70.8 %"), std::string::npos) << text.out;
}

TEST(Inspect, TilesAndTheGainOfAnOrder) {
  const TempDir dir;
  // A tile that keeps 54 of exact rule, 63 of at most (9 on the first three, but the diagonal).
  Tensor tile{"tile", "I8", {4, 4}, {0, 9, 9, 0, 9, 0, 9, 0, 9, 9, 0, 0, 0, 0, 0, 9}};
  // Two columns of four matter: 2:4 as they stand keeps two of the first four, reordered all.
  Tensor split{"split", "I8", {32, 32}, std::string(1024, '\0')};
  for (std::size_t i = 0; i < 1024; ++i) split.bytes[i] = i % 32 < 16 ? '\5' : '\0';
  write_tensors(dir / "in", {tile, split});
  const Ran run = heddle_run({"inspect", dir / "in", "--permutation", "--budget", "0", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json json = run.json();
  for (const auto& entry : json["tensors"]) {
    if (entry["name"] == "tile") {
      EXPECT_DOUBLE_EQ(entry["l1_kept_tile_exact"], 54.0 / 63);
      EXPECT_DOUBLE_EQ(entry["l1_kept_tile_at_most"], 1.0);
      EXPECT_LE(entry["l1_kept_tile_greedy"], 1.0);
    } else {
      EXPECT_DOUBLE_EQ(entry["l1_kept"], 0.5);
      EXPECT_DOUBLE_EQ(entry["l1_kept_permuted"], 1.0);
    }
  }
  const Ran text = heddle_run({"inspect", dir / "in", "--permutation", "--budget", "0.2"});
  EXPECT_NE(text.out.find("exact"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("permuted"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("85.7 %"), std::string::npos) << text.out;
}

TEST(Inspect, DrawsATileMask) {
  const TempDir dir;
  write_tensors(dir / "in",
                {random_tensor("w", "F16", {32, 32}), random_tensor("c", "F16", {8, 8, 3})});
  const std::string path = dir / "mask.png";
  const Ran run =
      heddle_run({"inspect", dir / "in", "--tensor", "w", "--image", path, "--transposable"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  ASSERT_TRUE(png_image_begin_read_from_file(&png, path.c_str())) << png.message;
  png.format = PNG_FORMAT_GRAY;
  std::vector<std::uint8_t> grey(PNG_IMAGE_SIZE(png));
  ASSERT_TRUE(png_image_finish_read(&png, nullptr, grey.data(), 0, nullptr)) << png.message;
  const std::size_t width = png.width;
  ASSERT_EQ(width, 32u * 16 + 7 * 4 + 32);
  ASSERT_EQ(png.height, 32u * 16 + 7 * 4 + 32) << "gaps between groups of rows too";
  for (std::size_t tile = 0; tile < 64; ++tile) {
    int kept = 0;
    for (std::size_t i = 0; i < 16; ++i) {
      const std::size_t row = tile / 8 * 4 + i / 4, col = tile % 8 * 4 + i % 4;
      kept +=
          grey[(16 + row * 16 + row / 4 * 4 + 7) * width + 16 + col * 16 + col / 4 * 4 + 7] == 0;
    }
    EXPECT_EQ(kept, 8) << tile;
  }
  const Ran conv = heddle_run({"inspect", dir / "in", "--tensor", "c", "--image", path});
  EXPECT_NE(conv.out.find("the first of 3 taps; all 8 rows"), std::string::npos)
      << conv.out << conv.err;
}

TEST(Inspect, APackedMatrixIsShownAsItsDenseSelf) {
  const TempDir dir;
  write_tensors(dir / "in", {ladder()});
  ASSERT_EQ(
      heddle_run({"pack", "--prune", "--pattern", "1:4", dir / "in", dir / "packed"}).exit_code, 0);
  const Ran run = heddle_run({"inspect", dir / "packed", "--json", "--tensor", "ladder"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  ASSERT_EQ(run.json()["tensors"].size(), 1u);
  const nlohmann::json tensor = run.json()["tensors"][0];
  EXPECT_EQ(tensor["name"], "ladder");
  EXPECT_EQ(tensor["dtype"], "I8");
  EXPECT_EQ(tensor["shape"], (std::vector<int>{32, 32}));
  EXPECT_EQ(tensor["packed"], "1:4");
  EXPECT_EQ(tensor["pattern"], "1:4");
  EXPECT_EQ(tensor["compliant"], true);
  EXPECT_DOUBLE_EQ(tensor["sparsity"], 0.75);
  EXPECT_DOUBLE_EQ(tensor["l1_kept"], 1.0);
}

TEST(Inspect, DrawsTheMask) {
  const TempDir dir;
  write_tensors(dir / "in", {ladder()});
  const std::string path = dir / "mask.png";
  const Ran run = heddle_run({"inspect", dir / "in", "--tensor", "ladder", "--image", path});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("kept black, dropped white; all 32 rows, all 32 columns"),
            std::string::npos)
      << run.out;
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  ASSERT_TRUE(png_image_begin_read_from_file(&png, path.c_str())) << png.message;
  png.format = PNG_FORMAT_GRAY;
  std::vector<std::uint8_t> grey(PNG_IMAGE_SIZE(png));
  ASSERT_TRUE(png_image_finish_read(&png, nullptr, grey.data(), 0, nullptr)) << png.message;
  const std::size_t width = png.width;
  ASSERT_EQ(width, 32u * 16 + 7 * 4 + 32) << "a gap of 4 pixels between the 8 groups";
  for (std::size_t row = 0; row < 32; ++row) {
    for (std::size_t col = 0; col < 32; ++col) {
      const bool kept = row == 7 ? col % 4 == 0 || col % 4 == 3 : col % 4 < 2;
      EXPECT_EQ(grey[(16 + row * 16 + 7) * width + 16 + col * 16 + col / 4 * 4 + 7], kept ? 0 : 255)
          << row << "," << col;
    }
  }
  const Ran json =
      heddle_run({"inspect", dir / "in", "--tensor", "ladder", "--image", path, "--json"});
  EXPECT_EQ(json.json()["image"], path);
}

TEST(Info, SaysWhatThisBuildCanDo) {
  const Ran run = heddle_run({"info", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json json = run.json();
  EXPECT_EQ(heddle_run({"--version"}).out, "heddle " + json["version"].get<std::string>() + "\n");
  bool two_four = false;
  for (const auto& named : json["patterns"]) two_four = two_four || named["pattern"] == "2:4";
  EXPECT_TRUE(two_four);
  EXPECT_EQ(json["types"],
            (std::vector<std::string>{"f32", "f16", "bf16", "f8e4m3", "f8e5m2", "i8"}));
  EXPECT_EQ(json["cpu"]["available"], true);
  EXPECT_TRUE(json["cuda"]["available"] == true || json["cuda"]["reason"] != "");
  EXPECT_NE(heddle_run({"info"}).out.find("patterns: "), std::string::npos);
}

}  // namespace
}  // namespace heddle::test
