#pragma once
// out = mask ? on : off, for a list of tensors: what pruning, restoring and copying weights are.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "heddle/exec.hpp"
#include "heddle/status.hpp"
#include "heddle/tensor.hpp"
#include "host/step_item.hpp"

namespace heddle {

// Matrices [rows, cols] >= 1 as StepItem has them, of elements of 1, 2 or 4 bytes.
struct ChoiceItem {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  StepOperand out;
  ConstStepOperand mask;   // null: `on` everywhere
  ConstStepOperand on;     // out.type, may be out itself; null: `fill`
  ConstStepOperand off;    // out.type, or f16 or bf16 that become the f32 of out; null: +0
  std::uint32_t fill = 0;  // bits of an element
};

namespace cpu {
Status choose(const Exec& exec, const ChoiceItem* list, std::size_t count);
}
namespace cuda {
Status choose(const Exec& exec, const ChoiceItem* list, std::size_t count);  // a launch per 64
}

// Collects choices and runs them, 64 at a time in no order: no item may read what another writes.
// Tensors are valid and of one shape. The first failure sticks; `run` returns it.
class Choices {
 public:
  explicit Choices(const Exec& exec) : exec_(exec) {}
  Choices(const Choices&) = delete;
  Choices& operator=(const Choices&) = delete;

  using Maybe = std::optional<ConstTensorView>;
  void add(const TensorView& out, const std::optional<ConstTensorMask>& mask, const Maybe& on,
           const Maybe& off, std::uint32_t fill = 0);
  // What was added and has not run yet.
  Status run();

 private:
  static constexpr std::size_t kItems = 64;
  void flush();

  Exec exec_;
  Status status_;
  std::size_t count_ = 0;
  ChoiceItem item_[kItems];
};

}  // namespace heddle
