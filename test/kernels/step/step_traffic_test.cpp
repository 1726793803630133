// What the steps move, counted by the testbed: every tensor once and in whole sectors, and the
// launches of a list.
#include "test/kernels/step/step_case.hpp"
#include "test/simt/counted.hpp"

namespace heddle::step_test {
namespace {

using simt::Launches;
using simt::launches_of;
using simt::Traffic;

constexpr DataType kTypes[] = {DataType::f32, DataType::f16, DataType::bf16};
constexpr std::int64_t kRows = 8, kCols = 1024;

void expect_bytes(const Traffic& traffic, std::size_t per_entry) {
  EXPECT_EQ(traffic.ideal * 32, static_cast<std::uint64_t>(kRows * kCols) * per_entry);
  EXPECT_EQ(traffic.units, traffic.ideal);
}

// `gap`: rows do not follow each other, and are aligned still.
Spec aligned(DataType weight, DataType gradient, bool mask, bool master, bool gap) {
  Spec s;
  s.rows = kRows;
  s.cols = kCols;
  s.weight = weight;
  s.gradient = gradient;
  s.mask = mask;
  s.master = master;
  for (std::int64_t& extra : s.ld_extra) extra = gap ? 32 : 0;
  return s;
}

template <class Options>
void expect_step(const Options& options, const Spec& spec, std::size_t moments_read) {
  SCOPED_TRACE(text(spec));
  Random random(1);
  Memory memory(spec, random);
  const DeviceMemory device(memory);
  const std::vector<StepTensors> list{device.tensors(has_moments(options))};
  const Launches launches = launches_of([&] { return run(Exec::cuda(), options, list); });
  EXPECT_EQ(launches.count, 1u);
  const auto moments = static_cast<std::size_t>(moment_count(options));
  const std::size_t weight = size_of(spec.weight), gradient = size_of(spec.gradient);
  expect_bytes(launches.report.counters.global_load,
               (spec.master ? 4 : weight) + gradient + (spec.mask ? 1 : 0) + 4 * moments_read);
  expect_bytes(launches.report.counters.global_store, weight + (spec.master ? 4 : 0) + 4 * moments);
  EXPECT_EQ(launches.report.counters.shared_load.instructions, 0u);
}

TEST(StepTraffic, EveryTensorOnce) {
  SgdOptions plain, momentum, first;
  momentum.momentum = first.momentum = 0.9f;
  first.first = true;
  for (DataType weight : kTypes)
    for (DataType gradient : kTypes)
      for (bool mask : {false, true})
        for (bool master : {false, true})
          for (bool gap : {false, true}) {
            const Spec s = aligned(weight, gradient, mask, master, gap);
            expect_step(plain, s, 0);
            expect_step(momentum, s, 1);
            expect_step(first, s, 0);
            expect_step(AdamWOptions{}, s, 2);
          }
}

TEST(StepTraffic, SrSteReadsAllAndWritesTheGradient) {
  for (DataType dense : kTypes)
    for (DataType gradient : kTypes) {
      Random random(1);
      Memory memory(aligned(dense, gradient, true, false, false), random);
      const DeviceMemory device(memory);
      const StepTensors t = device.tensors(false);
      const SrSteTensors item{t.weight, *t.mask, tensor_of(device.gradient.view())};
      const Launches launches = launches_of([&] { return sr_ste(Exec::cuda(), 0.1f, &item, 1); });
      expect_bytes(launches.report.counters.global_load, size_of(dense) + size_of(gradient) + 1);
      expect_bytes(launches.report.counters.global_store, size_of(gradient));
    }
}

TEST(StepTraffic, SixtyFourItemsShareALaunch) {
  Random random(2);
  std::vector<Memory> memory;
  std::vector<DeviceMemory> device;
  Spec s;
  s.cols = 12;
  for (int i = 0; i < 130; ++i) memory.emplace_back(s, random);
  for (Memory& m : memory) device.emplace_back(m);
  std::vector<StepTensors> list;
  for (const DeviceMemory& d : device) list.push_back(d.tensors(true));
  for (const auto& [count, launches] :
       {std::pair{0u, 0u}, {1u, 1u}, {2u, 1u}, {64u, 1u}, {65u, 2u}, {128u, 2u}, {130u, 3u}}) {
    EXPECT_EQ(
        launches_of([&, n = count] { return adamw_step(Exec::cuda(), {}, list.data(), n); }).count,
        launches)
        << count;
  }
}

}  // namespace
}  // namespace heddle::step_test
