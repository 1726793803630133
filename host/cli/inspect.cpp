// heddle inspect: what is in the file, and what pruning it would keep; a mask as a picture.

#include <optional>
#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/layer_numbers.hpp"
#include "host/cli/method_stats.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/cli/shards.hpp"
#include "host/io/mask_image.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// Draws the mask that the method gives the weight; of a convolution its first tap. Gives the
// caption.
Result<std::string> draw(const Options& options, const ConstTensorView& weight, Pattern pattern) {
  MaskMethod method = options.method;
  if (!options.method_given) method.pattern = pattern;
  const OwnMask mask = make_mask(weight);
  if (Status s = best_mask(options.exec(), weight, method, mask.view); !s.ok()) return s;
  std::int64_t taps = 1;
  for (int d = 2; d < weight.rank; ++d) taps *= weight.shape[static_cast<std::size_t>(d)];
  const std::int64_t rows = weight.shape[0], cols = weight.shape[1];
  const Buffer first = make_buffer(static_cast<std::size_t>(rows * cols));
  auto* const tap = reinterpret_cast<std::uint8_t*>(first.get());
  for (std::int64_t i = 0; i < rows * cols; ++i) tap[i] = mask.view.data[i * taps];
  Result<io::MaskImage> drawn =
      io::draw_mask(row_major_mask(tap, rows, cols), pattern, method.transposable);
  if (!drawn.ok()) return drawn.status();
  if (Status s = io::write_png(options.image, drawn->image); !s.ok()) return s;
  return (taps > 1 ? "the first of " + std::to_string(taps) + " taps; " : "") + drawn->caption;
}

Status refuse_image(const Item& item) {
  return {StatusCode::invalid_argument,
          "--image: tensor " + io::quote(item.name()) + " is " + shape_words(item.shape()) +
              " of " + item.dtype() +
              ", must be a matrix or convolution of F32, F16, BF16, F8_E4M3, F8_E5M2 or I8 with "
              "entries"};
}

// Looks at one item and adds its line to the listing.
Status inspect_item(const Options& options, const io::SafetensorsReader& reader, const Item& item,
                    std::vector<std::vector<std::string>>& lines, Progress& progress,
                    Outcome& outcome) {
  const bool packed = item.packed != nullptr;
  const Pattern pattern =
      packed && !options.pattern_given ? item.packed->desc.pattern : options.pattern;
  Json entry = item.json();
  std::vector<std::string> line = {io::printable(item.name()), shape_words(item.shape()),
                                   item.dtype()};
  const std::size_t columns = lines.front().size();

  const Result<Elements> elements = load(options, reader, item);
  if (!elements.ok()) return elements.status();
  if (!options.image.empty() && !elements->weight) return refuse_image(item);
  if (elements->view.data != nullptr) {
    const Result<LayerNumbers> numbers = measure(options, *elements, pattern, progress);
    if (!numbers.ok()) return in_tensor(item.name(), numbers.status());
    add_json(*numbers, elements->weight, options, entry);
    const auto share = [](const MaskStats& stats) {
      return percent(stats.l1_kept, stats.l1_total);
    };
    line.push_back(percent(numbers->zeros(), static_cast<double>(numbers->rows.elements)));
    if (elements->weight) {
      line.push_back(to_string(pattern) + (numbers->check.compliant() ? " yes" : " no"));
      line.push_back(share(numbers->rows));
      for (const MaskStats& tile : numbers->tiles) line.push_back(share(tile));
      if (numbers->method) line.push_back(share(*numbers->method));
      if (options.permutation) {
        line.push_back(numbers->order ? percent(numbers->order->kept, numbers->order->total) : "-");
      }
    }
    if (!options.image.empty()) {
      Result<std::string> caption = draw(options, elements->view, pattern);
      if (!caption.ok()) return caption.status();
      outcome.json["image"] = options.image;
      outcome.json["caption"] = std::move(*caption);
    }
  }
  line.resize(columns - 1, "-");
  line.push_back(packed ? "packed" : "");
  lines.push_back(std::move(line));
  outcome.json["tensors"].push_back(std::move(entry));
  return {};
}

std::vector<std::string> headings(const Options& options) {
  std::vector<std::string> line = {"tensor",  "shape", "type",    "zeros", "complies",
                                   "L1 kept", "exact", "at most", "greedy"};
  if (options.method_given) line.push_back(io::printable(options.method_name));
  if (options.permutation) line.push_back("permuted");
  line.push_back("");
  return line;
}

}  // namespace

Result<Outcome> run_inspect(const Options& options) {
  if (!options.image.empty() && options.tensor.empty()) {
    return Status(StatusCode::invalid_argument, "--image: needs --tensor NAME to say of what");
  }
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  const Result<std::vector<std::size_t>> work = shard_work(options.shard, *reader);
  if (!work.ok()) return work.status();
  const Result<Selection> selection = select(*reader, options, Ranks::weights);
  if (!selection.ok()) return selection.status();
  const Selection part = restrict_to(*selection, *reader, *work);
  const std::vector<Item> items = list_items(options, part);
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
  std::vector<std::vector<std::string>> lines = {headings(options)};
  {
    Progress progress(items.size());
    for (const Item& item : items) {
      progress.step(item.name());
      const Status status = inspect_item(options, *reader, item, lines, progress, outcome);
      if (!status.ok()) return status;
      release(*reader, item);
    }
  }
  std::vector<bool> right(lines.front().size(), true);
  right[0] = right[2] = right[4] = right.back() = false;
  outcome.text = table(lines, right);
  if (outcome.json.contains("caption")) {
    outcome.text += options.image + ": kept black, dropped white; " +
                    outcome.json["caption"].get<std::string>() + "\n";
  }
  return outcome;
}

}  // namespace heddle::cli
