// heddle pack: writes the file again with every selected matrix packed.

#include <algorithm>
#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/import.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/cli/shards.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// A matrix is packed in strips of rows, so that its size does not matter.
constexpr std::size_t kStripBytes = std::size_t{64} << 20;

// What is collected over the matrices.
struct Packed {
  Json tensors = Json::array();
  std::vector<std::vector<std::string>> rows;
};

io::PackedMatrix packed_matrix(const Choice& choice, Pattern pattern) {
  const io::TensorInfo& tensor = *choice.tensor;
  return {tensor.name,
          {tensor.shape[0], tensor.shape[1], pattern, choice.type, PackedOrder::canonical}};
}

// Declares what becomes of one tensor of the input.
Status plan_choice(const Options& options, const Choice& choice, FilePlan& plan) {
  if (!choice.selected) {
    plan.tensors.push_back(*choice.tensor);
    return {};
  }
  const io::PackedMatrix matrix = packed_matrix(choice, options.pattern);
  auto parts = io::packed_tensors(matrix);
  if (!parts.ok()) return in_tensor(matrix.name, parts.status());
  for (io::TensorInfo& part : *parts) plan.tensors.push_back(std::move(part));
  io::describe_packed(matrix, plan.metadata);
  return {};
}

// Refuses a matrix that packing would change.
Status require_compliant(const Options& options, const ConstMatrixView& matrix) {
  const Result<CheckReport> report = check(options.exec(), matrix, options.pattern);
  if (!report.ok()) return report.status();
  if (report->compliant()) return {};
  return {StatusCode::not_compliant,
          place_words(*report, options.pattern, {matrix.rows, matrix.cols}) + " has more than " +
              std::to_string(options.pattern.keep) + " nonzeros (" +
              count_words(static_cast<std::size_t>(report->violations), "group") +
              " of the matrix " + (report->violations == 1 ? "violates " : "violate ") +
              to_string(options.pattern) + "); --prune drops the smallest first"};
}

// Packs one matrix and writes it; gives the bytes it now takes.
Result<std::size_t> pack_matrix(const Options& options, const ConstMatrixView& matrix,
                                const io::PackedMatrix& packed, io::SafetensorsWriter& writer) {
  if (!options.prune) {
    if (Status s = require_compliant(options, matrix); !s.ok()) return s;
  }
  const Result<CanonicalLayout> whole = canonical_layout(packed.desc);
  if (!whole.ok()) return whole.status();
  const std::size_t row = static_cast<std::size_t>(matrix.cols) * size_of(matrix.type);
  const auto strip = static_cast<std::int64_t>(kStripBytes / std::max<std::size_t>(row, 1)) + 1;
  Buffer blob;
  std::size_t values_at = 0, metadata_at = 0;
  for (std::int64_t begin = 0; begin < matrix.rows; begin += strip) {
    PackedView out{packed.desc, nullptr, 0};
    out.desc.rows = std::min(strip, matrix.rows - begin);
    const Result<CanonicalLayout> parts = canonical_layout(out.desc);
    if (!parts.ok()) return parts.status();
    out.bytes = packed_size(out.desc).value();
    if (!blob) blob = make_buffer(out.bytes);  // the first strip is the largest
    out.data = blob.get();
    const ConstMatrixView rows = {
        static_cast<const std::byte*>(matrix.data) + static_cast<std::size_t>(begin) * row,
        out.desc.rows,
        matrix.cols,
        matrix.ld,
        matrix.type,
        matrix.order};
    if (Status s = pack(options.exec(), rows, out); !s.ok()) return s;
    Status s =
        writer.write_part(0, values_at, blob.get() + parts->values_offset, parts->values_bytes);
    if (s.ok()) {
      s = writer.write_part(1, metadata_at, blob.get() + parts->metadata_offset,
                            parts->metadata_bytes);
    }
    if (!s.ok()) return s;
    values_at += parts->values_bytes;
    metadata_at += parts->metadata_bytes;
  }
  if (Status s = writer.parts_done(2); !s.ok()) return s;
  return whole->values_bytes + whole->metadata_bytes;
}

// Writes what plan_choice declared.
Status write_choice(const Options& options, const io::SafetensorsReader& reader,
                    const Choice& choice, io::SafetensorsWriter& writer, Packed& packed) {
  const io::TensorInfo& tensor = *choice.tensor;
  if (!choice.selected) return writer.write(reader.data(tensor), tensor.bytes);
  const io::PackedMatrix matrix = packed_matrix(choice, options.pattern);
  const Result<std::size_t> bytes =
      pack_matrix(options, matrix_view(reader, tensor, choice.type), matrix, writer);
  if (!bytes.ok()) return in_tensor(tensor.name, bytes.status());
  Json entry = tensor_json(tensor);
  entry["bytes_dense"] = tensor.bytes;
  entry["bytes_packed"] = *bytes;
  packed.tensors.push_back(std::move(entry));
  packed.rows.push_back({io::printable(tensor.name), shape_words(tensor.shape), tensor.dtype,
                         std::to_string(tensor.bytes), "->", std::to_string(*bytes) + " bytes"});
  return {};
}

Result<ShardedOutput> open_output(const Options& options, const io::SafetensorsReader& reader,
                                  const Selection& selection) {
  std::vector<FilePlan> plans = start_plans(reader);
  for (const Choice& choice : selection.choices) {
    const Status s = plan_choice(options, choice, plans[reader.file_of(*choice.tensor)]);
    if (!s.ok()) return s;
  }
  Recipe recipe("pack", options);
  recipe.add(options.prune ? "prune" : "");
  return ShardedOutput::make(options, reader, std::move(plans), recipe);
}

// Every file of this worker that is not complete already.
Status write_files(const Options& options, const io::SafetensorsReader& reader,
                   const Selection& selection, ShardedOutput& output, Packed& packed) {
  Progress progress(restrict_to(selection, reader, output.work()).choices.size());
  for (const std::size_t file : output.work()) {
    const Result<bool> begun = output.begin(file);
    if (!begun.ok()) return begun.status();
    if (!*begun) continue;
    for (const Choice& choice : restrict_to(selection, reader, {file}).choices) {
      progress.step(choice.tensor->name);
      const Status s = write_choice(options, reader, choice, output.writer(), packed);
      if (!s.ok()) return s;
      output.done_with(*choice.tensor);
    }
    if (Status s = output.end(); !s.ok()) return s;
  }
  return output.finish();
}

}  // namespace

Result<Outcome> run_pack(const Options& options) {
  const Result<bool> import = needs_import(options);
  if (!import.ok()) return import.status();
  if (*import) return run_import(options);
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options, Ranks::matrices);
  if (!selection.ok()) return selection.status();
  Result<ShardedOutput> output = open_output(options, *reader, *selection);
  if (!output.ok()) return output.status();
  Packed packed;
  if (Status s = write_files(options, *reader, *selection, *output, packed); !s.ok()) return s;

  Outcome outcome;
  outcome.json = {{"command", "pack"},
                  {"input", options.input},
                  {"output", options.output},
                  {"pattern", to_string(options.pattern)},
                  {"tensors", std::move(packed.tensors)}};
  outcome.text = "packed " + count_words(packed.rows.size(), "tensor") + " as " +
                 to_string(options.pattern) + ":\n" +
                 table(packed.rows, {false, true, false, true, false, true});
  report_skipped(restrict_to(*selection, *reader, output->written()), true, outcome);
  output->describe(outcome);
  return outcome;
}

}  // namespace heddle::cli
