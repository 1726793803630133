// heddle inspect: what is in the file, and what pruning it would keep; a mask as a picture.

#include <algorithm>
#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/packed_matrix.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/io/dtype.hpp"
#include "host/io/mask_image.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// One line of the listing: a tensor that stands for itself, or a packed matrix.
struct Item {
  const io::TensorInfo* tensor = nullptr;
  const io::PackedMatrix* packed = nullptr;

  const std::string& name() const { return tensor != nullptr ? tensor->name : packed->name; }
};

// The listing. --include and --exclude choose by name alone: to look, every size and type is fine.
std::vector<Item> list_items(const Options& options, const Selection& selection) {
  std::vector<Item> items;
  for (const Choice& choice : selection.choices) {
    const auto part = selection.packed_parts.find(choice.tensor->name);
    Item item{choice.tensor, nullptr};
    if (part != selection.packed_parts.end()) {
      item = {nullptr, &selection.matrices[part->second]};
      if (choice.tensor->name != io::values_name(item.packed->name)) continue;
    }
    if (!options.tensor.empty() && item.name() != options.tensor) continue;
    if (selection.filter.reason_to_skip(item.name())) continue;
    items.push_back(item);
  }
  return items;
}

// The dense matrix of an item; a tensor that is not 2-D counts as rows of its last dimension. The
// view's data is null if the type is not the library's.
Result<DenseMatrix> dense_matrix(const Options& options, const io::SafetensorsReader& reader,
                                 const Item& item) {
  if (item.packed != nullptr) return unpack_matrix(options.exec(), reader, *item.packed);
  DenseMatrix dense;
  const io::TensorInfo& tensor = *item.tensor;
  const std::optional<DataType> type = io::data_type_of(tensor.dtype);
  if (!type || tensor.bytes == 0) return dense;
  const std::int64_t elements = static_cast<std::int64_t>(tensor.bytes / size_of(*type));
  const std::int64_t cols = tensor.shape.empty() ? 1 : tensor.shape.back();
  dense.view = row_major(reader.data(tensor), elements / cols, cols, *type);
  return dense;
}

// What a mask of the matrix says. `image` names the picture to write, empty for none.
struct Measured {
  MaskStats stats;
  CheckReport report;
  std::string caption;
};

Result<Measured> measure(const Options& options, const ConstMatrixView& matrix, Pattern pattern,
                         const std::string& image) {
  const Buffer bytes =
      make_buffer(static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.cols));
  const MaskView mask =
      row_major_mask(reinterpret_cast<std::uint8_t*>(bytes.get()), matrix.rows, matrix.cols);
  if (Status s = best_mask(options.exec(), matrix, pattern, mask); !s.ok()) return s;
  const Result<MaskStats> stats = mask_stats(options.exec(), matrix, mask);
  if (!stats.ok()) return stats.status();
  const Result<CheckReport> report = check(options.exec(), matrix, pattern);
  if (!report.ok()) return report.status();
  Measured measured{*stats, *report, {}};
  if (!image.empty()) {
    Result<io::MaskImage> drawn = io::draw_mask(mask, pattern);
    if (!drawn.ok()) return drawn.status();
    if (Status s = io::write_png(image, drawn->image); !s.ok()) return s;
    measured.caption = std::move(drawn->caption);
  }
  return measured;
}

// Looks at one item and adds its line to the listing.
Status inspect_item(const Options& options, const io::SafetensorsReader& reader, const Item& item,
                    std::vector<std::vector<std::string>>& rows, Outcome& outcome) {
  const bool packed = item.packed != nullptr;
  const std::vector<std::int64_t> shape = packed ? dense_shape(*item.packed) : item.tensor->shape;
  const std::string dtype = packed ? io::dtype_of(item.packed->desc.type) : item.tensor->dtype;
  const Pattern pattern =
      packed && !options.pattern_given ? item.packed->desc.pattern : options.pattern;
  Json entry = packed ? packed_json(*item.packed) : tensor_json(*item.tensor);
  std::vector<std::string> row = {io::printable(item.name()), shape_words(shape), dtype};

  const Result<DenseMatrix> dense = dense_matrix(options, reader, item);
  if (!dense.ok()) return dense.status();
  const bool matrix = shape.size() == 2 && dense->view.data != nullptr;
  if (!options.image.empty() && !matrix) {
    return {StatusCode::invalid_argument,
            "--image: tensor " + io::quote(item.name()) + " is " + shape_words(shape) + " of " +
                dtype +
                ", must be a matrix of F32, F16, BF16, F8_E4M3, F8_E5M2 or I8 with entries"};
  }
  if (dense->view.data != nullptr) {
    const Result<Measured> measured = measure(options, dense->view, pattern, options.image);
    if (!measured.ok()) return measured.status();
    const MaskStats& stats = measured->stats;
    const double zeros = static_cast<double>(stats.elements - stats.nonzeros);
    entry["sparsity"] = ratio(zeros, static_cast<double>(stats.elements));
    row.push_back(percent(zeros, static_cast<double>(stats.elements)));
    if (matrix) {
      const CheckReport& report = measured->report;
      entry["pattern"] = to_string(pattern);
      entry["compliant"] = report.compliant();
      entry["violations"] = report.violations;
      entry["l1_kept"] = ratio(stats.l1_kept, stats.l1_total);
      row.push_back(report.compliant() ? to_string(pattern) + " yes" : to_string(pattern) + " no");
      row.push_back(percent(stats.l1_kept, stats.l1_total));
    }
    if (!options.image.empty()) {
      outcome.json["image"] = options.image;
      outcome.json["caption"] = measured->caption;
    }
  }
  row.resize(6, "-");
  row.push_back(packed ? "packed" : "");
  rows.push_back(std::move(row));
  outcome.json["tensors"].push_back(std::move(entry));
  return {};
}

}  // namespace

Result<Outcome> run_inspect(const Options& options) {
  if (!options.image.empty() && options.tensor.empty()) {
    return Status(StatusCode::invalid_argument, "--image: needs --tensor NAME to say of what");
  }
  const Result<io::SafetensorsReader> reader = io::SafetensorsReader::open(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options);
  if (!selection.ok()) return selection.status();
  const std::vector<Item> items = list_items(options, *selection);
  if (!options.tensor.empty() && items.empty()) {
    return Status(StatusCode::not_found,
                  "--tensor " + io::quote(options.tensor) + ": the file has no such tensor");
  }

  Outcome outcome;
  outcome.json = {{"command", "inspect"}, {"input", options.input}};
  Json metadata = Json::object();
  for (const auto& [key, value] : reader->metadata()) metadata[key] = value;
  outcome.json["metadata"] = std::move(metadata);
  outcome.json["tensors"] = Json::array();
  std::vector<std::vector<std::string>> rows = {
      {"tensor", "shape", "type", "zeros", "complies", "L1 kept", ""}};
  {
    Progress progress(items.size());
    for (const Item& item : items) {
      progress.step(item.name());
      if (Status s = inspect_item(options, *reader, item, rows, outcome); !s.ok()) return s;
    }
  }
  outcome.text = table(rows, {false, true, false, true, false, true});
  if (outcome.json.contains("caption")) {
    outcome.text += options.image + ": kept black, dropped white; " +
                    outcome.json["caption"].get<std::string>() + "\n";
  }
  return outcome;
}

}  // namespace heddle::cli
