#include "host/method_names.hpp"

#include <algorithm>
#include <utility>

#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/validate.hpp"

// Apart from method.cpp, so that looking a name up links no operation.

namespace heddle {
namespace {

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

std::vector<NamedMethod>& functions() {
  static std::vector<NamedMethod> instance;
  return instance;
}

MaskMethod rows_method(Pattern pattern) {
  MaskMethod method;
  method.pattern = pattern;
  return method;
}

MaskMethod tiles_method(const TilePattern& pattern) {
  MaskMethod method;
  method.kind = MaskMethod::Kind::tiles;
  method.pattern = pattern.pattern;
  method.rule = pattern.rule;
  method.solver = pattern.solver;
  method.transposable = true;
  return method;
}

constexpr const char* kTileNames[] = {"tile-exact-2:4", "tile-at-most-2:4", "tile-greedy-2:4",
                                      "m4n2_2d_best", "m4n2_2d_greedy"};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

std::string to_string(const TilePattern& pattern) {
  if (pattern.rule == TileRule::greedy) return "tile-greedy-" + to_string(pattern.pattern);
  const std::string rule = pattern.rule == TileRule::exact ? "tile-exact-" : "tile-at-most-";
  return rule + (pattern.solver == TileSolver::fast ? "fast-" : "") + to_string(pattern.pattern);
}

std::optional<TilePattern> parse_tile_pattern(const std::string& name) {
  struct Form {
    const char* prefix;
    TileRule rule;
    TileSolver solver;
  };
  static constexpr Form kForms[] = {
      {"tile-exact-fast-", TileRule::exact, TileSolver::fast},
      {"tile-at-most-fast-", TileRule::at_most, TileSolver::fast},
      {"tile-exact-", TileRule::exact, TileSolver::optimal},
      {"tile-at-most-", TileRule::at_most, TileSolver::optimal},
      {"tile-greedy-", TileRule::greedy, TileSolver::optimal},
  };
  for (const Form& form : kForms) {
    const std::string prefix = form.prefix;
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string rest = name.substr(prefix.size());
    if (rest.empty() || rest[0] == 'm') continue;
    if (const auto pattern = parse_pattern(rest))
      return TilePattern{*pattern, form.rule, form.solver};
  }
  // apex: m<group>n<keep>_2d_best, _2d_greedy
  for (const bool best : {true, false}) {
    const std::string end = best ? "_2d_best" : "_2d_greedy";
    if (name.empty() || name[0] != 'm' || !ends_with(name, end)) continue;
    if (const auto pattern = parse_pattern(name.substr(0, name.size() - end.size()) + "_1d"))
      return TilePattern{*pattern, best ? TileRule::exact : TileRule::greedy, TileSolver::optimal};
  }
  return std::nullopt;
}

bool is_registered_method(const std::string& name) {
  return std::any_of(functions().begin(), functions().end(),
                     [&](const NamedMethod& entry) { return entry.name == name; });
}

Result<MaskMethod> find_method(const std::string& name) try {
  {
    const std::lock_guard lock(names_mutex());
    for (const NamedMethod& entry : functions())
      if (entry.name == name) return entry.method;
    if (const NamedPattern* entry = registered_pattern(name)) return rows_method(entry->pattern);
  }
  if (const auto pattern = parse_pattern(name)) return rows_method(*pattern);
  if (const auto tile = parse_tile_pattern(name)) return tiles_method(*tile);
  std::string known;
  for (const NamedMethod& entry : registered_methods()) known += entry.name + ", ";
  return Status(StatusCode::not_found,
                message("method = \"", name, "\": must be one of ", known,
                        "keep:group, tile-exact-keep:group, tile-at-most-keep:group, "
                        "tile-greedy-keep:group, tile-exact-fast-keep:group or "
                        "tile-at-most-fast-keep:group with 1 <= keep <= group <= 32"));
} catch (...) {
  return caught();
}

Status register_method(const std::string& name, Pattern pattern, MaskFunction function,
                       bool transposable) try {
  HEDDLE_TRY(check_pattern(pattern));
  if (!function) return invalid("function = empty: must be a function");
  if (name.empty()) return invalid("name = \"\": must not be empty");
  const auto taken = [&](const std::string& by) {
    return invalid(message("name = \"", name, "\": already means ", by, ", must be a new name"));
  };
  if (const auto parsed = parse_pattern(name)) return taken(to_string(*parsed));
  if (const auto tile = parse_tile_pattern(name)) return taken(to_string(*tile));
  MaskMethod method = rows_method(pattern);
  method.kind = MaskMethod::Kind::function;
  method.transposable = transposable;
  method.function = std::move(function);
  method.name = name;
  const std::lock_guard lock(names_mutex());
  if (const NamedPattern* entry = registered_pattern(name)) return taken(to_string(entry->pattern));
  if (is_registered_method(name)) return taken("a registered method");
  functions().push_back({name, std::move(method)});
  return {};
} catch (...) {
  return caught();
}

std::vector<NamedMethod> registered_methods() {
  std::vector<NamedMethod> all;
  for (const NamedPattern& entry : registered_patterns())
    all.push_back({entry.name, rows_method(entry.pattern)});
  for (const char* name : kTileNames)
    all.push_back({name, tiles_method(*parse_tile_pattern(name))});
  const std::lock_guard lock(names_mutex());
  all.insert(all.end(), functions().begin(), functions().end());
  return all;
}

}  // namespace heddle
