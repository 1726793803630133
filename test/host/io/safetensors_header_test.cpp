// Every way in which a header can be wrong, and what the message says; oddities that are fine.

#include "host/io/safetensors_header.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "test/host/io/files.hpp"

namespace heddle::io {
namespace {

using test::le64;
using test::safetensors;

Result<Header> parse(const std::string& file) { return parse_header(file.data(), file.size()); }

// One tensor "a": U8, 4 bytes, with one field replaced.
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

void expect_corrupt(const std::string& file, const std::string& part) {
  const Result<Header> header = parse(file);
  ASSERT_FALSE(header.ok()) << "accepted; expected: " << part;
  EXPECT_EQ(header.status().code(), StatusCode::corrupt) << header.status().to_string();
  EXPECT_NE(header.status().message().find(part), std::string::npos)
      << "message: " << header.status().message() << "\nexpected: " << part;
  EXPECT_LT(header.status().message().size(), 700u) << "a message, not the file";
  EXPECT_EQ(header.status().message().find('\n'), std::string::npos);
}

TEST(SafetensorsHeader, Truncated) {
  const std::string file = safetensors(one(R"("U8")", "[4]", "[0,4]"), 4);
  ASSERT_TRUE(parse(file).ok());
  for (std::size_t bytes = 0; bytes < file.size(); ++bytes) {
    // A copy of exactly that size, so that reading past it is seen by the address sanitizer.
    const std::string cut(file.data(), bytes);
    const Result<Header> header = parse(cut);
    ASSERT_FALSE(header.ok()) << bytes;
    EXPECT_EQ(header.status().code(), StatusCode::corrupt);
  }
  expect_corrupt("", "truncated: 0 bytes");
  expect_corrupt("1234567", "truncated: 7 bytes");
}

TEST(SafetensorsHeader, LengthLies) {
  const std::string header = one(R"("U8")", "[4]", "[0,4]");
  expect_corrupt(le64(header.size() + 1000) + header + "abcd", "bytes follow it");
  for (std::size_t beyond = 1; beyond <= 8; ++beyond) {
    expect_corrupt(le64(header.size() + beyond) + header,
                   "only " + std::to_string(header.size()) + " bytes follow it");
  }
  expect_corrupt(le64(100000001) + header, "at most 100000000 is allowed");
  expect_corrupt(le64(~0ull) + header, "header length 18446744073709551615");
  expect_corrupt(le64(~0ull - 7) + header, "header length 18446744073709551608");
  expect_corrupt(le64(1ull << 63) + header, "is allowed");
  expect_corrupt(le64(0) + header, "must begin with '{'");
  expect_corrupt(le64(header.size() - 1) + header + "abcd", "header: byte");
}

TEST(SafetensorsHeader, NotTheJsonOfAHeader) {
  expect_corrupt(safetensors("[]"), "must begin with '{'");
  expect_corrupt(safetensors(" {}"), "must begin with '{'");
  expect_corrupt(safetensors("\xef\xbb\xbf{}"), "must begin with '{'");
  expect_corrupt(safetensors("{} x"), "header: byte 4");
  expect_corrupt(safetensors("{}{}"), "header: byte 3");
  expect_corrupt(safetensors("{"), "header: byte 2");
  expect_corrupt(safetensors("{'a':1}"), "header: byte 2");
  expect_corrupt(safetensors("{/**/}"), "header: byte 2");
  expect_corrupt(safetensors(R"({"a":})"), "header: byte");
  expect_corrupt(safetensors(R"({"a")"), "header: byte");
  expect_corrupt(safetensors(R"({"a":1})"), "tensor 'a': must be an object, found 1");
  expect_corrupt(safetensors(R"({"a":null})"), "must be an object, found null");
  expect_corrupt(safetensors(R"({"a":"x"})"), "must be an object, found the string 'x'");
  expect_corrupt(safetensors(R"({"a":[]})"), "must be an object, found an array");
  // The JSON parser takes a zero byte for the end; what hides behind it must not pass.
  expect_corrupt(safetensors(std::string("{}\0\0\0", 5)), "header: byte 2 is zero");
  expect_corrupt(safetensors(std::string("{}\0{\"a\":", 8)), "header: byte 2 is zero");
}

TEST(SafetensorsHeader, NotUtf8) {
  expect_corrupt(safetensors("{\"a\xff\":1}"), "ill-formed UTF-8");
  expect_corrupt(safetensors("{\"a\xc3\":1}"), "ill-formed UTF-8");
  expect_corrupt(safetensors("{\"\xed\xa0\x80\":1}"), "ill-formed UTF-8");
  expect_corrupt(safetensors("{\"\xc0\xaf\":1}"), "ill-formed UTF-8");
  expect_corrupt(safetensors("{\xff}"), "header: byte 2");
  expect_corrupt(safetensors(R"({"\ud800":1})"), "surrogate");
  // The token that ends badly is a megabyte long: not in the message.
  expect_corrupt(safetensors("{\"" + std::string(1000000, 'a') + "\xff\":1}"), "ill-formed UTF-8");
}

TEST(SafetensorsHeader, DuplicateNames) {
  const std::string entry = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  expect_corrupt(safetensors(R"({"a":)" + entry + R"(,"b":)" + entry + R"(,"a":)" + entry + "}"),
                 "tensor 'a': given twice");
  // The same name, spelled with an escape.
  expect_corrupt(safetensors(R"({"a":)" + entry + R"(,"\u0061":)" + entry + "}"),
                 "tensor 'a': given twice");
  expect_corrupt(safetensors(R"({"__metadata__":{},"__metadata__":{}})"),
                 "__metadata__ is given twice");
  expect_corrupt(safetensors(R"({"__metadata__":{"k":"1","k":"2"}})"),
                 "__metadata__ key 'k': given twice");
  expect_corrupt(
      safetensors(R"({"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})"),
      "key 'dtype' is given twice");
}

TEST(SafetensorsHeader, FieldsOfATensor) {
  expect_corrupt(safetensors(R"({"a":{}})"), "key 'dtype' is missing");
  expect_corrupt(safetensors(R"({"a":{"dtype":"U8"}})"), "key 'shape' is missing");
  expect_corrupt(safetensors(R"({"a":{"dtype":"U8","shape":[]}})"),
                 "key 'data_offsets' is missing");
  expect_corrupt(
      safetensors(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"stride":[1]}})"),
      "unknown key 'stride'");
  expect_corrupt(safetensors(R"({"a":{"b":{}}})"), "unknown key 'b'");
}

TEST(SafetensorsHeader, Dtypes) {
  expect_corrupt(safetensors(one(R"("F33")", "[0]", "[0,0]")), "dtype 'F33': must be one of BOOL");
  expect_corrupt(safetensors(one(R"("f32")", "[0]", "[0,0]")), "dtype 'f32'");
  expect_corrupt(safetensors(one(R"("")", "[0]", "[0,0]")), "dtype ''");
  expect_corrupt(safetensors(one("32", "[0]", "[0,0]")), "dtype: must be a string, found 32");
  expect_corrupt(safetensors(one("null", "[0]", "[0,0]")), "dtype: must be a string, found null");
  expect_corrupt(safetensors(one("{}", "[0]", "[0,0]")), "dtype: must be a string");
}

TEST(SafetensorsHeader, Shapes) {
  const std::string u8 = R"("U8")";
  expect_corrupt(safetensors(one(u8, "[-1]", "[0,0]")), "shape: must be an integer from 0");
  expect_corrupt(safetensors(one(u8, "[-0]", "[0,0]")), "found -0");
  expect_corrupt(safetensors(one(u8, "[1.5]", "[0,0]")), "found '1.5'");
  expect_corrupt(safetensors(one(u8, "[1.0]", "[0,1]"), 1), "found '1.0'");
  expect_corrupt(safetensors(one(u8, "[1e2]", "[0,100]"), 100), "found '1e2'");
  expect_corrupt(safetensors(one(u8, "[true]", "[0,1]"), 1), "found true");
  expect_corrupt(safetensors(one(u8, "[\"1\"]", "[0,1]"), 1), "found the string '1'");
  expect_corrupt(safetensors(one(u8, "[[1]]", "[0,1]"), 1), "found an array");
  expect_corrupt(safetensors(one(u8, "4", "[0,4]"), 4), "shape: must be an array, found 4");
  expect_corrupt(safetensors(one(u8, "{}", "[0,4]"), 4), "shape: must be an array");
  expect_corrupt(safetensors(one(u8, "[9223372036854775808]", "[0,0]")),
                 "found 9223372036854775808");
  expect_corrupt(safetensors(one(u8, "[18446744073709551616]", "[0,0]")),
                 "found '18446744073709551616'");
  expect_corrupt(safetensors(one(u8, "[1e400]", "[0,0]")), "header: byte");
  // Products that come out as 0 or 4 if 64 bits wrap around.
  expect_corrupt(safetensors(one(u8, "[4294967296,4294967296]", "[0,0]")), "overflows");
  expect_corrupt(safetensors(one(u8, "[4611686018427387905,4]", "[0,4]"), 4), "overflows");
  expect_corrupt(safetensors(one(R"("F32")", "[4611686018427387904]", "[0,0]")), "overflows");
  expect_corrupt(safetensors(one(R"("F64")", "[2305843009213693952]", "[0,0]")), "overflows");
  expect_corrupt(safetensors(one(u8, "[2,3]", "[0,4]"), 4), "shape [2, 3] of U8 takes 6");
  expect_corrupt(safetensors(one(R"("F4")", "[3]", "[0,2]"), 2), "not a whole number of bytes");
}

TEST(SafetensorsHeader, Offsets) {
  const std::string u8 = R"("U8")";
  expect_corrupt(safetensors(one(u8, "[4]", "[0]"), 4), "1 integers, must be two");
  expect_corrupt(safetensors(one(u8, "[4]", "[]"), 4), "0 integers, must be two");
  expect_corrupt(safetensors(one(u8, "[4]", "[0,4,8]"), 4), "more than two integers");
  expect_corrupt(safetensors(one(u8, "[4]", "4"), 4), "must be an array of two integers");
  expect_corrupt(safetensors(one(u8, "[4]", "[-4,0]"), 4), "found -4");
  expect_corrupt(safetensors(one(u8, "[4]", "[0.0,4]"), 4), "found '0.0'");
  expect_corrupt(safetensors(one(u8, "[4]", "[4,0]"), 4), "the end precedes the start");
  expect_corrupt(safetensors(one(u8, "[4]", "[0,4]"), 3), "the file holds 3 bytes of data");
  expect_corrupt(safetensors(one(u8, "[4]", "[4,8]"), 4), "the file holds 4 bytes of data");
  expect_corrupt(safetensors(one(u8, "[4]", "[9223372036854775800,9223372036854775804]"), 4),
                 "the file holds 4 bytes of data");
  expect_corrupt(safetensors(one(u8, "[4]", "[0,4]"), 5), "last 1 bytes of the file");
  expect_corrupt(safetensors(one(u8, "[4]", "[1,5]"), 5), "leave a hole of 1 bytes");
  expect_corrupt(safetensors("{}", 1), "last 1 bytes of the file");
}

TEST(SafetensorsHeader, OverlapsAndHoles) {
  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}";
  };
  EXPECT_TRUE(parse(safetensors(two("[0,4]", "[4,8]"), 8)).ok());
  EXPECT_TRUE(parse(safetensors(two("[4,8]", "[0,4]"), 8)).ok());
  expect_corrupt(safetensors(two("[0,4]", "[0,4]"), 4), "overlap tensor 'a'");
  expect_corrupt(safetensors(two("[0,4]", "[3,7]"), 7),
                 "tensor 'b': data_offsets begin at 3 and overlap tensor 'a', which ends at 4");
  expect_corrupt(safetensors(two("[0,4]", "[5,9]"), 9),
                 "tensor 'b': data_offsets begin at 5 and leave a hole of 1 bytes");
  // An empty tensor in the middle of another is no place in the file.
  expect_corrupt(safetensors(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                             R"("z":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}})",
                             4),
                 "overlap tensor 'a'");
}

TEST(SafetensorsHeader, Metadata) {
  expect_corrupt(safetensors(R"({"__metadata__":[]})"), "__metadata__: must be an object");
  expect_corrupt(safetensors(R"({"__metadata__":null})"), "__metadata__: must be an object");
  expect_corrupt(safetensors(R"({"__metadata__":{"k":1}})"),
                 "__metadata__ key 'k': must be a string, found 1");
  expect_corrupt(safetensors(R"({"__metadata__":{"k":{}}})"), "must be a string, found an object");
  expect_corrupt(safetensors(R"({"__metadata__":{"k":null}})"), "must be a string, found null");
  const Result<Header> header = parse(safetensors(R"({"__metadata__":{"k":"v","":""}})"));
  ASSERT_TRUE(header.ok()) << header.status().to_string();
  EXPECT_EQ(header->metadata, (Metadata{{"", ""}, {"k", "v"}}));
}

TEST(SafetensorsHeader, DeepNestingEndsAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  const std::string deep(10'000'000, '[');
  expect_corrupt(safetensors(R"({"a":)" + deep), "must be an object, found an array");
  expect_corrupt(safetensors(one(R"("U8")", deep, "[0,0]")), "found an array");
  expect_corrupt(safetensors(deep), "must begin with '{'");
  std::string objects;
  for (int i = 0; i < 2'000'000; ++i) objects += R"({"a":)";
  expect_corrupt(safetensors(objects), "unknown key 'a'");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took.count(), 10.0);
}

TEST(SafetensorsHeader, OddButLegal) {
  const auto accept = [](const std::string& file) {
    const Result<Header> header = parse(file);
    EXPECT_TRUE(header.ok()) << header.status().to_string();
    return header.ok();
  };
  EXPECT_TRUE(accept(safetensors("{}")));
  EXPECT_TRUE(accept(safetensors("{}      ")));
  EXPECT_TRUE(accept(safetensors("{ \n\t}\r\n")));
  EXPECT_TRUE(accept(safetensors(R"({"":{"dtype":"U8","shape":[],"data_offsets":[0,1]}})", 1)));
  EXPECT_TRUE(accept(safetensors(one(R"("F4")", "[2]", "[0,1]"), 1)));
  EXPECT_TRUE(accept(safetensors(one(R"("F6_E2M3")", "[4]", "[0,3]"), 3)));
  EXPECT_TRUE(accept(safetensors(one(R"("F32")", "[0,9223372036854775807]", "[0,0]"))));
  // Any order of names, fields and offsets; an empty tensor between two others.
  const std::string file = safetensors(R"({"b":{"shape":[2],"data_offsets":[0,4],"dtype":"F16"},)"
                                       R"("__metadata__":{"format":"pt"},)"
                                       R"("e":{"data_offsets":[4,4],"dtype":"F32","shape":[0,7]},)"
                                       R"("a":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}})",
                                       7);
  const Result<Header> header = parse(file);
  ASSERT_TRUE(header.ok()) << header.status().to_string();
  ASSERT_EQ(header->tensors.size(), 3u);
  EXPECT_EQ(header->tensors[0].name, "b");
  EXPECT_EQ(header->tensors[1].name, "e");
  EXPECT_EQ(header->tensors[2].name, "a");
  EXPECT_EQ(header->tensors[1].shape, (std::vector<std::int64_t>{0, 7}));
  EXPECT_EQ(header->offsets[2], file.size() - 3);
}

}  // namespace
}  // namespace heddle::io
