#include "heddle/pattern.hpp"

#include <cstdlib>
#include <mutex>
#include <optional>

#include "host/message.hpp"

namespace heddle {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<NamedPattern> entries = {
      {"2:4", {2, 4}},     {"1:2", {1, 2}},     {"1:4", {1, 4}},     {"2:8", {2, 8}},
      {"4:8", {4, 8}},     {"8:16", {8, 16}},   {"16:32", {16, 32}}, {"m4n2_1d", {2, 4}},
      {"m4n1_1d", {1, 4}}, {"m2n1_1d", {1, 2}}, {"m8n4_1d", {4, 8}},
  };
};

Registry& registry() {
  static Registry instance;
  return instance;
}

// Reads one decimal of at most two digits at `at` and moves past it; -1 if there is none.
int read_number(const std::string& text, std::size_t& at) {
  int value = -1;
  for (int digits = 0; digits < 2 && at < text.size() && text[at] >= '0' && text[at] <= '9';
       ++digits)
    value = (value < 0 ? 0 : value) * 10 + (text[at++] - '0');
  return value;
}

// "keep:group", or apex' "m<group>n<keep>_1d"; nothing if `name` has neither form.
std::optional<Pattern> parse(const std::string& name) {
  std::size_t at = 0;
  const bool apex = !name.empty() && name[0] == 'm';
  at += apex;
  const int first = read_number(name, at);
  if (at >= name.size() || name[at++] != (apex ? 'n' : ':')) return std::nullopt;
  const int second = read_number(name, at);
  if (name.substr(at) != (apex ? "_1d" : "")) return std::nullopt;
  const Pattern pattern = apex ? Pattern{second, first} : Pattern{first, second};
  return pattern.valid() ? std::optional(pattern) : std::nullopt;
}

}  // namespace

std::string to_string(Pattern pattern) { return message(pattern.keep, ':', pattern.group); }

Result<Pattern> find_pattern(const std::string& name) {
  std::string known;
  {
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    for (const NamedPattern& entry : r.entries) {
      if (entry.name == name) return entry.pattern;
      known += (known.empty() ? "" : ", ") + entry.name;
    }
  }
  if (const auto pattern = parse(name)) return *pattern;
  return Status(StatusCode::not_found, message("pattern = \"", name, "\": must be one of ", known,
                                               ", or keep:group with 1 <= keep <= group <= 32"));
}

Status register_pattern(const std::string& name, Pattern pattern) {
  if (!pattern.valid())
    return {StatusCode::invalid_argument,
            message("pattern = ", to_string(pattern), ": must have 1 <= keep <= group <= 32")};
  if (name.empty()) return {StatusCode::invalid_argument, "name = \"\": must not be empty"};
  const auto taken = [&](Pattern by) {
    return Status(StatusCode::invalid_argument, message("name = \"", name, "\": already means ",
                                                        to_string(by), ", must be a new name"));
  };
  if (const auto parsed = parse(name); parsed && *parsed != pattern) return taken(*parsed);
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  for (const NamedPattern& entry : r.entries)
    if (entry.name == name) return entry.pattern == pattern ? Status() : taken(entry.pattern);
  r.entries.push_back({name, pattern});
  return {};
}

std::vector<NamedPattern> registered_patterns() {
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  return r.entries;
}

}  // namespace heddle
