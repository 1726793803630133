#pragma once
// A product, counted: on the testbed alone.
#include "test/kernels/matmul/matmul_device_case.hpp"
#include "test/simt/runtime.hpp"

namespace heddle::test {

inline constexpr double kSector = 32;

inline simt::Counters counted(const MatmulProblem& p, const MatmulConfig& config,
                              int capability = 120) {
  Random random(151);
  MatmulData x = make_data(p, Data::integers, random);
  const MatmulDesc desc = desc_of(p, config, x);
  Blob blob(desc.a);
  EXPECT_TRUE(succeeds(pack(Exec::cpu(1), x.a.view(), x.kept.view(), blob.view())));
  simt::RuntimeOptions options;
  options.capability = capability;
  simt::set_runtime(options);
  const Exec exec = Exec::cuda();
  const DeviceBytes a(blob.data(), blob.size());
  const DeviceMatrix b(x.b.view());
  const Matrix d(p.d, p.m, p.n, p.d_place);
  const DeviceMatrix out(d.view());
  const Result<MatmulPlan> plan = make_plan(exec, desc);
  EXPECT_TRUE(succeeds(plan.status()));
  const DeviceWorkspace workspace(exec, *plan);
  MatmulBuffers buffers;
  buffers.a = {desc.a, a.data(), a.size()};
  buffers.b = b.cview();
  buffers.d = out.view();
  (void)simt::take_launches();
  EXPECT_TRUE(succeeds(run(exec, *plan, buffers, workspace.view())));
  const simt::Launches launches = simt::take_launches();
  EXPECT_TRUE(launches.report.clean()) << launches.report.text();
  EXPECT_EQ(launches.count, 1u);
  return launches.report.counters;
}

// What the main loop does for `units` more units of k: prologue and epilogue cancel.
inline simt::Counters loop(const Kind& kind, std::int64_t m, std::int64_t n, int units,
                           const MatmulConfig& config, Order b_order = Order::col) {
  const auto at = [&](int k_units) {
    MatmulProblem p = problem_of(kind, m, n, k_units * unit_cols(kind.a), DataType::f32);
    p.b_place.order = b_order;
    return counted(p, config, kind.capability);
  };
  const simt::Counters less = at(units), more = at(2 * units);
  simt::Counters c;
  const auto difference = [](const simt::Traffic& big, const simt::Traffic& small) {
    return simt::Traffic{big.instructions - small.instructions, big.units - small.units,
                         big.ideal - small.ideal};
  };
  c.global_load = difference(more.global_load, less.global_load);
  c.shared_load = difference(more.shared_load, less.shared_load);
  c.shared_store = difference(more.shared_store, less.shared_store);
  c.async_store = difference(more.async_store, less.async_store);
  c.bulk_bytes = more.bulk_bytes - less.bulk_bytes;
  c.mma = more.mma - less.mma;
  c.wgmma = more.wgmma - less.wgmma;
  c.matrix_loads = more.matrix_loads - less.matrix_loads;
  return c;
}

}  // namespace heddle::test
