#pragma once
// A strict reader of well-formed markup: enough of XML to hold a page against it.

#include <map>
#include <string>
#include <vector>

namespace heddle::test {

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  // its own and its descendants', references resolved
  std::vector<Element> children;

  /// Every descendant of that name, in order.
  std::vector<const Element*> all(const std::string& wanted) const;
  /// The first of them whose attribute has the value; null if there is none.
  const Element* with(const std::string& wanted, const std::string& attribute,
                      const std::string& value) const;
};

/// The root of a document; a test failure where it is not well-formed: tags that do not match,
/// attributes without quotes or given twice, unknown references, stray < or &, control characters,
/// bytes that are not UTF-8.
Element parse_markup(const std::string& document);

}  // namespace heddle::test
