#include "heddle/plugin.h"

#include <dlfcn.h>

#include <cstdint>
#include <vector>

#include "heddle/method.hpp"
#include "heddle/numeric.hpp"
#include "host/cli/plugin.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

struct Registration {
  Status status;  // the first failure
  int added = 0;
};

// The mask of one matrix by a plugin's function: dense f32 there, dense bytes back.
Status call(heddle_mask_function function, void* user, const ConstMatrixView& matrix,
            const MaskView& mask) {
  const auto place = [](std::int64_t row, std::int64_t col, std::int64_t ld, Order order) {
    return order == Order::row ? row * ld + col : col * ld + row;
  };
  const auto entries =
      static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.cols);
  std::vector<float> weight(entries);          // [rows, cols]
  std::vector<std::uint8_t> kept(entries, 0);  // [rows, cols]
  std::size_t at = 0;
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    for (std::int64_t col = 0; col < matrix.cols; ++col) {
      weight[at++] =
          load_as_float(matrix.data, place(row, col, matrix.ld, matrix.order), matrix.type);
    }
  }
  const int code = function(user, weight.data(), matrix.rows, matrix.cols, kept.data());
  if (code != 0) {
    return {StatusCode::invalid_argument, "the plugin's function returned " + std::to_string(code) +
                                              " for a matrix of " + std::to_string(matrix.rows) +
                                              " x " + std::to_string(matrix.cols)};
  }
  at = 0;
  for (std::int64_t row = 0; row < mask.rows; ++row) {
    for (std::int64_t col = 0; col < mask.cols; ++col) {
      mask.data[place(row, col, mask.ld, mask.order)] = kept[at++] != 0 ? 1 : 0;
    }
  }
  return {};
}

extern "C" int add_method(void* context, const char* name, int keep, int group, int transposable,
                          heddle_mask_function function, void* user) {
  auto& registration = *static_cast<Registration*>(context);
  Status status;
  if (name == nullptr || function == nullptr) {
    status = {StatusCode::invalid_argument, "added a method whose name or function is null"};
  } else {
    status = register_method(
        name, Pattern{keep, group},
        [function, user](const Exec&, const ConstMatrixView& matrix, Ranking,
                         const MaskView& mask) { return call(function, user, matrix, mask); },
        transposable != 0);
  }
  if (status.ok()) {
    ++registration.added;
    return 0;
  }
  if (registration.status.ok()) registration.status = status;
  return 1;
}

std::string dl_words() {
  const char* const words = ::dlerror();
  return io::printable(words != nullptr ? words : "no reason given");
}

}  // namespace

Status load_plugin(const std::string& path) {
  const auto failed = [&](StatusCode code, const std::string& words) -> Status {
    return {code, "--plugin " + io::quote_path(path) + ": " + words};
  };
  // A bare name is a file of this folder, as everywhere on the command line, not of the system's.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed
  if (library == nullptr) return failed(StatusCode::io_error, dl_words());
  void* const symbol = ::dlsym(library, "heddle_plugin");
  if (symbol == nullptr) {
    return failed(StatusCode::invalid_argument, "no plugin: " + dl_words());
  }
  Registration registration;
  const heddle_plugin_host host = {HEDDLE_PLUGIN_VERSION, &registration, add_method};
  const int code = reinterpret_cast<decltype(&heddle_plugin)>(symbol)(&host);
  if (!registration.status.ok()) {
    return failed(registration.status.code(), registration.status.message());
  }
  if (code != 0) {
    return failed(StatusCode::invalid_argument,
                  "heddle_plugin failed with code " + std::to_string(code));
  }
  if (registration.added == 0) return failed(StatusCode::invalid_argument, "adds no method");
  return {};
}

}  // namespace heddle::cli
