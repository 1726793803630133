#include "host/cli/export.hpp"

#include <string>
#include <utility>
#include <vector>

#include "heddle/heddle.hpp"
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

// What becomes of one tensor of the input.
struct Step {
  const io::TensorInfo* copy = nullptr;      // written as it is
  const io::PackedMatrix* matrix = nullptr;  // or: this matrix takes its place
};

struct Plan {
  std::vector<Step> steps;
  std::vector<io::TensorInfo> tensors;
  io::Metadata metadata;
  std::vector<std::string> dense;  // modules whose weight stays dense
};

// The module of a dense weight; empty for any other tensor.
std::string module_of(const io::TensorInfo& tensor) {
  static constexpr std::string_view kWeight = ".weight";
  const std::string& name = tensor.name;
  if (tensor.shape.size() != 2 || name.size() <= kWeight.size()) return "";
  const std::size_t end = name.size() - kWeight.size();
  return name.compare(end, kWeight.size(), kWeight) == 0 ? name.substr(0, end) : "";
}

Result<Plan> make_plan(const Selection& selection, const io::SafetensorsReader& reader) {
  Plan plan{{}, {}, reader.metadata(), {}};
  std::vector<io::PackedMatrix> exported;
  for (const Choice& choice : selection.choices) {
    const auto part = selection.packed_parts.find(choice.tensor->name);
    if (part == selection.packed_parts.end() || !selection.matrix_selected[part->second]) {
      plan.steps.push_back({choice.tensor, nullptr});
      plan.tensors.push_back(*choice.tensor);
      if (std::string module = module_of(*choice.tensor); !module.empty())
        plan.dense.push_back(std::move(module));
      continue;
    }
    const io::PackedMatrix& matrix = selection.matrices[part->second];
    if (choice.tensor->name != io::values_name(matrix.name)) continue;
    auto tensors = io::bitmask_tensors(matrix);
    if (!tensors.ok()) return tensors.status();
    for (io::TensorInfo& tensor : *tensors) plan.tensors.push_back(std::move(tensor));
    plan.steps.push_back({nullptr, &matrix});
    exported.push_back(matrix);
  }
  io::forget_packed(exported, plan.metadata);
  return plan;
}

Status export_matrix(const Options& options, const io::SafetensorsReader& reader,
                     const io::PackedMatrix& matrix, io::SafetensorsWriter& writer) {
  const Result<std::size_t> bytes = packed_size(matrix.desc);
  if (!bytes.ok()) return in_tensor(matrix.name, bytes.status());
  const Buffer blob = make_buffer(*bytes);
  const PackedView packed{matrix.desc, blob.get(), *bytes};
  if (Status s = io::read_packed(options.exec(), reader, matrix, packed); !s.ok()) return s;
  return in_tensor(matrix.name, io::write_bitmask(options.exec(), writer, packed));
}

// What config.json must say for the file to be read as it is.
Json config_block(const Plan& plan) {
  return {{"quantization_config",
           {{"quant_method", "compressed-tensors"},
            {"sparsity_config",
             {{"format", "sparse-24-bitmask"},
              {"sparsity_structure", "2:4"},
              {"global_sparsity", 0.5},
              {"targets", Json::array({"Linear"})},
              {"ignore", plan.dense}}}}}};
}

}  // namespace

Result<Outcome> run_export(const Options& options) {
  if (!options.shard.empty()) {
    return Status(StatusCode::invalid_argument,
                  "--shard: a checkpoint as bitmasks is written as one file; leave it away");
  }
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options, Ranks::matrices);
  if (!selection.ok()) return selection.status();
  const Result<Plan> plan = make_plan(*selection, *reader);
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
      progress.step(step.copy != nullptr ? step.copy->name : step.matrix->name);
      if (step.copy != nullptr) {
        const Status status = writer->write(reader->data(*step.copy), step.copy->bytes);
        if (!status.ok()) return status;
        continue;
      }
      if (Status s = export_matrix(options, *reader, *step.matrix, *writer); !s.ok()) return s;
      tensors.push_back(packed_json(*step.matrix));
      rows.push_back({io::printable(step.matrix->name), shape_words(dense_shape(*step.matrix))});
    }
    if (Status status = writer->finish(); !status.ok()) return status;
  }

  const Json config = config_block(*plan);
  Outcome outcome;
  outcome.text = "wrote " + count_words(rows.size(), "tensor") + " as sparse-24-bitmask:\n" +
                 table(rows, {false, true}) + "config.json of the model needs:\n" +
                 config.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  outcome.json = {{"command", "unpack"},           {"input", options.input},
                  {"output", options.output},      {"to", "bitmask"},
                  {"tensors", std::move(tensors)}, {"config", config}};
  return outcome;
}

}  // namespace heddle::cli
