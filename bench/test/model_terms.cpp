// model_terms DEVICE: what the benchmark would write of many configurations on a known GPU if every
// product took as long as the model predicts. fit_model_test.py feeds it to bench/fit.py.

#include <cstdio>
#include <limits>

#include "bench/experiment.hpp"

namespace heddle::bench {
namespace {

constexpr std::size_t kEach = 7;  // of the candidates

void write(const Case& problem, const Selection& s, const char* before) {
  std::printf("%s{\"name\": \"matmul/%s/gpu\", \"us\": %.17g, \"label\": \"l | b | %s | d | s\"",
              before, to_string(problem).c_str(), s.predicted_us, to_string(s.config).c_str());
  const std::pair<const char*, double> terms[] = {
      {"us", s.predicted_us},   {"memory_us", s.balance * s.memory_us},
      {"math_us", s.math_us},   {"l2_us", s.balance * s.l2_us},
      {"wait_us", s.wait_us},   {"shared_us", s.shared_us},
      {"fixup_us", s.fixup_us}, {"fill_us", s.fill_us}};
  for (const auto& [name, value] : terms) std::printf(", \"model_%s\": %.17g", name, value);
  std::printf("}");
}

void write_all(const DeviceDescription& device) {
  std::printf(
      "{\"context\": {\"model_capability\": \"%d\", \"model_clock_ghz\": \"%.17g\", "
      "\"model_memory_gbytes_per_s\": \"%.17g\", \"model_l2_gbytes_per_s\": \"%.17g\", "
      "\"model_launch_us\": \"%.17g\", \"gpu\": \"%s\"}, \"benchmarks\": [",
      device.compute_capability, device.clock_ghz, device.memory_gbytes_per_s,
      device.l2_gbytes_per_s, device.launch_us, device.name.c_str());
  const char* before = "\n";
  for (const DataType type : {DataType::bf16, DataType::f8e4m3, DataType::i8, DataType::f32})
    for (const auto& [m, k] : {std::pair{28672, 4096}, {4096, 14336}, {3584, 18944}, {1024, 8192}})
      for (const std::int64_t n : {1, 8, 16, 24, 64, 128, 300, 1024, 4096})
        for (const bool wgmma : {true, false}) {
          const Case problem{
              m, k, n, Pattern{type == DataType::f32 ? 1 : 2, type == DataType::f32 ? 2 : 4}, type};
          DeviceDescription narrowed = device;
          narrowed.wgmma &= wgmma;
          const auto all =
              candidates(select_problem(problem), narrowed, std::numeric_limits<std::size_t>::max())
                  .value();
          for (std::size_t i = 0; i < all.size(); i += kEach) {
            write(problem, all[i], before);
            before = ",\n";
          }
        }
  std::printf("]}\n");
}

}  // namespace
}  // namespace heddle::bench

int main(int argc, char** argv) {
  const auto device = heddle::find_device(argc == 2 ? argv[1] : "");
  if (!device.ok()) {
    std::fprintf(stderr, "model_terms: %s\n", device.status().to_string().c_str());
    return 2;
  }
  heddle::bench::write_all(*device);
  return 0;
}
