#pragma once
// Mask methods from a shared object (include/heddle/plugin.h).

#include <string>

#include "heddle/status.hpp"

namespace heddle::cli {

/// Loads the file, for as long as the program runs, and registers its methods. io_error where it
/// cannot be loaded, invalid_argument where it is no plugin, fails, or adds what cannot be.
Status load_plugin(const std::string& path);

}  // namespace heddle::cli
