#include "host/io/text.hpp"

namespace heddle::io {
namespace {

constexpr std::size_t kMaxQuoted = 200;

// Bytes of the UTF-8 sequence at the start of `text`, 0 if it is none. Overlong forms, surrogates
// and code points beyond U+10FFFF are none.
std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
      (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

void append_escaped(std::string& out, unsigned char byte) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_sequence(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

std::string printable(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const auto byte = static_cast<unsigned char>(name[at]);
    const std::size_t length = utf8_sequence(name.substr(at));
    // U+0080 to U+009F are control characters too: some terminals obey them.
    const bool c1 = length == 2 && byte == 0xc2 && static_cast<unsigned char>(name[at + 1]) < 0xa0;
    if (length == 0 || byte < 0x20 || byte == 0x7f || c1) {
      append_escaped(out, byte);
      ++at;
    } else {
      out += name.substr(at, length);
      at += length;
    }
  }
  return out;
}

std::string quote(std::string_view name) {
  const bool whole = name.size() <= kMaxQuoted;
  std::size_t cut = whole ? name.size() : kMaxQuoted;
  // Not inside a sequence: at most three continuation bytes precede the cut.
  for (int i = 0; !whole && i < 3 && (static_cast<unsigned char>(name[cut]) & 0xc0) == 0x80; ++i) {
    --cut;
  }
  std::string out = "'";
  out += printable(name.substr(0, cut));
  out += whole ? "'" : "...'";
  return out;
}

std::string quote_path(const std::string& path) {
  std::string out = "'";
  out += printable(path);
  out += '\'';
  return out;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  constexpr std::size_t kMaxDims = 8;
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == kMaxDims) {
      text += "... " + std::to_string(shape.size()) + " dimensions";
      break;
    }
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

}  // namespace heddle::io
