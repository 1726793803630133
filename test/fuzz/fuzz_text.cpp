// Arbitrary text as the name of a pattern, a method or a type, as a configuration, a tuning, the
// words of a Sparsifier's state and the name of a device. What is accepted is written back as
// something that is accepted and means the same.

#include <map>
#include <string>
#include <vector>

#include "heddle/heddle.hpp"
#include "test/fuzz/input.hpp"

namespace {

using namespace heddle;
using fuzz::require;

void names(const std::string& text) {
  if (const auto pattern = find_pattern(text); pattern.ok()) {
    require(pattern->valid(), "a pattern that is found is one");
    const auto again = find_pattern(to_string(*pattern));
    require(again.ok() && *again == *pattern, "a pattern's own name finds it");
  }
  if (const auto method = find_method(text); method.ok())
    require(method->pattern.valid(), "a method's pattern is one");
  if (const auto type = parse_data_type(text); type.ok())
    require(to_string(*type) == text, "a type has one name");
  static_cast<void>(find_device(text).ok());
}

void configurations(const std::string& text) {
  if (const auto config = parse_matmul_config(text); config.ok()) {
    const auto again = parse_matmul_config(to_string(*config));
    require(again.ok() && *again == *config, "a configuration reads back");
  }
  if (const auto tuning = parse_matmul_tuning(text); tuning.ok()) {
    const std::string written = to_string(*tuning);
    const auto again = parse_matmul_tuning(written);
    require(again.ok() && to_string(*again) == written, "a tuning reads back");
  }
}

// Lines of key and value over the state of a Sparsifier with one parameter.
void state_words(const std::string& text) {
  float weight[64] = {}, dropped[64] = {};
  std::uint8_t mask[64] = {};
  SparseParameter p;
  p.name = "w";
  p.weight = as_tensor(row_major(static_cast<void*>(weight), 8, 8, DataType::f32));
  p.mask = as_tensor(row_major_mask(mask, 8, 8));
  p.dropped = as_tensor(row_major(static_cast<void*>(dropped), 8, 8, DataType::f32));
  Sparsifier sparsifier(SparsifierOptions::any_size());
  require(sparsifier.add(p).ok(), "a parameter is added");
  std::map<std::string, std::string> words = sparsifier.state_words();
  words["sparsifier.statistics.w"] = "40 20 3f 1p+3 1p+2";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t middle = line.find('=');
    if (middle != std::string::npos) words[line.substr(0, middle)] = line.substr(middle + 1);
    at = end + 1;
  }
  if (!sparsifier.resume(words).ok()) {
    require(!sparsifier.has_masks() && !sparsifier.frozen(), "what fails has changed nothing");
    return;
  }
  const auto written = sparsifier.state_words();
  Sparsifier other(SparsifierOptions::any_size());
  require(other.add(p).ok() && other.resume(written).ok(), "what was written can be read");
  require(other.state_words() == written, "and is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  names(text);
  configurations(text);
  state_words(text);
  return 0;
}
