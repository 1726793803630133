// heddle unpack: writes the file again with every selected packed matrix dense, as it was.

#include <algorithm>
#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/export.hpp"
#include "host/cli/packed_matrix.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/cli/shards.hpp"
#include "host/io/dtype.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// What becomes of one tensor of the input; nothing if both are null.
struct Step {
  const io::TensorInfo* copy = nullptr;      // written as it is
  const io::PackedMatrix* unpack = nullptr;  // or: this matrix takes its place
};

// What is collected over the matrices.
struct Unpacked {
  Json tensors = Json::array();
  std::vector<std::vector<std::string>> rows;
};

// The matrix that takes the place of this tensor or of the one before; null if it stays.
const io::PackedMatrix* matrix_of(const Selection& selection, const io::TensorInfo& tensor) {
  const auto part = selection.packed_parts.find(tensor.name);
  if (part == selection.packed_parts.end() || !selection.matrix_selected[part->second]) {
    return nullptr;
  }
  return &selection.matrices[part->second];
}

// A matrix is written where its values are.
Step step_of(const Selection& selection, const io::TensorInfo& tensor) {
  const io::PackedMatrix* const matrix = matrix_of(selection, tensor);
  if (matrix == nullptr) return {&tensor, nullptr};
  const bool values = tensor.name == io::values_name(matrix->name);
  return {nullptr, values ? matrix : nullptr};
}

std::vector<FilePlan> make_plans(const Selection& selection, const io::SafetensorsReader& reader) {
  std::vector<FilePlan> plans = start_plans(reader);
  std::vector<io::PackedMatrix> unpacked;
  for (const io::TensorInfo& tensor : reader.tensors()) {
    FilePlan& plan = plans[reader.file_of(tensor)];
    const Step step = step_of(selection, tensor);
    if (step.copy != nullptr) plan.tensors.push_back(tensor);
    if (step.unpack == nullptr) continue;
    const io::PackedMatrix& matrix = *step.unpack;
    plan.tensors.push_back({matrix.name, io::dtype_of(matrix.desc.type), dense_shape(matrix), 0});
    unpacked.push_back(matrix);
  }
  for (FilePlan& plan : plans) io::forget_packed(unpacked, plan.metadata);
  return plans;
}

Status write_step(const Options& options, const io::SafetensorsReader& reader, const Step& step,
                  io::SafetensorsWriter& writer, Unpacked& unpacked) {
  if (step.copy != nullptr) return writer.write(reader.data(*step.copy), step.copy->bytes);
  if (step.unpack == nullptr) return {};  // positions, which the values brought with them
  const io::PackedMatrix& matrix = *step.unpack;
  const Result<DenseMatrix> dense = unpack_matrix(options.exec(), reader, matrix);
  if (!dense.ok()) return dense.status();
  if (Status s = writer.write(dense->memory.get(), dense->bytes); !s.ok()) return s;
  unpacked.tensors.push_back(packed_json(matrix));
  unpacked.rows.push_back({io::printable(matrix.name), shape_words(dense_shape(matrix)),
                           io::dtype_of(matrix.desc.type), to_string(matrix.desc.pattern)});
  return {};
}

Status write_files(const Options& options, const io::SafetensorsReader& reader,
                   const Selection& selection, ShardedOutput& output, Unpacked& unpacked) {
  Progress progress(restrict_to(selection, reader, output.work()).choices.size());
  for (const std::size_t file : output.work()) {
    const Result<bool> begun = output.begin(file);
    if (!begun.ok()) return begun.status();
    if (!*begun) continue;
    const io::ShardFile& shard = reader.files()[file];
    for (std::size_t i = shard.first; i < shard.first + shard.count; ++i) {
      const io::TensorInfo& tensor = reader.tensors()[i];
      progress.step(tensor.name);
      const Step step = step_of(selection, tensor);
      if (Status s = write_step(options, reader, step, output.writer(), unpacked); !s.ok()) {
        return s;
      }
      output.done_with(tensor);
    }
    if (Status s = output.end(); !s.ok()) return s;
  }
  return output.finish();
}

// The matrices of these files that the options leave packed.
void report_left(const Selection& selection, const Selection& files, Outcome& outcome) {
  Json kept = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < selection.matrices.size(); ++i) {
    const io::PackedMatrix& matrix = selection.matrices[i];
    const bool here = std::any_of(
        files.choices.begin(), files.choices.end(),
        [&](const Choice& choice) { return choice.tensor->name == io::values_name(matrix.name); });
    if (selection.matrix_selected[i] || !here) continue;
    kept.push_back(packed_json(matrix));
    rows.push_back({io::printable(matrix.name)});
  }
  if (!rows.empty()) {
    outcome.text += "left packed, by --include or --exclude:\n" + table(rows);
  }
  outcome.json["left_packed"] = std::move(kept);
}

}  // namespace

Result<Outcome> run_unpack(const Options& options) {
  if (options.to != "dense") return run_export(options);
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options, Ranks::matrices);
  if (!selection.ok()) return selection.status();
  Result<ShardedOutput> output = ShardedOutput::make(
      options, *reader, make_plans(*selection, *reader), Recipe("unpack", options));
  if (!output.ok()) return output.status();
  Unpacked unpacked;
  if (Status s = write_files(options, *reader, *selection, *output, unpacked); !s.ok()) return s;

  Outcome outcome;
  outcome.text = "unpacked " + count_words(unpacked.rows.size(), "matrix") + ":\n" +
                 table(unpacked.rows, {false, true, false, true});
  outcome.json = {{"command", "unpack"},
                  {"input", options.input},
                  {"output", options.output},
                  {"tensors", std::move(unpacked.tensors)}};
  report_left(*selection, restrict_to(*selection, *reader, output->written()), outcome);
  output->describe(outcome);
  return outcome;
}

}  // namespace heddle::cli
