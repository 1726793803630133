#pragma once
// The timed operations: how to run each on a set of buffers, what it reads and what it writes.
// Whether it was right is a comparison of the written parts with the reference.

#include <string>
#include <vector>

#include "bench/buffers.hpp"

namespace heddle::bench {

struct Operation {
  const char* name;
  Status (*run)(const Exec& exec, const Operands& operands);
  std::vector<Part> reads;
  std::vector<Part> writes;
  std::vector<Part> updates = {};  // of those that it reads: written back, with what they held
  bool floats_only = false;        // f32, f16 and bf16
};

const std::vector<Operation>& operations();

/// Whether the device order holds the case, where the operation needs it.
bool applies(const Operation& operation, const Case& problem);

/// The bytes that the operation must move: each input read once, each output written once.
std::size_t traffic(const Operation& operation, const Case& problem);

/// Compares an output, now at `got` in host memory, with the reference, gaps included; empty, or
/// what is wrong.
std::string difference(Part out, const std::byte* got, const Buffers& reference);

}  // namespace heddle::bench
