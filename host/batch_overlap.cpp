#include "host/batch_overlap.hpp"

#include <algorithm>
#include <cstdint>

namespace heddle {
namespace {

constexpr int kMostPairs = 4096;

Footprint item_of(const BatchFootprint& batch, std::int64_t index) {
  Footprint item = batch.item;
  item.data += index * batch.step;
  return item;
}

std::int64_t address(const Footprint& item) {
  return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(item.data));
}

std::int64_t last_index(const BatchFootprint& batch) {
  return batch.step == 0 ? 0 : batch.count - 1;
}

// The bytes [begin, end) that all items lie in.
struct Range {
  std::int64_t begin, end;
};
Range range_of(const BatchFootprint& batch) {
  const std::int64_t begin = address(batch.item);
  return {begin, begin + last_index(batch) * batch.step + extent_bytes(batch.item)};
}

// Items of the batch that reach into `range`: first to last, none if first > last.
struct Reach {
  std::int64_t first, last;
};
Reach reach(const BatchFootprint& batch, const Range& range) {
  const std::int64_t begin = address(batch.item), end = begin + extent_bytes(batch.item);
  if (batch.step == 0) return {0, begin < range.end && range.begin < end ? 0 : -1};
  const std::int64_t first = end > range.begin ? 0 : (range.begin - end) / batch.step + 1;
  const std::int64_t last = begin < range.end ? (range.end - 1 - begin) / batch.step : -1;
  return {first, std::min(last, batch.count - 1)};
}

}  // namespace

std::int64_t extent_bytes(const Footprint& item) {
  return item.lines == 0 ? 0 : (item.lines - 1) * item.stride + item.width;
}

bool overlap(const BatchFootprint& a, const BatchFootprint& b) {
  if (a.item.lines == 0 || b.item.lines == 0) return false;
  int pairs = kMostPairs;
  const Reach outer = reach(a, range_of(b));
  for (std::int64_t i = outer.first; i <= outer.last; ++i) {
    const Footprint item = item_of(a, i);
    const Reach inner = reach(b, {address(item), address(item) + extent_bytes(item)});
    for (std::int64_t j = inner.first; j <= inner.last; ++j) {
      if (overlap(item, item_of(b, j))) return true;
      if (--pairs == 0) return false;
    }
    if (inner.first > inner.last && --pairs == 0) return false;
  }
  return false;
}

bool items_apart(const BatchFootprint& batch) {
  if (batch.count <= 1 || batch.item.lines == 0) return true;
  const std::int64_t extent = extent_bytes(batch.item);
  for (std::int64_t i = 1; i < batch.count && i * batch.step < extent; ++i)
    if (overlap(batch.item, item_of(batch, i))) return false;
  return true;
}

}  // namespace heddle
