#pragma once
// heddle pack --mask: which entries of a weight to keep, from another file.

#include <optional>
#include <string>

#include "heddle/status.hpp"
#include "heddle/types.hpp"
#include "host/cli/selection.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::cli {

/// The masks of a file: of weight W the tensor W, W.mask, W_mask, or where W is PREFIX.weight
/// PREFIX.mask or PREFIX.weight_mask; U8, BOOL or I8, of the weight's shape, not zero where kept.
class MaskFile {
 public:
  /// `path` may be empty: no masks.
  static Result<MaskFile> open(const std::string& path);

  bool given() const { return reader_.has_value(); }
  /// The mask of a weight; nullopt if it has none.
  Result<std::optional<ConstMaskView>> find(const io::TensorInfo& weight) const;
  /// invalid_argument unless some selected tensor has a mask: a slip of the pen.
  Status check(const Selection& selection) const;

 private:
  std::optional<io::SafetensorsReader> reader_;
};

}  // namespace heddle::cli
