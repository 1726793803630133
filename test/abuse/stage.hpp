#pragma once
// The memory of a scenario: everything a run may write, so that one number tells what it wrote.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "heddle/pack.hpp"
#include "heddle/tensor.hpp"
#include "test/abuse/sweep.hpp"

namespace heddle::abuse {

class Stage {
 public:
  // Zeroed memory, alive as long as the stage.
  std::byte* take(std::size_t bytes);
  // Small whole numbers, never zero.
  float* floats(std::int64_t count, std::uint32_t seed = 1);
  MatrixView matrix(std::int64_t rows, std::int64_t cols, std::uint32_t seed = 1);
  MatrixView zeros(std::int64_t rows, std::int64_t cols, DataType type = DataType::f32);
  MaskView mask(std::int64_t rows, std::int64_t cols);
  // A 2:4 mask that keeps the first two of each group.
  MaskView kept_mask(std::int64_t rows, std::int64_t cols);
  PackedView blob(const PackedDesc& desc);
  // A blob of `matrix`.
  PackedView packed(const MatrixView& matrix, PackedOrder order = PackedOrder::canonical,
                    Pattern pattern = {2, 4});
  std::uint64_t digest() const;
  std::vector<std::uint64_t> numbers;  // results that are no buffers; sized before the run

 private:
  std::vector<std::vector<std::byte>> buffers_;
};

// A scenario from what sets the stage and gives the act.
using Act = std::function<Status()>;
Scenario scenario(std::string name, std::function<Act(Stage&)> prepare,
                  StatusCode want = StatusCode::ok, bool all_or_nothing = true);

// Three threads, so that failing to start one is covered.
inline Exec threads() { return Exec::cpu(3); }

}  // namespace heddle::abuse
