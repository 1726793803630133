#pragma once
// heddle prune --score: what ranks the entries of a weight in place of their magnitude.

#include <cstddef>
#include <optional>
#include <string>

#include "heddle/exec.hpp"
#include "heddle/mask.hpp"
#include "heddle/permute.hpp"
#include "heddle/status.hpp"
#include "heddle/tensor.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/reorder.hpp"
#include "host/cli/selection.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::cli {

/// What a weight's entries are ranked by.
enum class RankedBy { magnitude, score, activation_norm };
const char* to_string(RankedBy ranked) noexcept;

/// What best_mask looks at: the weight itself, or scores of its shape.
struct Ranked {
  ConstTensorView view;
  Ranking ranking = Ranking::magnitude;
  Bytes bytes;
};

/// A weight on its way to the output, its channels in their new order.
struct Weight {
  const io::TensorInfo* tensor = nullptr;
  DataType type = DataType::f32;
  const Permutation* rows = nullptr;  // that were applied to `bytes`; null: none
  const Permutation* cols = nullptr;
  Bytes bytes;

  ConstTensorView view() const { return tensor_view(bytes.data, tensor->shape, type); }
};

/// The file of --score, or none. Weight NAME with C input features finds there, at most one of
///   NAME          of the weight's shape: scores, the highest stay (Ranking::value)
///   NAME          of [C]               : norms of its input channels (Score::activation_norm)
///   NAME.norms    of [C]               : the same
///   MODULE.norms  of [C]               : the same, where NAME is MODULE.weight
/// and without any its magnitude. Types: those of weights.
class ScoreFile {
 public:
  /// Without a path, every weight is ranked by its magnitude.
  static Result<ScoreFile> open(const std::string& path);

  bool given() const { return reader_.has_value(); }
  /// What the file has for a weight. invalid_argument where an entry does not fit or there are two.
  Result<RankedBy> find(const io::TensorInfo& weight) const;
  /// invalid_argument if an entry does not fit a selected weight, or none has one: most likely the
  /// wrong file, and the command would silently rank by magnitude.
  Status check(const Selection& selection) const;
  Result<Ranked> rank(const Exec& exec, const Weight& weight) const;
  /// Adds to what the command says how many weights were ranked by what.
  void describe(const std::string& path, const Selection& selection, Outcome& outcome) const;

 private:
  struct Entry {
    RankedBy ranked = RankedBy::magnitude;
    const io::TensorInfo* tensor = nullptr;
  };
  Result<Entry> entry(const io::TensorInfo& weight) const;
  std::optional<io::SafetensorsReader> reader_;
};

}  // namespace heddle::cli
