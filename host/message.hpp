#pragma once
// Builds the sentence of a Status from parts.

#include <sstream>
#include <string>

namespace heddle {

template <class... Parts>
std::string message(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

}  // namespace heddle
