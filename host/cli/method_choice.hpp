#pragma once
// From the words of a command line to a way of making masks.

#include <string>

#include "heddle/status.hpp"
#include "host/cli/options.hpp"

namespace heddle::cli {

/// Loads options.plugins and sets pattern, method and their names from what --pattern and --method
/// said (empty: nothing) and options.transposable.
Status choose_method(const std::string& pattern, const std::string& method, Options& options);

}  // namespace heddle::cli
