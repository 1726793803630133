#include "dataset.hpp"

#include <fstream>
#include <string_view>

namespace digits {
namespace {

using heddle::Result;
using heddle::Status;
using heddle::StatusCode;

constexpr std::string_view kPixelCodes = "0123456789abcdefg";  // 0..16
constexpr std::size_t kLineLength = 2 + kPixels;               // "7 " and the pixels

bool is_image(const std::string& line) {
  return line.size() == kLineLength && line[0] >= '0' && line[0] <= '9' && line[1] == ' ' &&
         line.find_first_not_of(kPixelCodes, 2) == std::string::npos;
}

Dataset make_dataset(const std::string* lines, int count) {
  Dataset set{count, std::vector<float>(std::size_t{kPixels} * count), std::vector<int>(count)};
  for (int image = 0; image < count; ++image) {
    set.labels[image] = lines[image][0] - '0';
    for (int pixel = 0; pixel < kPixels; ++pixel) {
      const auto value = kPixelCodes.find(lines[image][2 + pixel]);
      set.pixels[std::size_t(pixel) * count + image] = static_cast<float>(value) / 16;
    }
  }
  return set;
}

}  // namespace

Result<Split> load_digits(const std::string& path, int test_count) {
  std::ifstream file(path);
  if (!file) return Status(StatusCode::io_error, "cannot open '" + path + "'");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!is_image(line)) {
      return Status(StatusCode::corrupt, path + ":" + std::to_string(lines.size() + 1) +
                                             ": must be a class, a blank and 64 pixels");
    }
    lines.push_back(line);
  }
  const int count = static_cast<int>(lines.size());
  if (test_count < 1 || test_count >= count) {
    return Status(StatusCode::invalid_argument, "test_count = " + std::to_string(test_count) +
                                                    ": must be positive and below the " +
                                                    std::to_string(count) + " images of '" + path +
                                                    "'");
  }
  const int train_count = count - test_count;
  return Split{make_dataset(lines.data(), train_count),
               make_dataset(lines.data() + train_count, test_count)};
}

}  // namespace digits
