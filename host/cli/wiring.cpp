#include "host/cli/wiring.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <utility>

#include "host/cli/method_stats.hpp"
#include "host/cli/report.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

std::string metadata_key(const std::string& consumer) {
  return "heddle." + consumer + ".permutation";
}

std::string first_of(const Wire& wire) { return io::printable(wire.consumers.front()); }

// What the method keeps of the scores (or magnitudes) that rank it.
Result<double> kept_by_method(const Options& options, const ScoreFile& scores,
                              const Weight& weight) {
  const Result<Ranked> ranked = scores.rank(options.exec(), weight);
  if (!ranked.ok()) return ranked.status();
  const Result<MaskStats> stats =
      method_stats(options, options.method, ranked->view, ranked->ranking);
  if (!stats.ok()) return stats.status();
  return stats->l1_kept;
}

// The order that `metadata` remembers, from the text of an earlier run; empty if there is none.
Result<Permutation> earlier(const io::Metadata& metadata, const std::string& consumer,
                            std::int64_t channels) {
  Permutation order;
  const auto entry = metadata.find(metadata_key(consumer));
  if (entry == metadata.end()) return order;
  for (std::size_t at = 0; at <= entry->second.size();) {
    const std::size_t end = std::min(entry->second.find(',', at), entry->second.size());
    int value = -1, used = 0;
    const std::string number = entry->second.substr(at, end - at);
    if (std::sscanf(number.c_str(), "%9d%n", &value, &used) != 1 ||
        static_cast<std::size_t>(used) != number.size()) {
      value = -1;
    }
    order.push_back(value);
    at = end + 1;
  }
  if (static_cast<std::int64_t>(order.size()) != channels || !inverse(order).ok()) {
    return Status(StatusCode::corrupt, "metadata key " + io::quote(entry->first) +
                                           ": must be the numbers from 0 to " +
                                           std::to_string(channels - 1) + ", each once");
  }
  return order;
}

std::string number_list(const Permutation& order) {
  std::string text;
  for (const std::int32_t value : order) {
    if (!text.empty()) text += ',';
    text += std::to_string(value);
  }
  return text;
}

// The consumers of one wire that are pruned, with what ranks them.
struct Searched {
  std::vector<Weight> weights;
  std::vector<Ranked> ranked;
  std::vector<Unfolded> unfolded;
};

Result<Searched> gather(const Options& options, const io::SafetensorsReader& reader,
                        const Selection& selection, const ScoreFile& scores, const Wire& wire) {
  Searched searched;
  for (const Choice& choice : selection.choices) {
    const std::string& name = choice.tensor->name;
    const auto& names = wire.consumers;
    if (!choice.selected || std::find(names.begin(), names.end(), name) == names.end()) continue;
    Weight weight{
        choice.tensor, choice.type, nullptr, nullptr, {reader.data(*choice.tensor), nullptr}};
    Result<Ranked> ranked = scores.rank(options.exec(), weight);
    if (!ranked.ok()) return ranked.status();
    searched.unfolded.push_back(unfold(ranked->view.data, choice.tensor->shape, ranked->view.type));
    searched.weights.push_back(std::move(weight));
    searched.ranked.push_back(std::move(*ranked));
  }
  return searched;
}

// Tiles and functions see rows too, which no search knows of: does the order help them?
Result<bool> helps(const Options& options, const ScoreFile& scores, const Searched& searched,
                   const Permutation& order) {
  double before = 0, after = 0;
  for (const Weight& weight : searched.weights) {
    const Result<double> as_is = kept_by_method(options, scores, weight);
    if (!as_is.ok()) return as_is.status();
    Result<Bytes> moved = reorder(options.exec(), weight.bytes.data, weight.tensor->shape,
                                  size_of(weight.type), nullptr, &order);
    if (!moved.ok()) return moved.status();
    const Result<double> reordered = kept_by_method(
        options, scores, {weight.tensor, weight.type, nullptr, &order, std::move(*moved)});
    if (!reordered.ok()) return reordered.status();
    before += *as_is;
    after += *reordered;
  }
  return after > before;
}

}  // namespace

PermutationOptions search_options(const Options& options, Progress& progress) {
  PermutationOptions search;
  search.pattern = options.pattern;
  search.seed = options.seed;
  search.max_seconds = options.budget;
  search.progress = [&progress](const PermutationProgress& now) {
    progress.detail(percent(now.kept_identity, now.total) + " -> " + percent(now.kept, now.total));
    return true;
  };
  return search;
}

Status Wiring::search(const Options& options, const io::SafetensorsReader& reader,
                      const Selection& selection, const ScoreFile& scores) {
  Progress progress(wires_.size());
  for (Wire& wire : wires_) {
    progress.step(wire.consumers.front());
    const Result<Searched> searched = gather(options, reader, selection, scores, wire);
    if (!searched.ok()) return searched.status();
    wire.searched = !searched->weights.empty();
    if (!wire.searched) {
      return {StatusCode::invalid_argument, "--permute: none of the consumers of " +
                                                io::quote(wire.producers.front()) + " is pruned"};
    }
    std::vector<ConstMatrixView> matrices;
    for (const Unfolded& unfolded : searched->unfolded) matrices.push_back(unfolded.matrix);
    Result<PermutationResult> found = find_permutation(
        options.exec(), matrices.data(), matrices.size(), search_options(options, progress));
    if (!found.ok()) {
      return {found.status().code(), "--permute: consumers of " +
                                         io::quote(wire.producers.front()) + ": " +
                                         found.status().message()};
    }
    wire.found = std::move(*found);
    if (options.method.kind == MaskMethod::Kind::rows) continue;
    const Result<bool> useful = helps(options, scores, *searched, wire.found.permutation);
    if (!useful.ok()) return useful.status();
    if (!*useful) {
      wire.kept_as_is = true;
      std::iota(wire.found.permutation.begin(), wire.found.permutation.end(), 0);
    }
  }
  return {};
}

const Permutation* Wiring::rows(const std::string& name) const {
  for (const Wire& wire : wires_) {
    const auto& names = wire.producers;
    if (std::find(names.begin(), names.end(), name) != names.end()) return &wire.found.permutation;
  }
  return nullptr;
}

const Permutation* Wiring::cols(const std::string& name) const {
  for (const Wire& wire : wires_) {
    const auto& names = wire.consumers;
    if (std::find(names.begin(), names.end(), name) != names.end()) return &wire.found.permutation;
  }
  return nullptr;
}

void Wiring::add_to(Recipe& recipe) const {
  for (const Wire& wire : wires_) recipe.add(number_list(wire.found.permutation));
}

Status Wiring::describe(const std::string& name, io::Metadata& metadata) const {
  for (const Wire& wire : wires_) {
    for (const std::string& consumer : wire.consumers) {
      if (consumer != name) continue;
      const Result<Permutation> before = earlier(metadata, consumer, wire.channels);
      if (!before.ok()) return before.status();
      Permutation order = wire.found.permutation;
      if (!before->empty()) {
        for (std::int32_t& column : order) column = (*before)[static_cast<std::size_t>(column)];
      }
      metadata[metadata_key(consumer)] = number_list(order);
    }
  }
  return {};
}

void Wiring::describe(Outcome& outcome) const {
  if (wires_.empty()) return;
  Json list = Json::array();
  std::vector<std::vector<std::string>> lines;
  for (const Wire& wire : wires_) {
    const PermutationResult& found = wire.found;
    list.push_back({{"consumers", wire.consumers},
                    {"producers", wire.producers},
                    {"channels", wire.channels},
                    {"l1_kept_before", ratio(found.kept_identity, found.total)},
                    {"l1_kept", ratio(found.kept, found.total)},
                    {"used", !wire.kept_as_is},
                    {"seconds", found.seconds}});
    lines.push_back({first_of(wire) + (wire.consumers.size() > 1 ? " ..." : ""),
                     count_words(static_cast<std::size_t>(wire.channels), "channel"),
                     percent(found.kept_identity, found.total), "->",
                     percent(found.kept, found.total),
                     wire.kept_as_is ? "not used: the method keeps no more in that order" : ""});
  }
  outcome.json["permutations"] = std::move(list);
  outcome.text += "reordered " + count_words(lines.size(), "set") +
                  " of channels; share that the pattern along rows keeps:\n" +
                  table(lines, {false, true, true, false, true});
}

}  // namespace heddle::cli
