#include "test/host/cli/markup.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "host/io/text.hpp"

namespace heddle::test {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == ':';
}

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  Element document() {
    if (take("<!DOCTYPE html>")) space();
    Element root = element();
    space();
    if (at_ != text_.size()) fail("something follows the root");
    return root;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + " at byte " + std::to_string(at_) + ": " +
                             text_.substr(at_, 60));
  }
  bool take(const std::string& word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }
  void need(const std::string& word) {
    if (!take(word)) fail("no '" + word + "'");
  }
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  std::string name() {
    const std::size_t first = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    if (at_ == first) fail("no name");
    return text_.substr(first, at_ - first);
  }
  // Characters up to one of `ends`.
  std::string characters(const std::string& ends) {
    std::string out;
    while (at_ < text_.size() && ends.find(text_[at_]) == std::string::npos) {
      const char c = text_[at_];
      if (c == '&') {
        out += reference();
        continue;
      }
      const auto byte = static_cast<unsigned char>(c);
      if (c == '<' || (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f)
        fail("bad character");
      out += c;
      ++at_;
    }
    return out;
  }
  std::string reference() {
    for (const auto& [word, meaning] : {std::pair{"&amp;", "&"},
                                        {"&lt;", "<"},
                                        {"&gt;", ">"},
                                        {"&quot;", "\""},
                                        {"&#39;", "'"}}) {
      if (take(word)) return meaning;
    }
    fail("unknown reference");
  }
  Element element() {
    Element result;
    need("<");
    result.name = name();
    for (;;) {
      space();
      if (take("/>")) return result;
      if (take(">")) break;
      const std::string attribute = name();
      need("=\"");
      if (!result.attributes.emplace(attribute, characters("\"")).second) fail("given twice");
      need("\"");
    }
    while (text_.compare(at_, 2, "</") != 0) {
      if (at_ >= text_.size()) fail("<" + result.name + "> is not closed");
      if (text_[at_] == '<') {
        result.children.push_back(element());
        result.text += result.children.back().text;
      } else {
        result.text += characters("<");
      }
    }
    need("</" + result.name + ">");
    return result;
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<const Element*> Element::all(const std::string& wanted) const {
  std::vector<const Element*> found;
  for (const Element& child : children) {
    if (child.name == wanted) found.push_back(&child);
    const auto below = child.all(wanted);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

const Element* Element::with(const std::string& wanted, const std::string& attribute,
                             const std::string& value) const {
  for (const Element* const element : all(wanted)) {
    const auto found = element->attributes.find(attribute);
    if (found != element->attributes.end() && found->second == value) return element;
  }
  return nullptr;
}

Element parse_markup(const std::string& document) {
  EXPECT_EQ(io::valid_utf8_prefix(document), document.size());
  try {
    return Parser(document).document();
  } catch (const std::runtime_error& error) {
    ADD_FAILURE() << error.what();
    return {};
  }
}

}  // namespace heddle::test
