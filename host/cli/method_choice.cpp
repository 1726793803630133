#include "host/cli/method_choice.hpp"

#include "heddle/tile.hpp"
#include "host/cli/plugin.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

Status prefixed(const char* option, const Status& status) {
  return {status.code(), std::string(option) + ": " + status.message()};
}

Status choose_named(const std::string& name, Options& options) {
  const Result<MaskMethod> method = find_method(name);
  if (!method.ok()) return prefixed("--method", method.status());
  if (options.pattern_given && method->pattern != options.pattern) {
    return {StatusCode::invalid_argument, "--pattern " + to_string(options.pattern) +
                                              ": --method " + io::quote(name) + " keeps " +
                                              to_string(method->pattern) + "; give one of the two"};
  }
  const bool both = method->transposable || method->kind == MaskMethod::Kind::tiles;
  if (options.transposable && !both) {
    return {StatusCode::invalid_argument,
            "--transposable: masks by --method " + io::quote(name) +
                " follow their pattern along rows alone; give one of the two"};
  }
  options.method = *method;
  options.method_name = name;
  options.pattern = method->pattern;
  options.pattern_given = true;
  return {};
}

}  // namespace

Status choose_method(const std::string& pattern, const std::string& method, Options& options) {
  for (const std::string& path : options.plugins) {
    if (Status status = load_plugin(path); !status.ok()) return status;
  }
  if (!pattern.empty()) {
    const Result<Pattern> found = find_pattern(pattern);
    if (!found.ok()) return prefixed("--pattern", found.status());
    options.pattern = *found;
    options.pattern_given = true;
  }
  options.method_given = !method.empty() || options.transposable;
  if (!method.empty()) return choose_named(method, options);
  options.method.pattern = options.pattern;
  options.method_name = to_string(options.pattern);
  if (options.transposable) {
    options.method.kind = MaskMethod::Kind::tiles;
    options.method.transposable = true;
    options.method_name = to_string(TilePattern{options.pattern, TileRule::exact});
  }
  return {};
}

}  // namespace heddle::cli
