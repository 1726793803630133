#include <algorithm>

#include "host/message.hpp"
#include "host/tensor.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

constexpr std::int64_t kMaxSpan = std::int64_t{1} << 62;  // bytes; sums of two still fit

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

bool empty(const ConstTensorView& v) {
  return std::any_of(v.shape.begin(), v.shape.begin() + v.rank,
                     [](std::int64_t extent) { return extent == 0; });
}

// The dimensions of two entries or more, by stride. Returns how many.
int by_stride(const ConstTensorView& v, std::array<std::size_t, kMaxRank>& dims) {
  std::size_t count = 0;
  for (std::size_t d = 0; d < static_cast<std::size_t>(v.rank); ++d) {
    if (v.shape[d] <= 1) continue;
    std::size_t at = count++;
    for (; at > 0 && v.stride[dims[at - 1]] > v.stride[d]; --at) dims[at] = dims[at - 1];
    dims[at] = d;
  }
  return static_cast<int>(count);
}

// ---- overlap ------------------------------------------------------------------------------------

// Integers sum of at[i] * step[i] with low[i] <= at[i] <= high[i]: differences of two lattices.
struct Differences {
  static constexpr int kTerms = 2 * kMaxRank;
  int terms = 0;
  std::array<std::int64_t, kTerms> step{}, low{}, high{};

  void add(std::int64_t s, std::int64_t lowest, std::int64_t highest) {
    int i = 0;
    while (i < terms && step[static_cast<std::size_t>(i)] != s) ++i;
    const auto at = static_cast<std::size_t>(i);
    terms = std::max(terms, i + 1);
    step[at] = s;
    low[at] += lowest;
    high[at] += highest;
  }

  void sort() {  // large steps first
    for (int i = 1; i < terms; ++i)
      for (auto j = static_cast<std::size_t>(i); j > 0 && step[j] > step[j - 1]; --j) {
        std::swap(step[j], step[j - 1]);
        std::swap(low[j], low[j - 1]);
        std::swap(high[j], high[j - 1]);
      }
  }

  // Is one of them in [first, last]? Gives up (false) when `budget` is spent.
  bool reach(std::int64_t first, std::int64_t last, int term, int& budget) const {
    if (--budget < 0) return false;
    if (term == terms) return first <= 0 && 0 <= last;
    std::int64_t least = 0, most = 0;  // of the terms after this one
    for (auto i = static_cast<std::size_t>(term) + 1; i < static_cast<std::size_t>(terms); ++i) {
      least += low[i] * step[i];
      most += high[i] * step[i];
    }
    const auto at = static_cast<std::size_t>(term);
    const std::int64_t s = step[at];
    // first <= k * s + rest <= last for a rest in [least, most]
    const std::int64_t from = std::max(low[at], ceil_div(first - most, s));
    const std::int64_t to = std::min(high[at], -ceil_div(least - last, s));
    for (std::int64_t k = from; k <= to && budget > 0; ++k)
      if (reach(first - k * s, last - k * s, term + 1, budget)) return true;
    return false;
  }

 private:
  static std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return a / b + (a % b > 0 ? 1 : 0);
  }
};

// Bytes from the first element to the end of the last.
std::int64_t span(const ConstTensorView& v) {
  std::int64_t last = 0;
  for (std::size_t d = 0; d < static_cast<std::size_t>(v.rank); ++d)
    last += (v.shape[d] - 1) * v.stride[d];
  return (last + 1) * static_cast<std::int64_t>(size_of(v.type));
}

}  // namespace

std::string shape_text(int rank, const Dims& shape) {
  std::string text = "[";
  for (int d = 0; d < rank; ++d)
    text += message(d > 0 ? ", " : "", shape[static_cast<std::size_t>(d)]);
  return text + "]";
}

std::int64_t element_count(const ConstTensorView& view) {
  if (empty(view)) return 0;
  std::int64_t count = 1;
  for (int d = 0; d < view.rank; ++d) count *= view.shape[static_cast<std::size_t>(d)];
  return count;
}

Status check_tensor(const char* name, const ConstTensorView& v) {
  if (v.rank < 1 || v.rank > kMaxRank)
    return invalid(message(name, ".rank = ", v.rank, ": must be 1 to ", kMaxRank));
  if (size_of(v.type) == 0)
    return invalid(message(name, ".type = ", static_cast<int>(v.type), ": must be a DataType"));
  const auto rank = static_cast<std::size_t>(v.rank);
  for (std::size_t d = 0; d < rank; ++d) {
    if (v.shape[d] < 0)
      return invalid(message(name, ".shape[", d, "] = ", v.shape[d], ": must be >= 0"));
  }
  if (empty(v)) return {};
  std::array<std::size_t, kMaxRank> dims;
  const int count = by_stride(v, dims);
  const std::int64_t limit = kMaxSpan / static_cast<std::int64_t>(size_of(v.type));
  std::int64_t last = 0;  // the place of the last element so far
  for (int i = 0; i < count; ++i) {
    const std::size_t d = dims[static_cast<std::size_t>(i)];
    if (v.stride[d] <= last)
      return invalid(message(name, ".stride[", d, "] = ", v.stride[d], ": must be > ", last,
                             ", which the dimensions of smaller strides reach"));
    if (v.shape[d] - 1 > (limit - 1 - last) / v.stride[d])
      return invalid(message(name, ".shape, .stride = ", shape_text(v.rank, v.shape), ", ",
                             shape_text(v.rank, v.stride), ": must span at most 2^62 bytes"));
    last += (v.shape[d] - 1) * v.stride[d];
  }
  if (v.data == nullptr)
    return invalid(
        message(name, ".data = null: must point to ", shape_text(v.rank, v.shape), " elements"));
  return {};
}

Status check_tensor(const char* name, const ConstTensorMask& mask) {
  return check_tensor(name, as_bytes(mask));
}

Status check_tensor_weights(const char* name, const ConstTensorView& view) {
  HEDDLE_TRY(check_tensor(name, view));
  if (view.type == DataType::i32)
    return {StatusCode::unsupported,
            message(name, ".type = i32: must be f32, f16, bf16, f8e4m3, f8e5m2 or i8")};
  return {};
}

Status check_tensor_shape(const char* name, const ConstTensorView& view,
                          const ConstTensorView& want) {
  if (view.rank == want.rank &&
      std::equal(view.shape.begin(), view.shape.begin() + view.rank, want.shape.begin()))
    return {};
  return invalid(message(name, " = ", shape_text(view.rank, view.shape), ": must be ",
                         shape_text(want.rank, want.shape)));
}

bool overlap(const ConstTensorView& a, const ConstTensorView& b) {
  if (empty(a) || empty(b)) return false;
  // Addresses are compared as integers: a and b need not be parts of one array.
  const auto a_at = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(a.data));
  const auto b_at = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(b.data));
  if (a_at + span(a) <= b_at || b_at + span(b) <= a_at) return false;
  const auto a_size = static_cast<std::int64_t>(size_of(a.type));
  const auto b_size = static_cast<std::int64_t>(size_of(b.type));
  Differences difference;  // of an element of a and one of b, in bytes from a_at and b_at
  for (std::size_t d = 0; d < static_cast<std::size_t>(a.rank); ++d)
    if (a.shape[d] > 1) difference.add(a.stride[d] * a_size, 0, a.shape[d] - 1);
  for (std::size_t d = 0; d < static_cast<std::size_t>(b.rank); ++d)
    if (b.shape[d] > 1) difference.add(b.stride[d] * b_size, 1 - b.shape[d], 0);
  difference.sort();
  // They touch if a's element starts less than b_size after b's or less than a_size before it.
  constexpr int kBudget = 100000;
  int budget = kBudget;
  return difference.reach(b_at - a_at - a_size + 1, b_at - a_at + b_size - 1, 0, budget);
}

Status check_no_overlap(const char* out_name, const ConstTensorView& out, const char* in_name,
                        const ConstTensorView& in) {
  if (!overlap(out, in)) return {};
  return invalid(
      message(out_name, ".data = ", out.data, ": must not overlap ", in_name, ", at ", in.data));
}

bool same_strides(const ConstTensorView& a, const ConstTensorView& b) {
  if (a.rank != b.rank) return false;
  for (std::size_t d = 0; d < static_cast<std::size_t>(a.rank); ++d)
    if (a.shape[d] != b.shape[d] || (a.shape[d] > 1 && a.stride[d] != b.stride[d])) return false;
  return true;
}

bool same_view(const ConstTensorView& a, const ConstTensorView& b) {
  return a.data == b.data && a.type == b.type && same_strides(a, b);
}

}  // namespace heddle
