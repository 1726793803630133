// Compiled with -ffp-contract=off (host/CMakeLists.txt): a fused multiply-add rounds once where the
// formulas of step.hpp round twice, and then the bits would depend on the compiler and the target.
#include "host/cpu/step.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "host/cpu/decode.hpp"
#include "host/cpu/parallel.hpp"

namespace heddle::cpu {
namespace {

constexpr std::int64_t kChunk = 1024;  // entries at a time: all operands of a step in the L1 cache
constexpr Pattern kAnyGroup{1, 1};

// ---- between memory and floats ------------------------------------------------------------------

std::uint16_t bf16_of(std::uint32_t bits) {  // of a number or kStepNan
  return static_cast<std::uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

// Selects only, so that the loop around it becomes vector code.
std::uint16_t f16_of(std::uint32_t bits) {
  constexpr std::uint32_t kMinNormal = 113u << 23;  // 2^-14
  constexpr std::uint32_t kRebias = 112u << 23;     // exponent bias 127 to 15
  constexpr std::uint32_t kMagic = 126u << 23;      // 0.5, whose last place is 2^-24
  const std::uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7FFFFFFFu;
  const float shifted = std::bit_cast<float>(magnitude) + std::bit_cast<float>(kMagic);
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(shifted) - kMagic;
  const std::uint32_t normal = (magnitude - kRebias + 0xFFFu + (magnitude >> 13 & 1u)) >> 13;
  std::uint32_t code = magnitude < kMinNormal ? subnormal : std::min(normal, 0x7C00u);
  code = magnitude > 0x7F800000u ? 0x7E00u : code;
  return static_cast<std::uint16_t>(sign | code);
}

template <std::uint16_t (*kRound)(std::uint32_t)>
void round_row(const float* x, std::int64_t n, std::byte* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint16_t code = kRound(std::bit_cast<std::uint32_t>(x[i]));
    std::memcpy(out + 2 * i, &code, sizeof(code));
  }
}

void encode_row(DataType type, const float* x, std::int64_t n, std::byte* out) {
  if (type == DataType::f16) return round_row<f16_of>(x, n, out);
  if (type == DataType::bf16) return round_row<bf16_of>(x, n, out);
  std::memcpy(out, x, static_cast<std::size_t>(n) * sizeof(float));
}

template <class Pointer>
auto* place(const BasicStepOperand<Pointer>& x, std::int64_t row, std::int64_t col) {
  using Byte = std::conditional_t<std::is_same_v<Pointer, void*>, std::byte, const std::byte>;
  const auto size = static_cast<std::int64_t>(size_of(x.type));
  return x.data == nullptr ? nullptr : static_cast<Byte*>(x.data) + (row * x.ld + col) * size;
}

// A row's piece of one operand as floats, read on construction and written back by `store`.
class Floats {
 public:
  Floats(const StepOperand& from, std::int64_t row, std::int64_t col, std::int64_t n, float* buffer)
      : data_(buffer), to_(place(from, row, col)), type_(from.type), n_(n) {
    if (to_ != nullptr) decode_row(type_, to_, n, data_);
  }
  float* get() const { return data_; }
  bool there() const { return to_ != nullptr; }

  // Every NaN becomes kStepNan, every dropped entry +0. keep: null, or a byte an entry.
  void store(const std::uint8_t* keep) const {
    if (!there()) return;
    for (std::int64_t i = 0; i < n_; ++i) {
      const auto bits = std::bit_cast<std::uint32_t>(data_[i]);
      data_[i] = std::bit_cast<float>((bits & 0x7FFFFFFFu) > 0x7F800000u ? kStepNan : bits);
    }
    if (keep != nullptr)
      for (std::int64_t i = 0; i < n_; ++i) {
        const auto bits = std::bit_cast<std::uint32_t>(data_[i]);
        data_[i] = std::bit_cast<float>(keep[i] != 0 ? bits : 0u);
      }
    encode_row(type_, data_, n_, to_);
  }

 private:
  float* data_;
  std::byte* to_;
  DataType type_;
  std::int64_t n_;
};

// ---- walking ------------------------------------------------------------------------------------

// Calls body(item, row, col, n, arena) for pieces of at most kChunk entries of a row, over all
// items of the list, from several threads.
template <class Item, class Body>
Status for_each_piece(const Exec& exec, const Item* list, std::size_t count, const Body& body) {
  constexpr std::size_t kMost = 64;  // what host/step.cpp passes at a time
  for (; count > kMost; list += kMost, count -= kMost)
    if (Status s = for_each_piece(exec, list, kMost, body); !s.ok()) return s;
  std::int64_t first[kMost + 1] = {};  // of an item's units
  for (std::size_t i = 0; i < count; ++i)
    first[i + 1] = first[i] + Units(list[i].rows, list[i].cols, kAnyGroup).count();
  constexpr std::size_t kArenaBytes = 8 * kChunk * sizeof(float);
  return parallel_for(exec, first[count], kArenaBytes, [&](std::int64_t index, Arena& arena) {
    const auto at =
        static_cast<std::size_t>(std::upper_bound(first, first + count + 1, index) - first - 1);
    const Item& item = list[at];
    const Unit u = Units(item.rows, item.cols, kAnyGroup)[index - first[at]];
    for (std::int64_t r = u.row; r < u.row + u.rows; ++r)
      for (std::int64_t c = 0; c < u.cols; c += kChunk) {
        arena.clear();
        body(item, r, u.col + c, std::min(kChunk, u.cols - c), arena);
      }
  });
}

const std::uint8_t* keep_of(const StepItem& item, std::int64_t row, std::int64_t col) {
  return reinterpret_cast<const std::uint8_t*>(place(item.mask, row, col));
}

// The weight as the step sees it: the master where there is one.
struct Weight {
  Floats value;
  std::byte* rounded;  // null: value is the weight itself
  DataType type;

  Weight(const StepItem& item, std::int64_t row, std::int64_t col, std::int64_t n, Arena& arena)
      : value(item.master.data != nullptr ? item.master : item.weight, row, col, n,
              arena.take<float>(kChunk)),
        rounded(item.master.data != nullptr ? place(item.weight, row, col) : nullptr),
        type(item.weight.type) {}
  void store(const std::uint8_t* keep, std::int64_t n) const {
    value.store(keep);
    if (rounded != nullptr) encode_row(type, value.get(), n, rounded);
  }
};

}  // namespace

Status sgd_step(const Exec& exec, const SgdFactors& factors, const StepItem* list,
                std::size_t count) {
  const SgdFactors f = factors;
  return for_each_piece(
      exec, list, count,
      [&](const StepItem& item, std::int64_t row, std::int64_t col, std::int64_t n, Arena& arena) {
        const std::uint8_t* keep = keep_of(item, row, col);
        const Weight weight(item, row, col, n, arena);
        float* w = weight.value.get();
        float* g = arena.take<float>(kChunk);
        decode_row(item.gradient.type, place(item.gradient, row, col), n, g);
        if (f.decay != 0)
          for (std::int64_t i = 0; i < n; ++i) g[i] = g[i] + f.decay * w[i];
        if (item.momentum.data != nullptr) {
          const Floats momentum(item.momentum, row, col, n, arena.take<float>(kChunk));
          float* m = momentum.get();
          for (std::int64_t i = 0; i < n; ++i) m[i] = f.first ? g[i] : f.keep * m[i] + f.add * g[i];
          for (std::int64_t i = 0; i < n; ++i) g[i] = f.nesterov ? g[i] + f.keep * m[i] : m[i];
          momentum.store(keep);
        }
        for (std::int64_t i = 0; i < n; ++i) w[i] = w[i] - f.rate * g[i];
        weight.store(keep, n);
      });
}

Status adamw_step(const Exec& exec, const AdamWFactors& factors, const StepItem* list,
                  std::size_t count) {
  const AdamWFactors f = factors;
  return for_each_piece(
      exec, list, count,
      [&](const StepItem& item, std::int64_t row, std::int64_t col, std::int64_t n, Arena& arena) {
        const std::uint8_t* keep = keep_of(item, row, col);
        const Weight weight(item, row, col, n, arena);
        const Floats moment1(item.moment1, row, col, n, arena.take<float>(kChunk));
        const Floats moment2(item.moment2, row, col, n, arena.take<float>(kChunk));
        float *w = weight.value.get(), *m1 = moment1.get(), *m2 = moment2.get();
        float* g = arena.take<float>(kChunk);
        decode_row(item.gradient.type, place(item.gradient, row, col), n, g);
        if (f.decay != 0)
          for (std::int64_t i = 0; i < n; ++i) w[i] = w[i] - f.decay * w[i];
        for (std::int64_t i = 0; i < n; ++i) {
          m1[i] = f.keep1 * m1[i] + f.add1 * g[i];
          m2[i] = f.keep2 * m2[i] + f.add2 * (g[i] * g[i]);
          w[i] = w[i] - f.rate * (m1[i] / (std::sqrt(m2[i]) / f.root + f.epsilon));
        }
        moment1.store(keep);
        moment2.store(keep);
        weight.store(keep, n);
      });
}

Status sr_ste(const Exec& exec, float decay, const SrSteItem* list, std::size_t count) {
  return for_each_piece(
      exec, list, count,
      [&](const SrSteItem& item, std::int64_t row, std::int64_t col, std::int64_t n, Arena& arena) {
        const std::byte* keep = place(item.mask, row, col);
        float* dense = arena.take<float>(kChunk);
        decode_row(item.dense.type, place(item.dense, row, col), n, dense);
        const Floats gradient(item.gradient, row, col, n, arena.take<float>(kChunk));
        float* g = gradient.get();
        // Kept entries go back as they came: as bytes, since a float may lose a NaN's.
        const auto size = static_cast<std::int64_t>(size_of(item.gradient.type));
        std::byte* at = place(item.gradient, row, col);
        std::byte* old = arena.take<std::byte>(n * size);
        std::memcpy(old, at, static_cast<std::size_t>(n * size));
        for (std::int64_t i = 0; i < n; ++i) g[i] = g[i] + decay * dense[i];
        gradient.store(nullptr);
        for (std::int64_t i = 0; i < n; ++i)
          if (keep[i] != std::byte{0})
            std::memcpy(at + i * size, old + i * size, static_cast<std::size_t>(size));
      });
}

}  // namespace heddle::cpu
