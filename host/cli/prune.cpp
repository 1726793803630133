// heddle prune: writes the file again with every selected matrix pruned, dense.

#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/partial_file.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// Prunes one matrix and writes it. The file stays mapped: in memory are the mask and the result.
Result<MaskStats> prune_matrix(const Options& options, const ConstMatrixView& matrix,
                               io::SafetensorsWriter& writer) {
  const std::size_t entries =
      static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.cols);
  const Buffer mask_bytes = make_buffer(entries);
  const MaskView mask =
      row_major_mask(reinterpret_cast<std::uint8_t*>(mask_bytes.get()), matrix.rows, matrix.cols);
  if (Status s = best_mask(options.exec(), matrix, options.pattern, mask); !s.ok()) return s;
  const Result<MaskStats> stats = mask_stats(options.exec(), matrix, mask);
  if (!stats.ok()) return stats.status();

  const std::size_t bytes = entries * size_of(matrix.type);
  const Buffer pruned = make_buffer(bytes);
  const MatrixView out = row_major(pruned.get(), matrix.rows, matrix.cols, matrix.type);
  if (Status s = apply_mask(options.exec(), matrix, mask, out); !s.ok()) return s;
  if (Status s = writer.write(pruned.get(), bytes); !s.ok()) return s;
  return stats;
}

}  // namespace

Result<Outcome> run_prune(const Options& options) {
  const Result<io::SafetensorsReader> reader = io::SafetensorsReader::open(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options);
  if (!selection.ok()) return selection.status();
  Result<io::SafetensorsWriter> writer =
      io::SafetensorsWriter::create(options.output, reader->tensors(), reader->metadata());
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
      const Result<MaskStats> stats =
          prune_matrix(options, matrix_view(*reader, tensor, choice.type), *writer);
      if (!stats.ok()) return in_tensor(tensor.name, stats.status());
      Json entry = tensor_json(tensor);
      entry["elements"] = stats->elements;
      entry["kept"] = stats->kept;
      entry["nonzeros_before"] = stats->nonzeros;
      entry["l1_kept"] = ratio(stats->l1_kept, stats->l1_total);
      tensors.push_back(std::move(entry));
      rows.push_back({io::printable(tensor.name), shape_words(tensor.shape), tensor.dtype,
                      percent(stats->l1_kept, stats->l1_total) + " of L1 kept"});
    }
    if (Status status = writer->finish(); !status.ok()) return status;
  }

  Outcome outcome;
  outcome.json = {{"command", "prune"},
                  {"input", options.input},
                  {"output", options.output},
                  {"pattern", to_string(options.pattern)},
                  {"tensors", std::move(tensors)}};
  outcome.text = "pruned " + count_words(rows.size(), "tensor") + " to " +
                 to_string(options.pattern) + ":\n" + table(rows, {false, true, false, true});
  report_skipped(*selection, true, outcome);
  return outcome;
}

}  // namespace heddle::cli
