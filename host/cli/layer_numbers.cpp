#include "host/cli/layer_numbers.hpp"

#include <cmath>
#include <utility>

#include "host/cli/method_stats.hpp"
#include "host/cli/reorder.hpp"
#include "host/cli/report.hpp"
#include "host/cli/wiring.hpp"
#include "host/io/dtype.hpp"

namespace heddle::cli {
namespace {

// The gain by an order of the input channels; nothing if a NaN or infinity has no sum.
Result<std::optional<PermutationResult>> search(const Options& options, const Elements& elements,
                                                const LayerNumbers& numbers, Progress& progress) {
  std::optional<PermutationResult> order;
  if (!std::isfinite(numbers.rows.l1_total)) return order;
  const ConstTensorView& view = elements.view;
  const std::vector<std::int64_t> shape(view.shape.begin(), view.shape.begin() + view.rank);
  const Unfolded unfolded = unfold(view.data, shape, view.type);
  PermutationOptions wanted = search_options(options, progress);
  wanted.pattern = numbers.pattern;
  Result<PermutationResult> found = find_permutation(options.exec(), unfolded.matrix, wanted);
  if (!found.ok()) return found.status();
  order = std::move(*found);
  return order;
}

}  // namespace

std::vector<std::int64_t> Item::shape() const {
  return packed != nullptr ? dense_shape(*packed) : tensor->shape;
}

std::string Item::dtype() const {
  return packed != nullptr ? io::dtype_of(packed->desc.type) : tensor->dtype;
}

Json Item::json() const { return packed != nullptr ? packed_json(*packed) : tensor_json(*tensor); }

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

Result<Elements> load(const Options& options, const io::SafetensorsReader& reader,
                      const Item& item) {
  Elements elements;
  if (item.packed != nullptr) {
    Result<DenseMatrix> dense = unpack_matrix(options.exec(), reader, *item.packed);
    if (!dense.ok()) return dense.status();
    elements.unpacked = std::move(*dense);
    if (elements.unpacked.bytes > 0) elements.view = as_tensor(elements.unpacked.view);
    elements.weight = elements.unpacked.bytes > 0;
    return elements;
  }
  const io::TensorInfo& tensor = *item.tensor;
  const std::optional<DataType> type = io::data_type_of(tensor.dtype);
  if (!type || tensor.bytes == 0) return elements;
  elements.weight = is_weight(tensor);
  const auto count = static_cast<std::int64_t>(tensor.bytes / size_of(*type));
  elements.view =
      tensor_view(reader.data(tensor),
                  elements.weight ? tensor.shape : std::vector<std::int64_t>{count}, *type);
  return elements;
}

void release(const io::SafetensorsReader& reader, const Item& item) {
  if (item.tensor != nullptr) return reader.release(*item.tensor);
  for (const std::string& name :
       {io::values_name(item.packed->name), io::metadata_name(item.packed->name)}) {
    if (const io::TensorInfo* const part = reader.find(name)) reader.release(*part);
  }
}

const char* key_of(TileRule rule) noexcept {
  switch (rule) {
    case TileRule::exact: return "tile_exact";
    case TileRule::at_most: return "tile_at_most";
    case TileRule::greedy: return "tile_greedy";
  }
  return "invalid";
}

TilePattern tile_pattern(Pattern pattern, TileRule rule) {
  return {pattern, rule, pattern.group > 4 ? TileSolver::fast : TileSolver::optimal};
}

Result<LayerNumbers> measure(const Options& options, const Elements& elements, Pattern pattern,
                             Progress& progress) {
  const ConstTensorView& view = elements.view;
  LayerNumbers numbers;
  numbers.pattern = pattern;
  MaskMethod by_rows;
  by_rows.pattern = pattern;
  const Result<MaskStats> rows = method_stats(options, by_rows, view);
  if (!rows.ok()) return rows.status();
  numbers.rows = *rows;
  if (!elements.weight) return numbers;

  const Result<CheckReport> report = check(options.exec(), view, pattern);
  if (!report.ok()) return report.status();
  numbers.check = *report;
  for (std::size_t i = 0; i < kTileRules.size(); ++i) {
    const MaskMethod tiles = find_method(to_string(tile_pattern(pattern, kTileRules[i]))).value();
    const Result<MaskStats> stats = method_stats(options, tiles, view);
    if (!stats.ok()) return stats.status();
    numbers.tiles[i] = *stats;
  }
  if (options.method_given) {
    const Result<MaskStats> stats = method_stats(options, options.method, view);
    if (!stats.ok()) return stats.status();
    numbers.method = *stats;
  }
  if (options.permutation) {
    auto order = search(options, elements, numbers, progress);
    if (!order.ok()) return order.status();
    numbers.order = std::move(*order);
  }
  return numbers;
}

void add_json(const LayerNumbers& numbers, bool weight, const Options& options, Json& entry) {
  const MaskStats& rows = numbers.rows;
  entry["sparsity"] = ratio(numbers.zeros(), static_cast<double>(rows.elements));
  if (!weight) return;
  entry["pattern"] = to_string(numbers.pattern);
  entry["compliant"] = numbers.check.compliant();
  entry["violations"] = numbers.check.violations;
  entry["l1_kept"] = ratio(rows.l1_kept, rows.l1_total);
  for (std::size_t i = 0; i < kTileRules.size(); ++i) {
    const MaskStats& tile = numbers.tiles[i];
    entry["l1_kept_" + std::string(key_of(kTileRules[i]))] = ratio(tile.l1_kept, tile.l1_total);
  }
  if (numbers.method) {
    entry["method"] = options.method_name;
    entry["l1_kept_method"] = ratio(numbers.method->l1_kept, numbers.method->l1_total);
  }
  if (options.permutation) {
    entry["l1_kept_permuted"] =
        numbers.order ? ratio(numbers.order->kept, numbers.order->total) : Json(nullptr);
  }
}

}  // namespace heddle::cli
