// Offsets beyond 2^31 and 2^32 elements. The memory is reserved, not used: a few rows of a matrix
// lie gigabytes apart, and only their pages exist.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <optional>
#include <string>

#include "heddle/heddle.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using namespace oracle;

class Reserved {
 public:
  explicit Reserved(std::size_t bytes) : bytes_(bytes) {
    data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data_ == MAP_FAILED) data_ = nullptr;
  }
  ~Reserved() {
    if (data_ != nullptr) munmap(data_, bytes_);
  }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  void* data() const { return data_; }

 private:
  std::size_t bytes_;
  void* data_ = nullptr;
};

constexpr std::int64_t kRows = 4, kCols = 24;
constexpr std::int64_t kLd = (std::int64_t{1} << 31) + 3;  // row 3 starts past 2^32 elements

std::int64_t offset(Order order, std::int64_t r, std::int64_t c) {
  return order == Order::row ? r * kLd + c : c * kLd + r;
}

class Large : public testing::TestWithParam<Order> {
 protected:
  Large() { fill_ties(plain_, random_); }
  void SetUp() override {
    const std::int64_t lines = GetParam() == Order::row ? kRows : kCols;
    const auto elements = static_cast<std::size_t>(lines * kLd);
    matrix_.emplace(elements * 2);
    mask_.emplace(elements);
    out_.emplace(elements * 2);
    ASSERT_NE(matrix_->data(), nullptr) << "cannot reserve address space";
    ASSERT_NE(mask_->data(), nullptr);
    ASSERT_NE(out_->data(), nullptr);
    for (std::int64_t r = 0; r < kRows; ++r)
      for (std::int64_t c = 0; c < kCols; ++c)
        store_bits(matrix_->data(), offset(GetParam(), r, c), DataType::f16, plain_.bits(r, c));
  }
  MatrixView wide(const Reserved& memory) const {
    return {memory.data(), kRows, kCols, kLd, DataType::f16, GetParam()};
  }
  MaskView wide_mask() const {
    return {static_cast<std::uint8_t*>(mask_->data()), kRows, kCols, kLd, GetParam()};
  }
  Matrix gathered(const Reserved& memory) const {
    Matrix m(DataType::f16, kRows, kCols);
    m.each([&](auto r, auto c) {
      return load_bits(memory.data(), offset(GetParam(), r, c), DataType::f16);
    });
    return m;
  }

  Random random_{131};
  Matrix plain_{DataType::f16, kRows, kCols};
  std::optional<Reserved> matrix_, mask_, out_;
};
INSTANTIATE_TEST_SUITE_P(Orders, Large, testing::Values(Order::row, Order::col),
                         [](const auto& param) { return std::string(to_string(param.param)); });

TEST_P(Large, MaskApplyCheckAndStats) {
  const Exec cpu = Exec::cpu(2);
  const Mask want = best_mask_of(plain_, {2, 4});
  ASSERT_TRUE(succeeds(best_mask(cpu, wide(*matrix_), {2, 4}, wide_mask())));
  for (std::int64_t r = 0; r < kRows; ++r)
    for (std::int64_t c = 0; c < kCols; ++c)
      ASSERT_EQ(wide_mask().data[offset(GetParam(), r, c)], want.byte(r, c)) << r << " " << c;
  ASSERT_TRUE(succeeds(apply_mask(cpu, wide(*matrix_), wide_mask(), wide(*out_))));
  EXPECT_TRUE(same_bits(gathered(*out_), masked(plain_, want)));

  const Result<CheckReport> far = check(cpu, wide(*matrix_), {2, 4});
  const Result<CheckReport> near = check(cpu, plain_.view(), {2, 4});
  ASSERT_TRUE(far.ok() && near.ok());
  EXPECT_GT(far->violations, 0);
  EXPECT_EQ(far->violations, near->violations);
  EXPECT_EQ(far->row, near->row);
  EXPECT_EQ(far->group, near->group);
  const Result<MaskStats> stats = mask_stats(cpu, wide(*matrix_), wide_mask());
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->kept, kRows * kCols / 2);
}

TEST_P(Large, PackAndUnpack) {
  const Exec cpu = Exec::cpu(2);
  const Mask want = best_mask_of(plain_, {2, 4});
  for (PackedOrder order : {PackedOrder::canonical, PackedOrder::device}) {
    const PackedDesc desc = {kRows, kCols, {2, 4}, DataType::f16, order};
    Blob far(desc), near(desc);
    ASSERT_TRUE(succeeds(pack(cpu, wide(*matrix_), far.view())));
    ASSERT_TRUE(succeeds(pack(cpu, plain_.view(), near.view())));
    ASSERT_TRUE(same_bytes(far, near));
    ASSERT_TRUE(succeeds(best_mask(cpu, wide(*matrix_), {2, 4}, wide_mask())));
    Blob by_mask(desc);
    ASSERT_TRUE(succeeds(pack(cpu, wide(*matrix_), wide_mask(), by_mask.view())));
    ASSERT_TRUE(same_bytes(by_mask, near));
    ASSERT_TRUE(succeeds(unpack(cpu, far.cview(), wide(*out_))));
    ASSERT_TRUE(same_bits(gathered(*out_), masked(plain_, want)));
  }
}

// B is the wide matrix, and then D is.
TEST_P(Large, Matmul) {
  const Exec cpu = Exec::cpu(2);
  Matrix small(DataType::f16, 5, kRows);  // A [5, 4] times B [4, 24]
  fill_integers(small, random_, -2, 2);
  Blob a({5, kRows, {2, 4}, DataType::f16, PackedOrder::canonical});
  ASSERT_TRUE(succeeds(pack(cpu, small.view(), a.view())));
  fill_integers(plain_, random_, -2, 2);
  SetUp();
  Matrix far(DataType::f32, 5, kCols), near(DataType::f32, 5, kCols);
  ASSERT_TRUE(succeeds(matmul(cpu, a.cview(), wide(*matrix_), far.view())));
  ASSERT_TRUE(succeeds(matmul(cpu, a.cview(), plain_.view(), near.view())));
  EXPECT_TRUE(same_bits(far, near));

  Matrix tall(DataType::f16, kRows, 8), b(DataType::f16, 8, kCols);
  fill_integers(tall, random_, -2, 2);
  fill_integers(b, random_, -2, 2);
  Blob packed_tall({kRows, 8, {2, 4}, DataType::f16, PackedOrder::canonical});
  ASSERT_TRUE(succeeds(pack(cpu, tall.view(), packed_tall.view())));
  Matrix d(DataType::f16, kRows, kCols);
  ASSERT_TRUE(succeeds(matmul(cpu, packed_tall.cview(), b.view(), d.view())));
  ASSERT_TRUE(succeeds(matmul(cpu, packed_tall.cview(), b.view(), wide(*out_))));
  EXPECT_TRUE(same_bits(gathered(*out_), d));
}

// One row of more than 2^31 columns, all of it zero pages but the last few entries. The first
// violation lies where a 32-bit column would be negative.
TEST(LargeRow, MoreThanTwoToThe31Columns) {
  if (kSmall) return;  // touches 2^31 bytes: minutes under a sanitizer
  const std::int64_t cols = (std::int64_t{1} << 31) + 64;
  const Reserved memory(static_cast<std::size_t>(cols));
  ASSERT_NE(memory.data(), nullptr);
  auto* bytes = static_cast<std::uint8_t*>(memory.data());
  for (std::int64_t i = 1; i <= 3; ++i) bytes[cols - i] = 1;
  const ConstMatrixView row = row_major(memory.data(), 1, cols, DataType::i8);
  const Result<CheckReport> report = check(Exec::cpu(2), row, {2, 4});
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_EQ(report->violations, 1);
  EXPECT_EQ(report->row, 0);
  EXPECT_EQ(report->group, cols / 4 - 1);
}

}  // namespace
}  // namespace heddle
