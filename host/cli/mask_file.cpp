#include "host/cli/mask_file.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// The names that the mask of a weight may have.
std::vector<std::string> mask_names(const std::string& weight) {
  static constexpr std::string_view kSuffix = ".weight";
  std::vector<std::string> names = {weight, weight + ".mask", weight + "_mask"};
  if (weight.size() > kSuffix.size() &&
      weight.compare(weight.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0) {
    names.push_back(weight.substr(0, weight.size() - kSuffix.size()) + ".mask");
  }
  return names;
}

Status wrong(const std::string& what) { return {StatusCode::invalid_argument, "--mask: " + what}; }

}  // namespace

Result<MaskFile> MaskFile::open(const std::string& path) {
  MaskFile file;
  if (path.empty()) return file;
  Result<io::SafetensorsReader> reader = io::SafetensorsReader::open_checkpoint(path);
  if (!reader.ok()) {
    return Status(reader.status().code(), "--mask: " + reader.status().message());
  }
  file.reader_ = std::move(*reader);
  return file;
}

Result<std::optional<ConstMaskView>> MaskFile::find(const io::TensorInfo& weight) const {
  std::optional<ConstMaskView> found;
  std::string found_name;
  if (!reader_) return found;
  for (const std::string& name : mask_names(weight.name)) {
    const io::TensorInfo* const tensor = reader_->find(name);
    if (tensor == nullptr) continue;
    if (found) {
      return wrong("tensor " + io::quote(weight.name) + " has two masks, " + io::quote(found_name) +
                   " and " + io::quote(name));
    }
    if (tensor->dtype != "U8" && tensor->dtype != "BOOL" && tensor->dtype != "I8") {
      return wrong("tensor " + io::quote(name) + " is of type " + tensor->dtype +
                   ": must be U8, BOOL or I8");
    }
    if (tensor->shape != weight.shape) {
      return wrong("tensor " + io::quote(name) + " is " + io::shape_text(tensor->shape) +
                   ": must be " + io::shape_text(weight.shape) + ", as weight " +
                   io::quote(weight.name));
    }
    const auto* const bytes = static_cast<const std::uint8_t*>(reader_->data(*tensor));
    found = row_major_mask(bytes, weight.shape[0], weight.shape[1]);
    found_name = name;
  }
  return found;
}

Status MaskFile::check(const Selection& selection) const {
  if (!reader_) return {};
  bool selected = false;
  for (const Choice& choice : selection.choices) {
    if (!choice.selected) continue;
    selected = true;
    const Result<std::optional<ConstMaskView>> mask = find(*choice.tensor);
    if (!mask.ok()) return mask.status();
    if (*mask) return {};
  }
  if (!selected) return {};
  return wrong("the file has no mask for any selected weight");
}

}  // namespace heddle::cli
