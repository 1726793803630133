#pragma once
// A tensor of any rank and strides between red zones, for the tests of steps and of the Sparsifier.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "heddle/tensor.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/matrix.hpp"
#include "test/oracle/random.hpp"

namespace heddle::test {

// How a tensor lies: dimensions in memory from the slowest to the fastest (empty: as they are
// numbered), entries left out after each line of the fastest, bytes off alignment.
struct Lay {
  std::vector<int> order;
  std::int64_t gap = 0;
  std::size_t misalign = 0;
};

class Tensor {
 public:
  Tensor(DataType type, const std::vector<std::int64_t>& shape, const Lay& lay = {})
      : rank_(static_cast<int>(shape.size())), type_(type) {
    std::copy(shape.begin(), shape.end(), shape_.begin());
    std::vector<int> order = lay.order;
    for (int d = 0; order.size() < shape.size(); ++d) order.push_back(d);
    std::int64_t step = 1;
    for (std::size_t i = order.size(); i-- > 0;) {
      const auto d = static_cast<std::size_t>(order[i]);
      stride_[d] = step;
      step *= std::max<std::int64_t>(shape[d], 1);
      if (i + 1 == order.size()) step += lay.gap;
    }
    for (const std::int64_t extent : shape) count_ *= extent;
    const std::size_t bytes = count_ > 0 ? static_cast<std::size_t>(step) * size_of(type) : 0;
    bytes_ = oracle::GuardedBytes(bytes, lay.misalign);
  }

  DataType type() const { return type_; }
  std::int64_t count() const { return count_; }
  TensorView view() { return {bytes_.data(), rank_, shape_, stride_, type_}; }
  ConstTensorView cview() const { return {bytes_.data(), rank_, shape_, stride_, type_}; }
  TensorMask mask() { return {bytes_.data(), rank_, shape_, stride_}; }
  ConstTensorMask cmask() const { return {bytes_.data(), rank_, shape_, stride_}; }

  // Entries in the order of their indices, wherever they lie.
  std::uint32_t bits(std::int64_t i) const {
    return oracle::load_bits(bytes_.data(), place(i), type_);
  }
  void set_bits(std::int64_t i, std::uint32_t bits) {
    oracle::store_bits(bytes_.data(), place(i), type_, bits);
  }
  double at(std::int64_t i) const { return oracle::decode(type_, bits(i)); }
  void set(std::int64_t i, double value) { set_bits(i, oracle::encode(type_, value)); }
  std::vector<std::uint32_t> all_bits() const {
    std::vector<std::uint32_t> list;
    for (std::int64_t i = 0; i < count_; ++i) list.push_back(bits(i));
    return list;
  }
  void set_all_bits(const std::vector<std::uint32_t>& list) {
    for (std::int64_t i = 0; i < count_; ++i) set_bits(i, list[static_cast<std::size_t>(i)]);
  }

  void fill(oracle::Random& random, double scale = 1) {
    for (std::int64_t i = 0; i < count_; ++i) set(i, random.normal() * scale);
  }
  // Any bits: NaN of every payload, infinities, both zeros.
  void fill_codes(oracle::Random& random) {
    for (std::int64_t i = 0; i < count_; ++i)
      set_bits(i, static_cast<std::uint32_t>(random.next() >> (64 - oracle::bits_of(type_))));
  }
  // About `share` of the entries kept.
  void fill_mask(oracle::Random& random, double share = 0.5) {
    for (std::int64_t i = 0; i < count_; ++i) set_bits(i, random.uniform() < share ? 1 : 0);
  }

  // Everything between the red zones, gaps included.
  const unsigned char* raw() const { return bytes_.data(); }
  std::size_t raw_bytes() const { return bytes_.size(); }

  void freeze() { bytes_.freeze(); }
  testing::AssertionResult unchanged() const { return bytes_.unchanged(); }
  testing::AssertionResult zones_intact() const { return bytes_.zones_intact(); }

 private:
  std::int64_t place(std::int64_t i) const {
    std::int64_t at = 0;
    for (auto d = static_cast<std::size_t>(rank_); d-- > 0;) {
      at += i % shape_[d] * stride_[d];
      i /= shape_[d];
    }
    return at;
  }

  int rank_;
  DataType type_;
  Dims shape_{}, stride_{};
  std::int64_t count_ = 1;
  oracle::GuardedBytes bytes_;
};

}  // namespace heddle::test
