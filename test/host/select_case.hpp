#pragma once
// Made-up devices and problems for the tests of selection.

#include <cstdint>

#include "heddle/select.hpp"

namespace heddle {

// Round numbers, 2 KB per nanosecond of device memory: like no GPU that exists.
inline DeviceDescription made_up_device(int capability = 80) {
  DeviceDescription d;
  d.name = "made up";
  d.compute_capability = capability;
  d.multiprocessors = 100;
  d.clock_ghz = 1.5;
  d.memory_gbytes_per_s = 2000;
  d.l2_gbytes_per_s = 5000;
  d.l2_bytes = std::size_t{40} << 20;
  d.shared_bytes_per_block = 163 * 1024;
  d.shared_bytes_per_multiprocessor = 164 * 1024;
  d.launch_us = 2;
  return d;
}

inline SelectProblem problem(std::int64_t m, std::int64_t n, std::int64_t k,
                             DataType type = DataType::bf16, std::int64_t batch = 1) {
  SelectProblem p;
  p.m = m;
  p.n = n;
  p.k = k;
  p.batch = batch;
  p.a_type = p.b_type = type;
  p.d_type = type == DataType::f32 ? DataType::f32 : DataType::bf16;
  return p;
}

}  // namespace heddle
