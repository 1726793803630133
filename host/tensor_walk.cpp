#include <algorithm>

#include "host/tensor.hpp"

namespace heddle {

std::int64_t Axes::items() const {
  std::int64_t product = 1;
  for (int i = 0; i < count; ++i) {
    if ((*this)[i].extent == 0) return 0;
    product *= (*this)[i].extent;
  }
  return product;
}

Axes merged(const Axes& axes) {
  Axes sorted;
  sorted.operands = axes.operands;
  for (int i = 0; i < axes.count; ++i) {
    if (axes[i].extent == 0) {
      Axes none;
      none.operands = axes.operands;
      none.add({0, {}});
      return none;
    }
    if (axes[i].extent == 1) continue;
    int at = sorted.count++;
    for (; at > 0 && sorted[at - 1].step[0] > axes[i].step[0]; --at) sorted[at] = sorted[at - 1];
    sorted[at] = axes[i];
  }
  Axes out;
  out.operands = axes.operands;
  for (int i = 0; i < sorted.count; ++i) {
    const Axis& next = sorted[i];
    bool joins = out.count > 0;
    for (std::size_t op = 0; joins && op < static_cast<std::size_t>(axes.operands); ++op) {
      const Axis& last = out[out.count - 1];
      joins = next.step[op] == last.step[op] * last.extent;
    }
    if (joins)
      out[out.count - 1].extent *= next.extent;
    else
      out.add(next);
  }
  return out;
}

Flat flatten(int rank, const Dims& shape, std::initializer_list<const Dims*> strides) {
  Axes axes;
  for (const Dims* stride : strides) {
    (void)stride;
    ++axes.operands;
  }
  for (std::size_t d = 0; d < static_cast<std::size_t>(rank); ++d) {
    Axis axis;
    axis.extent = shape[d];
    std::size_t op = 0;
    for (const Dims* stride : strides) axis.step[op++] = (*stride)[d];
    axes.add(axis);
  }
  axes = merged(axes);
  Flat flat;
  flat.rows = flat.cols = 1;
  flat.ld.fill(1);
  flat.outer.operands = axes.operands;
  int next = 0;
  const auto adjacent = [&](const Axis& axis) {
    return std::all_of(axis.step.begin(), axis.step.begin() + axes.operands,
                       [](std::int64_t step) { return step == 1; });
  };
  if (next < axes.count && adjacent(axes[next])) {
    flat.cols = axes[next++].extent;
    flat.ld.fill(flat.cols);
  }
  if (next < axes.count) {
    flat.rows = axes[next].extent;
    flat.ld = axes[next++].step;
  }
  if (flat.rows == 0) flat.cols = 0;
  for (; next < axes.count; ++next) flat.outer.add(axes[next]);
  return flat;
}

}  // namespace heddle
