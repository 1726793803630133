// heddle prune: writes the file again with every selected weight pruned, dense.

#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/method_stats.hpp"
#include "host/cli/partial_file.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/score_file.hpp"
#include "host/cli/selection.hpp"
#include "host/cli/wiring.hpp"
#include "host/io/dtype.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// The tensor's bytes with its channels in their new order.
Result<Weight> ordered(const Options& options, const io::SafetensorsReader& reader,
                       const Wiring& wiring, const Choice& choice) {
  const io::TensorInfo& tensor = *choice.tensor;
  Weight weight{&tensor, choice.type, wiring.rows(tensor.name), wiring.cols(tensor.name), {}};
  const auto width = static_cast<std::size_t>(io::dtype_bits(tensor.dtype)) / 8;
  Result<Bytes> bytes =
      reorder(options.exec(), reader.data(tensor), tensor.shape, width, weight.rows, weight.cols);
  if (!bytes.ok()) return bytes.status();
  weight.bytes = std::move(*bytes);
  return weight;
}

// Prunes one weight and writes it. The file stays mapped: in memory are the mask and the result,
// and where they are asked for the scores and the reordered weight.
Result<MaskStats> prune_weight(const Options& options, const ScoreFile& scores,
                               const Weight& weight, io::SafetensorsWriter& writer) {
  const ConstTensorView view = weight.view();
  const OwnMask mask = make_mask(view);
  {
    const Result<Ranked> ranked = scores.rank(options.exec(), weight);
    if (!ranked.ok()) return ranked.status();
    const Status status =
        best_mask(options.exec(), ranked->view, options.method, mask.view, ranked->ranking);
    if (!status.ok()) return status;
  }
  const Result<MaskStats> stats = mask_stats(options.exec(), view, mask.view);
  if (!stats.ok()) return stats.status();

  const std::size_t bytes = weight.tensor->bytes;
  const Buffer pruned = make_buffer(bytes);
  const TensorView out =
      contiguous(static_cast<void*>(pruned.get()), view.rank, view.shape, view.type);
  if (Status s = apply_mask(options.exec(), view, mask.view, out); !s.ok()) return s;
  if (Status s = writer.write(pruned.get(), bytes); !s.ok()) return s;
  return stats;
}

// What is collected over the weights.
struct Pruned {
  Json tensors = Json::array();
  std::vector<std::vector<std::string>> rows;
};

Status record(const io::TensorInfo& tensor, const MaskStats& stats, const ScoreFile& scores,
              Pruned& pruned) {
  Json entry = tensor_json(tensor);
  entry["elements"] = stats.elements;
  entry["kept"] = stats.kept;
  entry["nonzeros_before"] = stats.nonzeros;
  entry["l1_kept"] = ratio(stats.l1_kept, stats.l1_total);
  const Result<RankedBy> ranked = scores.find(tensor);
  if (!ranked.ok()) return ranked.status();
  if (scores.given()) entry["ranked_by"] = to_string(*ranked);
  pruned.tensors.push_back(std::move(entry));
  pruned.rows.push_back({io::printable(tensor.name), shape_words(tensor.shape), tensor.dtype,
                         percent(stats.l1_kept, stats.l1_total) + " of L1 kept"});
  return {};
}

}  // namespace

Result<Outcome> run_prune(const Options& options) {
  const Result<io::SafetensorsReader> reader = io::SafetensorsReader::open(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options, Ranks::weights);
  if (!selection.ok()) return selection.status();
  const Result<ScoreFile> scores = ScoreFile::open(options.score);
  if (!scores.ok()) return scores.status();
  if (Status status = scores->check(*selection); !status.ok()) return status;
  Result<Wiring> wiring = Wiring::make(options, *reader);
  if (!wiring.ok()) return wiring.status();
  if (Status s = wiring->search(options, *reader, *selection, *scores); !s.ok()) return s;
  io::Metadata metadata = reader->metadata();
  if (Status status = wiring->describe(metadata); !status.ok()) return status;
  Result<io::SafetensorsWriter> writer =
      io::SafetensorsWriter::create(options.output, reader->tensors(), metadata);
  if (!writer.ok()) return writer.status();
  const PartialFile partial(writer->temporary_path());

  Pruned pruned;
  {
    Progress progress(selection->choices.size());
    for (const Choice& choice : selection->choices) {
      const io::TensorInfo& tensor = *choice.tensor;
      progress.step(tensor.name);
      const Result<Weight> weight = ordered(options, *reader, *wiring, choice);
      if (!weight.ok()) return in_tensor(tensor.name, weight.status());
      if (!choice.selected) {
        const Status status = writer->write(weight->bytes.data, tensor.bytes);
        if (!status.ok()) return status;
        continue;
      }
      const Result<MaskStats> stats = prune_weight(options, *scores, *weight, *writer);
      if (!stats.ok()) return in_tensor(tensor.name, stats.status());
      if (Status s = record(tensor, *stats, *scores, pruned); !s.ok()) return s;
    }
    if (Status status = writer->finish(); !status.ok()) return status;
  }

  Outcome outcome;
  outcome.json = {{"command", "prune"},
                  {"input", options.input},
                  {"output", options.output},
                  {"pattern", to_string(options.pattern)},
                  {"method", options.method_name}};
  outcome.text = "pruned " + count_words(pruned.rows.size(), "tensor") + " to " +
                 io::printable(options.method_name) + ":\n" +
                 table(pruned.rows, {false, true, false, true});
  scores->describe(options.score, *selection, outcome);
  wiring->describe(outcome);
  outcome.json["tensors"] = std::move(pruned.tensors);
  report_skipped(*selection, true, outcome);
  return outcome;
}

}  // namespace heddle::cli
