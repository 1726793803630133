#pragma once
// How names and shapes from files appear in messages: on one line, printable, of bounded length.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::io {

/// `name` in single quotes, control characters and bytes that are not UTF-8 escaped as \xNN, cut
/// with "..." beyond 200 bytes: safe on a terminal and in a one-line message.
std::string quote(std::string_view name);

/// The same for a path, which is never cut.
std::string quote_path(const std::string& path);

/// The same without the quotes, and without a bound on the length.
std::string printable(std::string_view name);

/// "[2, 3]"; at most eight dimensions are spelled out.
std::string shape_text(const std::vector<std::int64_t>& shape);

/// The length of the longest prefix of `text` that is valid UTF-8.
std::size_t valid_utf8_prefix(std::string_view text) noexcept;

}  // namespace heddle::io
