// sgd_step and adamw_step with CUDA against the definition and the CPU, bit for bit: every mix of
// types, absent operands, placements, edges of runs and chunks, list lengths.
#include "test/kernels/step/step_case.hpp"

namespace heddle::step_test {
namespace {

constexpr DataType kTypes[] = {DataType::f32, DataType::f16, DataType::bf16};

SgdOptions sgd(float momentum, bool first = false, bool nesterov = false) {
  SgdOptions o;
  o.learning_rate = 0.07f;
  o.momentum = momentum;
  o.dampening = nesterov ? 0.0f : 0.2f;
  o.weight_decay = 0.013f;
  o.nesterov = nesterov;
  o.first = first;
  return o;
}
AdamWOptions adamw(std::int64_t step = 3) {
  AdamWOptions o;
  o.learning_rate = 0.03f;
  o.weight_decay = 0.011f;
  o.step = step;
  return o;
}

template <class Body>
void each_step(const Body& body) {
  body("sgd", sgd(0));
  body("sgd momentum", sgd(0.9f));
  body("sgd first", sgd(0.9f, true));
  body("sgd nesterov", sgd(0.9f, false, true));
  body("adamw", adamw());
}

Spec mixed(std::int64_t rows, std::int64_t cols, DataType weight, DataType gradient) {
  Spec s;
  s.rows = rows;
  s.cols = cols;
  s.weight = weight;
  s.gradient = gradient;
  return s;
}

TEST(StepDevice, EveryMixOfTypesAndOperands) {
  HEDDLE_NEED_DEVICE();
  each_step([](const std::string& name, const auto& options) {
    for (DataType weight : kTypes)
      for (DataType gradient : kTypes) {
        std::vector<Spec> list;
        for (bool mask : {false, true})
          for (bool master : {false, true}) {
            list.push_back(mixed(5, 37, weight, gradient));
            list.back().mask = mask;
            list.back().master = master;
          }
        expect_step(name, options, list, {3, 0});
      }
  });
}

TEST(StepDevice, OneParameter) {
  HEDDLE_NEED_DEVICE();
  each_step([](const std::string& name, const auto& options) {
    for (const auto& [rows, cols] : {std::pair{1, 1}, {1, 3}, {3, 4}, {2, 5}, {7, 1}}) {
      Spec s = mixed(rows, cols, DataType::bf16, DataType::bf16);
      s.master = true;
      expect_step(name, options, {s});
    }
  });
}

// A chunk is 1024 runs of 4.
TEST(StepDevice, EdgesOfRunsAndChunks) {
  HEDDLE_NEED_DEVICE();
  each_step([](const std::string& name, const auto& options) {
    for (std::int64_t cols : {4092, 4095, 4096, 4097, 8193}) {
      Spec s = mixed(1, cols, DataType::f16, DataType::f32);
      s.master = cols % 2 == 0;
      expect_step(name, options, {s}, {1, 0});
    }
  });
}

TEST(StepDevice, GapsBetweenRows) {
  HEDDLE_NEED_DEVICE();
  each_step([](const std::string& name, const auto& options) {
    for (DataType type : kTypes)
      for (Order order : {Order::row, Order::col}) {
        Spec s = mixed(9, 28, type, DataType::f32);
        s.order = order;
        s.master = true;
        for (std::int64_t& extra : s.ld_extra) extra = 4;  // rows still aligned in order row
        expect_step(name, options, {s}, {2, 0});
        for (int i = 0; i < 6; ++i) s.ld_extra[i] = i;  // and not
        expect_step(name, options, {s}, {2, 0});
        s.cols = 27;
        expect_step(name, options, {s}, {1, 0});
      }
  });
}

// One operand at a time, and all of them, where not even elements are aligned.
TEST(StepDevice, AnyAddress) {
  HEDDLE_NEED_DEVICE();
  each_step([](const std::string& name, const auto& options) {
    for (DataType type : kTypes)
      for (int which = 0; which <= 6; ++which)
        for (std::size_t misalign : {1, 2, 4, 8}) {
          Spec s = mixed(3, 16, type, type);
          s.master = true;
          for (int i = 0; i < 6; ++i)
            if (i == which || which == 6) s.misalign[i] = misalign;
          expect_step(name, options, {s}, {1, 0});
        }
  });
}

TEST(StepDevice, NeighboursApart) {
  HEDDLE_NEED_DEVICE();
  each_step([](const std::string& name, const auto& options) {
    for (Order order : {Order::row, Order::col}) {
      Spec s = mixed(5, 9, DataType::bf16, DataType::f16);
      s.spread = 3;
      s.order = order;
      expect_step(name, options, {s}, {2, 0});
    }
  });
}

std::vector<Spec> make_list(std::size_t count) {
  Random random(count + 3);
  std::vector<Spec> list;
  for (std::size_t i = 0; i < count; ++i) {
    Spec s = mixed(i % 9 == 4 ? 0 : random.between(1, 6), i % 11 == 7 ? 0 : random.between(1, 40),
                   kTypes[random.below(3)], kTypes[random.below(3)]);
    s.mask = random.below(4) != 0;
    s.master = random.below(2) == 0;
    s.order = random.below(2) == 0 ? Order::row : Order::col;
    for (int o = 0; o < 6; ++o) {
      s.ld_extra[o] = random.below(3) == 0 ? random.below(6) : 0;
      s.misalign[o] = random.below(4) == 0 ? static_cast<std::size_t>(random.below(9)) : 0;
    }
    list.push_back(s);
  }
  return list;
}

TEST(StepDevice, Lists) {
  HEDDLE_NEED_DEVICE();
  each_step([](const std::string& name, const auto& options) {
    for (std::size_t count : {0, 2, 17}) expect_step(name, options, make_list(count));
  });
}

TEST(StepDevice, ListsLongerThanALaunch) {
  HEDDLE_NEED_DEVICE();
  for (std::size_t count : {63, 64, 65, 150}) {
    expect_step("sgd", sgd(0.9f), make_list(count), {2, 0});
    expect_step("adamw", adamw(), make_list(count), {2, 0});
  }
}

TEST(StepDevice, FewBlocksDoAllTheWork) {
  HEDDLE_NEED_DEVICE();
  std::vector<Spec> list = make_list(40);
  list.push_back(mixed(3, 4099, DataType::f16, DataType::f16));
  for (std::int64_t blocks : {1, 3}) {
    expect_step("sgd", sgd(0.9f), list, {2, blocks});
    expect_step("adamw", adamw(), list, {2, blocks});
  }
}

// Without decay nothing is multiplied by it: an infinite weight makes no NaN.
TEST(StepDevice, NoDecay) {
  HEDDLE_NEED_DEVICE();
  SgdOptions s = sgd(0.9f);
  AdamWOptions a = adamw(1);
  s.weight_decay = a.weight_decay = 0;
  expect_step("sgd", s, {mixed(8, 64, DataType::f16, DataType::f16)});
  expect_step("adamw", a, {mixed(8, 64, DataType::f16, DataType::f16)});
}

// Many steps, in which the CPU and the device must not drift apart by a bit.
TEST(StepDevice, StepAfterStep) {
  HEDDLE_NEED_DEVICE();
  Random random(5);
  Spec s = mixed(6, 40, DataType::bf16, DataType::f32);
  s.master = true;
  const Memory start(s, random);
  test::on_device("adamw steps", [&](const Exec& exec) {
    Memory host = start;
    const DeviceMemory device(host);
    for (std::int64_t step = 1; step <= 20; ++step) {
      ASSERT_TRUE(succeeds(run(exec, adamw(step), {device.tensors(true)})));
      define(adamw(step), host);
    }
    expect_memory(host, device);
  });
}

}  // namespace
}  // namespace heddle::step_test
