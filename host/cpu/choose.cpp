#include "host/choose.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/cpu/decode.hpp"
#include "host/cpu/parallel.hpp"

namespace heddle::cpu {
namespace {

constexpr std::int64_t kChunk = 2048;
constexpr Pattern kAnyGroup{1, 1};

template <class Pointer>
const std::byte* place(const BasicStepOperand<Pointer>& x, std::int64_t row, std::int64_t col) {
  const auto size = static_cast<std::int64_t>(size_of(x.type));
  if (x.data == nullptr) return nullptr;
  return static_cast<const std::byte*>(x.data) + (row * x.ld + col) * size;
}

// n elements of T; null `keep`: on everywhere; null `on`: fill; null `off`: zero.
template <class T>
void choose_row(const std::byte* keep, const std::byte* on, const std::byte* off, T fill,
                std::int64_t n, std::byte* out) {
  const auto load = [](const std::byte* from, std::int64_t i, T absent) {
    if (from == nullptr) return absent;
    T value;
    std::memcpy(&value, from + i * std::int64_t{sizeof(T)}, sizeof(T));
    return value;
  };
  for (std::int64_t i = 0; i < n; ++i) {
    const T kept = load(on, i, fill), dropped = load(off, i, T{0});
    const T value = keep == nullptr || keep[i] != std::byte{0} ? kept : dropped;
    std::memcpy(out + i * std::int64_t{sizeof(T)}, &value, sizeof(T));
  }
}

void choose_piece(const ChoiceItem& item, std::int64_t row, std::int64_t col, std::int64_t n,
                  float* wide) {
  const std::byte* keep = place(item.mask, row, col);
  const std::byte* on = place(item.on, row, col);
  const std::byte* off = place(item.off, row, col);
  auto* out = const_cast<std::byte*>(place(item.out, row, col));
  if (off != nullptr && item.off.type != item.out.type) {  // bits and all: decoding is exact
    decode_row(item.off.type, off, n, wide);
    off = reinterpret_cast<const std::byte*>(wide);
  }
  switch (size_of(item.out.type)) {
    case 1: return choose_row(keep, on, off, static_cast<std::uint8_t>(item.fill), n, out);
    case 2: return choose_row(keep, on, off, static_cast<std::uint16_t>(item.fill), n, out);
    default: return choose_row(keep, on, off, item.fill, n, out);
  }
}

}  // namespace

Status choose(const Exec& exec, const ChoiceItem* list, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const ChoiceItem& item = list[i];
    const Units units(item.rows, item.cols, kAnyGroup);
    const Status status = parallel_for(exec, units.count(), 0, [&](std::int64_t index, Arena&) {
      float wide[kChunk];  // no scratch memory: this must not fail once writing has begun
      const Unit u = units[index];
      for (std::int64_t r = u.row; r < u.row + u.rows; ++r)
        for (std::int64_t c = 0; c < u.cols; c += kChunk) {
          choose_piece(item, r, u.col + c, std::min(kChunk, u.cols - c), wide);
        }
    });
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace heddle::cpu
