// heddle report: one page about a file, for a browser or a printer.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/html_page.hpp"
#include "host/cli/layer_numbers.hpp"
#include "host/cli/method_stats.hpp"
#include "host/cli/partial_file.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/io/mask_image.hpp"
#include "host/io/output_file.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

constexpr std::int64_t kMostSamples = std::int64_t{1} << 18;  // of a layer, for the histogram

// The layers of the page: what prune would select, and the packed matrices.
std::vector<Item> page_items(const Selection& selection) {
  std::vector<Item> items;
  for (const Choice& choice : selection.choices) {
    const auto part = selection.packed_parts.find(choice.tensor->name);
    if (part != selection.packed_parts.end()) {
      const io::PackedMatrix& matrix = selection.matrices[part->second];
      if (!selection.matrix_selected[part->second]) continue;
      if (choice.tensor->name == io::values_name(matrix.name)) items.push_back({nullptr, &matrix});
    } else if (choice.selected && choice.tensor->bytes > 0) {
      items.push_back({choice.tensor, nullptr});
    }
  }
  return items;
}

// A layer's entries under its mask go into the histogram, with the weight that makes up for those
// that are passed over.
void count_magnitudes(const ConstTensorView& weight, const std::uint8_t* mask, Magnitudes& counts) {
  std::int64_t row = 1;
  for (int d = 1; d < weight.rank; ++d) row *= weight.shape[static_cast<std::size_t>(d)];
  const std::int64_t rows = weight.shape[0];
  const std::int64_t stride = std::max<std::int64_t>(1, rows * row / kMostSamples);
  counts.sampled = counts.sampled || stride > 1;
  const std::int64_t looked_at = (rows + stride - 1) / stride;
  const double each = static_cast<double>(rows) / static_cast<double>(looked_at);
  for (std::int64_t k = 0; k < rows; k += stride) {
    for (std::int64_t i = k * row; i < (k + 1) * row; ++i) {
      const double magnitude =
          std::fabs(static_cast<double>(load_as_float(weight.data, i, weight.type)));
      if (!std::isfinite(magnitude)) {
        counts.not_finite += each;
      } else if (magnitude == 0) {
        counts.zeros += each;
      } else {
        const double bin = std::floor(2 * (std::log2(magnitude) - Magnitudes::kLowest));
        const auto at = static_cast<std::size_t>(
            std::clamp(bin, 0.0, static_cast<double>(Magnitudes::kBins - 1)));
        (mask[i] != 0 ? counts.kept : counts.dropped)[at] += each;
      }
    }
  }
}

// The corner of the mask of a convolution's first tap, or of a matrix.
Result<std::vector<std::uint8_t>> thumbnail(const TensorMask& mask) {
  std::int64_t taps = 1;
  for (int d = 2; d < mask.rank; ++d) taps *= mask.shape[static_cast<std::size_t>(d)];
  const std::int64_t side = kThumbnailSide;
  const std::int64_t rows = std::min(mask.shape[0], side), cols = std::min(mask.shape[1], side);
  std::vector<std::uint8_t> corner;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      corner.push_back(mask.data[(row * mask.shape[1] + col) * taps]);
    }
  }
  return io::mask_thumbnail(
      row_major_mask(static_cast<const std::uint8_t*>(corner.data()), rows, cols), kThumbnailSide);
}

Result<PageLayer> make_layer(const Options& options, const io::SafetensorsReader& reader,
                             const Item& item, bool draw, Progress& progress, Page& page) {
  const Result<Elements> elements = load(options, reader, item);
  if (!elements.ok()) return elements.status();
  PageLayer layer{item.name(), item.dtype(), item.shape(), item.packed != nullptr, {}, {}};
  const Result<LayerNumbers> numbers = measure(options, *elements, options.pattern, progress);
  if (!numbers.ok()) return in_tensor(layer.name, numbers.status());
  layer.numbers = *numbers;

  const OwnMask mask = make_mask(elements->view);
  const Status status = best_mask(options.exec(), elements->view, options.method, mask.view);
  if (!status.ok()) return in_tensor(layer.name, status);
  count_magnitudes(elements->view, mask.view.data, page.magnitudes);
  if (draw) {
    Result<std::vector<std::uint8_t>> png = thumbnail(mask.view);
    if (!png.ok()) return png.status();
    layer.thumbnail = std::move(*png);
  }
  return layer;
}

// Which layers get a picture: those with the most entries, in doubt the first.
std::vector<bool> choose_pictures(const std::vector<Item>& items) {
  std::vector<std::pair<std::int64_t, std::size_t>> sizes;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::int64_t entries = 1;
    for (const std::int64_t dim : items[i].shape()) entries *= dim;
    sizes.emplace_back(-entries, i);
  }
  std::sort(sizes.begin(), sizes.end());
  std::vector<bool> chosen(items.size(), false);
  for (std::size_t i = 0; i < std::min(sizes.size(), kMostThumbnails); ++i) {
    chosen[sizes[i].second] = true;
  }
  return chosen;
}

// What the tensors of the file would take once the selected matrices are packed.
Result<std::size_t> packed_bytes(const Options& options, const io::SafetensorsReader& reader,
                                 const Selection& selection) {
  std::size_t bytes = 0;
  for (const io::TensorInfo& tensor : reader.tensors()) bytes += tensor.bytes;
  for (const Choice& choice : selection.choices) {
    if (!choice.selected || choice.tensor->shape.size() != 2) continue;
    const Result<CanonicalLayout> layout =
        canonical_layout({choice.tensor->shape[0], choice.tensor->shape[1], options.pattern,
                          choice.type, PackedOrder::canonical});
    if (!layout.ok()) return in_tensor(choice.tensor->name, layout.status());
    bytes += layout->values_bytes + layout->metadata_bytes - choice.tensor->bytes;
  }
  return bytes;
}

Json layer_json(const Options& options, const PageLayer& layer) {
  Json entry = {{"name", layer.name}, {"dtype", layer.dtype}, {"shape", layer.shape}};
  entry["nonzeros_before"] = layer.numbers.rows.nonzeros;
  add_json(layer.numbers, true, options, entry);
  const MaskStats& stats = layer.stats();
  entry["fill"] = ratio(static_cast<double>(stats.kept), static_cast<double>(stats.elements));
  return entry;
}

Result<Page> make_page(const Options& options, const io::SafetensorsReader& reader,
                       const Selection& selection) {
  Page page;
  page.file = options.input;
  page.tensors = reader.tensors().size();
  for (const io::TensorInfo& tensor : reader.tensors()) page.file_bytes += tensor.bytes;
  page.pattern = options.pattern;
  page.method = options.method_name;
  page.permutation = options.permutation;
  const Result<std::size_t> packed = packed_bytes(options, reader, selection);
  if (!packed.ok()) return packed.status();
  page.packed_bytes = *packed;

  const std::vector<Item> items = page_items(selection);
  const std::vector<bool> pictures = choose_pictures(items);
  Progress progress(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    progress.step(items[i].name());
    Result<PageLayer> layer = make_layer(options, reader, items[i], pictures[i], progress, page);
    if (!layer.ok()) return layer.status();
    release(reader, items[i]);
    page.layers.push_back(std::move(*layer));
  }
  for (const Choice& choice : selection.choices) {
    const bool empty = choice.selected && choice.tensor->bytes == 0;
    if ((choice.selected && !empty) || selection.packed_parts.count(choice.tensor->name) > 0) {
      continue;
    }
    const io::TensorInfo& tensor = *choice.tensor;
    page.skipped.push_back(
        {tensor.name, tensor.dtype, empty ? "has no entries" : choice.reason, tensor.shape});
  }
  return page;
}

Status write_page(const std::string& path, const std::string& html) {
  Result<io::OutputFile> file = io::OutputFile::create(path);
  if (!file.ok()) return file.status();
  const PartialFile partial(file->temporary_path());
  if (Status s = file->write_at(0, html.data(), html.size()); !s.ok()) return s;
  return file->commit();
}

}  // namespace

Result<Outcome> run_report(const Options& options) {
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options, Ranks::weights);
  if (!selection.ok()) return selection.status();
  std::error_code unknown;
  if (std::filesystem::equivalent(options.input, options.output, unknown)) {
    return Status(StatusCode::invalid_argument,
                  "output " + io::quote_path(options.output) + ": is the input");
  }
  const Result<Page> page = make_page(options, *reader, *selection);
  if (!page.ok()) return page.status();
  const std::string html = html_page(*page);
  if (Status status = write_page(options.output, html); !status.ok()) return status;

  Outcome outcome;
  outcome.text = options.output + ": " + count_words(page->layers.size(), "layer") + ", " +
                 count_words(page->skipped.size(), "other tensor") + ", " +
                 std::to_string(html.size()) + " bytes\n";
  Json tensors = Json::array();
  for (const PageLayer& layer : page->layers) tensors.push_back(layer_json(options, layer));
  outcome.json = {{"command", "report"},           {"input", options.input},
                  {"output", options.output},      {"pattern", to_string(options.pattern)},
                  {"method", options.method_name}, {"tensors", std::move(tensors)},
                  {"skipped", Json::array()}};
  for (const PageSkipped& entry : page->skipped) {
    outcome.json["skipped"].push_back({{"name", entry.name},
                                       {"dtype", entry.dtype},
                                       {"shape", entry.shape},
                                       {"reason", entry.reason}});
  }
  return outcome;
}

}  // namespace heddle::cli
