#pragma once
// Which tensors of a file a command works on, and why not the others.

#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "heddle/status.hpp"
#include "heddle/tensor.hpp"
#include "heddle/types.hpp"
#include "host/cli/options.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::cli {

/// --include and --exclude. A regular expression (ECMAScript) matches anywhere in the name.
class NameFilter {
 public:
  /// invalid_argument for a regular expression that is none.
  static Result<NameFilter> make(const Options& options);

  bool has_include() const { return !include_.empty(); }
  /// Why the name is left out; nullopt if it is not.
  std::optional<std::string> reason_to_skip(const std::string& name) const;
  /// invalid_argument if an --include matches none of the names: most likely a slip of the pen, and
  /// the command would silently do nothing.
  Status check_used(const std::vector<std::string>& names) const;

 private:
  struct Expression {
    std::string text;
    std::regex regex;
    bool matches(const std::string& name) const;
  };
  static Status compile(const char* option, const std::vector<std::string>& texts,
                        std::vector<Expression>& out);
  std::vector<Expression> include_, exclude_;
};

/// One dense tensor of the file: selected, or skipped with a reason.
struct Choice {
  const io::TensorInfo* tensor = nullptr;
  bool selected = false;
  DataType type = DataType::f32;  // if selected
  std::string reason;             // if not
};

/// The file as a command sees it. `choices` are in file order, the tensors of packed matrices
/// (`packed_part` gives their matrix) among them and never selected.
struct Selection {
  NameFilter filter;
  std::vector<Choice> choices;
  std::vector<io::PackedMatrix> matrices;           // every packed matrix of the file
  std::vector<bool> matrix_selected;                // by the name filter
  std::map<std::string, std::size_t> packed_parts;  // tensor name -> position in `matrices`
};

/// Tensors with fewer output or input features are only selected where --include names them ...
inline constexpr std::int64_t kSmallestSide = 32;
/// ... and so are those with more taps along a dimension: most likely no convolution but a stack of
/// matrices (the experts of a layer), of which dimension 1 need not be the input features.
inline constexpr std::int64_t kMostTaps = 31;

/// What a command can work on.
enum class Ranks {
  matrices,  ///< 2-D
  weights,   ///< 2-D to 5-D: convolutions too
};

/// Decides for every tensor of a file. A dense tensor is selected if it has such a rank, a
/// DataType and the sizes above or is named by --include, and is not left out by the filter.
Result<Selection> select(const io::SafetensorsReader& reader, const Options& options, Ranks ranks);

/// Can the library make a mask of it? Of a rank of 2 to 5 and a DataType.
bool is_weight(const io::TensorInfo& tensor);

/// The matrix that a 2-D tensor of a DataType is.
ConstMatrixView matrix_view(const io::SafetensorsReader& reader, const io::TensorInfo& tensor,
                            DataType type);

/// A tensor of rank 1 to 5 and of a DataType, in the file's memory or elsewhere.
ConstTensorView tensor_view(const void* data, const std::vector<std::int64_t>& shape,
                            DataType type);

}  // namespace heddle::cli
