#include "bench/gpu/sets.hpp"

namespace heddle::bench::gpu {
namespace {

// Host memory that stays: touching its pages anew for every comparison takes longer than comparing.
std::byte* host_scratch(std::size_t bytes) {
  static Memory memory;
  if (memory.bytes() < bytes) memory = Memory(bytes);
  return memory.data();
}

}  // namespace

Sets::Sets(const Operation& operation, const Buffers& reference, std::size_t count)
    : operation_(operation), reference_(reference), sets_(count) {
  const Case& problem = reference.problem;
  const auto allocate = [&](Operands& set, Part part) {
    const std::size_t bytes = part_bytes(problem, part);
    memory_.emplace_back(bytes);
    set[part] = {memory_.back().data(), bytes};
  };
  for (Operands& set : sets_) {
    set.problem = problem;
    for (const Part part : operation.reads) {
      allocate(set, part);
      upload(set[part].data, reference.expected(part).data, set[part].bytes);
    }
    for (const Part part : operation.writes) allocate(set, part);
  }
}

void Sets::poison() const {
  for (const Operands& set : sets_)
    for (const Part part : operation_.writes) fill(set[part].data, kPoison, set[part].bytes);
}

std::string Sets::wrong(const std::vector<Part>& parts, std::size_t index) const {
  for (const Part part : parts) {
    const Span& device = sets_[index][part];
    std::byte* host = host_scratch(device.bytes);
    download(host, device.data, device.bytes);
    if (std::string what = difference(part, host, reference_); !what.empty())
      return "set " + std::to_string(index) + ", " + what;
  }
  return {};
}

}  // namespace heddle::bench::gpu
