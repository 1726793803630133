#pragma once
// What timing products needs of a device beside device.hpp: a check that shares no code with the
// library, the rate of the tensor cores, power and clocks. On a GPU, and on the testbed.

#include <cstdint>
#include <string>
#include <vector>

#include "bench/gpu/device.hpp"
#include "heddle/types.hpp"

namespace heddle::bench::gpu {

/// D [m, n] order col against A [m, k] order row times B [k, n] order col, in f64, at a sample of
/// the elements: (m - 1 - i * row_step, n - 1 - j * col_step), so that the last ones are in it.
struct ProductCheck {
  const std::byte *a, *b, *d;
  std::int64_t m, n, k;
  std::int64_t row_step, col_step;
  DataType type, out;
  double unit_out;  // |D - exact| <= unit_out * |exact| + unit_sum * sum of |a * b|
  double unit_sum;
};

/// What it found; of the wrong elements, one.
struct ProductFinding {
  std::int64_t checked = 0, wrong = 0;
  double magnitude = 0;  // sum of |exact|: not 0, or nothing was shown
  std::int64_t row = -1, col = -1;
  double got = 0, want = 0, bound = 0;
};
ProductFinding check_product(const ProductCheck& check, const Stream& stream);

/// Instructions of the tensor cores on registers alone.
enum class Peak {
  sparse_bf16,
  sparse_f16,
  sparse_i8,
  sparse_f8,  // where native
  sparse_tf32,
  dense_bf16,  // mma.sync through <mma.h>: on sm_90 and sm_100 not the fastest instruction
  dense_f16,
  dense_i8,
  dense_tf32,
};
inline constexpr int kPeaks = 9;
const char* to_string(Peak peak);

/// Enqueues a kernel that keeps every multiprocessor busy; its operations, a sparse instruction's
/// counted as those of the dense one that it stands for. 0, and nothing enqueued, where there is no
/// such instruction.
double enqueue_peak(Peak peak, const Stream& stream);

/// What the driver reports while it works; 0 for what it does not say.
struct Health {
  double watts = 0, sm_mhz = 0, memory_mhz = 0, celsius = 0;
};
Health health();

}  // namespace heddle::bench::gpu
