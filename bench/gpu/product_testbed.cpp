// bench/gpu/product_device.hpp on the testbed: "device" memory is the host's. With
// HEDDLE_BENCH_PLANT_PRODUCT set, the last element of every product is wrong; of as many checks as
// HEDDLE_BENCH_PLANT_AFTER says it is right first.
#include <cmath>
#include <cstdlib>

#include "bench/gpu/product_device.hpp"
#include "heddle/numeric.hpp"

namespace heddle::bench::gpu {
namespace {

double element(const std::byte* data, std::int64_t at, DataType type) {
  if (type == DataType::i32) return reinterpret_cast<const std::int32_t*>(data)[at];
  return static_cast<double>(load_as_float(data, at, type));
}

// Whether this check is to find something.
bool planted_here() {
  static int checks = 0;
  const char* after = std::getenv("HEDDLE_BENCH_PLANT_AFTER");
  return std::getenv("HEDDLE_BENCH_PLANT_PRODUCT") != nullptr &&
         ++checks > (after != nullptr ? std::atoi(after) : 0);
}

}  // namespace

ProductFinding check_product(const ProductCheck& c, const Stream& stream) {
  stream.wait();
  ProductFinding finding;
  const bool planted = planted_here();
  for (std::int64_t col = c.n - 1; col >= 0; col -= c.col_step) {
    for (std::int64_t row = c.m - 1; row >= 0; row -= c.row_step) {
      double sum = 0, magnitude = 0;
      for (std::int64_t i = 0; i < c.k; ++i) {
        const double product =
            element(c.a, row * c.k + i, c.type) * element(c.b, col * c.k + i, c.type);
        sum += product;
        magnitude += std::fabs(product);
      }
      ++finding.checked;
      finding.magnitude += std::fabs(sum);
      const double bound = c.unit_out * std::fabs(sum) + c.unit_sum * magnitude;
      double got = element(c.d, col * c.m + row, c.out);
      if (planted && row == c.m - 1 && col == c.n - 1) got += 2 * bound + 1;
      if (std::fabs(got - sum) <= bound) continue;
      if (finding.wrong++ > 0) continue;
      finding.row = row;
      finding.col = col;
      finding.got = got;
      finding.want = sum;
      finding.bound = bound;
    }
  }
  return finding;
}

// One "device" of a made-up rate, so that roofs are drawn.
double enqueue_peak(Peak peak, const Stream&) { return peak == Peak::sparse_f8 ? 0 : 1e9; }

Health health() { return {}; }

}  // namespace heddle::bench::gpu
