// --shard: which files are whose.

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "host/cli/shards.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

constexpr std::size_t kMostWorkers = 1'000'000;

struct Worker {
  std::size_t number = 1, of = 1;
};

// A decimal from 1 to kMostWorkers; 0 for anything else.
std::size_t parse_count(std::string_view text) {
  std::size_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && at == text.data() + text.size();
  return whole && value <= kMostWorkers ? value : 0;
}

Result<Worker> parse_worker(const std::string& shard) {
  Worker worker;
  if (shard.empty()) return worker;
  const std::size_t slash = shard.find('/');
  if (slash != std::string::npos) {
    const std::string_view text = shard;
    worker = {parse_count(text.substr(0, slash)), parse_count(text.substr(slash + 1))};
    if (worker.number >= 1 && worker.number <= worker.of) return worker;
  }
  return Status(StatusCode::invalid_argument,
                "--shard " + io::quote(shard) + ": must be i/n with 1 <= i <= n <= 1000000");
}

}  // namespace

Result<std::vector<std::size_t>> shard_work(const std::string& shard,
                                            const io::SafetensorsReader& reader) {
  const Result<Worker> worker = parse_worker(shard);
  if (!worker.ok()) return worker.status();
  const std::vector<io::ShardFile>& files = reader.files();
  // The largest file left goes to the worker with the fewest bytes. Ties go to the lower number:
  // every worker computes the same.
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return files[a].bytes > files[b].bytes; });
  std::vector<std::size_t> load(std::min(worker->of, files.size()), 0);
  std::vector<std::size_t> mine;
  for (const std::size_t file : order) {
    const auto least = std::min_element(load.begin(), load.end());
    *least += files[file].bytes;
    if (static_cast<std::size_t>(least - load.begin()) + 1 == worker->number) mine.push_back(file);
  }
  std::sort(mine.begin(), mine.end());
  return mine;
}

Selection restrict_to(const Selection& selection, const io::SafetensorsReader& reader,
                      const std::vector<std::size_t>& files) {
  const auto has = [&](const io::TensorInfo& tensor) {
    return std::binary_search(files.begin(), files.end(), reader.file_of(tensor));
  };
  Selection part = selection;
  part.choices.clear();
  for (const Choice& choice : selection.choices) {
    if (has(*choice.tensor)) part.choices.push_back(choice);
  }
  for (std::size_t i = 0; i < part.matrices.size(); ++i) {
    const io::TensorInfo* const values = reader.find(io::values_name(part.matrices[i].name));
    part.matrix_selected[i] = part.matrix_selected[i] && values != nullptr && has(*values);
  }
  return part;
}

}  // namespace heddle::cli
