#pragma once
// Dense tensors for tests, in any layout, with guards around and between their elements.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "heddle/tensor.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/matrix.hpp"
#include "test/oracle/random.hpp"
#include "test/oracle/rank.hpp"

namespace heddle::oracle {

// How a tensor lies in memory: its dimensions from the slowest to the fastest, elements that each
// dimension leaves unused at its end, the fastest one's stride, and bytes past an aligned address.
struct TensorLayout {
  std::vector<std::size_t> order;  // empty: as written
  std::int64_t gap = 0;
  std::int64_t step = 1;
  std::size_t misalign = 0;
  std::string name = "contiguous";
};

// Every layout worth trying for a rank: contiguous, channels last, transposed, scattered.
inline std::vector<TensorLayout> tensor_layouts(int rank) {
  std::vector<TensorLayout> all = {{}, {{}, 3, 1, 1, "padded"}, {{}, 1, 2, 0, "every second"}};
  const auto n = static_cast<std::size_t>(rank);
  if (n == 1) return all;
  std::vector<std::size_t> last = {0}, turned = {1, 0}, back, taps_first;
  for (std::size_t d = 2; d < n; ++d) last.push_back(d), turned.push_back(d);
  last.push_back(1);
  for (std::size_t d = n; d-- > 0;) back.push_back(d);
  for (std::size_t d = 2; d < n; ++d) taps_first.push_back(d);
  taps_first.push_back(0);
  taps_first.push_back(1);
  all.push_back({last, 0, 1, 0, "channels last"});
  all.push_back({last, 5, 1, 3, "channels last, padded"});
  all.push_back({turned, 0, 1, 0, "transposed"});
  all.push_back({back, 0, 1, 0, "reversed"});
  all.push_back({back, 2, 3, 2, "reversed, padded"});
  all.push_back({taps_first, 0, 1, 0, "taps first"});
  return all;
}

class Tensor {
 public:
  using Index = Dims;

  Tensor(DataType type, int rank, const Dims& shape, const TensorLayout& layout = {})
      : type_(type), rank_(rank), shape_(shape) {
    const auto n = static_cast<std::size_t>(rank);
    std::vector<std::size_t> order = layout.order;
    if (order.empty())
      for (std::size_t d = 0; d < n; ++d) order.push_back(d);
    std::int64_t step = layout.step;
    for (std::size_t i = n; i-- > 0;) {
      stride_[order[i]] = step;
      step = step * shape[order[i]] + layout.gap;
    }
    std::int64_t last = 0;
    for (std::size_t d = 0; d < n; ++d) {
      count_ *= shape[d];
      last += (shape[d] - 1) * stride_[d];
    }
    const std::size_t bytes = count_ == 0 ? 0 : static_cast<std::size_t>(last + 1) * size_of(type);
    bytes_ = GuardedBytes(bytes, layout.misalign);
    owned_.assign(bytes, false);
    each([&](const Index& at) {
      for (std::size_t b = 0; b < size_of(type); ++b)
        owned_[static_cast<std::size_t>(place(at)) * size_of(type) + b] = true;
      set_bits(at, 0);
    });
    before_.assign(bytes_.data(), bytes_.data() + bytes);
  }

  DataType type() const { return type_; }
  int rank() const { return rank_; }
  const Dims& shape() const { return shape_; }
  std::int64_t count() const { return count_; }
  std::size_t bytes() const { return bytes_.size(); }

  std::uint32_t bits(const Index& at) const { return load_bits(bytes_.data(), place(at), type_); }
  double at(const Index& at) const { return decode(type_, bits(at)); }
  void set_bits(const Index& at, std::uint32_t bits) {
    store_bits(bytes_.data(), place(at), type_, bits);
  }

  // All indices, the last dimension fastest.
  void each(const std::function<void(const Index&)>& f) const {
    Index at{};
    for (std::int64_t i = 0; i < count_; ++i) {
      std::int64_t rest = i;
      for (auto d = static_cast<std::size_t>(rank_); d-- > 0;) {
        at[d] = rest % shape_[d];
        rest /= shape_[d];
      }
      f(at);
    }
  }
  void fill(const std::function<std::uint32_t(const Index&)>& bits_at) {
    each([&](const Index& at) { set_bits(at, bits_at(at)); });
  }
  void poison() {
    each([&](const Index& at) { set_bits(at, nan_code(type_)); });
  }

  TensorView view() { return {bytes_.data(), rank_, shape_, stride_, type_}; }
  ConstTensorView view() const { return {bytes_.data(), rank_, shape_, stride_, type_}; }
  TensorMask mask() { return {bytes_.data(), rank_, shape_, stride_}; }
  ConstTensorMask mask() const { return {bytes_.data(), rank_, shape_, stride_}; }

  void freeze() { bytes_.freeze(); }
  testing::AssertionResult unchanged() const { return bytes_.unchanged(); }
  // Guards, and the bytes between elements.
  testing::AssertionResult surroundings_intact() const {
    for (std::size_t i = 0; i < owned_.size(); ++i)
      if (!owned_[i] && bytes_.data()[i] != before_[i])
        return testing::AssertionFailure() << "byte " << i << ", which is no element's, changed";
    return bytes_.zones_intact();
  }
  unsigned char* data() { return bytes_.data(); }
  const unsigned char* data() const { return bytes_.data(); }

 private:
  std::int64_t place(const Index& at) const {
    std::int64_t sum = 0;
    for (std::size_t d = 0; d < static_cast<std::size_t>(rank_); ++d) sum += at[d] * stride_[d];
    return sum;
  }
  DataType type_;
  int rank_;
  Dims shape_, stride_{};
  std::int64_t count_ = 1;
  GuardedBytes bytes_;
  std::vector<bool> owned_;
  std::vector<unsigned char> before_;
};

inline std::string index_text(const Dims& at, int rank) {
  std::string text;
  for (int d = 0; d < rank; ++d)
    text += (d > 0 ? "," : "") + std::to_string(at[static_cast<std::size_t>(d)]);
  return text;
}

inline testing::AssertionResult same_bits(const Tensor& a, const Tensor& b) {
  testing::AssertionResult result = testing::AssertionSuccess();
  a.each([&](const Dims& at) {
    if (result && a.bits(at) != b.bits(at))
      result = testing::AssertionFailure()
               << "at " << index_text(at, a.rank()) << ": " << a.bits(at) << " and " << b.bits(at);
  });
  return result;
}

inline Tensor relaid(const Tensor& t, const TensorLayout& layout) {
  Tensor out(t.type(), t.rank(), t.shape(), layout);
  out.fill([&](const Dims& at) { return t.bits(at); });
  return out;
}

// Any bits, with every third group all ties.
inline void fill_mixed(Tensor& t, Random& random) {
  const std::uint32_t most = bits_of(t.type()) == 32 ? ~0u : (1u << bits_of(t.type())) - 1;
  t.fill([&](const Dims& at) {
    if (at[0] % 3 == 1) return encode(t.type(), static_cast<double>(random.between(-1, 1)));
    if (at[0] % 3 == 2 && random.below(4) != 0) return encode(t.type(), random.normal() * 8);
    return static_cast<std::uint32_t>(random.next()) & most;
  });
}

// The dimension along which groups run.
inline std::size_t group_dim(int rank) { return rank == 1 ? 0 : 1; }

// Calls f(index, entries) for every group along `dim`: its first index and how many it has.
inline void each_group(const Tensor& t, std::size_t dim, int group,
                       const std::function<void(Dims, std::int64_t)>& f) {
  t.each([&](const Dims& at) {
    if (at[dim] % group == 0) f(at, std::min<std::int64_t>(group, t.shape()[dim] - at[dim]));
  });
}

// From the definition: in every group the best by rank.
inline Tensor best_mask_of(const Tensor& t, Pattern pattern, bool by_value) {
  Tensor mask(DataType::i8, t.rank(), t.shape());
  const std::size_t dim = group_dim(t.rank());
  each_group(t, dim, pattern.group, [&](Dims at, std::int64_t entries) {
    std::vector<RankKey> keys;
    const std::int64_t first = at[dim];
    for (std::int64_t i = 0; i < entries; ++i) {
      at[dim] = first + i;
      keys.push_back(by_value ? value_key(t.type(), t.bits(at))
                              : magnitude_key(t.type(), t.bits(at)));
    }
    const std::vector<bool> kept = best_by_rank(keys, pattern.keep);
    for (std::int64_t i = 0; i < entries; ++i) {
      at[dim] = first + i;
      mask.set_bits(at, kept[static_cast<std::size_t>(i)] ? 1 : 0);
    }
  });
  return mask;
}

// Counted group by group; rows numbered as check says.
inline CheckReport checked(const Tensor& t, Pattern pattern, std::size_t dim) {
  CheckReport report;
  const std::size_t other = dim == 1 ? 0 : 1;  // what counts rows within a tap
  each_group(t, dim, pattern.group, [&](Dims at, std::int64_t entries) {
    int nonzeros = 0;
    const std::int64_t first = at[dim];
    for (std::int64_t i = 0; i < entries; ++i) {
      at[dim] = first + i;
      nonzeros += !(t.at(at) == 0);
    }
    if (nonzeros <= pattern.keep) return;
    std::int64_t tap = 0;
    for (std::size_t d = 2; d < static_cast<std::size_t>(t.rank()); ++d)
      tap = tap * t.shape()[d] + at[d];
    const std::int64_t row = t.rank() == 1 ? 0 : tap * t.shape()[other] + at[other];
    const std::int64_t group = first / pattern.group;
    ++report.violations;
    if (report.row < 0 || row < report.row || (row == report.row && group < report.group))
      report.row = row, report.group = group;
  });
  return report;
}

inline testing::AssertionResult same_report(const CheckReport& want, const CheckReport& got) {
  if (want.violations == got.violations && want.row == got.row && want.group == got.group)
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << got.violations << " violations, first " << got.row << ", " << got.group << "; wanted "
         << want.violations << ", first " << want.row << ", " << want.group;
}

struct TensorShape {
  int rank;
  Dims shape;
};
// Every rank; partial groups; grouped and depthwise convolutions; taps of 1; nothing at all.
inline const std::vector<TensorShape>& tensor_shapes() {
  static const std::vector<TensorShape> all = {
      {1, {1}},
      {1, {37}},
      {2, {3, 9}},
      {2, {17, 40}},
      {3, {5, 8, 3}},
      {3, {4, 6, 1}},
      {4, {6, 8, 3, 3}},
      {4, {3, 13, 2, 3}},
      {4, {9, 3, 5, 5}},
      {4, {12, 1, 3, 3}},
      {4, {5, 70, 1, 1}},
      {4, {1, 4, 3, 1}},
      {5, {3, 7, 2, 3, 2}},
      {5, {4, 8, 1, 3, 1}},
      {4, {2, 0, 3, 3}},
      {3, {0, 4, 3}},
      {5, {2, 3, 2, 0, 2}},
  };
  return all;
}

}  // namespace heddle::oracle
