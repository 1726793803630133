#include "host/io/mask_image.hpp"

#include <gtest/gtest.h>
#include <png.h>

#include <cstdint>
#include <string>
#include <vector>

#include "test/host/io/files.hpp"

namespace heddle::io {
namespace {

using test::TempDir;

std::uint32_t pixel(const Image& image, int x, int y) {
  const std::uint8_t* const p = &image.rgb[3 * static_cast<std::size_t>(y * image.width + x)];
  return static_cast<std::uint32_t>(p[0]) << 16 | static_cast<std::uint32_t>(p[1]) << 8 | p[2];
}

constexpr std::uint32_t kBlack = 0x000000, kWhite = 0xffffff;
constexpr int kMargin = 16;

// The left edge of a column: entries of `cell` pixels, a gap of a quarter of that between groups.
int left(int col, int cell, int group) { return kMargin + col * cell + col / group * (cell / 4); }

TEST(MaskImage, ASmallMaskIsDrawnCellByCell) {
  const std::vector<std::uint8_t> mask = {1, 0, 0, 9, 0, 1, 1, 0,   // row 0
                                          0, 0, 1, 1, 1, 1, 0, 0};  // row 1
  const auto drawn = draw_mask(row_major_mask(mask.data(), 2, 8), {2, 4});
  ASSERT_TRUE(drawn.ok()) << drawn.status().to_string();
  const Image& image = drawn->image;
  EXPECT_EQ(image.width, 8 * 16 + 4 + 2 * kMargin);
  EXPECT_EQ(image.height, 2 * 16 + 2 * kMargin);
  for (int row = 0; row < 2; ++row) {
    for (int col = 0; col < 8; ++col) {
      const bool kept = mask[static_cast<std::size_t>(row * 8 + col)] != 0;
      EXPECT_EQ(pixel(image, left(col, 16, 4) + 7, kMargin + row * 16 + 7), kept ? kBlack : kWhite)
          << row << "," << col;
    }
  }
  // The gap between the groups is neither black nor white nor the line between entries.
  const std::uint32_t gap = pixel(image, left(4, 16, 4) - 1, kMargin + 7);
  EXPECT_NE(gap, kBlack);
  EXPECT_NE(gap, kWhite);
  EXPECT_NE(gap, pixel(image, left(3, 16, 4) - 1, kMargin + 7));
  EXPECT_NE(drawn->caption.find("all 2 rows, all 8 columns, 16 pixels an entry"), std::string::npos)
      << drawn->caption;
}

TEST(MaskImage, AnyOrderAndLd) {
  // Element (r, c) at c * 3 + r; the padding row says kept and must not be seen.
  const std::vector<std::uint8_t> mask = {1, 0, 1, 0, 1, 1, 0, 0, 1};
  ConstMaskView view{mask.data(), 2, 3, 3, Order::col};
  const auto drawn = draw_mask(view, {1, 2});
  ASSERT_TRUE(drawn.ok());
  const bool kept[2][3] = {{true, false, false}, {false, true, false}};
  for (int row = 0; row < 2; ++row) {
    for (int col = 0; col < 3; ++col) {
      EXPECT_EQ(pixel(drawn->image, left(col, 16, 2) + 7, kMargin + row * 16 + 7),
                kept[row][col] ? kBlack : kWhite);
    }
  }
}

TEST(MaskImage, ALargeMaskGetsTwoPanels) {
  const int rows = 700, cols = 300;
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(rows * cols));
  for (int r = 0; r < rows; ++r) {
    // Column 0 of a group always, column 1 in even rows, column 2 in odd ones.
    for (int c = 0; c < cols; ++c) {
      const int place = c % 4;
      mask[static_cast<std::size_t>(r * cols + c)] = place == 0 || place == 1 + r % 2;
    }
  }
  const auto drawn = draw_mask(row_major_mask(mask.data(), rows, cols), {2, 4});
  ASSERT_TRUE(drawn.ok()) << drawn.status().to_string();
  const Image& image = drawn->image;
  EXPECT_LE(image.width, 1280 + 2 * kMargin);
  // The window: 64 rows of 8 pixels.
  for (int r = 0; r < 64; ++r) {
    for (int c = 0; c < 128; ++c) {
      const bool kept = mask[static_cast<std::size_t>(r * cols + c)] != 0;
      ASSERT_EQ(pixel(image, left(c, 8, 4) + 3, kMargin + r * 8 + 3), kept ? kBlack : kWhite)
          << r << "," << c;
    }
  }
  // The overview: 4 pixels a column, the share of rows in grey.
  const int top = kMargin + 512 + kMargin;
  for (int c = 0; c < cols; ++c) {
    const int x = kMargin + 4 * c + 1;
    double sum = 0;
    const int lines = image.height - top - kMargin;
    for (int y = top; y < top + lines; ++y) sum += pixel(image, x, y) & 0xff;
    const double grey = sum / lines / 255.0;
    const double dropped = c % 4 == 0 ? 0.0 : c % 4 == 3 ? 1.0 : 0.5;
    EXPECT_NEAR(grey, dropped, 0.01) << c;
  }
  EXPECT_NE(drawn->caption.find("rows 0 to 63 of 700"), std::string::npos) << drawn->caption;
  EXPECT_NE(drawn->caption.find("every column"), std::string::npos) << drawn->caption;
}

TEST(MaskImage, SizesStayBounded) {
  const std::int64_t shapes[][2] = {{1, 1},     {1, 5000},  {5000, 1},    {33, 31},
                                    {256, 256}, {257, 256}, {2000, 4099}, {3, 100000}};
  for (const auto& shape : shapes) {
    const std::vector<std::uint8_t> mask(static_cast<std::size_t>(shape[0] * shape[1]), 1);
    for (const Pattern pattern : {Pattern{2, 4}, Pattern{1, 1}, Pattern{16, 32}, Pattern{3, 5}}) {
      const auto drawn = draw_mask(row_major_mask(mask.data(), shape[0], shape[1]), pattern);
      ASSERT_TRUE(drawn.ok()) << shape[0] << "x" << shape[1];
      EXPECT_LE(drawn->image.width, 1280 + 2 * kMargin) << shape[0] << "x" << shape[1];
      EXPECT_LE(drawn->image.height, 1024 + 3 * kMargin) << shape[0] << "x" << shape[1];
      EXPECT_EQ(drawn->image.rgb.size(),
                3u * static_cast<std::size_t>(drawn->image.width * drawn->image.height));
    }
  }
}

TEST(MaskImage, Refusals) {
  const std::uint8_t byte = 1;
  EXPECT_EQ(draw_mask(row_major_mask(&byte, 0, 1), {2, 4}).status().code(),
            StatusCode::invalid_argument);
  EXPECT_EQ(draw_mask(ConstMaskView{nullptr, 1, 1, 1, Order::row}, {2, 4}).status().code(),
            StatusCode::invalid_argument);
  EXPECT_EQ(draw_mask(row_major_mask(&byte, 1, 1), {3, 2}).status().code(),
            StatusCode::invalid_argument);
  EXPECT_EQ(draw_mask(row_major_mask(&byte, -1, 1), {2, 4}).status().code(),
            StatusCode::invalid_argument);
}

TEST(Png, ReadsBackAsWritten) {
  const TempDir dir;
  Image image = blank_image(5, 3, 0x102030);
  fill_rect(image, 1, 1, 2, 1, 0xff8000);
  fill_rect(image, -5, -5, 6, 6, 0x00ff00);    // cut to one pixel
  fill_rect(image, 4, 2, 100, 100, 0x0000ff);  // cut to one pixel
  const std::string path = dir / "p.png";
  ASSERT_TRUE(write_png(path, image).ok());

  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  ASSERT_TRUE(png_image_begin_read_from_file(&png, path.c_str())) << png.message;
  EXPECT_EQ(png.width, 5u);
  EXPECT_EQ(png.height, 3u);
  png.format = PNG_FORMAT_RGB;
  std::vector<std::uint8_t> rgb(PNG_IMAGE_SIZE(png));
  ASSERT_TRUE(png_image_finish_read(&png, nullptr, rgb.data(), 0, nullptr)) << png.message;
  EXPECT_EQ(rgb, image.rgb);
  EXPECT_EQ(pixel(image, 0, 0), 0x00ff00u);
  EXPECT_EQ(pixel(image, 1, 1), 0xff8000u);
  EXPECT_EQ(pixel(image, 3, 1), 0x102030u);
  EXPECT_EQ(pixel(image, 4, 2), 0x0000ffu);
}

TEST(Png, FailuresAreTyped) {
  const TempDir dir;
  const Image image = blank_image(600, 600, 0);
  EXPECT_EQ(write_png(dir / "absent/p.png", image).code(), StatusCode::io_error);
  EXPECT_EQ(write_png("/dev/full", image).code(), StatusCode::invalid_argument);
  EXPECT_EQ(write_png(dir / "p.png", Image{}).code(), StatusCode::invalid_argument);
  EXPECT_EQ(write_png(dir / "p.png", Image{2, 2, {1}}).code(), StatusCode::invalid_argument);
  EXPECT_EQ(write_png(dir / "p.png", Image{-2, 2, {}}).code(), StatusCode::invalid_argument);
  test::write_file(dir / "p.png", "old");
  {
    const test::FileSizeLimit limit(16);
    EXPECT_EQ(write_png(dir / "p.png", image).code(), StatusCode::io_error);
  }
  EXPECT_EQ(test::read_file(dir / "p.png"), "old");
  EXPECT_EQ(dir.names(), std::vector<std::string>{"p.png"});
}

}  // namespace
}  // namespace heddle::io
