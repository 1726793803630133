#include "host/io/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace heddle::io {
namespace {

TEST(Text, PrintableKeepsTextAndEscapesTheRest) {
  EXPECT_EQ(printable("layer.0/weight"), "layer.0/weight");
  EXPECT_EQ(printable("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\\x0ab\\x1b[31m\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b") << "a C1 control is an escape sequence to some";
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
}

TEST(Text, QuoteIsBounded) {
  EXPECT_EQ(quote("x"), "'x'");
  EXPECT_EQ(quote(std::string(200, 'a')).size(), 202u);
  const std::string cut = quote(std::string(1000000, 'a'));
  EXPECT_EQ(cut, "'" + std::string(200, 'a') + "...'");
  // The cut falls inside a three-byte sequence: it moves to its start.
  std::string euros;
  while (euros.size() < 300) euros += "\xe2\x82\xac";
  EXPECT_EQ(quote(euros).find('\\'), std::string::npos) << quote(euros);
}

TEST(Text, ValidUtf8Prefix) {
  const auto prefix = [](const std::string& s) { return valid_utf8_prefix(s); };
  EXPECT_EQ(prefix("abc"), 3u);
  EXPECT_EQ(prefix("\xc3\xa9z"), 3u);
  EXPECT_EQ(prefix("a\x80"), 1u) << "a lone continuation";
  EXPECT_EQ(prefix("a\xc0\xaf"), 1u) << "overlong";
  EXPECT_EQ(prefix("a\xe0\x80\xaf"), 1u) << "overlong";
  EXPECT_EQ(prefix("a\xf0\x80\x80\xaf"), 1u) << "overlong";
  EXPECT_EQ(prefix("a\xed\xa0\x80"), 1u) << "a surrogate";
  EXPECT_EQ(prefix("a\xf4\x90\x80\x80"), 1u) << "beyond U+10FFFF";
  EXPECT_EQ(prefix("a\xf4\x8f\xbf\xbf"), 5u) << "U+10FFFF";
  EXPECT_EQ(prefix("a\xe2\x82"), 1u) << "truncated";
  EXPECT_EQ(prefix("a\xff"), 1u);
}

TEST(Text, Shapes) {
  EXPECT_EQ(shape_text({}), "[]");
  EXPECT_EQ(shape_text({2, 3}), "[2, 3]");
  EXPECT_EQ(shape_text(std::vector<std::int64_t>(9, 1)),
            "[1, 1, 1, 1, 1, 1, 1, 1, ... 9 dimensions]");
}

}  // namespace
}  // namespace heddle::io
