#pragma once
// Buffers that tell on whoever writes outside them: matrices and masks with any order, leading
// dimension and alignment, packed blobs, and plain runs of bytes.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "heddle/pack.hpp"
#include "heddle/types.hpp"
#include "test/oracle/random.hpp"

namespace heddle::oracle {

// Every allocation starts on a 64-byte boundary, so that `misalign` means what it says.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}));
  }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};

// `size` bytes between two red zones, at a chosen distance from a 64-byte boundary. Under a memory
// sanitizer the rear zone is left to the sanitizer, which sees reads as well.
class GuardedBytes {
 public:
  GuardedBytes() : GuardedBytes(0) {}
  explicit GuardedBytes(std::size_t size, std::size_t misalign = 0);
  unsigned char* data() { return storage_.data() + front_; }
  const unsigned char* data() const { return storage_.data() + front_; }
  std::size_t size() const { return size_; }

  // Remember everything, red zones included; then compare.
  void freeze() { frozen_ = storage_; }
  testing::AssertionResult unchanged() const;
  testing::AssertionResult zones_intact() const;
  // The buffer still holds what it was created with in bytes [begin, end).
  bool untouched(std::size_t begin, std::size_t end) const;

 private:
  using Storage = std::vector<unsigned char, AlignedAllocator<unsigned char>>;
  std::size_t size_;
  std::size_t front_;
  Storage storage_;
  Storage frozen_;
};

// How a matrix lies in memory.
struct Placement {
  Order order = Order::row;
  std::int64_t ld_extra = 0;  // ld = packed_ld + ld_extra
  std::size_t misalign = 0;   // bytes past an aligned address
};

// Every placement worth trying: both orders, tight and gapped, aligned and odd.
const std::vector<Placement>& placements();
std::string to_string(const Placement& placement);

// A dense matrix. Elements start at zero; gaps between rows (ld > width) are part of the guard.
class Matrix {
 public:
  Matrix(DataType type, std::int64_t rows, std::int64_t cols, Placement placement = {});

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  DataType type() const { return type_; }
  std::uint32_t bits(std::int64_t r, std::int64_t c) const;
  void set_bits(std::int64_t r, std::int64_t c, std::uint32_t bits);
  double at(std::int64_t r, std::int64_t c) const;
  void set(std::int64_t r, std::int64_t c, double value);
  void each(const std::function<std::uint32_t(std::int64_t, std::int64_t)>& bits_at);

  MatrixView view();
  ConstMatrixView view() const;

  void poison();  // NaN in every element: what a result must overwrite
  void freeze() { bytes_.freeze(); }
  testing::AssertionResult unchanged() const { return bytes_.unchanged(); }
  testing::AssertionResult surroundings_intact() const;

 private:
  std::int64_t index(std::int64_t r, std::int64_t c) const;
  DataType type_;
  std::int64_t rows_, cols_, ld_;
  Order order_;
  GuardedBytes bytes_;
};

// All elements equal, bit for bit; else the first difference.
testing::AssertionResult same_bits(const Matrix& a, const Matrix& b);

// A mask: a Matrix of bytes with the mask's view types.
class Mask {
 public:
  Mask(std::int64_t rows, std::int64_t cols, Placement placement = {})
      : bytes_(DataType::i8, rows, cols, placement) {}
  std::int64_t rows() const { return bytes_.rows(); }
  std::int64_t cols() const { return bytes_.cols(); }
  bool kept(std::int64_t r, std::int64_t c) const { return bytes_.bits(r, c) != 0; }
  std::uint32_t byte(std::int64_t r, std::int64_t c) const { return bytes_.bits(r, c); }
  void set(std::int64_t r, std::int64_t c, bool keep) { bytes_.set_bits(r, c, keep ? 1 : 0); }
  void set_byte(std::int64_t r, std::int64_t c, std::uint32_t b) { bytes_.set_bits(r, c, b); }
  void poison() { bytes_.poison(); }
  void freeze() { bytes_.freeze(); }
  MaskView view();
  ConstMaskView view() const;
  testing::AssertionResult unchanged() const { return bytes_.unchanged(); }
  testing::AssertionResult surroundings_intact() const { return bytes_.surroundings_intact(); }
  friend testing::AssertionResult same_bits(const Mask& a, const Mask& b) {
    return same_bits(a.bytes_, b.bytes_);
  }

 private:
  Matrix bytes_;
};

// A packed blob of exactly the size the library asks for, poisoned.
class Blob {
 public:
  explicit Blob(const PackedDesc& desc, std::size_t misalign = 0);
  const PackedDesc& desc() const { return desc_; }
  PackedView view() { return {desc_, bytes_.data(), bytes_.size()}; }
  ConstPackedView view() const { return {desc_, bytes_.data(), bytes_.size()}; }
  ConstPackedView cview() const { return view(); }
  unsigned char* data() { return bytes_.data(); }
  const unsigned char* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  void freeze() { bytes_.freeze(); }
  testing::AssertionResult unchanged() const { return bytes_.unchanged(); }
  testing::AssertionResult zones_intact() const { return bytes_.zones_intact(); }

 private:
  PackedDesc desc_;
  GuardedBytes bytes_;
};
testing::AssertionResult same_bytes(const Blob& a, const Blob& b);

}  // namespace heddle::oracle
