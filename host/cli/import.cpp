#include "host/cli/import.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "heddle/heddle.hpp"
#include "host/cli/mask_file.hpp"
#include "host/cli/partial_file.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/io/bitmask_file.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// What becomes of one tensor of the input: a packed matrix takes its place, or it is copied.
struct Step {
  const io::TensorInfo* tensor = nullptr;
  std::optional<io::PackedMatrix> packed;
  const io::BitmaskMatrix* bitmask = nullptr;  // packed from this ...
  ConstMaskView mask;                          // ... or from the tensor and this
  const char* format() const {
    if (bitmask == nullptr) return "mask";
    return bitmask->row_offsets ? "sparse-bitmask" : "sparse-24-bitmask";
  }
};

struct Plan {
  std::vector<Step> steps;
  std::vector<io::TensorInfo> tensors;
  io::Metadata metadata;
  std::size_t packed = 0;
};

Status add_packed(Plan& plan, Step step) {
  auto parts = io::packed_tensors(*step.packed);
  if (!parts.ok()) return in_tensor(step.packed->name, parts.status());
  for (io::TensorInfo& part : *parts) plan.tensors.push_back(std::move(part));
  io::describe_packed(*step.packed, plan.metadata);
  plan.steps.push_back(std::move(step));
  ++plan.packed;
  return {};
}

void add_copy(Plan& plan, const io::TensorInfo& tensor) {
  Step step;
  step.tensor = &tensor;
  plan.tensors.push_back(tensor);
  plan.steps.push_back(std::move(step));
}

// The bitmask matrices of a file that the name filter selects, by the names of their tensors.
using Parts = std::map<std::string, const io::BitmaskMatrix*>;

// The choices that are no part of an imported matrix say why they are not packed.
Result<Plan> make_plan(const Options& options, const io::SafetensorsReader& reader,
                       Selection& selection, const Parts& parts, const MaskFile& masks) {
  Plan plan{{}, {}, reader.metadata(), 0};
  for (Choice& choice : selection.choices) {
    const io::TensorInfo& tensor = *choice.tensor;
    if (const auto part = parts.find(tensor.name); part != parts.end()) {
      const io::BitmaskMatrix& matrix = *part->second;
      choice.selected = true;  // nothing to report
      if (tensor.name != matrix.parts().front()) continue;
      if (Status s = add_packed(plan, {&tensor, matrix.packed, &matrix, {}}); !s.ok()) return s;
      continue;
    }
    if (choice.selected) {
      const Result<std::optional<ConstMaskView>> mask = masks.find(tensor);
      if (!mask.ok()) return mask.status();
      if (*mask) {
        const PackedDesc desc = {tensor.shape[0], tensor.shape[1], options.pattern, choice.type,
                                 PackedOrder::canonical};
        Step step{&tensor, io::PackedMatrix{tensor.name, desc}, nullptr, **mask};
        if (Status s = add_packed(plan, std::move(step)); !s.ok()) return s;
        continue;
      }
      choice.selected = false;
      choice.reason = masks.given() ? "no mask in the file of --mask" : "dense, beside bitmasks";
    }
    add_copy(plan, tensor);
  }
  return plan;
}

Status pack_step(const Options& options, const io::SafetensorsReader& reader, const Step& step,
                 const PackedView& out) {
  if (step.bitmask != nullptr) return io::read_bitmask(options.exec(), reader, *step.bitmask, out);
  const ConstMatrixView matrix = matrix_view(reader, *step.tensor, out.desc.type);
  return in_tensor(step.tensor->name, pack(options.exec(), matrix, step.mask, out));
}

// Packs one matrix and writes it; gives the bytes it now takes.
Result<std::size_t> write_step(const Options& options, const io::SafetensorsReader& reader,
                               const Step& step, io::SafetensorsWriter& writer) {
  const PackedDesc& desc = step.packed->desc;
  const Result<CanonicalLayout> layout = canonical_layout(desc);
  if (!layout.ok()) return layout.status();
  const std::size_t bytes = layout->metadata_offset + layout->metadata_bytes;
  const Buffer blob = make_buffer(bytes);
  const PackedView out{desc, blob.get(), bytes};
  if (Status s = pack_step(options, reader, step, out); !s.ok()) return s;
  if (Status s = io::write_packed(writer, out); !s.ok()) return s;
  return layout->values_bytes + layout->metadata_bytes;
}

// Every --include names something: a tensor of the file, or a weight that it holds as a bitmask.
Result<Selection> select_for_import(const Options& options, const io::SafetensorsReader& reader,
                                    const std::vector<io::BitmaskMatrix>& matrices, Parts& parts) {
  const Result<NameFilter> filter = NameFilter::make(options);
  if (!filter.ok()) return filter.status();
  std::vector<std::string> names;
  for (const io::TensorInfo& tensor : reader.tensors()) names.push_back(tensor.name);
  for (const io::BitmaskMatrix& matrix : matrices) {
    names.push_back(matrix.packed.name);
    if (filter->reason_to_skip(matrix.packed.name)) continue;
    for (const std::string& part : matrix.parts()) parts[part] = &matrix;
  }
  if (Status s = filter->check_used(names); !s.ok()) return s;
  // Names of weights that are bitmasks are no tensors: let everything in, then filter.
  Options all = options;
  if (!all.include.empty()) all.include = {""};
  Result<Selection> selection = select(reader, all, Ranks::matrices);
  if (!selection.ok()) return selection;
  for (Choice& choice : selection->choices) {
    std::optional<std::string> reason = filter->reason_to_skip(choice.tensor->name);
    if (!choice.selected || !reason) continue;
    choice.selected = false;
    choice.reason = std::move(*reason);
  }
  return selection;
}

}  // namespace

Result<bool> needs_import(const Options& options) {
  if (!options.mask.empty()) return true;
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  const auto matrices = io::bitmask_matrices(*reader, options.pattern);
  if (!matrices.ok()) return matrices.status();
  return !matrices->empty();
}

Result<Outcome> run_import(const Options& options) {
  if (options.prune) {
    return Status(StatusCode::invalid_argument,
                  "--prune: what a mask or bitmask keeps is packed as it is; leave it away");
  }
  if (!options.shard.empty()) {
    return Status(
        StatusCode::invalid_argument,
        "--shard: a checkpoint of masks and bitmasks is written as one file; leave it away");
  }
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  const auto matrices = io::bitmask_matrices(*reader, options.pattern);
  if (!matrices.ok()) return matrices.status();
  const Result<MaskFile> masks = MaskFile::open(options.mask);
  if (!masks.ok()) return masks.status();
  Parts parts;
  Result<Selection> selection = select_for_import(options, *reader, *matrices, parts);
  if (!selection.ok()) return selection.status();
  if (Status s = masks->check(*selection); !s.ok()) return s;
  const Result<Plan> plan = make_plan(options, *reader, *selection, parts, *masks);
  if (!plan.ok()) return plan.status();
  Result<io::SafetensorsWriter> writer =
      io::SafetensorsWriter::create(options.output, plan->tensors, plan->metadata);
  if (!writer.ok()) return writer.status();
  const PartialFile partial(writer->temporary_path());

  Json tensors = Json::array();
  std::vector<std::vector<std::string>> rows;
  {
    Progress progress(plan->steps.size());
    for (const Step& step : plan->steps) {
      progress.step(step.tensor->name);
      if (!step.packed) {
        const Status status = writer->write(reader->data(*step.tensor), step.tensor->bytes);
        if (!status.ok()) return status;
        continue;
      }
      const Result<std::size_t> bytes = write_step(options, *reader, step, *writer);
      if (!bytes.ok()) return bytes.status();
      Json entry = packed_json(*step.packed);
      entry["from"] = step.format();
      entry["bytes_packed"] = *bytes;
      tensors.push_back(std::move(entry));
      rows.push_back({io::printable(step.packed->name), shape_words(dense_shape(*step.packed)),
                      to_string(step.packed->desc.pattern), "from " + std::string(step.format()),
                      "->", std::to_string(*bytes) + " bytes"});
    }
    if (Status status = writer->finish(); !status.ok()) return status;
  }

  Outcome outcome;
  outcome.json = {{"command", "pack"},
                  {"input", options.input},
                  {"output", options.output},
                  {"tensors", std::move(tensors)}};
  outcome.text = "packed " + count_words(rows.size(), "tensor") + ":\n" +
                 table(rows, {false, true, false, false, false, true});
  report_skipped(*selection, true, outcome);
  return outcome;
}

}  // namespace heddle::cli
