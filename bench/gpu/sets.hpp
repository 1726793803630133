#pragma once
// The device buffers of an operation, several sets of them: calls take turns, so that none finds
// its data in the L2 cache.

#include <string>
#include <vector>

#include "bench/gpu/device.hpp"
#include "bench/gpu/rotation.hpp"
#include "bench/operations.hpp"

namespace heddle::bench::gpu {

class Sets {
 public:
  /// Uploads what the operation reads.
  Sets(const Operation& operation, const Buffers& reference, std::size_t count);

  std::size_t size() const { return sets_.size(); }
  const Operands& operator[](std::size_t index) const { return sets_[index]; }

  /// Poisons the outputs of all sets.
  void poison() const;

  /// Compares the outputs of a set with the reference; empty, or what is wrong.
  std::string wrong_output(std::size_t index) const {
    const std::string found = wrong(operation_.writes, index);
    return found.empty() ? wrong(operation_.updates, index) : found;
  }
  std::string wrong_input(std::size_t index) const { return wrong(operation_.reads, index); }

 private:
  std::string wrong(const std::vector<Part>& parts, std::size_t index) const;

  const Operation& operation_;
  const Buffers& reference_;
  std::vector<DeviceMemory> memory_;  // one block per part and set
  std::vector<Operands> sets_;
};

}  // namespace heddle::bench::gpu
