#pragma once
// One space of names for patterns and methods: a name means one thing.

#include <mutex>
#include <optional>
#include <string>

#include "heddle/method.hpp"
#include "heddle/pattern.hpp"

namespace heddle {

// Guards the registries of patterns and of methods.
std::mutex& names_mutex();

// "keep:group" or "m<group>n<keep>_1d"; nothing if `name` has neither form.
std::optional<Pattern> parse_pattern(const std::string& name);

// The names of tile masks; nothing if `name` has none of their forms.
std::optional<TilePattern> parse_tile_pattern(const std::string& name);

// These need names_mutex held.
const NamedPattern* registered_pattern(const std::string& name);
bool is_registered_method(const std::string& name);

}  // namespace heddle
