#pragma once
// Which tensors of a file a command works on, and why not the others.

#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "heddle/status.hpp"
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

/// Tensors smaller than this either way are only selected where --include names them.
inline constexpr std::int64_t kSmallestSide = 32;

/// Decides for every tensor of a file. A dense tensor is selected if it is 2-D, of a DataType, at
/// least 32 x 32 or named by --include, and not left out by the filter.
Result<Selection> select(const io::SafetensorsReader& reader, const Options& options);

/// The matrix that a 2-D tensor of a DataType is.
ConstMatrixView matrix_view(const io::SafetensorsReader& reader, const io::TensorInfo& tensor,
                            DataType type);

}  // namespace heddle::cli
