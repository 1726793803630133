#include "host/io/png.hpp"

#include <png.h>

#include <algorithm>
#include <new>

#include "host/io/output_file.hpp"
#include "host/io/text.hpp"

namespace heddle::io {

Image blank_image(int width, int height, std::uint32_t rgb) {
  Image image{width, height, {}};
  image.rgb.resize(std::size_t{3} * static_cast<std::size_t>(width) *
                   static_cast<std::size_t>(height));
  fill_rect(image, 0, 0, width, height, rgb);
  return image;
}

void fill_rect(Image& image, int x, int y, int width, int height, std::uint32_t rgb) {
  const int x_end = std::min(x + width, image.width), y_end = std::min(y + height, image.height);
  for (int row = std::max(y, 0); row < y_end; ++row) {
    for (int col = std::max(x, 0); col < x_end; ++col) {
      std::uint8_t* const pixel =
          &image.rgb[3 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width) +
                          static_cast<std::size_t>(col))];
      pixel[0] = static_cast<std::uint8_t>(rgb >> 16);
      pixel[1] = static_cast<std::uint8_t>(rgb >> 8);
      pixel[2] = static_cast<std::uint8_t>(rgb);
    }
  }
}

Status write_png(const std::string& path, const Image& image) {
  const std::size_t need = std::size_t{3} * static_cast<std::size_t>(std::max(image.width, 0)) *
                           static_cast<std::size_t>(std::max(image.height, 0));
  if (image.width < 1 || image.height < 1 || image.rgb.size() != need) {
    return {StatusCode::invalid_argument,
            "image: " + std::to_string(image.width) + " x " + std::to_string(image.height) +
                " pixels with " + std::to_string(image.rgb.size()) + " bytes: must be " +
                std::to_string(need) + " and more than none"};
  }
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  const auto failure = [&]() -> Status {
    return {StatusCode::io_error, quote_path(path) + ": libpng: " + png.message};
  };
  try {
    std::vector<std::uint8_t> file(PNG_IMAGE_PNG_SIZE_MAX(png));
    png_alloc_size_t bytes = file.size();
    if (!png_image_write_to_memory(&png, file.data(), &bytes, 0, image.rgb.data(), 0, nullptr)) {
      return failure();
    }
    Result<OutputFile> out = OutputFile::create(path);
    if (!out.ok()) return out.status();
    if (Status status = out->write_at(0, file.data(), bytes); !status.ok()) return status;
    return out->commit();
  } catch (const std::bad_alloc&) {
    return {StatusCode::out_of_memory, "image: not enough memory to encode it"};
  }
}

Result<std::vector<std::uint8_t>> encode_stencil(int width, int height,
                                                 const std::vector<std::uint8_t>& marks) {
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(width);
  png.height = static_cast<png_uint_32>(height);
  png.format = PNG_FORMAT_RGBA_COLORMAP;
  png.colormap_entries = 2;
  static constexpr png_byte kColors[8] = {0, 0, 0, 0, 0, 0, 0, 255};
  try {
    std::vector<std::uint8_t> file(PNG_IMAGE_PNG_SIZE_MAX(png));
    png_alloc_size_t bytes = file.size();
    if (!png_image_write_to_memory(&png, file.data(), &bytes, 0, marks.data(), 0, kColors)) {
      return Status(StatusCode::io_error, std::string("image: libpng: ") + png.message);
    }
    file.resize(bytes);
    return file;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::out_of_memory, "image: not enough memory to encode it");
  }
}

}  // namespace heddle::io
