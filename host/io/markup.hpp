#pragma once
// Text inside a page.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::io {

/// Text for an element or a quoted attribute of HTML or XML. Control characters, bytes that are not
/// UTF-8 and the code points that XML has no room for are shown as \xNN, as everywhere.
std::string escape_markup(std::string_view text);

std::string base64(const std::vector<std::uint8_t>& bytes);

}  // namespace heddle::io
