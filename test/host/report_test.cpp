// The forms of check, pack and verify that leave a report instead of a Status, and lists of
// matrices, on the CPU.
#include "heddle/heddle.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using namespace oracle;

const Exec kCpu = Exec::cpu(3);

TEST(Reports, CheckCountsAndNamesTheFirst) {
  Matrix m(DataType::f32, 3, 10);
  for (const auto& [row, col] : {std::pair{1, 4}, {1, 5}, {1, 7}, {2, 8}, {2, 9}, {2, 0}, {2, 1}})
    m.set(row, col, 1);
  CheckReport report;
  ASSERT_TRUE(succeeds(check(kCpu, m.view(), {1, 4}, &report)));
  EXPECT_EQ(report.violations, 3);
  EXPECT_EQ(report.row, 1);
  EXPECT_EQ(report.group, 1);
  ASSERT_TRUE(succeeds(check(kCpu, m.view(), {3, 4}, &report)));
  EXPECT_TRUE(report.compliant());
  EXPECT_EQ(report.row, -1);
  EXPECT_EQ(report.group, -1);
}

TEST(Reports, PackCountsGroupsThatKeepTooMany) {
  const Matrix m(DataType::f16, 4, 12);
  Mask mask(4, 12);
  for (const auto& [row, col] :
       {std::pair{1, 8}, {1, 9}, {1, 11}, {3, 0}, {3, 1}, {3, 2}, {3, 3}, {0, 0}, {0, 1}})
    mask.set(row, col, true);
  for (const PackedOrder order : {PackedOrder::canonical, PackedOrder::device}) {
    Blob blob({4, 12, {2, 4}, DataType::f16, order});
    CheckReport report;
    ASSERT_TRUE(succeeds(pack(kCpu, m.view(), mask.view(), blob.view(), &report)));
    EXPECT_EQ(report.violations, 2);
    EXPECT_EQ(report.row, 1);
    EXPECT_EQ(report.group, 2);
    EXPECT_TRUE(fails(pack(kCpu, m.view(), mask.view(), blob.view()), StatusCode::not_compliant,
                      {"row 1 group 2", "keeps 3", "at most 2 of 4"}));
  }
  mask.set(1, 8, false);
  mask.set(3, 0, false);
  mask.set(3, 1, false);
  Blob blob({4, 12, {2, 4}, DataType::f16, PackedOrder::canonical});
  CheckReport report{5, 5, 5};
  ASSERT_TRUE(succeeds(pack(kCpu, m.view(), mask.view(), blob.view(), &report)));
  EXPECT_TRUE(report.compliant());
  EXPECT_EQ(report.row, -1);
}

TEST(Reports, VerifySaysWhatIsWrongAndWhere) {
  using Fault = VerifyReport::Fault;
  Random random(5);
  Matrix m(DataType::f16, 3, 10);
  fill_normal(m, random);
  Blob blob({3, 10, {2, 4}, DataType::f16, PackedOrder::canonical});
  ASSERT_TRUE(succeeds(pack(kCpu, m.view(), blob.view())));
  const CanonicalLayout parts = *canonical_layout(blob.desc());
  const auto fault_with = [&](std::size_t byte, unsigned char value) {
    const unsigned char before = std::exchange(blob.data()[byte], value);
    VerifyReport report;
    EXPECT_TRUE(succeeds(verify(kCpu, blob.cview(), &report)));
    blob.data()[byte] = before;
    return report;
  };
  VerifyReport report = fault_with(0, 'H');
  EXPECT_TRUE(report.intact());
  EXPECT_EQ(fault_with(0, 'h').fault, Fault::header);
  EXPECT_EQ(fault_with(100, 1).fault, Fault::header);
  EXPECT_EQ(fault_with(parts.metadata_offset - 1, 1).fault, Fault::gap);
  report = fault_with(parts.metadata_offset + 2, 0x55);  // row 1: groups 0 and 1 at (1, 1)
  EXPECT_EQ(report.fault, Fault::position);
  EXPECT_EQ(report.row, 1);
  EXPECT_EQ(report.group, 0);
  report = fault_with(parts.metadata_offset + 5, 0xE4);  // row 2: unused bits of its last byte
  EXPECT_EQ(report.fault, Fault::padding);
  EXPECT_EQ(report.row, 2);
  EXPECT_EQ(report.group, 3);
}

TEST(Reports, MustHaveSomewhereToGo) {
  Matrix m(DataType::f16, 4, 4);
  const Mask mask(4, 4);
  Blob blob({4, 4, {2, 4}, DataType::f16, PackedOrder::canonical});
  const auto bad = StatusCode::invalid_argument;
  EXPECT_TRUE(fails(check(kCpu, m.view(), {2, 4}, nullptr), bad, {"report = null"}));
  EXPECT_TRUE(
      fails(pack(kCpu, m.view(), mask.view(), blob.view(), nullptr), bad, {"report = null"}));
  EXPECT_TRUE(fails(verify(kCpu, blob.cview(), nullptr), bad, {"report = null"}));
}

TEST(Lists, EveryItemIsMasked) {
  Random random(9);
  std::vector<Matrix> in, out;
  std::vector<Mask> masks;
  for (const DataType type : matrix_types()) {
    const auto n = static_cast<std::int64_t>(in.size());
    in.emplace_back(type, n, 7 + n, Placement{n % 2 ? Order::row : Order::col, n, 1});
    masks.emplace_back(n, 7 + n);
    out.emplace_back(type, n, 7 + n, Placement{Order::row, 2, 0});
    fill_codes(in.back(), random);
    fill_sparse_mask(masks.back(), random, {2, 4});
    out.back().poison();
  }
  std::vector<MaskedMatrix> list;
  for (std::size_t i = 0; i < in.size(); ++i)
    list.push_back({in[i].view(), masks[i].view(), out[i].view()});
  ASSERT_TRUE(succeeds(apply_masks(kCpu, list.data(), list.size())));
  for (std::size_t i = 0; i < in.size(); ++i) {
    EXPECT_TRUE(same_bits(masked(in[i], masks[i]), out[i])) << i;
    EXPECT_TRUE(out[i].surroundings_intact()) << i;
  }
  EXPECT_TRUE(succeeds(apply_masks(kCpu, nullptr, 0)));
}

TEST(Lists, ABadItemIsNamedAndNothingIsWritten) {
  Matrix a(DataType::f32, 2, 4), b(DataType::f32, 2, 4), small(DataType::f32, 2, 3);
  const Mask mask(2, 4);
  b.poison();
  b.freeze();
  const MaskedMatrix list[] = {{a.view(), mask.view(), b.view()},
                               {a.view(), mask.view(), small.view()}};
  EXPECT_TRUE(fails(apply_masks(kCpu, list, 2), StatusCode::invalid_argument,
                    {"list[1].out = 2 x 3", "must be 2 x 4"}));
  EXPECT_TRUE(b.unchanged());
  EXPECT_TRUE(fails(apply_masks(kCpu, nullptr, 2), StatusCode::invalid_argument, {"list = null"}));
}

}  // namespace
}  // namespace heddle
