// What a run needs to resume.
#include <bit>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "heddle/sparsifier.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/tensor.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

constexpr const char* kVersion = "1";

std::string key(const char* name) { return std::string("sparsifier.") + name; }
std::string key(const char* name, const std::string& parameter) {
  return key(name) + "." + parameter;
}

// ---- words --------------------------------------------------------------------------------------

// Everything that a parameter's tensors in a file depend on.
std::string identity(const SparseParameter& parameter, const ParameterReport& report) {
  const TensorView& weight = parameter.weight;
  const std::string shape = shape_text(weight.rank, weight.shape);
  if (!report.sparse) return message("dense ", to_string(weight.type), " ", shape);
  return message("sparse ", to_string(weight.type), " ", shape, " ",
                 parameter.dropped ? "with" : "without", " dropped, method ", report.method);
}

// Five numbers in hexadecimal, the sums as the bits of their doubles: exact in every locale.
std::string statistics_words(const MaskStats& stats) {
  const std::uint64_t numbers[] = {
      static_cast<std::uint64_t>(stats.elements), static_cast<std::uint64_t>(stats.kept),
      static_cast<std::uint64_t>(stats.nonzeros), std::bit_cast<std::uint64_t>(stats.l1_total),
      std::bit_cast<std::uint64_t>(stats.l1_kept)};
  std::string text;
  for (const std::uint64_t number : numbers) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof(digits), number, 16).ptr;
    if (!text.empty()) text += ' ';
    text.append(digits, end);
  }
  return text;
}

bool parse_statistics(std::string_view text, MaskStats& stats) {
  std::uint64_t number[5];
  for (std::uint64_t& n : number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n, 16);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  }
  stats.elements = static_cast<std::int64_t>(number[0]);
  stats.kept = static_cast<std::int64_t>(number[1]);
  stats.nonzeros = static_cast<std::int64_t>(number[2]);
  stats.l1_total = std::bit_cast<double>(number[3]);
  stats.l1_kept = std::bit_cast<double>(number[4]);
  return text.empty();
}

struct Flags {
  bool has_masks = false, pruned = false, frozen = false;
};

constexpr struct {
  const char* word;
  Flags flags;
} kStates[] = {{"no masks", {}},
               {"no masks, frozen", {false, false, true}},
               {"masks", {true, false, false}},
               {"masks, frozen", {true, false, true}},
               {"pruned", {true, true, false}},
               {"pruned, frozen", {true, true, true}}};

// The value of a key that has to be there.
Result<std::string> value_of(const std::map<std::string, std::string>& words,
                             const std::string& name) {
  const auto found = words.find(name);
  if (found != words.end()) return found->second;
  return Status(StatusCode::corrupt, message("words: '", name, "' is missing"));
}

Status corrupt(const std::string& name, const std::string& value, const char* rule) {
  return {StatusCode::corrupt, message("words: '", name, "' = '", value, "': ", rule)};
}

// Looks up what state() said of the words.
Result<Flags> parse_state(const std::map<std::string, std::string>& words) {
  const Result<std::string> version = value_of(words, key("version"));
  if (!version.ok()) return version.status();
  if (*version != kVersion) return corrupt(key("version"), *version, "must be 1");
  const Result<std::string> state = value_of(words, key("state"));
  if (!state.ok()) return state.status();
  for (const auto& known : kStates)
    if (*state == known.word) return known.flags;
  return corrupt(key("state"), *state, "must be a state of a Sparsifier");
}

}  // namespace

std::vector<StateTensor> Sparsifier::state() const {
  std::vector<StateTensor> list;
  for (const Entry& entry : parameters_) {
    const SparseParameter& p = entry.parameter;
    if (!entry.report.sparse) continue;
    list.push_back({p.name + ".mask", as_bytes(p.mask)});
    if (p.dropped) list.push_back({p.name + ".dropped", *p.dropped});
  }
  return list;
}

std::map<std::string, std::string> Sparsifier::state_words() const {
  std::map<std::string, std::string> words;
  words[key("version")] = kVersion;
  for (const auto& known : kStates)
    if (known.flags.has_masks == has_masks_ && known.flags.pruned == pruned_ &&
        known.flags.frozen == frozen_)
      words[key("state")] = known.word;
  words[key("parameters")] = std::to_string(size());
  for (const Entry& entry : parameters_) {
    const std::string& name = entry.parameter.name;
    words[key("parameter", name)] = identity(entry.parameter, entry.report);
    if (has_masks_ && entry.report.sparse)
      words[key("statistics", name)] = statistics_words(entry.report.stats);
  }
  return words;
}

Status Sparsifier::resume(const std::map<std::string, std::string>& words) try {
  const Result<Flags> flags = parse_state(words);
  if (!flags.ok()) return flags.status();
  const Result<std::string> count = value_of(words, key("parameters"));
  if (!count.ok()) return count.status();
  if (*count != std::to_string(size()))
    return {StatusCode::invalid_argument,
            message("words: of ", *count, " parameters: must be of ", size())};
  std::vector<MaskStats> stats(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const Entry& entry = parameters_[i];
    const std::string& name = entry.parameter.name;
    const auto found = words.find(key("parameter", name));
    if (found == words.end())
      return {StatusCode::invalid_argument, message("words: hold no parameter '", name, "'")};
    const std::string want = identity(entry.parameter, entry.report);
    if (found->second != want)
      return {StatusCode::invalid_argument, message("words: parameter '", name, "' is '",
                                                    found->second, "': must be '", want, "'")};
    if (!flags->has_masks || !entry.report.sparse) continue;
    const Result<std::string> text = value_of(words, key("statistics", name));
    if (!text.ok()) return text.status();
    if (!parse_statistics(*text, stats[i]))
      return corrupt(key("statistics", name), *text, "must be five numbers in hexadecimal");
  }
  for (std::size_t i = 0; i < size(); ++i) parameters_[i].report.stats = stats[i];
  has_masks_ = flags->has_masks;
  pruned_ = flags->pruned;
  frozen_ = flags->frozen;
  return {};
} catch (...) {
  return caught();
}

}  // namespace heddle
