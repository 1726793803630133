// verify of canonical blobs with CUDA: the CPU path's report for any corruption.
#include "test/kernels/pack/canonical_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

VerifyReport cpu_report(const PackedDesc& desc, const Bytes& bytes) {
  VerifyReport report;
  EXPECT_TRUE(succeeds(verify(Exec::cpu(1), {desc, bytes.data(), bytes.size()}, &report)));
  return report;
}

void expect_report(const Exec& exec, const PackedDesc& desc, const Bytes& bytes, std::size_t at,
                   const std::string& what) {
  const VerifyReport want = cpu_report(desc, bytes);
  const DeviceBlob blob(desc, bytes, at);
  const DeviceReport<VerifyReport> report;
  ASSERT_TRUE(succeeds(verify(exec, blob.cview(), report.data())));
  const VerifyReport got = report.read();
  ASSERT_EQ(static_cast<int>(got.fault), static_cast<int>(want.fault)) << what;
  ASSERT_EQ(got.row, want.row) << what;
  ASSERT_EQ(got.group, want.group) << what;
  ASSERT_TRUE(same_bytes(blob.read(), bytes)) << what;
}

Bytes sample(const PackedDesc& desc) {
  Random random(desc.rows * 7 + desc.cols);
  const Matrix m = mixed_matrix(desc.type, desc.rows, desc.cols, random);
  return bytes_of(canonical_blob(m, best_mask_of(m, desc.pattern), desc.pattern));
}

PackedDesc canonical(Shape shape, Pattern pattern, DataType type) {
  return {shape.rows, shape.cols, pattern, type, PackedOrder::canonical};
}

TEST(CanonicalVerifyDevice, EveryByteOfSmallBlobs) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{3, 5}})
    for (DataType type : {DataType::f32, DataType::i8}) {
      const PackedDesc desc = canonical({3, 11}, pattern, type);
      const Bytes good = sample(desc);
      test::on_device(problem(desc) + ":corrupt",
                      [&](const Exec& exec) {
                        for (std::size_t i = 0; i < good.size(); ++i)
                          for (const int flip : {1 << i % 8, 0xFF}) {
                            Bytes bad = good;
                            bad[i] = static_cast<unsigned char>(bad[i] ^ flip);
                            expect_report(exec, desc, bad, 0, "byte " + std::to_string(i));
                            if (testing::Test::HasFailure()) return;
                          }
                      },
                      {1});
    }
}

// One fault or many, anywhere behind the header, at any address.
TEST(CanonicalVerifyDevice, AnyCorruption) {
  HEDDLE_NEED_DEVICE();
  Random random(3);
  for (const std::vector<Pattern>& list : {lane_patterns(), other_patterns()})
    for (Pattern pattern : list)
      for (const Shape& shape : {Shape{5, pattern.group * 8}, {3, pattern.group * 35 - 1}}) {
        const PackedDesc desc =
            canonical(shape, pattern, matrix_types()[static_cast<std::size_t>(pattern.keep) % 6]);
        const Bytes good = sample(desc);
        test::on_device(problem(desc) + ":corrupt",
                        [&](const Exec& exec) {
                          expect_report(exec, desc, good, 1, "nothing");
                          for (const std::int64_t faults : {1, 1, 1, 2, 40}) {
                            Bytes bad = good;
                            const auto begin = static_cast<std::int64_t>(
                                faults == 2 ? canonical_layout(desc)->values_offset
                                            : canonical_layout(desc)->metadata_offset);
                            const auto end = static_cast<std::int64_t>(bad.size());
                            for (std::int64_t i = 0; i < faults && begin < end; ++i)
                              bad[static_cast<std::size_t>(random.between(begin, end - 1))] ^=
                                  static_cast<unsigned char>(1u << random.below(8));
                            expect_report(exec, desc, bad,
                                          static_cast<std::size_t>(random.below(9)), "bits");
                          }
                        },
                        {1});
      }
}

// The last columns: entries past the end, and bits past the last position.
TEST(CanonicalVerifyDevice, EndsOfRows) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern :
       {Pattern{2, 4}, Pattern{1, 2}, Pattern{4, 8}, Pattern{3, 5}, Pattern{2, 3}})
    for (DataType type : {DataType::f32, DataType::bf16, DataType::i8}) {
      const PackedDesc desc = canonical({4, pattern.group * 8 + 1}, pattern, type);
      const CanonicalLayout parts = *canonical_layout(desc);
      const Bytes good = sample(desc);
      const std::size_t values_row = parts.values_bytes / 4;
      test::on_device(
          problem(desc) + ":ends",
          [&](const Exec& exec) {
            for (std::size_t row = 0; row < 4; ++row)
              for (std::size_t back = 1; back <= 8; ++back) {
                Bytes value = good, metadata = good;
                value[parts.values_offset + (row + 1) * values_row - back] ^= 0x80;
                expect_report(exec, desc, value, 0, "value");
                if (back > parts.metadata_row_bytes) continue;
                metadata[parts.metadata_offset + (row + 1) * parts.metadata_row_bytes - back] ^=
                    0x80;
                expect_report(exec, desc, metadata, 0, "metadata");
              }
          },
          {1});
    }
}

TEST(CanonicalVerifyDevice, EveryScheduleAndFewBlocks) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{4, 8}, Pattern{3, 5}}) {
    const PackedDesc desc = canonical({37, 777}, pattern, DataType::bf16);
    const CanonicalLayout parts = *canonical_layout(desc);
    Bytes bad = sample(desc);
    for (const std::size_t row : {36, 20, 9})
      for (std::size_t i = 0; i < 5; ++i)
        bad[parts.metadata_offset + row * parts.metadata_row_bytes + 50 - row + 3 * i] ^= 0xFF;
    for (const std::int64_t blocks : {0, 1, 3})
      test::on_device(problem(desc) + ":faults",
                      [&](const Exec& exec) { expect_report(exec, desc, bad, 0, "many"); },
                      {blocks == 0 ? 16u : 2u, blocks});
  }
}

// The form that waits says what the CPU path says.
TEST(CanonicalVerifyDevice, SameMessage) {
  HEDDLE_NEED_DEVICE();
  const PackedDesc desc = canonical({3, 11}, {2, 4}, DataType::f16);
  const Bytes good = sample(desc);
  const CanonicalLayout parts = *canonical_layout(desc);
  test::on_device(problem(desc) + ":message", [&](const Exec& exec) {
    for (const std::size_t i :
         {std::size_t{0}, std::size_t{9}, std::size_t{33}, std::size_t{90},
          parts.metadata_offset - 1, parts.metadata_offset, parts.metadata_offset + 3}) {
      Bytes bad = good;
      bad[i] ^= 0xF0;
      const DeviceBlob blob(desc, bad);
      EXPECT_EQ(verify(exec, blob.cview()).to_string(),
                verify(Exec::cpu(1), {desc, bad.data(), bad.size()}).to_string());
    }
    EXPECT_TRUE(succeeds(verify(exec, DeviceBlob(desc, good).cview())));
  });
}

TEST(CanonicalVerifyDevice, Empty) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{3, 5}})
    for (const Shape& shape : {Shape{0, 0}, {0, 9}, {7, 0}}) {
      const PackedDesc desc = canonical(shape, pattern, DataType::bf16);
      const Bytes good = sample(desc);
      Bytes bad = good;
      bad[40] ^= 1;
      test::on_device(problem(desc), [&](const Exec& exec) {
        expect_report(exec, desc, good, 0, "empty");
        expect_report(exec, desc, bad, 0, "header of an empty blob");
      });
    }
}

}  // namespace
}  // namespace heddle
