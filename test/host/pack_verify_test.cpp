// verify and open_packed: every good blob is accepted; whatever breaks a rule is refused with its
// place; and no byte, however wrong, leads to a crash.

#include <algorithm>
#include <set>
#include <string>

#include "test/host/pack_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using Bytes = std::vector<unsigned char>;

constexpr std::size_t kHeader = 128;

Bytes bytes_of(const Blob& blob) { return {blob.data(), blob.data() + blob.size()}; }

Status verify_bytes(const PackedDesc& desc, const Bytes& bytes) {
  return verify(Exec::cpu(1), {desc, bytes.data(), bytes.size()});
}

Blob sample(DataType type, std::int64_t rows, std::int64_t cols, Pattern pattern, PackedOrder order,
            std::uint64_t seed = 121) {
  Random random(seed);
  Matrix m(type, rows, cols);
  fill_integers(m, random, 1, 3);  // no kept zero
  return packed(m, best_mask_of(m, pattern), pattern, order);
}

class Verify : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, Verify, testing::ValuesIn(matrix_types()), by_type);

// ---- header -------------------------------------------------------------------------------------

TEST_P(Verify, RefusesEveryChangeOfTheHeader) {
  for (PackedOrder order : orders_of({1, 2}, GetParam())) {
    const Blob blob = sample(GetParam(), 3, 6, {1, 2}, order);
    Bytes bytes = bytes_of(blob);
    ASSERT_TRUE(succeeds(verify_bytes(blob.desc(), bytes)));
    for (std::size_t i = 0; i < kHeader; ++i)
      for (int change = 1; change < 256; ++change) {
        bytes[i] = static_cast<unsigned char>(bytes[i] ^ change);
        const Status status = verify_bytes(blob.desc(), bytes);
        ASSERT_TRUE(fails(status, StatusCode::corrupt, {"header.", "byte"})) << i << " " << change;
        // The header alone may describe another matrix; it must fit the memory.
        const Result<ConstPackedView> opened = open_packed(bytes.data(), bytes.size());
        if (opened.ok())
          ASSERT_LE(opened->bytes, bytes.size());
        else
          ASSERT_EQ(opened.status().code(), StatusCode::corrupt) << i << " " << change;
        bytes[i] = static_cast<unsigned char>(bytes[i] ^ change);
      }
  }
}

TEST_P(Verify, NamesTheFieldOfTheHeader) {
  const Blob blob = sample(GetParam(), 3, 6, {1, 2}, PackedOrder::canonical);
  const std::pair<std::size_t, const char*> fields[] = {
      {0, "magic"},        {7, "magic"},     {8, "version"},       {12, "order"}, {16, "type"},
      {20, "keep"},        {24, "group"},    {28, "header_bytes"}, {32, "rows"},  {40, "cols"},
      {48, "total_bytes"}, {56, "reserved"}, {127, "reserved"}};
  for (const auto& [at, name] : fields) {
    Bytes bytes = bytes_of(blob);
    bytes[at] ^= 0x40;
    EXPECT_TRUE(fails(verify_bytes(blob.desc(), bytes), StatusCode::corrupt, {name}));
  }
}

TEST_P(Verify, RefusesTruncation) {
  for (PackedOrder order : orders_of({1, 2}, GetParam())) {
    const Blob blob = sample(GetParam(), 3, 6, {1, 2}, order);
    const Bytes bytes = bytes_of(blob);
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, kHeader - 1, kHeader, kHeader + 1,
                             bytes.size() / 2, bytes.size() - 1}) {
      const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      // A vector of no bytes has no address to give.
      const unsigned char* data = size == 0 ? bytes.data() : cut.data();
      EXPECT_TRUE(fails(verify(Exec::cpu(1), {blob.desc(), data, size}), StatusCode::corrupt,
                        {"packed.bytes", std::to_string(size).c_str()}));
      EXPECT_TRUE(fails(open_packed(data, size).status(), StatusCode::corrupt, {"bytes"}));
    }
    EXPECT_EQ(open_packed(nullptr, 500).status().code(), StatusCode::invalid_argument);
  }
}

// ---- canonical metadata -------------------------------------------------------------------------

// Metadata bit fields of a canonical row: entry e at bits e * width.
void put_position(Bytes& bytes, const PackedDesc& desc, std::int64_t row, std::int64_t entry,
                  int position) {
  const CanonicalLayout parts = *canonical_layout(desc);
  const int width = position_bits(desc.pattern);
  for (int b = 0; b < width; ++b) {
    const auto bit = static_cast<std::size_t>(entry * width + b);
    const std::size_t at =
        parts.metadata_offset + static_cast<std::size_t>(row) * parts.metadata_row_bytes + bit / 8;
    const auto mask = static_cast<unsigned char>(1u << bit % 8);
    bytes[at] =
        static_cast<unsigned char>((position >> b & 1) != 0 ? bytes[at] | mask : bytes[at] & ~mask);
  }
}

// All choices of two positions in one group of 2:4, at every group of a row: six are legal.
TEST_P(Verify, RefusesTheTenIllegalNibbles) {
  const Blob blob = sample(GetParam(), 3, 44, {2, 4}, PackedOrder::canonical);
  for (std::int64_t group = 0; group < 11; ++group)
    for (int first = 0; first < 4; ++first)
      for (int second = 0; second < 4; ++second) {
        Bytes bytes = bytes_of(blob);
        put_position(bytes, blob.desc(), 1, 2 * group, first);
        put_position(bytes, blob.desc(), 1, 2 * group + 1, second);
        const Status status = verify_bytes(blob.desc(), bytes);
        const std::string where = "row 1 group " + std::to_string(group);
        if (first < second)
          EXPECT_TRUE(succeeds(status)) << first << second;
        else
          EXPECT_TRUE(fails(status, StatusCode::corrupt, {where.c_str(), "positions"}))
              << first << second;
      }
}

TEST_P(Verify, RefusesPositionsNotAscendingOrBeyondTheGroup) {
  for (Pattern pattern : {Pattern{3, 5}, Pattern{2, 3}, Pattern{5, 12}, Pattern{4, 32}}) {
    const std::int64_t cols = pattern.group * 5;
    const Blob blob = sample(GetParam(), 4, cols, pattern, PackedOrder::canonical);
    ASSERT_TRUE(succeeds(verify(Exec::cpu(1), blob.cview())));
    Random random(122);
    for (int i = 0; i < 60; ++i) {
      const std::int64_t row = random.below(4), group = random.below(5);
      Bytes bytes = bytes_of(blob);
      bool legal = true;
      int before = -1;
      for (int e = 0; e < pattern.keep; ++e) {
        const int position = static_cast<int>(random.below(1 << position_bits(pattern)));
        put_position(bytes, blob.desc(), row, group * pattern.keep + e, position);
        legal = legal && position > before && position < pattern.group;
        before = position;
      }
      const std::string where = "row " + std::to_string(row) + " group " + std::to_string(group);
      const Status status = verify_bytes(blob.desc(), bytes);
      if (legal)
        EXPECT_TRUE(succeeds(status));
      else
        EXPECT_TRUE(fails(status, StatusCode::corrupt, {where.c_str()})) << pattern_text(pattern);
    }
  }
}

TEST_P(Verify, NamesTheFirstOfSeveralWhateverTheThreads) {
  const Blob blob = sample(GetParam(), 72, cpu::kUnitCols + 64, {2, 4}, PackedOrder::canonical);
  Bytes bytes = bytes_of(blob);
  for (std::int64_t group :
       {std::int64_t{cpu::kUnitCols / 4 + 2}, std::int64_t{3}, std::int64_t{700}})
    put_position(bytes, blob.desc(), 70, 2 * group + 1, 0);
  put_position(bytes, blob.desc(), 71, 1, 0);
  for (int threads : kThreadCounts)
    EXPECT_TRUE(fails(verify(Exec::cpu(threads), {blob.desc(), bytes.data(), bytes.size()}),
                      StatusCode::corrupt, {"row 70 group 3"}));
}

// ---- canonical padding --------------------------------------------------------------------------

TEST_P(Verify, RefusesNonzeroPadding) {
  // 3 rows of 6 columns in 2:4: the second group has two columns, and 4 spare bits a row.
  const Pattern pattern = {2, 4};
  Matrix m(GetParam(), 3, 5);
  m.each([&](auto, auto) { return encode(GetParam(), 2); });
  const Blob blob = packed(m, best_mask_of(m, pattern), pattern, PackedOrder::canonical);
  const CanonicalLayout parts = *canonical_layout(blob.desc());
  ASSERT_TRUE(succeeds(verify(Exec::cpu(1), blob.cview())));
  // Between values and metadata.
  for (std::size_t at = parts.values_offset + parts.values_bytes; at < parts.metadata_offset;
       ++at) {
    Bytes bytes = bytes_of(blob);
    bytes[at] = 1;
    ASSERT_TRUE(fails(verify_bytes(blob.desc(), bytes), StatusCode::corrupt, {"between"})) << at;
  }
  // The second entry of group 1 stands for column 5, which does not exist.
  for (std::size_t row = 0; row < 3; ++row) {
    Bytes bytes = bytes_of(blob);
    const std::size_t entry = parts.values_offset + (row * 4 + 3) * size_of(GetParam());
    bytes[entry] = 1;
    const std::string where = "row " + std::to_string(row) + " group 1";
    EXPECT_TRUE(fails(verify_bytes(blob.desc(), bytes), StatusCode::corrupt, {where.c_str()}));
  }
  // -0.0 is not all zero bits.
  Bytes minus = bytes_of(blob);
  minus[parts.values_offset + 4 * size_of(GetParam()) - 1] = 0x80;
  EXPECT_TRUE(fails(verify_bytes(blob.desc(), minus), StatusCode::corrupt, {"row 0 group 1"}));
}

TEST_P(Verify, RefusesSpareMetadataBits) {
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{3, 5}}) {
    const Blob blob = sample(GetParam(), 2, pattern.group * 3, pattern, PackedOrder::canonical);
    const CanonicalLayout parts = *canonical_layout(blob.desc());
    const std::size_t used =
        static_cast<std::size_t>(parts.compressed_cols * position_bits(pattern));
    for (std::size_t bit = used; bit < parts.metadata_row_bytes * 8; ++bit)
      for (std::size_t row = 0; row < 2; ++row) {
        Bytes bytes = bytes_of(blob);
        bytes[parts.metadata_offset + row * parts.metadata_row_bytes + bit / 8] ^=
            static_cast<unsigned char>(1u << bit % 8);
        const std::string where = "row " + std::to_string(row);
        EXPECT_TRUE(fails(verify_bytes(blob.desc(), bytes), StatusCode::corrupt, {where.c_str()}))
            << pattern_text(pattern) << " bit " << bit;
      }
  }
}

// ---- every byte ---------------------------------------------------------------------------------

// The rules of a canonical blob's payload, read straight from the bytes.
bool canonical_is_legal(const PackedDesc& desc, const Bytes& bytes) {
  const CanonicalLayout parts = *canonical_layout(desc);
  const int width = position_bits(desc.pattern);
  const std::size_t size = size_of(desc.type);
  const auto bit_of = [&](std::int64_t row, std::int64_t bit) {
    const std::size_t at = parts.metadata_offset +
                           static_cast<std::size_t>(row) * parts.metadata_row_bytes +
                           static_cast<std::size_t>(bit / 8);
    return bytes[at] >> (bit % 8) & 1;
  };
  const auto zero = [&](std::size_t begin, std::size_t end) {
    return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                       bytes.begin() + static_cast<std::ptrdiff_t>(end),
                       [](unsigned char b) { return b == 0; });
  };
  if (!zero(parts.values_offset + parts.values_bytes, parts.metadata_offset)) return false;
  for (std::int64_t row = 0; row < desc.rows; ++row) {
    for (std::int64_t bit = parts.compressed_cols * width;
         bit < static_cast<std::int64_t>(parts.metadata_row_bytes) * 8; ++bit)
      if (bit_of(row, bit) != 0) return false;
    for (std::int64_t entry = 0, before = -1; entry < parts.compressed_cols; ++entry) {
      std::int64_t position = 0;
      for (int b = 0; b < width; ++b) position |= bit_of(row, entry * width + b) << b;
      if (entry % desc.pattern.keep == 0) before = -1;
      if (position <= before || position >= desc.pattern.group) return false;
      before = position;
      const std::size_t at = parts.values_offset +
                             static_cast<std::size_t>(row * parts.compressed_cols + entry) * size;
      const std::int64_t column = entry / desc.pattern.keep * desc.pattern.group + position;
      if (column >= desc.cols && !zero(at, at + size)) return false;
    }
  }
  return true;
}

// Every value of every byte past the header: verify agrees with the rules, and unpack survives,
// whatever it says.
TEST_P(Verify, EveryByteOfASmallCanonicalBlob) {
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{2, 5}}) {
    const Blob blob = sample(GetParam(), 3, 11, pattern, PackedOrder::canonical);
    Bytes bytes = bytes_of(blob);
    Matrix out(GetParam(), 3, 11);
    std::int64_t accepted = 0;
    for (std::size_t i = kHeader; i < bytes.size(); ++i) {
      const unsigned char good = bytes[i];
      for (int value = 0; value < 256; value += kSmall ? 13 : 1) {
        bytes[i] = static_cast<unsigned char>(value);
        const Status status = verify_bytes(blob.desc(), bytes);
        ASSERT_EQ(status.ok(), canonical_is_legal(blob.desc(), bytes))
            << pattern_text(pattern) << " byte " << i << " = " << value << ": "
            << status.to_string();
        ASSERT_TRUE(status.ok() || status.code() == StatusCode::corrupt);
        accepted += status.ok();
        ASSERT_TRUE(
            succeeds(unpack(Exec::cpu(1), {blob.desc(), bytes.data(), bytes.size()}, out.view())));
      }
      bytes[i] = good;
    }
    EXPECT_GT(accepted, 0);
    EXPECT_TRUE(out.surroundings_intact());
  }
}

// Device order: an accepted blob is what packing its own unpacked matrix under its own mask gives,
// so nothing but values and legal positions can have changed.
TEST_P(Verify, EveryByteOfASmallDeviceBlob) {
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}}) {
    if (!device_holds(pattern, GetParam())) continue;
    // Nine columns: the last group is partial, and of 1:2 the last chunk is half padding.
    const Blob blob = sample(GetParam(), 5, 9, pattern, PackedOrder::device);
    Bytes bytes = bytes_of(blob);
    Blob canonical({5, 9, pattern, GetParam(), PackedOrder::canonical});
    Blob back(blob.desc());
    Matrix out(GetParam(), 5, 9);
    std::int64_t accepted = 0;
    for (std::size_t i = kHeader; i < bytes.size(); ++i) {
      const unsigned char good = bytes[i];
      for (int change : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x0F, 0x44, 0xAA, 0xFF}) {
        // Most bytes are values, of which any is as good as another.
        const bool metadata = i - kHeader >= 2048 * size_of(GetParam());
        if (!metadata && (i + static_cast<std::size_t>(change)) % 7 != 0) continue;
        if (kSmall && (i + static_cast<std::size_t>(change)) % 5 != 0) continue;
        bytes[i] = static_cast<unsigned char>(good ^ change);
        const ConstPackedView view = {blob.desc(), bytes.data(), bytes.size()};
        const Status status = verify(Exec::cpu(1), view);
        ASSERT_TRUE(succeeds(unpack(Exec::cpu(1), view, out.view())));
        if (!status.ok()) {
          ASSERT_TRUE(fails(status, StatusCode::corrupt, {"row ", " group "}));
          continue;
        }
        ++accepted;
        ASSERT_TRUE(succeeds(convert(Exec::cpu(1), view, canonical.view())));
        ASSERT_TRUE(succeeds(verify(Exec::cpu(1), canonical.cview())));
        ASSERT_TRUE(succeeds(convert(Exec::cpu(1), canonical.cview(), back.view())));
        ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), back.data()))
            << pattern_text(pattern) << " byte " << i << " ^ " << change;
      }
      bytes[i] = good;
    }
    EXPECT_GT(accepted, 0);
  }
}

// The place of a fault in device order, by flipping the stored nibble of a known row and chunk.
TEST_P(Verify, NamesRowAndGroupInDeviceOrder) {
  if (size_of(GetParam()) == 4) return;  // f32 holds no 2:4
  const Blob blob = sample(GetParam(), 70, 132, {2, 4}, PackedOrder::device);
  for (std::int64_t row : {0, 15, 16, 63, 64, 69})
    for (std::int64_t group : {0, 7, 15, 16, 32}) {
      Matrix m(GetParam(), 70, 132);
      Mask one(70, 132), other(70, 132);
      one.set(row, group * 4, true), one.set(row, group * 4 + 1, true);
      other.set(row, group * 4 + 2, true), other.set(row, group * 4 + 3, true);
      // The bytes in which the nibbles (0,1) and (2,3) of that group differ.
      const Blob a = packed(m, one, {2, 4}, PackedOrder::device);
      const Blob b = packed(m, other, {2, 4}, PackedOrder::device);
      Bytes bytes = bytes_of(blob);
      for (std::size_t i = 0; i < bytes.size(); ++i)
        if (a.data()[i] != b.data()[i])  // 0x4 ^ 0xE = 0xA marks the nibble
          bytes[i] |= static_cast<unsigned char>((a.data()[i] ^ b.data()[i]) / 0xA * 0xF);
      const std::string where = "row " + std::to_string(row) + " group " + std::to_string(group);
      EXPECT_TRUE(fails(verify_bytes(blob.desc(), bytes), StatusCode::corrupt, {where.c_str()}));
    }
}

// Random bytes behind a good header: refused or accepted, never followed out of bounds.
TEST_P(Verify, GarbageIsNeverFollowed) {
  Random random(123);
  for (Pattern pattern :
       {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}, Pattern{3, 5}, Pattern{9, 32}})
    for (PackedOrder order : orders_of(pattern, GetParam()))
      for (std::int64_t i = 0; i < effort(100); ++i) {
        Blob blob = sample(GetParam(), 5, 37, pattern, order);
        for (std::size_t at = kHeader; at < blob.size(); ++at)
          blob.data()[at] = static_cast<unsigned char>(random.next());
        if (succeeds(verify(Exec::cpu(1), blob.cview()))) continue;
        Matrix out(GetParam(), 5, 37);
        EXPECT_TRUE(succeeds(unpack(Exec::cpu(1), blob.cview(), out.view())));
        EXPECT_TRUE(out.surroundings_intact());
        Blob part({2, 37, pattern, GetParam(), order});
        EXPECT_TRUE(succeeds(slice_rows(Exec::cpu(1), blob.cview(), 1, 3, part.view())));
        EXPECT_TRUE(part.zones_intact());
      }
}

}  // namespace
}  // namespace heddle
