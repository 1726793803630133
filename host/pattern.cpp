#include "heddle/pattern.hpp"

#include <cstdlib>
#include <mutex>
#include <optional>

#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/method_names.hpp"

namespace heddle {
namespace {

std::vector<NamedPattern>& entries() {
  static std::vector<NamedPattern> instance = {
      {"2:4", {2, 4}},     {"1:2", {1, 2}},     {"1:4", {1, 4}},     {"2:8", {2, 8}},
      {"4:8", {4, 8}},     {"8:16", {8, 16}},   {"16:32", {16, 32}}, {"m4n2_1d", {2, 4}},
      {"m4n1_1d", {1, 4}}, {"m2n1_1d", {1, 2}}, {"m8n4_1d", {4, 8}},
  };
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

}  // namespace

std::mutex& names_mutex() {
  static std::mutex instance;
  return instance;
}

std::optional<Pattern> parse_pattern(const std::string& name) {
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

const NamedPattern* registered_pattern(const std::string& name) {
  for (const NamedPattern& entry : entries())
    if (entry.name == name) return &entry;
  return nullptr;
}

std::string to_string(Pattern pattern) { return message(pattern.keep, ':', pattern.group); }

Result<Pattern> find_pattern(const std::string& name) try {
  std::string known;
  {
    const std::lock_guard lock(names_mutex());
    if (const NamedPattern* entry = registered_pattern(name)) return entry->pattern;
    for (const NamedPattern& entry : entries()) known += (known.empty() ? "" : ", ") + entry.name;
  }
  if (const auto pattern = parse_pattern(name)) return *pattern;
  return Status(StatusCode::not_found, message("pattern = \"", name, "\": must be one of ", known,
                                               ", or keep:group with 1 <= keep <= group <= 32"));
} catch (...) {
  return caught();
}

Status register_pattern(const std::string& name, Pattern pattern) try {
  if (!pattern.valid())
    return {StatusCode::invalid_argument,
            message("pattern = ", to_string(pattern), ": must have 1 <= keep <= group <= 32")};
  if (name.empty()) return {StatusCode::invalid_argument, "name = \"\": must not be empty"};
  const auto taken = [&](const std::string& by) {
    return Status(StatusCode::invalid_argument,
                  message("name = \"", name, "\": already means ", by, ", must be a new name"));
  };
  if (const auto parsed = parse_pattern(name); parsed && *parsed != pattern)
    return taken(to_string(*parsed));
  if (const auto tile = parse_tile_pattern(name)) return taken(to_string(*tile));
  const std::lock_guard lock(names_mutex());
  if (is_registered_method(name)) return taken("a registered method");
  if (const NamedPattern* entry = registered_pattern(name))
    return entry->pattern == pattern ? Status() : taken(to_string(entry->pattern));
  entries().push_back({name, pattern});
  return {};
} catch (...) {
  return caught();
}

std::vector<NamedPattern> registered_patterns() {
  const std::lock_guard lock(names_mutex());
  return entries();
}

}  // namespace heddle
