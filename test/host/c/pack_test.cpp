// Packed matrices through the C ABI.

#include "heddle/pack.hpp"

#include "test/host/c/c_case.hpp"
#include "test/host/pack_case.hpp"

namespace heddle::oracle {
namespace {

struct Case {
  DataType type;
  Pattern pattern;
  PackedOrder order;
};
const Case kCases[] = {{DataType::f32, {1, 2}, PackedOrder::device},
                       {DataType::f16, {2, 4}, PackedOrder::device},
                       {DataType::i8, {1, 4}, PackedOrder::device},
                       {DataType::bf16, {3, 5}, PackedOrder::canonical},
                       {DataType::f8e4m3, {7, 32}, PackedOrder::canonical},
                       {DataType::f16, {2, 4}, PackedOrder::canonical}};

TEST(CPack, EveryOperationIsTheCppOne) {
  Random random(1);
  const heddle_exec exec = c_cpu(2);
  for (const Case& each : kCases) {
    Matrix m(each.type, 70, 83);
    fill_ties(m, random);
    Mask mask(70, 83);
    fill_sparse_mask(mask, random, each.pattern);
    const heddle_matrix in = c_view(m);
    const heddle_mask kept = c_view(mask);
    const PackedDesc desc = desc_of(m, each.pattern, each.order);
    const heddle_packed_desc c_descriptor = c_desc(desc);
    std::size_t bytes = 0;
    ASSERT_TRUE(c_succeeds(heddle_packed_size(&c_descriptor, &bytes)));
    EXPECT_EQ(bytes, *packed_size(desc));

    Blob want(desc), got(desc), by_mask(desc), later(desc);
    ASSERT_TRUE(succeeds(pack(Exec::cpu(1), m.view(), want.view())));
    const heddle_packed out = c_view(got), masked_out = c_view(by_mask), late = c_view(later);
    ASSERT_TRUE(c_succeeds(heddle_pack(&exec, &in, &out)));
    EXPECT_TRUE(same_bytes(want, got));
    const Blob want_masked = packed(m, mask, each.pattern, each.order);
    ASSERT_TRUE(c_succeeds(heddle_pack_mask(&exec, &in, &kept, &masked_out)));
    EXPECT_TRUE(same_bytes(want_masked, by_mask));
    heddle_check_report report{9, 9, 9};
    ASSERT_TRUE(c_succeeds(heddle_pack_mask_async(&exec, &in, &kept, &late, &report)));
    EXPECT_TRUE(same_bytes(want_masked, later));
    EXPECT_EQ(report.violations, 0);
    EXPECT_EQ(report.row, -1);

    Matrix back(each.type, 70, 83);
    const heddle_matrix to = c_view(back);
    ASSERT_TRUE(c_succeeds(heddle_verify(&exec, &masked_out)));
    ASSERT_TRUE(c_succeeds(heddle_unpack(&exec, &masked_out, &to)));
    EXPECT_TRUE(same_bits(unpacked(want_masked), back));

    heddle_packed opened{};
    ASSERT_TRUE(c_succeeds(heddle_open_packed(by_mask.data(), by_mask.size(), &opened)));
    EXPECT_EQ(std::memcmp(&opened, &masked_out, sizeof(opened)), 0);

    const PackedDesc rows{20, 83, each.pattern, each.type, each.order};
    const std::int64_t group = each.pattern.group;
    const PackedDesc cols{70, 83 - group, each.pattern, each.type, each.order};
    Blob want_rows(rows), got_rows(rows), want_cols(cols), got_cols(cols);
    const heddle_packed to_rows = c_view(got_rows), to_cols = c_view(got_cols);
    ASSERT_TRUE(succeeds(slice_rows(Exec::cpu(1), by_mask.cview(), 7, 27, want_rows.view())));
    ASSERT_TRUE(c_succeeds(heddle_slice_rows(&exec, &masked_out, 7, 27, &to_rows)));
    EXPECT_TRUE(same_bytes(want_rows, got_rows));
    ASSERT_TRUE(succeeds(slice_cols(Exec::cpu(1), by_mask.cview(), group, 83, want_cols.view())));
    ASSERT_TRUE(c_succeeds(heddle_slice_cols(&exec, &masked_out, group, 83, &to_cols)));
    EXPECT_TRUE(same_bytes(want_cols, got_cols));

    Blob canonical(desc_of(m, each.pattern)), again(desc);
    const heddle_packed middle = c_view(canonical), end = c_view(again);
    ASSERT_TRUE(c_succeeds(heddle_convert(&exec, &masked_out, &middle)));
    ASSERT_TRUE(c_succeeds(heddle_convert(&exec, &middle, &end)));
    EXPECT_TRUE(same_bytes(want_masked, again));
  }
}

TEST(CPack, LayoutOfCanonicalBlobs) {
  for (const Pattern pattern : packed_patterns()) {
    const PackedDesc desc{13, 41, pattern, DataType::bf16, PackedOrder::canonical};
    heddle_packed_desc c_descriptor = c_desc(desc);
    heddle_canonical_parts parts{};
    ASSERT_TRUE(c_succeeds(heddle_canonical_layout(&c_descriptor, &parts)));
    const CanonicalLayout want = *canonical_layout(desc);
    EXPECT_EQ(parts.compressed_cols, want.compressed_cols);
    EXPECT_EQ(parts.values_offset, want.values_offset);
    EXPECT_EQ(parts.values_bytes, want.values_bytes);
    EXPECT_EQ(parts.metadata_offset, want.metadata_offset);
    EXPECT_EQ(parts.metadata_row_bytes, want.metadata_row_bytes);
    EXPECT_EQ(parts.metadata_bytes, want.metadata_bytes);
    std::size_t bytes = 1;
    expect_nulls_refused(heddle_canonical_layout, {"desc", "parts"}, &c_descriptor, &parts);
    expect_nulls_refused(heddle_packed_size, {"desc", "bytes"}, &c_descriptor, &bytes);
    for (const std::int32_t bad : {-1, 0, 3, 256, 257}) {
      c_descriptor.order = bad;
      EXPECT_TRUE(c_fails(heddle_packed_size(&c_descriptor, &bytes), HEDDLE_INVALID_ARGUMENT,
                          {"desc.order = ", "[1, 2]"}));
    }
    c_descriptor.order = HEDDLE_CANONICAL;
    c_descriptor.type = 7;
    EXPECT_TRUE(c_fails(heddle_packed_size(&c_descriptor, &bytes), HEDDLE_INVALID_ARGUMENT,
                        {"desc.type = 7"}));
    EXPECT_EQ(bytes, 1u);
  }
}

TEST(CPack, ReportsWithoutWaiting) {
  Random random(3);
  Matrix m(DataType::f16, 9, 16);
  fill_normal(m, random);
  Mask mask(9, 16);
  for (int c = 4; c < 7; ++c) mask.set(5, c, true);
  const PackedDesc desc = desc_of(m, {2, 4});
  Blob blob(desc);
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(m);
  const heddle_mask kept = c_view(mask);
  const heddle_packed out = c_view(blob);
  heddle_check_report report{};
  ASSERT_TRUE(c_succeeds(heddle_pack_mask_async(&exec, &in, &kept, &out, &report)));
  EXPECT_EQ(report.violations, 1);
  EXPECT_EQ(report.row, 5);
  EXPECT_EQ(report.group, 1);
  EXPECT_TRUE(c_fails(heddle_pack_mask(&exec, &in, &kept, &out), HEDDLE_NOT_COMPLIANT,
                      {"row 5 group 1", "3"}));

  ASSERT_TRUE(c_succeeds(heddle_pack(&exec, &in, &out)));
  heddle_verify_report verdict{9, 9, 9};
  ASSERT_TRUE(c_succeeds(heddle_verify_async(&exec, &out, &verdict)));
  EXPECT_EQ(verdict.fault, HEDDLE_FAULT_NONE);
  EXPECT_EQ(verdict.row, -1);
  const CanonicalLayout parts = *canonical_layout(desc);
  blob.data()[parts.metadata_offset + 3 * parts.metadata_row_bytes] = 0;  // positions 0, 0
  ASSERT_TRUE(c_succeeds(heddle_verify_async(&exec, &out, &verdict)));
  EXPECT_EQ(verdict.fault, HEDDLE_FAULT_POSITION);
  EXPECT_EQ(verdict.row, 3);
  EXPECT_EQ(verdict.group, 0);
  EXPECT_TRUE(c_fails(heddle_verify(&exec, &out), HEDDLE_CORRUPT, {"row 3 group 0"}));
  blob.data()[12] ^= 3;
  ASSERT_TRUE(c_succeeds(heddle_verify_async(&exec, &out, &verdict)));
  EXPECT_EQ(verdict.fault, HEDDLE_FAULT_HEADER);
}

TEST(CPack, BadArguments) {
  Matrix m(DataType::f16, 8, 16), back(DataType::f16, 8, 16);
  Mask mask(8, 16);
  Blob blob(desc_of(m, {2, 4})), other(desc_of(m, {2, 4}, PackedOrder::device));
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(m), to = c_view(back);
  const heddle_mask kept = c_view(mask);
  heddle_packed out = c_view(blob);
  const heddle_packed device = c_view(other);
  heddle_check_report report{};
  heddle_verify_report verdict{};
  ASSERT_TRUE(c_succeeds(heddle_pack(&exec, &in, &out)));
  expect_nulls_refused(heddle_pack, {"exec", "matrix", "out"}, &exec, &in, &out);
  expect_nulls_refused(heddle_pack_mask, {"exec", "matrix", "mask", "out"}, &exec, &in, &kept,
                       &out);
  expect_nulls_refused(heddle_pack_mask_async, {"exec", "matrix", "mask", "out", "report"}, &exec,
                       &in, &kept, &out, &report);
  expect_nulls_refused(heddle_unpack, {"exec", "packed", "out"}, &exec, &out, &to);
  expect_nulls_refused(heddle_verify, {"exec", "packed"}, &exec, &out);
  expect_nulls_refused(heddle_verify_async, {"exec", "packed", "report"}, &exec, &out, &verdict);
  expect_nulls_refused(heddle_convert, {"exec", "packed", "out"}, &exec, &out, &device);
  expect_nulls_refused(heddle_slice_rows, {"exec", "packed", "", "", "out"}, &exec, &out, 0, 8,
                       &device);
  expect_nulls_refused(heddle_slice_cols, {"exec", "packed", "", "", "out"}, &exec, &out, 0, 8,
                       &device);
  heddle_packed opened{};
  expect_nulls_refused(heddle_open_packed, {"data", "", "packed"}, blob.data(), blob.size(),
                       &opened);
  EXPECT_TRUE(c_fails(heddle_open_packed(blob.data(), blob.size() - 1, &opened), HEDDLE_CORRUPT,
                      {"bytes = "}));
  EXPECT_EQ(opened.data, nullptr);
  EXPECT_TRUE(
      c_fails(heddle_slice_rows(&exec, &out, 0, 9, &out), HEDDLE_INVALID_ARGUMENT, {"end = 9"}));
  out.bytes -= 1;
  EXPECT_TRUE(c_fails(heddle_pack(&exec, &in, &out), HEDDLE_INVALID_ARGUMENT, {"out.bytes = "}));
  out = c_view(blob);
  out.desc.type = -1;
  EXPECT_TRUE(
      c_fails(heddle_pack(&exec, &in, &out), HEDDLE_INVALID_ARGUMENT, {"out.desc.type = -1"}));
  out.desc.type = HEDDLE_F16;
  out.desc.order = 3;
  EXPECT_TRUE(
      c_fails(heddle_verify(&exec, &out), HEDDLE_INVALID_ARGUMENT, {"packed.desc.order = 3"}));
}

}  // namespace
}  // namespace heddle::oracle
