#pragma once
// Writing a picture.

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/status.hpp"

namespace heddle::io {

/// An RGB picture, rows from the top.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  ///< 3 * width * height bytes
};

/// A picture of one colour.
Image blank_image(int width, int height, std::uint32_t rgb);

/// Fills a rectangle with the colour 0xRRGGBB; what lies outside the picture is cut off.
void fill_rect(Image& image, int x, int y, int width, int height, std::uint32_t rgb);

/// Writes the picture as PNG beside `path` and renames it: a failure leaves `path` untouched.
Status write_png(const std::string& path, const Image& image);

/// A PNG of two colours in memory, row-major: 1 black, 0 transparent.
Result<std::vector<std::uint8_t>> encode_stencil(int width, int height,
                                                 const std::vector<std::uint8_t>& marks);

}  // namespace heddle::io
