// heddle unpack: writes the file again with every selected packed matrix dense, as it was.

#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/packed_matrix.hpp"
#include "host/cli/partial_file.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/io/dtype.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// What becomes of one tensor of the input.
struct Step {
  const io::TensorInfo* copy = nullptr;      // written as it is
  const io::PackedMatrix* unpack = nullptr;  // or: this matrix takes its place
};

// The output's tensors in the order in which they will be written, and its metadata.
struct Plan {
  std::vector<Step> steps;
  std::vector<io::TensorInfo> tensors;
  io::Metadata metadata;
};

Plan make_plan(const Selection& selection, const io::SafetensorsReader& reader) {
  Plan plan{{}, {}, reader.metadata()};
  std::vector<io::PackedMatrix> unpacked;
  for (const Choice& choice : selection.choices) {
    const auto part = selection.packed_parts.find(choice.tensor->name);
    if (part == selection.packed_parts.end() || !selection.matrix_selected[part->second]) {
      plan.steps.push_back({choice.tensor, nullptr});
      plan.tensors.push_back(*choice.tensor);
      continue;
    }
    const io::PackedMatrix& matrix = selection.matrices[part->second];
    if (choice.tensor->name != io::values_name(matrix.name)) continue;
    plan.steps.push_back({nullptr, &matrix});
    plan.tensors.push_back({matrix.name, io::dtype_of(matrix.desc.type), dense_shape(matrix), 0});
    unpacked.push_back(matrix);
  }
  io::forget_packed(unpacked, plan.metadata);
  return plan;
}

}  // namespace

Result<Outcome> run_unpack(const Options& options) {
  const Result<io::SafetensorsReader> reader = io::SafetensorsReader::open(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options, Ranks::matrices);
  if (!selection.ok()) return selection.status();
  const Plan plan = make_plan(*selection, *reader);
  Result<io::SafetensorsWriter> writer =
      io::SafetensorsWriter::create(options.output, plan.tensors, plan.metadata);
  if (!writer.ok()) return writer.status();
  const PartialFile partial(writer->temporary_path());

  Json tensors = Json::array();
  std::vector<std::vector<std::string>> rows;
  {
    Progress progress(plan.steps.size());
    for (const Step& step : plan.steps) {
      progress.step(step.copy != nullptr ? step.copy->name : step.unpack->name);
      if (step.copy != nullptr) {
        const Status status = writer->write(reader->data(*step.copy), step.copy->bytes);
        if (!status.ok()) return status;
        continue;
      }
      const io::PackedMatrix& matrix = *step.unpack;
      const Result<DenseMatrix> dense = unpack_matrix(options.exec(), *reader, matrix);
      if (!dense.ok()) return dense.status();
      if (Status status = writer->write(dense->memory.get(), dense->bytes); !status.ok()) {
        return status;
      }
      tensors.push_back(packed_json(matrix));
      rows.push_back({io::printable(matrix.name), shape_words(dense_shape(matrix)),
                      io::dtype_of(matrix.desc.type), to_string(matrix.desc.pattern)});
    }
    if (Status status = writer->finish(); !status.ok()) return status;
  }

  Json kept = Json::array();
  std::vector<std::vector<std::string>> kept_rows;
  for (std::size_t i = 0; i < selection->matrices.size(); ++i) {
    if (selection->matrix_selected[i]) continue;
    kept.push_back(packed_json(selection->matrices[i]));
    kept_rows.push_back({io::printable(selection->matrices[i].name)});
  }
  Outcome outcome;
  outcome.text = "unpacked " + count_words(rows.size(), "matrix") + ":\n" +
                 table(rows, {false, true, false, true});
  if (!kept_rows.empty()) {
    outcome.text += "left packed, by --include or --exclude:\n" + table(kept_rows);
  }
  outcome.json = {{"command", "unpack"},
                  {"input", options.input},
                  {"output", options.output},
                  {"tensors", std::move(tensors)},
                  {"left_packed", std::move(kept)}};
  return outcome;
}

}  // namespace heddle::cli
