#pragma once
// The pieces from which commands build what they say.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "heddle/mask.hpp"
#include "heddle/status.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/selection.hpp"

namespace heddle::cli {

/// Rows of cells as aligned lines, indented by two; `right` says which columns align right.
std::string table(const std::vector<std::vector<std::string>>& rows,
                  const std::vector<bool>& right = {});

/// "384 x 1536"; "scalar" for a shape without dimensions.
std::string shape_words(const std::vector<std::int64_t>& shape);

/// part / whole as "74.5 %"; "-" if whole is 0 or either is not finite.
std::string percent(double part, double whole);
/// part / whole, null where `percent` gives "-".
Json ratio(double part, double whole);

/// "1 tensor", "3 tensors".
std::string count_words(std::size_t count, const std::string& what);

/// The tensor's name, dtype and shape.
Json tensor_json(const io::TensorInfo& tensor);
Json packed_json(const io::PackedMatrix& matrix);

/// The dense shape of a packed matrix.
std::vector<std::int64_t> dense_shape(const io::PackedMatrix& matrix);

/// Lists what the command left alone, with the reasons, as text and under "skipped". Parts of
/// packed matrices are left out if `packed_parts` is false.
void report_skipped(const Selection& selection, bool packed_parts, Outcome& outcome);

/// The same failure, naming the tensor it happened in.
Status in_tensor(const std::string& name, const Status& status);

/// "row 3, group 5 (columns 20 to 23)"; of a convolution "tap 2, output 3, group 5 (inputs 20 to
/// 23)". `down`: of the groups along columns, "column 3, group 5 (rows 20 to 23)".
std::string place_words(const CheckReport& report, Pattern pattern,
                        const std::vector<std::int64_t>& shape, bool down = false);

/// Uninitialised memory for one tensor; throws std::bad_alloc, which `main` reports.
using Buffer = std::unique_ptr<std::byte[]>;
inline Buffer make_buffer(std::size_t bytes) {
  return std::make_unique_for_overwrite<std::byte[]>(bytes > 0 ? bytes : 1);
}

}  // namespace heddle::cli
