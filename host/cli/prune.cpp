// heddle prune: writes the file again with every selected weight pruned, dense.

#include <algorithm>
#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/method_stats.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/score_file.hpp"
#include "host/cli/selection.hpp"
#include "host/cli/shards.hpp"
#include "host/cli/wiring.hpp"
#include "host/io/dtype.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/shard_index.hpp"
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

// A weight whose mask does not need all of it at once is pruned in strips of about this size, so
// that its size does not matter.
constexpr std::size_t kStripBytes = std::size_t{64} << 20;

// Prunes outputs [begin, begin + count) of a weight and writes them. The file stays mapped: in
// memory are the mask and the result, and where they are asked for the scores and the reordered
// weight.
Result<MaskStats> prune_part(const Options& options, const ConstTensorView& view,
                             const Ranked& ranked, std::size_t offset,
                             io::SafetensorsWriter& writer) {
  const OwnMask mask = make_mask(view);
  if (Status s = best_mask(options.exec(), ranked.view, options.method, mask.view, ranked.ranking);
      !s.ok()) {
    return s;
  }
  Result<MaskStats> stats = mask_stats(options.exec(), view, mask.view);
  if (!stats.ok()) return stats.status();
  std::size_t bytes = size_of(view.type);
  for (int d = 0; d < view.rank; ++d) {
    bytes *= static_cast<std::size_t>(view.shape[static_cast<std::size_t>(d)]);
  }
  const Buffer pruned = make_buffer(bytes);
  const TensorView out =
      contiguous(static_cast<void*>(pruned.get()), view.rank, view.shape, view.type);
  if (Status s = apply_mask(options.exec(), view, mask.view, out); !s.ok()) return s;
  if (Status s = writer.write_part(0, offset, pruned.get(), bytes); !s.ok()) return s;
  return stats;
}

// How many outputs make a strip: whole tiles. All of them where scores or a function see the
// whole weight.
std::int64_t strip_rows(const Options& options, const Weight& weight, Ranking ranking) {
  const std::int64_t rows = weight.tensor->shape[0];
  if (options.method.kind == MaskMethod::Kind::function || ranking != Ranking::magnitude ||
      weight.tensor->bytes <= kStripBytes) {
    return rows;
  }
  const std::size_t row = weight.tensor->bytes / static_cast<std::size_t>(rows);
  const std::int64_t group = options.pattern.group;
  return (static_cast<std::int64_t>(kStripBytes / row) / group + 1) * group;
}

Result<MaskStats> prune_weight(const Options& options, const ScoreFile& scores,
                               const Weight& weight, io::SafetensorsWriter& writer) {
  const Result<Ranked> ranked = scores.rank(options.exec(), weight);
  if (!ranked.ok()) return ranked.status();
  const ConstTensorView view = weight.view();
  const std::int64_t rows = view.shape[0], strip = strip_rows(options, weight, ranked->ranking);
  MaskStats sum;
  if (strip >= rows) {
    const Result<MaskStats> stats = prune_part(options, view, *ranked, 0, writer);
    if (!stats.ok()) return stats.status();
    sum = *stats;
  } else {
    const std::size_t row = weight.tensor->bytes / static_cast<std::size_t>(rows);
    for (std::int64_t begin = 0; begin < rows; begin += strip) {
      ConstTensorView part = view;
      part.shape[0] = std::min(strip, rows - begin);
      const std::size_t offset = static_cast<std::size_t>(begin) * row;
      part.data = static_cast<const std::byte*>(view.data) + offset;
      const Result<MaskStats> stats =
          prune_part(options, part, {part, Ranking::magnitude, {}}, offset, writer);
      if (!stats.ok()) return stats.status();
      sum.elements += stats->elements;
      sum.kept += stats->kept;
      sum.nonzeros += stats->nonzeros;
      sum.l1_total += stats->l1_total;
      sum.l1_kept += stats->l1_kept;
    }
  }
  if (Status s = writer.parts_done(1); !s.ok()) return s;
  return sum;
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

Result<ShardedOutput> open_output(const Options& options, const io::SafetensorsReader& reader,
                                  const Wiring& wiring) {
  std::vector<FilePlan> plans = start_plans(reader);
  for (const io::TensorInfo& tensor : reader.tensors()) {
    FilePlan& plan = plans[reader.file_of(tensor)];
    plan.tensors.push_back(tensor);
    if (Status s = wiring.describe(tensor.name, plan.metadata); !s.ok()) return s;
  }
  Recipe recipe("prune", options);
  if (!options.score.empty() && !reader.layout().index_name.empty()) {
    if (Status s = recipe.add_contents(options.score); !s.ok()) return s;
  }
  wiring.add_to(recipe);
  return ShardedOutput::make(options, reader, std::move(plans), recipe);
}

// Workers, and a run after one that was killed, must find the same order.
Status check_search(const Options& options, const io::SafetensorsReader& reader) {
  if (options.permute.empty() || options.budget == 0 || reader.layout().index_name.empty()) {
    return {};
  }
  return {StatusCode::invalid_argument,
          "--permute: for a checkpoint of shards needs --budget 0, so that the order found is the "
          "same in every run"};
}

// Prunes or copies every tensor of one file.
Status write_file(const Options& options, const io::SafetensorsReader& reader,
                  const Selection& file, const ScoreFile& scores, const Wiring& wiring,
                  ShardedOutput& output, Progress& progress, Pruned& pruned) {
  for (const Choice& choice : file.choices) {
    const io::TensorInfo& tensor = *choice.tensor;
    progress.step(tensor.name);
    const Result<Weight> weight = ordered(options, reader, wiring, choice);
    if (!weight.ok()) return in_tensor(tensor.name, weight.status());
    if (choice.selected) {
      const Result<MaskStats> stats = prune_weight(options, scores, *weight, output.writer());
      if (!stats.ok()) return in_tensor(tensor.name, stats.status());
      if (Status s = record(tensor, *stats, scores, pruned); !s.ok()) return s;
    } else {
      const Status status = output.writer().write(weight->bytes.data, tensor.bytes);
      if (!status.ok()) return status;
    }
    output.done_with(tensor);
  }
  return output.end();
}

}  // namespace

Result<Outcome> run_prune(const Options& options) {
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  if (Status status = check_search(options, *reader); !status.ok()) return status;
  const Result<Selection> selection = select(*reader, options, Ranks::weights);
  if (!selection.ok()) return selection.status();
  const Result<ScoreFile> scores = ScoreFile::open(options.score);
  if (!scores.ok()) return scores.status();
  if (Status status = scores->check(*selection); !status.ok()) return status;
  Result<Wiring> wiring = Wiring::make(options, *reader);
  if (!wiring.ok()) return wiring.status();
  if (Status s = wiring->search(options, *reader, *selection, *scores); !s.ok()) return s;
  Result<ShardedOutput> output = open_output(options, *reader, *wiring);
  if (!output.ok()) return output.status();

  Pruned pruned;
  {
    Progress progress(restrict_to(*selection, *reader, output->work()).choices.size());
    for (const std::size_t file : output->work()) {
      const Result<bool> begun = output->begin(file);
      if (!begun.ok()) return begun.status();
      if (!*begun) continue;
      const Status status = write_file(options, *reader, restrict_to(*selection, *reader, {file}),
                                       *scores, *wiring, *output, progress, pruned);
      if (!status.ok()) return status;
    }
    if (Status status = output->finish(); !status.ok()) return status;
  }

  const Selection written = restrict_to(*selection, *reader, output->written());
  Outcome outcome;
  outcome.json = {{"command", "prune"},
                  {"input", options.input},
                  {"output", options.output},
                  {"pattern", to_string(options.pattern)},
                  {"method", options.method_name}};
  outcome.text = "pruned " + count_words(pruned.rows.size(), "tensor") + " to " +
                 io::printable(options.method_name) + ":\n" +
                 table(pruned.rows, {false, true, false, true});
  scores->describe(options.score, written, outcome);
  wiring->describe(outcome);
  outcome.json["tensors"] = std::move(pruned.tensors);
  report_skipped(written, true, outcome);
  output->describe(outcome);
  return outcome;
}

}  // namespace heddle::cli
