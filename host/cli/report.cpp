#include "host/cli/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "host/io/dtype.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {

std::string table(const std::vector<std::vector<std::string>>& rows,
                  const std::vector<bool>& right) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - row[i].size(), ' ');
      const bool to_right = i < right.size() && right[i];
      line += "  " + (to_right ? gap + row[i] : row[i] + gap);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string shape_words(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const std::int64_t dim : shape) {
    text += (text.empty() ? "" : " x ") + std::to_string(dim);
  }
  return text;
}

std::string percent(double part, double whole) {
  const double share = part / whole;
  if (!std::isfinite(share)) return "-";
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f %%", 100.0 * share);
  return text;
}

Json ratio(double part, double whole) {
  const double share = part / whole;
  return std::isfinite(share) ? Json(share) : Json(nullptr);
}

std::string count_words(std::size_t count, const std::string& what) {
  const bool y = !what.empty() && what.back() == 'x';
  return std::to_string(count) + " " +
         (count == 1 ? what
          : y        ? what.substr(0, what.size() - 1) + "ces"
                     : what + "s");
}

Json tensor_json(const io::TensorInfo& tensor) {
  return {{"name", tensor.name}, {"dtype", tensor.dtype}, {"shape", tensor.shape}};
}

std::vector<std::int64_t> dense_shape(const io::PackedMatrix& matrix) {
  return {matrix.desc.rows, matrix.desc.cols};
}

Json packed_json(const io::PackedMatrix& matrix) {
  return {{"name", matrix.name},
          {"dtype", io::dtype_of(matrix.desc.type)},
          {"shape", dense_shape(matrix)},
          {"packed", to_string(matrix.desc.pattern)}};
}

void report_skipped(const Selection& selection, bool packed_parts, Outcome& outcome) {
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const Choice& choice : selection.choices) {
    if (choice.selected) continue;
    if (!packed_parts && selection.packed_parts.count(choice.tensor->name) > 0) continue;
    Json entry = tensor_json(*choice.tensor);
    entry["reason"] = choice.reason;
    list.push_back(std::move(entry));
    rows.push_back({io::printable(choice.tensor->name), choice.reason});
  }
  if (!rows.empty()) {
    outcome.text += "skipped " + count_words(rows.size(), "tensor") + ":\n" + table(rows);
  }
  outcome.json["skipped"] = std::move(list);
}

Status in_tensor(const std::string& name, const Status& status) {
  if (status.ok()) return status;
  return {status.code(), "tensor " + io::quote(name) + ": " + status.message()};
}

std::string place_words(const CheckReport& report, Pattern pattern,
                        const std::vector<std::int64_t>& shape, bool down) {
  const std::int64_t lines = down ? shape[1] : shape[0], length = down ? shape[0] : shape[1];
  const std::int64_t first = report.group * pattern.group;
  const std::int64_t last = std::min(first + pattern.group, length) - 1;
  const bool taps = shape.size() > 2;
  const std::string line = taps ? (down ? "input " : "output ") : (down ? "column " : "row ");
  const std::string along = taps ? (down ? "outputs " : "inputs ") : (down ? "rows " : "columns ");
  return (taps ? "tap " + std::to_string(report.row / lines) + ", " : "") + line +
         std::to_string(report.row % lines) + ", group " + std::to_string(report.group) + " (" +
         along + std::to_string(first) + " to " + std::to_string(last) + ")";
}

}  // namespace heddle::cli
