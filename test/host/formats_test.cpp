// The worked examples of docs/formats.md, byte for byte: in the blobs, and on the page.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "test/host/pack_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using Bytes = std::vector<unsigned char>;

Blob blob_of(DataType type, Pattern pattern, PackedOrder order,
             const std::vector<std::vector<double>>& rows) {
  Matrix m(type, static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size()));
  m.each([&](auto r, auto c) {
    return encode(type, rows[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)]);
  });
  Blob blob(desc_of(m, pattern, order));
  EXPECT_TRUE(succeeds(pack(Exec::cpu(1), m.view(), blob.view())));
  return blob;
}

testing::AssertionResult holds(const Blob& blob, std::size_t at, const Bytes& want) {
  if (at + want.size() > blob.size())
    return testing::AssertionFailure() << "the blob has " << blob.size() << " bytes";
  for (std::size_t i = 0; i < want.size(); ++i)
    if (blob.data()[at + i] != want[i])
      return testing::AssertionFailure() << "byte " << at + i << " is " << int{blob.data()[at + i]}
                                         << ", wanted " << int{want[i]};
  return testing::AssertionSuccess();
}

// The page without spaces, lower case.
const std::string& page() {
  static const std::string text = [] {
    std::ifstream file(HEDDLE_SOURCE_DIR "/docs/formats.md");
    std::stringstream all;
    all << file.rdbuf();
    std::string squeezed;
    for (char c : all.str())
      if (std::isspace(static_cast<unsigned char>(c)) == 0)
        squeezed += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return squeezed;
  }();
  return text;
}

bool page_shows(const std::string& offset, const Bytes& bytes) {
  std::string line = offset;
  for (unsigned char b : bytes) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", unsigned{b});
    line += hex;
  }
  return page().find(line) != std::string::npos;
}

// Bytes of an example: in the blob at `at`, on the page after `offset`.
struct Piece {
  std::size_t at;
  const char* offset;
  Bytes bytes;
};

void expect_pieces(const Blob& blob, const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) {
    EXPECT_TRUE(holds(blob, piece.at, piece.bytes)) << piece.offset;
    EXPECT_TRUE(page_shows(piece.offset, piece.bytes)) << "docs/formats.md at " << piece.offset;
  }
}

const std::vector<std::vector<double>> kMatrix = {{1, 0, 2, -3, 4, 0}, {0, 0, 0, 0, 0, 0.5}};

TEST(FormatsPage, CanonicalF16) {
  const Blob blob = blob_of(DataType::f16, {2, 4}, PackedOrder::canonical, kMatrix);
  EXPECT_EQ(blob.size(), 258u);
  expect_pieces(
      blob,
      {{0x00, "0000", {0x48, 0x45, 0x44, 0x44, 0x4c, 0x45, 0x4e, 0x4d, 1, 0, 0, 0, 1, 0, 0, 0}},
       {0x10, "0010", {0x01, 0, 0, 0, 0x02, 0, 0, 0, 0x04, 0, 0, 0, 0x80, 0, 0, 0}},
       {0x20, "0020", {0x02, 0, 0, 0, 0, 0, 0, 0, 0x06, 0, 0, 0, 0, 0, 0, 0}},
       {0x30, "0030", {0x02, 0x01, 0, 0, 0, 0, 0, 0}},
       {0x80, "0080", {0x00, 0x40, 0x00, 0xc2, 0x00, 0x44, 0x00, 0x00}},
       {0x88, "0088", {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x38}},
       {0x100, "0100", {0x4e, 0x44}}});
  for (std::size_t i = 0x38; i < 0x80; ++i) EXPECT_EQ(blob.data()[i], 0) << i;
  for (std::size_t i = 0x90; i < 0x100; ++i) EXPECT_EQ(blob.data()[i], 0) << i;
}

TEST(FormatsPage, CanonicalThreeOfFive) {
  const Blob blob =
      blob_of(DataType::i8, {3, 5}, PackedOrder::canonical, {{5, -3, 0, 9, 1, 2, 3, 4}});
  EXPECT_EQ(blob.size(), 0x103u);
  expect_pieces(blob, {{0x80, "0080", {0x05, 0xfd, 0x09, 0x02, 0x03, 0x04}},
                       {0x100, "0100", {0xc8, 0x10, 0x01}}});
}

TEST(FormatsPage, DeviceF16) {
  const Blob blob = blob_of(DataType::f16, {2, 4}, PackedOrder::device, kMatrix);
  EXPECT_EQ(blob.size(), 4736u);
  expect_pieces(blob, {{128 + 0, "0", {0x00, 0x40, 0x00, 0xc2}},
                       {128 + 16, "16", {0x00, 0x44, 0x00, 0x00}},
                       {128 + 80, "80", {0x00, 0x00, 0x00, 0x38}},
                       {128 + 4096, "4096", {0x4e, 0x44, 0x44, 0x44}},
                       {128 + 4112, "4112", {0x44, 0x44, 0x44, 0x44}}});
  // "and every other word alike"
  for (std::size_t i = 128 + 4097; i < 4736; ++i) EXPECT_EQ(blob.data()[i], 0x44) << i;
}

TEST(FormatsPage, DeviceOneOfFour) {
  const Blob blob = blob_of(DataType::i8, {1, 4}, PackedOrder::device, {{5, -3, 0, 9, 1, 2, 3, 4}});
  EXPECT_EQ(blob.size(), 128u + 2560u);
  expect_pieces(blob, {{128 + 0, "0", {0x00, 0x09, 0x00, 0x04}},
                       {128 + 2048, "2048", {0xcc, 0x44, 0x44, 0x44}}});
}

TEST(FormatsPage, F32OneOfTwo) {
  const std::vector<std::vector<double>> row = {{1, 2, -3, 0.5}};
  const Blob canonical = blob_of(DataType::f32, {1, 2}, PackedOrder::canonical, row);
  EXPECT_TRUE(holds(canonical, 0x80, {0, 0, 0, 0x40, 0, 0, 0x40, 0xc0}));
  EXPECT_TRUE(holds(canonical, 0x100, {0x01}));
  const Blob blob = blob_of(DataType::f32, {1, 2}, PackedOrder::device, row);
  EXPECT_EQ(blob.size(), 128u + 9216u);
  EXPECT_TRUE(holds(blob, 128 + 0, {0, 0, 0, 0x40}));
  EXPECT_TRUE(holds(blob, 128 + 16, {0, 0, 0x40, 0xc0}));
  expect_pieces(blob, {{128 + 8192, "8192", {0x4e, 0x44, 0x44, 0x44}}});
}

// The padding nibble of two 1:2 groups in one chunk.
TEST(FormatsPage, PaddingOfOneOfTwo) {
  const Blob blob = blob_of(DataType::bf16, {1, 2}, PackedOrder::device, {{1, 2}});
  // Group 0 keeps position 1, group 1 is padding: 1 + 4 * (2 + 0) = 9.
  EXPECT_TRUE(holds(blob, 128 + 4096, {0x89, 0x88, 0x88, 0x88}));
}

// "`. a . b` stores a, b at 1, 3" and the other examples of the filler rule.
TEST(FormatsPage, FillerRule) {
  struct Example {
    std::vector<double> row;
    unsigned nibble;
    Bytes values;
  };
  for (const Example& e : {Example{{0, 7, 0, 9}, 0xD, {7, 9}}, Example{{0, 0, 7, 0}, 0x8, {0, 7}},
                           Example{{0, 0, 0, 0}, 0x4, {0, 0}}, Example{{7}, 0x4, {7, 0}}}) {
    const Blob blob = blob_of(DataType::i8, {2, 4}, PackedOrder::canonical, {e.row});
    EXPECT_TRUE(holds(blob, 128, e.values));
    EXPECT_TRUE(holds(blob, 256, {static_cast<unsigned char>(e.nibble)}));
  }
}

}  // namespace
}  // namespace heddle
