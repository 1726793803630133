#include "test/oracle/matrix.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "test/oracle/codes.hpp"

namespace heddle::oracle {
namespace {

constexpr std::size_t kZone = 64;
#if defined(HEDDLE_TEST_MEMORY_SANITIZER)
constexpr std::size_t kRearZone = 0;
#else
constexpr std::size_t kRearZone = kZone;
#endif

// Differs from its neighbours, so that a shifted copy does not pass for the original.
unsigned char zone_byte(std::size_t index) {
  return static_cast<unsigned char>(0xA5u ^ (index * 37u));
}

std::int64_t extent(std::int64_t rows, std::int64_t cols, std::int64_t ld, Order order) {
  if (rows == 0 || cols == 0) return 0;
  return order == Order::row ? (rows - 1) * ld + cols : (cols - 1) * ld + rows;
}

std::size_t bytes_for(DataType type, std::int64_t elements) {
  return static_cast<std::size_t>(elements) * size_of(type);
}

}  // namespace

GuardedBytes::GuardedBytes(std::size_t size, std::size_t misalign)
    : size_(size), front_(kZone + misalign), storage_(front_ + size + kRearZone) {
  for (std::size_t i = 0; i < storage_.size(); ++i) storage_[i] = zone_byte(i);
}

bool GuardedBytes::untouched(std::size_t begin, std::size_t end) const {
  for (std::size_t i = begin; i < end; ++i)
    if (storage_[front_ + i] != zone_byte(front_ + i)) return false;
  return true;
}

testing::AssertionResult GuardedBytes::unchanged() const {
  if (frozen_.size() != storage_.size())
    return testing::AssertionFailure() << "never frozen: a defect of the test";
  const auto [now, then] = std::mismatch(storage_.begin(), storage_.end(), frozen_.begin());
  if (now == storage_.end()) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "byte " << (now - storage_.begin()) - static_cast<std::ptrdiff_t>(front_) << " of "
         << size_ << " changed from " << int{*then} << " to " << int{*now};
}

testing::AssertionResult GuardedBytes::zones_intact() const {
  for (std::size_t i = 0; i < storage_.size(); ++i) {
    if (i >= front_ && i < front_ + size_) continue;
    if (storage_[i] != zone_byte(i))
      return testing::AssertionFailure()
             << "red zone overwritten at byte " << static_cast<std::ptrdiff_t>(i - front_)
             << " of a buffer of " << size_;
  }
  return testing::AssertionSuccess();
}

const std::vector<Placement>& placements() {
  static const std::vector<Placement> all = {
      {Order::row, 0, 0}, {Order::col, 0, 0}, {Order::row, 3, 1},
      {Order::col, 5, 1}, {Order::row, 1, 2}, {Order::col, 0, 3},
  };
  return all;
}

std::string to_string(const Placement& p) {
  std::string text = p.order == Order::row ? "row" : "col";
  if (p.ld_extra != 0) text += ":ld+" + std::to_string(p.ld_extra);
  if (p.misalign != 0) text += ":at+" + std::to_string(p.misalign);
  return text;
}

Matrix::Matrix(DataType type, std::int64_t rows, std::int64_t cols, Placement placement)
    : type_(type),
      rows_(rows),
      cols_(cols),
      ld_(packed_ld(rows, cols, placement.order) + placement.ld_extra),
      order_(placement.order),
      bytes_(bytes_for(type, extent(rows, cols, ld_, placement.order)), placement.misalign) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; ++c) set_bits(r, c, 0);
}

std::int64_t Matrix::index(std::int64_t r, std::int64_t c) const {
  return order_ == Order::row ? r * ld_ + c : c * ld_ + r;
}

std::uint32_t Matrix::bits(std::int64_t r, std::int64_t c) const {
  return load_bits(bytes_.data(), index(r, c), type_);
}

void Matrix::set_bits(std::int64_t r, std::int64_t c, std::uint32_t bits) {
  store_bits(bytes_.data(), index(r, c), type_, bits);
}

double Matrix::at(std::int64_t r, std::int64_t c) const { return decode(type_, bits(r, c)); }

void Matrix::set(std::int64_t r, std::int64_t c, double value) {
  set_bits(r, c, encode(type_, value));
}

void Matrix::each(const std::function<std::uint32_t(std::int64_t, std::int64_t)>& bits_at) {
  for (std::int64_t r = 0; r < rows_; ++r)
    for (std::int64_t c = 0; c < cols_; ++c) set_bits(r, c, bits_at(r, c));
}

MatrixView Matrix::view() { return {bytes_.data(), rows_, cols_, ld_, type_, order_}; }
ConstMatrixView Matrix::view() const { return {bytes_.data(), rows_, cols_, ld_, type_, order_}; }

void Matrix::poison() {
  each([this](std::int64_t, std::int64_t) { return nan_code(type_); });
}

testing::AssertionResult Matrix::surroundings_intact() const {
  if (testing::AssertionResult zones = bytes_.zones_intact(); !zones) return zones;
  const std::int64_t width = order_ == Order::row ? cols_ : rows_;
  const std::int64_t lines = order_ == Order::row ? rows_ : cols_;
  for (std::int64_t line = 0; line + 1 < lines && width > 0; ++line)
    if (!bytes_.untouched(bytes_for(type_, line * ld_ + width), bytes_for(type_, (line + 1) * ld_)))
      return testing::AssertionFailure() << "the gap after line " << line << " is overwritten";
  return testing::AssertionSuccess();
}

testing::AssertionResult same_bits(const Matrix& a, const Matrix& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols() || a.type() != b.type())
    return testing::AssertionFailure() << "shapes or types differ";
  std::int64_t count = 0, row = -1, col = -1;
  for (std::int64_t r = 0; r < a.rows(); ++r)
    for (std::int64_t c = 0; c < a.cols(); ++c)
      if (a.bits(r, c) != b.bits(r, c) && count++ == 0) row = r, col = c;
  if (count == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << count << " elements differ, first (" << row << ", " << col << "): " << std::hex << "0x"
         << a.bits(row, col) << " against 0x" << b.bits(row, col);
}

MaskView Mask::view() {
  const MatrixView v = bytes_.view();
  return {static_cast<std::uint8_t*>(v.data), v.rows, v.cols, v.ld, v.order};
}

ConstMaskView Mask::view() const {
  const ConstMatrixView v = bytes_.view();
  return {static_cast<const std::uint8_t*>(v.data), v.rows, v.cols, v.ld, v.order};
}

namespace {
std::size_t size_or_fail(const PackedDesc& desc) {
  const Result<std::size_t> size = packed_size(desc);
  EXPECT_TRUE(size.ok()) << size.status().to_string();
  return size.ok() ? *size : 0;
}
}  // namespace

Blob::Blob(const PackedDesc& desc, std::size_t misalign)
    : desc_(desc), bytes_(size_or_fail(desc), misalign) {
  std::fill(bytes_.data(), bytes_.data() + bytes_.size(), static_cast<unsigned char>(0xFF));
}

testing::AssertionResult same_bytes(const Blob& a, const Blob& b) {
  if (a.size() != b.size())
    return testing::AssertionFailure() << a.size() << " bytes against " << b.size();
  const auto [x, y] = std::mismatch(a.data(), a.data() + a.size(), b.data());
  if (x == a.data() + a.size()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "byte " << (x - a.data()) << " of " << a.size() << ": "
                                     << int{*x} << " against " << int{*y};
}

}  // namespace heddle::oracle
