#include "host/io/markup.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heddle::io {
namespace {

TEST(Markup, WhatMarkupWouldReadIsEscaped) {
  EXPECT_EQ(escape_markup("plain \xe2\x82\xac"), "plain \xe2\x82\xac");
  EXPECT_EQ(escape_markup("<a href=\"x\">'&amp;'"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;");
  EXPECT_EQ(escape_markup("a\nb\x1b\x7f"), "a\\x0ab\\x1b\\x7f");
  EXPECT_EQ(escape_markup("\xff\xc2\x85"), "\\xff\\xc2\\x85");
  EXPECT_EQ(escape_markup("\xef\xbf\xbe|\xef\xbf\xbf|\xef\xbf\xbd"),
            "\\xef\\xbf\\xbe|\\xef\\xbf\\xbf|\xef\xbf\xbd");
}

TEST(Markup, Base64) {
  // RFC 4648, section 10.
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(base64(std::vector<std::uint8_t>(plain.begin(), plain.end())), text);
  }
  EXPECT_EQ(base64({0xfb, 0xff, 0xbf}), "+/+/");
}

}  // namespace
}  // namespace heddle::io
