#pragma once
// Builds the sentence of a Status from parts.

#include <new>
#include <sstream>
#include <string>

namespace heddle {

template <class... Parts>
std::string message(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  if (!out) throw std::bad_alloc();  // which the stream keeps to itself, or half a sentence
  return out.str();
}

}  // namespace heddle
