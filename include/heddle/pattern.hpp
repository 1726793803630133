#pragma once
/// \file
/// N:M patterns, by value and by name.

#include <string>
#include <vector>

#include "heddle/export.h"
#include "heddle/status.hpp"

namespace heddle {

/// Keep `keep` of every `group` consecutive entries of a row. 1 <= keep <= group <= 32.
struct Pattern {
  int keep = 2;   ///< entries kept of a group
  int group = 4;  ///< columns of a group

  /// 1 <= keep <= group <= 32.
  constexpr bool valid() const noexcept { return keep >= 1 && keep <= group && group <= 32; }
  /// Same keep, same group.
  friend constexpr bool operator==(const Pattern& a, const Pattern& b) noexcept {
    return a.keep == b.keep && a.group == b.group;
  }
  /// Another keep or group.
  friend constexpr bool operator!=(const Pattern& a, const Pattern& b) noexcept {
    return !(a == b);
  }
};

/// "keep:group", for example "2:4".
HEDDLE_API std::string to_string(Pattern pattern);

/// A registry entry.
struct NamedPattern {
  std::string name;  ///< as find_pattern takes it
  Pattern pattern;   ///< what it stands for
};

/// The pattern of a name. Accepted: a registered name, "keep:group" for any valid pair, and the
/// apex form "m<group>n<keep>_1d" (there n counts kept entries). not_found lists the names.
HEDDLE_API Result<Pattern> find_pattern(const std::string& name);

/// Adds a name for the whole process. invalid_argument if the pattern is not valid, or the name is
/// empty or already means another pattern. Thread-safe.
HEDDLE_API Status register_pattern(const std::string& name, Pattern pattern);

/// Every registered name: the built-in ones, then the user's in order of registration.
HEDDLE_API std::vector<NamedPattern> registered_patterns();

}  // namespace heddle
