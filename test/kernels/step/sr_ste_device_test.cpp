// sr_ste with CUDA against the definition and the CPU, bit for bit.
#include "test/kernels/step/step_case.hpp"

namespace heddle::step_test {
namespace {

constexpr DataType kTypes[] = {DataType::f32, DataType::f16, DataType::bf16};
constexpr float kDecay = 2e-4f;

// Weight is the dense weight here; master and moments are not used.
SrSteTensors tensors_of(const StepTensors& t, const TensorView& gradient) {
  return {t.weight, *t.mask, gradient};
}

void define(float decay, Memory& m) {
  for (std::int64_t r = 0; r < m.spec.rows; ++r)
    for (std::int64_t c = 0; c < m.spec.cols * m.spec.spread; c += m.spec.spread) {
      if (m.mask.kept(r, c)) continue;
      const float x = plus(f32_of(m.gradient, r, c), times(decay, f32_of(m.weight, r, c)));
      m.gradient.set_bits(r, c, code_of(m.spec.gradient, x));
    }
}

void expect_refined(const std::vector<Spec>& specs, const test::Effort& effort = {}) {
  Random random(specs.size() * 5 + 2);
  std::vector<Memory> before;
  for (const Spec& s : specs) before.emplace_back(s, random);
  std::vector<Memory> want = before;
  for (Memory& m : want) define(kDecay, m);
  std::vector<Memory> on_cpu = before;
  std::vector<SrSteTensors> list;
  for (Memory& m : on_cpu)
    list.push_back(tensors_of(m.tensors(false), tensor_of(m.gradient.view(), m.spec.spread)));
  ASSERT_TRUE(succeeds(sr_ste(Exec::cpu(1), kDecay, list.data(), list.size())));
  for (std::size_t i = 0; i < want.size(); ++i)
    EXPECT_TRUE(same_bits(want[i].gradient, on_cpu[i].gradient)) << "CPU, item " << i;
  test::on_device(
      "sr_ste " + (specs.empty() ? std::string() : text(specs[0])),
      [&](const Exec& exec) {
        std::vector<DeviceMemory> device;
        std::vector<SrSteTensors> items;
        for (Memory& m : before) device.emplace_back(m);
        for (const DeviceMemory& d : device)
          items.push_back(
              tensors_of(d.tensors(false), tensor_of(d.gradient.view(), d.spec.spread)));
        ASSERT_TRUE(succeeds(sr_ste(exec, kDecay, items.data(), items.size())));
        for (std::size_t i = 0; i < device.size(); ++i) {
          SCOPED_TRACE(testing::Message() << "item " << i << " " << text(specs[i]));
          expect_memory(want[i], device[i]);
        }
      },
      effort);
}

Spec mixed(std::int64_t rows, std::int64_t cols, DataType dense, DataType gradient) {
  Spec s;
  s.rows = rows;
  s.cols = cols;
  s.weight = dense;
  s.gradient = gradient;
  return s;
}

TEST(SrSteDevice, EveryMixOfTypes) {
  HEDDLE_NEED_DEVICE();
  for (DataType dense : kTypes)
    for (DataType gradient : kTypes) {
      for (const auto& [rows, cols] : {std::pair{1, 1}, {5, 37}, {1, 4099}})
        expect_refined({mixed(rows, cols, dense, gradient)}, {4, 0});
    }
}

TEST(SrSteDevice, AnyPlacement) {
  HEDDLE_NEED_DEVICE();
  for (DataType dense : kTypes)
    for (DataType gradient : kTypes)
      for (Order order : {Order::row, Order::col})
        for (int which = 0; which < 4; ++which)
          for (std::size_t misalign : {1, 4}) {
            Spec s = mixed(6, 17, dense, gradient);
            s.order = order;
            for (int i = 0; i < 3; ++i) {
              if (i != which && which < 3) continue;
              s.misalign[i] = misalign;
              s.ld_extra[i] = which;
            }
            expect_refined({s}, {1, 0});
          }
}

TEST(SrSteDevice, NeighboursApart) {
  HEDDLE_NEED_DEVICE();
  Spec s = mixed(5, 9, DataType::bf16, DataType::f16);
  s.spread = 2;
  expect_refined({s});
}

TEST(SrSteDevice, Lists) {
  HEDDLE_NEED_DEVICE();
  for (std::size_t count : {0, 2, 63, 64, 65, 150}) {
    Random random(count);
    std::vector<Spec> list;
    for (std::size_t i = 0; i < count; ++i) {
      list.push_back(mixed(i % 9 == 4 ? 0 : random.between(1, 6), random.between(1, 40),
                           kTypes[random.below(3)], kTypes[random.below(3)]));
      if (random.below(3) == 0) list.back().misalign[random.below(3)] = 2;
    }
    expect_refined(list, {2, 0});
    expect_refined(list, {1, 2});
  }
}

}  // namespace
}  // namespace heddle::step_test
