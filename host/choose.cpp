#include "host/choose.hpp"

#include <utility>

#include "host/exec.hpp"
#include "host/tensor.hpp"

namespace heddle {

void Choices::add(const TensorView& out, const std::optional<ConstTensorMask>& mask,
                  const Maybe& on, const Maybe& off, std::uint32_t fill) {
  const Dims* own = &out.stride;  // what is absent walks with out
  const Flat flat =
      flatten(out.rank, out.shape,
              {own, mask ? &mask->stride : own, on ? &on->stride : own, off ? &off->stride : own});
  each_matrix(flat, [&](const std::int64_t* offset) {
    const auto read = [&](const ConstTensorView& view, std::size_t at) {
      const auto size = static_cast<std::int64_t>(size_of(view.type));
      const void* data = static_cast<const std::byte*>(view.data) + offset[at] * size;
      return ConstStepOperand{data, view.type, flat.ld[at]};
    };
    ChoiceItem& item = item_[count_++];
    item = {flat.rows, flat.cols, {}, {}, {}, {}, fill};
    item.out = {static_cast<std::byte*>(out.data) +
                    offset[0] * static_cast<std::int64_t>(size_of(out.type)),
                out.type, flat.ld[0]};
    if (mask) item.mask = read(as_bytes(*mask), 1);
    if (on) item.on = read(*on, 2);
    if (off) item.off = read(*off, 3);
    if (count_ == kItems) flush();
  });
}

void Choices::flush() {
  const std::size_t count = std::exchange(count_, std::size_t{0});
  if (count == 0 || !status_.ok()) return;
  status_ = on_cuda(exec_) ? cuda::choose(exec_, item_, count) : cpu::choose(exec_, item_, count);
}

Status Choices::run() {
  flush();
  return status_;
}

}  // namespace heddle
