// The index of a checkpoint: data from elsewhere.

#include "host/io/shard_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "host/io/shard_digest.hpp"

namespace heddle::io {
namespace {

std::string index_of(const std::string& weight_map, const std::string& metadata = "{}") {
  return "{\"metadata\":" + metadata + ",\"weight_map\":" + weight_map + "}";
}

TEST(ShardIndex, ReadsWhatPublishedOnesHold) {
  const auto index = parse_index(
      "{\"metadata\": {\"total_size\": 123, \"x\": [1, {\"y\": null}], \"f\": -1.5e3},\n"
      " \"weight_map\": {\"b\": \"m-2.safetensors\", \"a\": \"m-1.safetensors\", "
      "\"c\": \"m-2.safetensors\"}, \"other\": {\"weight_map\": {\"a\": 3}, \"k\": [[], {}]}}");
  ASSERT_TRUE(index.ok()) << index.status().to_string();
  EXPECT_EQ(index->files, (std::vector<std::string>{"m-1.safetensors", "m-2.safetensors"}));
  EXPECT_EQ(index->tensors.at("a"), 0u);
  EXPECT_EQ(index->tensors.at("b"), 1u);
  EXPECT_EQ(index->tensors.at("c"), 1u);
  EXPECT_EQ(index->total_bytes, 123);
  EXPECT_EQ(parse_index(index_of("{\"a\":\"m.safetensors\"}"))->total_bytes, -1);
  EXPECT_EQ(
      parse_index(index_of("{\"a\":\"m.safetensors\"}", "{\"total_size\":1.5e3}"))->total_bytes,
      1500);
}

TEST(ShardIndex, FormatIsReadAgainAndSorted) {
  const std::string text = format_index({{"z", "b.safetensors"}, {"a\"\n", "b.safetensors"}}, 77);
  EXPECT_EQ(text,
            "{\n  \"metadata\": {\n    \"total_size\": 77\n  },\n  \"weight_map\": {\n"
            "    \"a\\\"\\n\": \"b.safetensors\",\n    \"z\": \"b.safetensors\"\n  }\n}\n");
  const auto index = parse_index(text);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->total_bytes, 77);
  EXPECT_EQ(index->tensors.count("a\"\n"), 1u);
}

TEST(ShardIndex, AdversarialOnes) {
  const std::string good = "{\"a\":\"m.safetensors\"}";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "byte"},
      {"[]", "must be an object, found an array"},
      {"3", "must be an object, found 3"},
      {"{}", "weight_map: is missing or empty"},
      {index_of("{}"), "weight_map: is missing or empty"},
      {index_of("[]"), "weight_map: must be an object, found an array"},
      {index_of("null"), "weight_map: must be an object"},
      {index_of("{\"a\":1}"), "must be a file name, found 1"},
      {index_of("{\"a\":[\"m.safetensors\"]}"), "must be a file name, found an array"},
      {index_of("{\"a\":{}}"), "must be a file name, found an object"},
      {index_of("{\"a\":\"m.safetensors\",\"a\":\"m.safetensors\"}"), "tensor 'a': given twice"},
      {"{\"weight_map\":" + good + ",\"weight_map\":" + good + "}", "weight_map: given twice"},
      {"{\"metadata\":{},\"metadata\":{},\"weight_map\":" + good + "}", "metadata: given twice"},
      {index_of(good, "3"), "metadata: must be an object"},
      {index_of(good, "{\"total_size\":1,\"total_size\":1}"), "total_size: given twice"},
      {index_of(good, "{\"total_size\":-1}"), "total_size: must be an integer"},
      {index_of(good, "{\"total_size\":9223372036854775808}"), "total_size: must be an integer"},
      {index_of(good, "{\"total_size\":1.5}"), "total_size: must be an integer"},
      {index_of(good, "{\"total_size\":1e300}"), "total_size: must be an integer"},
      {index_of(good, "{\"total_size\":\"1\"}"), "total_size: must be an integer"},
      {index_of(good) + "x", "byte"},
      {index_of(good).substr(0, 30), "byte"},
      {index_of(good) + std::string(1, '\0') + "x", "is zero"},
      {index_of("{\"a\":\"../m.safetensors\"}"), "without / and \\"},
      {index_of("{\"a\":\"/etc/m.safetensors\"}"), "without / and \\"},
      {index_of("{\"a\":\"x/m.safetensors\"}"), "without / and \\"},
      {index_of("{\"a\":\"..\\\\m.safetensors\"}"), "without / and \\"},
      {index_of("{\"a\":\"\"}"), "not be empty"},
      {index_of("{\"a\":\".safetensors\"}"), "begin with a dot"},
      {index_of("{\"a\":\"..\"}"), "begin with a dot"},
      {index_of("{\"a\":\"m.bin\"}"), "end with .safetensors"},
      {index_of("{\"a\":\"m.safetensors\\u0000\"}"), "end with .safetensors"},
      {index_of("{\"a\":\"m\\u0000.safetensors\"}"), "printable"},
      {index_of("{\"a\":\"m\\n.safetensors\"}"), "printable"},
      {index_of("{\"a\":\"" + std::string(300, 'm') + ".safetensors\"}"), "255 bytes"},
      {index_of("{\"a\":\"m\xff.safetensors\"}"), "byte"},
  };
  for (const auto& [text, words] : cases) {
    const auto index = parse_index(text);
    ASSERT_FALSE(index.ok()) << text;
    EXPECT_EQ(index.status().code(), StatusCode::corrupt) << text;
    EXPECT_NE(index.status().message().find(words), std::string::npos) << text << "\n"
                                                                       << index.status().message();
  }
}

TEST(ShardIndex, DepthIsNoMatter) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  const auto index = parse_index("{\"x\":" + deep + ",\"weight_map\":{\"a\":\"m.safetensors\"}}");
  EXPECT_TRUE(index.ok()) << index.status().to_string();
}

TEST(ShardIndex, TooManyFiles) {
  const auto with = [](std::size_t files) {
    std::string map = "{";
    for (std::size_t i = 0; i < files; ++i) {
      map += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"m" + std::to_string(i) +
             ".safetensors\"";
    }
    return parse_index(index_of(map + "}"));
  };
  EXPECT_TRUE(with(kMaxShards).ok());
  EXPECT_EQ(with(kMaxShards + 1).status().code(), StatusCode::corrupt);
}

// Values that the Python package xxhash gives.
TEST(ShardDigest, IsXxh64) {
  const auto digest = [](const std::string& text, std::size_t part) {
    Digest sum;
    for (std::size_t at = 0; at < text.size(); at += part) {
      sum.add(text.data() + at, std::min(part, text.size() - at));
    }
    return sum.text();
  };
  std::string bytes;
  for (int i = 0; i < 101; ++i) bytes += static_cast<char>(i * 7);
  EXPECT_EQ(digest("", 1), "xxh64:ef46db3751d8e999");
  EXPECT_EQ(digest("a", 1), "xxh64:d24ec4f1a98c6e5b");
  EXPECT_EQ(digest("abc", 1), "xxh64:44bc2cf5ad770999");
  for (const std::size_t part : {1u, 3u, 31u, 32u, 33u, 64u, 101u}) {
    EXPECT_EQ(digest(bytes, part), "xxh64:42312f4d55d9bd17") << part;
  }
}

}  // namespace
}  // namespace heddle::io
