#include "host/cli/score_file.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "heddle/numeric.hpp"
#include "heddle/score.hpp"
#include "host/io/dtype.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// The names that an entry for this weight may have.
std::vector<std::string> entry_names(const std::string& weight) {
  static constexpr std::string_view kSuffix = ".weight";
  std::vector<std::string> names = {weight, weight + ".norms"};
  if (weight.size() > kSuffix.size() &&
      weight.compare(weight.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0) {
    names.push_back(weight.substr(0, weight.size() - kSuffix.size()) + ".norms");
  }
  return names;
}

// |w| * norm of the input channel, for a weight in memory without gaps: of a convolution every tap
// of a channel has the channel's norm.
Result<Ranked> score_by_norms(const Exec& exec, const Weight& weight,
                              const std::vector<float>& norms) {
  const std::vector<std::int64_t>& shape = weight.tensor->shape;
  std::int64_t taps = 1;
  for (std::size_t d = 2; d < shape.size(); ++d) taps *= shape[d];
  std::vector<float> columns;  // [C * taps]
  columns.reserve(norms.size() * static_cast<std::size_t>(taps));
  for (const float norm : norms)
    columns.insert(columns.end(), static_cast<std::size_t>(taps), norm);

  const std::int64_t cols = shape[1] * taps;
  Ranked ranked;
  ranked.ranking = Ranking::value;
  ranked.bytes.memory = make_buffer(static_cast<std::size_t>(shape[0] * cols) * sizeof(float));
  ranked.bytes.data = ranked.bytes.memory.get();
  ranked.view = tensor_view(ranked.bytes.data, shape, DataType::f32);
  const Status status = score(exec, row_major(weight.bytes.data, shape[0], cols, weight.type),
                              Score::activation_norm, {columns.data(), cols, DataType::f32},
                              row_major(ranked.bytes.memory.get(), shape[0], cols, DataType::f32));
  if (!status.ok()) return status;
  return ranked;
}

}  // namespace

const char* to_string(RankedBy ranked) noexcept {
  switch (ranked) {
    case RankedBy::magnitude: return "magnitude";
    case RankedBy::score: return "score";
    case RankedBy::activation_norm: return "activation_norm";
  }
  return "invalid";
}

Result<ScoreFile> ScoreFile::open(const std::string& path) {
  ScoreFile file;
  if (path.empty()) return file;
  Result<io::SafetensorsReader> reader = io::SafetensorsReader::open_checkpoint(path);
  if (!reader.ok()) {
    return Status(reader.status().code(), "--score: " + reader.status().message());
  }
  file.reader_ = std::move(*reader);
  return file;
}

Result<ScoreFile::Entry> ScoreFile::entry(const io::TensorInfo& weight) const {
  Entry found;
  if (!reader_) return found;
  for (const std::string& name : entry_names(weight.name)) {
    const io::TensorInfo* const tensor = reader_->find(name);
    if (tensor == nullptr) continue;
    if (found.tensor != nullptr) {
      return Status(StatusCode::invalid_argument,
                    "--score: tensor " + io::quote(weight.name) + " has two entries, " +
                        io::quote(found.tensor->name) + " and " + io::quote(name));
    }
    const std::vector<std::int64_t> norms = {weight.shape[1]};
    const bool scores = name == weight.name && tensor->shape == weight.shape;
    if (!scores && tensor->shape != norms) {
      return Status(StatusCode::invalid_argument,
                    "--score: tensor " + io::quote(name) + " is " + io::shape_text(tensor->shape) +
                        ": must be " +
                        (name == weight.name ? io::shape_text(weight.shape) + " or " : "") +
                        io::shape_text(norms) + ", as weight " + io::quote(weight.name));
    }
    if (!io::data_type_of(tensor->dtype)) {
      return Status(StatusCode::invalid_argument,
                    "--score: tensor " + io::quote(name) + " is of type " + tensor->dtype +
                        ": must be F32, F16, BF16, F8_E4M3, F8_E5M2 or I8");
    }
    found = {scores ? RankedBy::score : RankedBy::activation_norm, tensor};
  }
  return found;
}

Result<RankedBy> ScoreFile::find(const io::TensorInfo& weight) const {
  const Result<Entry> found = entry(weight);
  if (!found.ok()) return found.status();
  return found->ranked;
}

Status ScoreFile::check(const Selection& selection) const {
  if (!reader_) return {};
  bool selected = false, any = false;
  for (const Choice& choice : selection.choices) {
    if (!choice.selected) continue;
    selected = true;
    const Result<RankedBy> ranked = find(*choice.tensor);
    if (!ranked.ok()) return ranked.status();
    any = any || *ranked != RankedBy::magnitude;
  }
  if (any || !selected) return {};
  return {StatusCode::invalid_argument, "--score: the file has no entry for any selected weight"};
}

Result<Ranked> ScoreFile::rank(const Exec& exec, const Weight& weight) const {
  const Result<Entry> found = entry(*weight.tensor);
  if (!found.ok()) return found.status();
  if (found->ranked == RankedBy::magnitude) {
    return Ranked{weight.view(), Ranking::magnitude, {weight.bytes.data, nullptr}};
  }
  const io::TensorInfo& tensor = *found->tensor;
  const DataType type = *io::data_type_of(tensor.dtype);
  if (found->ranked == RankedBy::score) {
    Result<Bytes> bytes =
        reorder(exec, reader_->data(tensor), tensor.shape, size_of(type), weight.rows, weight.cols);
    if (!bytes.ok()) return bytes.status();
    const ConstTensorView view = tensor_view(bytes->data, tensor.shape, type);
    return Ranked{view, Ranking::value, std::move(*bytes)};
  }
  std::vector<float> norms;  // [C], in the order of the weight's columns
  for (std::int64_t c = 0; c < tensor.shape[0]; ++c) {
    const std::int64_t from =
        weight.cols != nullptr ? (*weight.cols)[static_cast<std::size_t>(c)] : c;
    norms.push_back(load_as_float(reader_->data(tensor), from, type));
  }
  return score_by_norms(exec, weight, norms);
}

void ScoreFile::describe(const std::string& path, const Selection& selection,
                         Outcome& outcome) const {
  if (!reader_) return;
  std::array<std::size_t, 3> counts{};
  for (const Choice& choice : selection.choices) {
    if (!choice.selected) continue;
    const Result<RankedBy> ranked = find(*choice.tensor);
    if (ranked.ok()) ++counts[static_cast<std::size_t>(*ranked)];
  }
  const auto count = [&](RankedBy ranked) { return counts[static_cast<std::size_t>(ranked)]; };
  outcome.json["score"] = {{"file", path},
                           {"score", count(RankedBy::score)},
                           {"activation_norm", count(RankedBy::activation_norm)},
                           {"magnitude", count(RankedBy::magnitude)}};
  outcome.text += "ranked by score " + std::to_string(count(RankedBy::score)) +
                  ", by activation norm " + std::to_string(count(RankedBy::activation_norm)) +
                  ", by magnitude (no entry) " + std::to_string(count(RankedBy::magnitude)) + "\n";
}

}  // namespace heddle::cli
