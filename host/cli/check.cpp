// heddle check: does every selected matrix follow the pattern, and is every packed one intact?

#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/packed_matrix.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/cli/shards.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// What is collected over the matrices.
struct Findings {
  Json tensors = Json::array();
  std::vector<std::vector<std::string>> rows;
  std::size_t violating = 0;
};

// Both directions; without --transposable the columns' part stays empty.
Result<TileCheckReport> check_weight(const Options& options, const ConstTensorView& weight,
                                     Pattern pattern) {
  if (options.transposable) return check_tiles(options.exec(), weight, pattern);
  const Result<CheckReport> rows = check(options.exec(), weight, pattern);
  if (!rows.ok()) return rows.status();
  return TileCheckReport{*rows, {}};
}

void record(const Options& options, Json entry, const std::vector<std::int64_t>& shape,
            Pattern pattern, const TileCheckReport& report, Findings& findings) {
  const std::string name = entry["name"];
  std::string verdict = to_string(pattern) + (report.compliant() ? " holds" : " violated by ");
  if (!report.compliant()) {
    ++findings.violating;
    const bool down = report.rows.compliant();
    const std::int64_t groups = report.rows.violations + report.cols.violations;
    verdict += count_words(static_cast<std::size_t>(groups), "group") + ", first in " +
               place_words(down ? report.cols : report.rows, pattern, shape, down);
  }
  findings.rows.push_back({io::printable(name), shape_words(shape), entry["dtype"], verdict});
  entry["pattern"] = to_string(pattern);
  entry["compliant"] = report.compliant();
  entry["violations"] = report.rows.violations;
  if (!report.rows.compliant()) {
    entry["row"] = report.rows.row;
    entry["group"] = report.rows.group;
  }
  if (options.transposable) {
    entry["column_violations"] = report.cols.violations;
    if (!report.cols.compliant()) {
      entry["column"] = report.cols.row;
      entry["column_group"] = report.cols.group;
    }
  }
  findings.tensors.push_back(std::move(entry));
}

// A packed matrix follows its own pattern along rows by construction once it is verified. The rest
// is checked on the dense matrix.
Result<TileCheckReport> check_packed_matrix(const Options& options,
                                            const io::SafetensorsReader& reader,
                                            const io::PackedMatrix& matrix, Pattern pattern) {
  const Result<DenseMatrix> dense = unpack_matrix(options.exec(), reader, matrix);
  if (!dense.ok()) return dense.status();
  return check_weight(options, as_tensor(dense->view), pattern);
}

}  // namespace

Result<Outcome> run_check(const Options& options) {
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  const Result<std::vector<std::size_t>> work = shard_work(options.shard, *reader);
  if (!work.ok()) return work.status();
  const Result<Selection> all = select(*reader, options, Ranks::weights);
  if (!all.ok()) return all.status();
  const Selection selection = restrict_to(*all, *reader, *work);

  Findings findings;
  Progress progress(selection.choices.size());
  for (const Choice& choice : selection.choices) {
    const io::TensorInfo& tensor = *choice.tensor;
    progress.step(tensor.name);
    const Released released(*reader, tensor);
    const auto part = selection.packed_parts.find(tensor.name);
    if (part != selection.packed_parts.end()) {
      const io::PackedMatrix& matrix = selection.matrices[part->second];
      if (!selection.matrix_selected[part->second]) continue;
      if (tensor.name != io::values_name(matrix.name)) continue;
      const Pattern pattern = options.pattern_given ? options.pattern : matrix.desc.pattern;
      const auto report = check_packed_matrix(options, *reader, matrix, pattern);
      if (!report.ok()) return report.status();
      record(options, packed_json(matrix), dense_shape(matrix), pattern, *report, findings);
    } else if (choice.selected) {
      const Result<TileCheckReport> report = check_weight(
          options, tensor_view(reader->data(tensor), tensor.shape, choice.type), options.pattern);
      if (!report.ok()) return in_tensor(tensor.name, report.status());
      record(options, tensor_json(tensor), tensor.shape, options.pattern, *report, findings);
    }
  }

  Outcome outcome;
  outcome.exit_code = findings.violating > 0 ? 1 : 0;
  outcome.text =
      "checked " + count_words(findings.rows.size(), "tensor") + ", " +
      (findings.violating > 0 ? std::to_string(findings.violating) + " with violations:\n"
                              : "no violations:\n") +
      table(findings.rows, {false, true});
  outcome.json = {{"command", "check"},
                  {"input", options.input},
                  {"transposable", options.transposable},
                  {"compliant", findings.violating == 0},
                  {"tensors", std::move(findings.tensors)}};
  report_skipped(selection, false, outcome);
  return outcome;
}

}  // namespace heddle::cli
