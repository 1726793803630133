// Packed matrices in the sm80 order and in sparse-24-bitmask: both ways, against the formats' own
// descriptions.

#include "test/host/interchange_case.hpp"

#include <string>

namespace heddle {
namespace {

using namespace oracle;

// What the tests do with either format.
struct Format {
  const char* name;
  Result<ArraysLayout> (*layout)(const PackedDesc&);
  Status (*to)(const Exec&, const ConstPackedView&, const PackedArrays&);
  Status (*from)(const Exec&, const ConstPackedArrays&, const PackedView&);
  Arrays (*want)(const Matrix&, const Mask&);
};
const Format kSm80 = {"sm80", sm80_layout, to_sm80, from_sm80, sm80_arrays};
const Format kBitmask = {"bitmask", bitmask_layout, to_bitmask, from_bitmask, bitmask_arrays};

Pattern pattern_of(const Format& format, DataType type) {
  return &format == &kSm80 && type == DataType::f32 ? Pattern{1, 2} : Pattern{2, 4};
}

std::vector<Shape> shapes_of(const Format& format, DataType type) {
  constexpr std::int64_t kCols = cpu::kUnitCols;
  if (&format == &kBitmask)
    return {{1, 4},
            {1, 8},
            {3, 12},
            {0, 8},
            {7, 0},
            {64, 64},
            {65, 4},
            {66, 68},
            {129, 20},
            {2, kCols + 4},
            {65, 2 * kCols + 12}};
  const std::int64_t rows = size_of(type) == 1 ? 16 : 32;
  const std::int64_t cols = size_of(type) == 1 ? 64 : size_of(type) == 2 ? 32 : 16;
  return {{rows, cols},
          {0, cols},
          {rows, 0},
          {3 * rows, cols},
          {rows, 3 * cols},
          {5 * rows, 7 * cols},
          {256, 256},
          {rows, kCols + cols},
          {3 * rows, kCols + 3 * cols}};
}

// The two arrays in guarded memory.
struct Target {
  explicit Target(const ArraysLayout& layout, std::size_t misalign = 0)
      : values(layout.values_bytes, misalign), metadata(layout.metadata_bytes, misalign) {}
  PackedArrays view() { return {values.data(), values.size(), metadata.data(), metadata.size()}; }
  Arrays bytes() const {
    return {{values.data(), values.data() + values.size()},
            {metadata.data(), metadata.data() + metadata.size()}};
  }
  testing::AssertionResult intact() const {
    const auto first = values.zones_intact();
    return first ? metadata.zones_intact() : first;
  }
  GuardedBytes values, metadata;
};

testing::AssertionResult same(const Bytes& got, const Bytes& want, const char* name) {
  if (got.size() != want.size())
    return testing::AssertionFailure()
           << name << ": " << got.size() << " bytes, wanted " << want.size();
  for (std::size_t i = 0; i < got.size(); ++i)
    if (got[i] != want[i])
      return testing::AssertionFailure()
             << name << " byte " << i << " is " << int{got[i]} << ", wanted " << int{want[i]};
  return testing::AssertionSuccess();
}

testing::AssertionResult same(const Arrays& got, const Arrays& want) {
  const auto first = same(got.values, want.values, "values");
  return first ? same(got.metadata, want.metadata, "metadata") : first;
}

class Interchange : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, Interchange, testing::ValuesIn(matrix_types()), by_type);

TEST_P(Interchange, EveryByteBothWays) {
  Random random(311);
  for (const Format* format : {&kSm80, &kBitmask})
    for (const Shape& shape : shapes_of(*format, GetParam())) {
      if (kSmall && shape.rows * shape.cols > 40000) continue;
      const Pattern pattern = pattern_of(*format, GetParam());
      const Matrix m = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
      Mask mask = best_mask_of(m, pattern);
      if (random.below(2) == 0) fill_sparse_mask(mask, random, pattern);
      SCOPED_TRACE(std::string(format->name) + " " + problem(m, pattern, {}));
      const Arrays want = format->want(m, mask);
      for (PackedOrder order : orders_of(pattern, GetParam())) {
        Blob blob = packed(m, mask, pattern, order);
        blob.freeze();
        const Result<ArraysLayout> layout = format->layout(blob.desc());
        ASSERT_TRUE(succeeds(layout.status()));
        ASSERT_EQ(layout->values_bytes, want.values.size());
        ASSERT_EQ(layout->metadata_bytes, want.metadata.size());
        for (const int threads : kThreadCounts) {
          Target target(*layout, threads % 2 == 0 ? 0 : 3);
          ASSERT_TRUE(succeeds(format->to(Exec::cpu(threads), blob.cview(), target.view())));
          ASSERT_TRUE(same(target.bytes(), want)) << threads;
          ASSERT_TRUE(target.intact());
          ASSERT_TRUE(blob.unchanged());
          Blob back(blob.desc());
          ASSERT_TRUE(succeeds(format->from(Exec::cpu(threads), want.view(), back.view())));
          ASSERT_TRUE(same_bytes(back, blob)) << threads;
          ASSERT_TRUE(back.zones_intact());
        }
      }
    }
}

// Arrays whose fillers are not where Heddle puts its own (PyTorch stores 2, 3 of an empty group)
// come back as they were.
TEST_P(Interchange, OtherFillersSurvive) {
  Random random(312);
  for (const Format* format : {&kSm80, &kBitmask}) {
    const Pattern pattern = pattern_of(*format, GetParam());
    Matrix m(GetParam(), 64, 128);
    m.each([&](std::int64_t, std::int64_t) { return random.below(3) == 0 ? 1u : 0u; });
    Mask mask(64, 128);
    fill_full_mask(mask, random, pattern);
    const Arrays want = format->want(m, mask);
    for (PackedOrder order : orders_of(pattern, GetParam())) {
      Blob blob({64, 128, pattern, GetParam(), order});
      ASSERT_TRUE(succeeds(format->from(Exec::cpu(2), want.view(), blob.view())));
      ASSERT_TRUE(succeeds(verify(Exec::cpu(2), blob.cview())));
      ASSERT_TRUE(same_bits(unpacked(blob), masked(m, mask)));
      Target target(*format->layout(blob.desc()));
      ASSERT_TRUE(succeeds(format->to(Exec::cpu(2), blob.cview(), target.view())));
      ASSERT_TRUE(same(target.bytes(), want));
    }
  }
}

TEST_P(Interchange, EveryIllegalNibbleIsNamed) {
  Random random(313);
  const Pattern pattern = pattern_of(kSm80, GetParam());
  const std::int64_t rows = 96, cols = 192;
  const Matrix m = mixed_matrix(GetParam(), rows, cols, random);
  const Mask mask = best_mask_of(m, pattern);
  const Arrays good = sm80_arrays(m, mask);
  const bool f32 = GetParam() == DataType::f32;
  const std::int64_t chunks = size_of(GetParam()) == 1 ? 8 : 4;
  const auto piece_bytes = static_cast<std::size_t>(chunks) / 2;
  for (std::uint64_t nibble = 0; nibble < 16; ++nibble) {
    const bool legal = f32 ? nibble == 4 || nibble == 14 : (nibble & 3) < nibble >> 2;
    for (int trial = 0; trial < 8; ++trial) {
      const std::int64_t row = random.below(rows), group = random.below(cols / pattern.group);
      Arrays bad = good;
      const std::size_t at =
          cutlass_index(rows, row, group / chunks, size_of(GetParam()) != 1) * piece_bytes;
      std::uint64_t word = 0;
      std::memcpy(&word, bad.metadata.data() + at, piece_bytes);
      word &= ~(std::uint64_t{15} << 4 * (group % chunks));
      put(bad.metadata, at, word | nibble << 4 * (group % chunks), piece_bytes);
      for (PackedOrder order : orders_of(pattern, GetParam())) {
        Blob blob({rows, cols, pattern, GetParam(), order});
        const Status status = from_sm80(Exec::cpu(3), bad.view(), blob.view());
        const std::string place =
            "row " + std::to_string(row) + " group " + std::to_string(group) + " = ";
        if (legal)
          ASSERT_TRUE(succeeds(status));
        else
          ASSERT_TRUE(fails(status, StatusCode::corrupt, {place.c_str(), "must be 4"}));
        ASSERT_TRUE(blob.zones_intact());
      }
    }
  }
}

TEST_P(Interchange, EveryGroupOfBitsIsTwoOfFour) {
  Random random(314);
  const std::int64_t rows = 70, cols = 44;  // 11 groups: the last byte has one
  const Matrix m = mixed_matrix(GetParam(), rows, cols, random);
  const Arrays good = bitmask_arrays(m, best_mask_of(m, {2, 4}));
  for (unsigned bits = 0; bits < 16; ++bits)
    for (std::int64_t group = 0; group < 12; ++group) {
      const std::int64_t row = random.below(rows);
      Arrays bad = good;
      unsigned char& byte = bad.metadata[static_cast<std::size_t>(row * 6 + group / 2)];
      byte =
          static_cast<unsigned char>((byte & (0xF0u >> 4 * (group % 2))) | bits << 4 * (group % 2));
      Blob blob({rows, cols, {2, 4}, GetParam(), PackedOrder::canonical});
      const Status status = from_bitmask(Exec::cpu(2), bad.view(), blob.view());
      const std::string at_row = "bitmask row " + std::to_string(row);
      const int count = __builtin_popcount(bits);
      if (group == 11 ? bits == 0 : count == 2) {
        ASSERT_TRUE(succeeds(status)) << bits << " " << group;
      } else if (group == 11) {
        ASSERT_TRUE(fails(status, StatusCode::corrupt, {at_row.c_str(), "past column 43"}));
      } else {
        const std::string place =
            at_row + " group " + std::to_string(group) + " has " + std::to_string(count) + " bits";
        ASSERT_TRUE(fails(status, StatusCode::corrupt, {place.c_str(), "2 of 4"}));
      }
    }
}

TEST(InterchangeArguments, TheFirstOfManyFaultsIsNamed) {
  Arrays arrays;
  arrays.values.resize(256 * 128 * 2);
  arrays.metadata.assign(256 * 16 * 2, 0);  // every nibble is illegal
  for (const int threads : kThreadCounts) {
    Blob blob({256, 256, {2, 4}, DataType::f16, PackedOrder::device});
    EXPECT_TRUE(fails(from_sm80(Exec::cpu(threads), arrays.view(), blob.view()),
                      StatusCode::corrupt, {"row 0 group 0 = 0"}));
    EXPECT_TRUE(fails(from_bitmask(Exec::cpu(threads), arrays.view(), blob.view()),
                      StatusCode::corrupt, {"row 0 group 0 has 0"}));
  }
}

TEST(InterchangeArguments, ShapesThatAFormatDoesNotHold) {
  const auto desc = [](std::int64_t rows, std::int64_t cols, Pattern pattern, DataType type) {
    return PackedDesc{rows, cols, pattern, type, PackedOrder::canonical};
  };
  struct Case {
    const Format& format;
    PackedDesc desc;
    const char* value;
    const char* wanted;
  };
  const Case cases[] = {
      {kSm80, desc(31, 32, {2, 4}, DataType::f16), "rows = 31", "multiple of 32"},
      {kSm80, desc(16, 32, {2, 4}, DataType::bf16), "rows = 16", "multiple of 32"},
      {kSm80, desc(32, 16, {2, 4}, DataType::f16), "cols = 16", "multiple of 32"},
      {kSm80, desc(24, 64, {2, 4}, DataType::i8), "rows = 24", "multiple of 16"},
      {kSm80, desc(16, 32, {2, 4}, DataType::f8e4m3), "cols = 32", "multiple of 64"},
      {kSm80, desc(16, 16, {1, 2}, DataType::f32), "rows = 16", "multiple of 32"},
      {kSm80, desc(32, 8, {1, 2}, DataType::f32), "cols = 8", "multiple of 16"},
      {kSm80, desc(32, 32, {2, 4}, DataType::f32), "pattern = 2:4 of f32", "1:2"},
      {kSm80, desc(32, 32, {1, 4}, DataType::f16), "pattern = 1:4 of f16", "2:4"},
      {kBitmask, desc(1, 6, {2, 4}, DataType::f32), "cols = 6", "multiple of 4"},
      {kBitmask, desc(1, 8, {4, 8}, DataType::i8), "pattern = 4:8 of i8", "2:4"},
  };
  for (const Case& c : cases) {
    EXPECT_TRUE(fails(c.format.layout(c.desc).status(), StatusCode::unsupported,
                      {"desc.", c.value, c.wanted}));
    Blob blob(c.desc);
    ASSERT_TRUE(succeeds(
        pack(Exec::cpu(1), Matrix(c.desc.type, c.desc.rows, c.desc.cols).view(), blob.view())));
    Bytes memory(1 << 16);
    const PackedArrays arrays = {memory.data(), 1 << 15, memory.data() + (1 << 15), 1 << 15};
    EXPECT_TRUE(fails(c.format.to(Exec::cpu(1), blob.cview(), arrays), StatusCode::unsupported,
                      {"packed.desc", c.value, c.wanted}));
    EXPECT_TRUE(fails(c.format.from(Exec::cpu(1), arrays, blob.view()), StatusCode::unsupported,
                      {"out.desc", c.value, c.wanted}));
  }
}

TEST(InterchangeArguments, MemoryThatDoesNotFit) {
  for (const Format* format : {&kSm80, &kBitmask}) {
    const PackedDesc desc = {64, 64, {2, 4}, DataType::f16, PackedOrder::canonical};
    Blob blob(desc);
    ASSERT_TRUE(succeeds(pack(Exec::cpu(1), Matrix(DataType::f16, 64, 64).view(), blob.view())));
    const ArraysLayout layout = *format->layout(desc);
    Target target(layout);
    const auto refused = [&](const PackedArrays& arrays, const char* what, const char* rule) {
      for (const Status& status : {format->to(Exec::cpu(1), blob.cview(), arrays),
                                   format->from(Exec::cpu(1), arrays, blob.view())})
        EXPECT_TRUE(fails(status, StatusCode::invalid_argument, {what, rule})) << format->name;
    };
    PackedArrays arrays = target.view();
    --arrays.values_bytes;
    refused(arrays, "values_bytes = 4095", ">= 4096");
    arrays = target.view();
    --arrays.metadata_bytes;
    refused(arrays, "metadata_bytes = 511", ">= 512");
    arrays = target.view();
    arrays.values = nullptr;
    refused(arrays, "values = null", "must not be null");
    arrays = target.view();
    arrays.metadata = nullptr;
    refused(arrays, "metadata = null", "must not be null");
    arrays = target.view();
    arrays.values = blob.data() + 8;
    refused(arrays, "values", "overlap");
    arrays = target.view();
    arrays.metadata = blob.data() + blob.size() - 1;
    refused(arrays, "metadata", "overlap");
    arrays = target.view();
    arrays.metadata = target.values.data() + 4000;
    EXPECT_TRUE(fails(format->to(Exec::cpu(1), blob.cview(), arrays), StatusCode::invalid_argument,
                      {"out.metadata", "out.values"}));
    EXPECT_TRUE(fails(format->to(Exec::cuda(), blob.cview(), target.view()),
                      StatusCode::unsupported, {"exec = cuda", "cpu"}));
    EXPECT_TRUE(fails(format->from(Exec::cpu(-1), target.view(), blob.view()),
                      StatusCode::invalid_argument, {"threads = -1"}));
    ASSERT_TRUE(target.intact());
    EXPECT_TRUE(target.metadata.untouched(0, target.metadata.size())) << "written all the same";
  }
}

}  // namespace
}  // namespace heddle
