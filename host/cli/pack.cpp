// heddle pack: writes the file again with every selected matrix packed.

#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/partial_file.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

io::PackedMatrix packed_matrix(const Choice& choice, Pattern pattern) {
  const io::TensorInfo& tensor = *choice.tensor;
  return {tensor.name,
          {tensor.shape[0], tensor.shape[1], pattern, choice.type, PackedOrder::canonical}};
}

// The output's tensors, in the order in which they will be written, and its metadata.
struct Plan {
  std::vector<io::TensorInfo> tensors;
  io::Metadata metadata;
};

Result<Plan> make_plan(const Options& options, const Selection& selection,
                       const io::SafetensorsReader& reader) {
  Plan plan{{}, reader.metadata()};
  for (const Choice& choice : selection.choices) {
    if (!choice.selected) {
      plan.tensors.push_back(*choice.tensor);
      continue;
    }
    const io::PackedMatrix matrix = packed_matrix(choice, options.pattern);
    auto parts = io::packed_tensors(matrix);
    if (!parts.ok()) return in_tensor(matrix.name, parts.status());
    for (io::TensorInfo& part : *parts) plan.tensors.push_back(std::move(part));
    io::describe_packed(matrix, plan.metadata);
  }
  return plan;
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
  const Result<std::size_t> bytes = packed_size(packed.desc);
  if (!bytes.ok()) return bytes.status();
  const Buffer blob = make_buffer(*bytes);
  const PackedView out{packed.desc, blob.get(), *bytes};
  if (Status s = pack(options.exec(), matrix, out); !s.ok()) return s;
  if (Status s = io::write_packed(writer, out); !s.ok()) return s;
  const Result<CanonicalLayout> layout = canonical_layout(packed.desc);
  if (!layout.ok()) return layout.status();
  return layout->values_bytes + layout->metadata_bytes;
}

}  // namespace

Result<Outcome> run_pack(const Options& options) {
  const Result<io::SafetensorsReader> reader = io::SafetensorsReader::open(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options, Ranks::matrices);
  if (!selection.ok()) return selection.status();
  const Result<Plan> plan = make_plan(options, *selection, *reader);
  if (!plan.ok()) return plan.status();
  Result<io::SafetensorsWriter> writer =
      io::SafetensorsWriter::create(options.output, plan->tensors, plan->metadata);
  if (!writer.ok()) return writer.status();
  const PartialFile partial(writer->temporary_path());

  Json tensors = Json::array();
  std::vector<std::vector<std::string>> rows;
  {
    Progress progress(selection->choices.size());
    for (const Choice& choice : selection->choices) {
      const io::TensorInfo& tensor = *choice.tensor;
      progress.step(tensor.name);
      if (!choice.selected) {
        const Status status = writer->write(reader->data(tensor), tensor.bytes);
        if (!status.ok()) return status;
        continue;
      }
      const io::PackedMatrix matrix = packed_matrix(choice, options.pattern);
      const Result<std::size_t> bytes =
          pack_matrix(options, matrix_view(*reader, tensor, choice.type), matrix, *writer);
      if (!bytes.ok()) return in_tensor(tensor.name, bytes.status());
      Json entry = tensor_json(tensor);
      entry["bytes_dense"] = tensor.bytes;
      entry["bytes_packed"] = *bytes;
      tensors.push_back(std::move(entry));
      rows.push_back({io::printable(tensor.name), shape_words(tensor.shape), tensor.dtype,
                      std::to_string(tensor.bytes), "->", std::to_string(*bytes) + " bytes"});
    }
    if (Status status = writer->finish(); !status.ok()) return status;
  }

  Outcome outcome;
  outcome.json = {{"command", "pack"},
                  {"input", options.input},
                  {"output", options.output},
                  {"pattern", to_string(options.pattern)},
                  {"tensors", std::move(tensors)}};
  outcome.text = "packed " + count_words(rows.size(), "tensor") + " as " +
                 to_string(options.pattern) + ":\n" +
                 table(rows, {false, true, false, true, false, true});
  report_skipped(*selection, true, outcome);
  return outcome;
}

}  // namespace heddle::cli
