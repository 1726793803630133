// Steps through the C ABI against the C++ functions: every field, every optional tensor.

#include <cstddef>
#include <vector>

#include "heddle/step.hpp"
#include "test/host/c/c_case.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

// The tensors of one parameter, twice: for C++ and for C.
struct Parameter {
  Tensor weight, gradient, mask, master, momentum, moment1, moment2;
  heddle_tensor_mask mask_view{};
  heddle_tensor master_view{}, momentum_view{}, moment1_view{}, moment2_view{};

  explicit Parameter(std::uint64_t seed)
      : weight(DataType::bf16, 2, {6, 9}),
        gradient(DataType::f16, 2, {6, 9}),
        mask(DataType::i8, 2, {6, 9}),
        master(DataType::f32, 2, {6, 9}),
        momentum(DataType::f32, 2, {6, 9}),
        moment1(DataType::f32, 2, {6, 9}),
        moment2(DataType::f32, 2, {6, 9}) {
    Random random(seed);
    for (Tensor* t : {&weight, &gradient, &master, &momentum, &moment1, &moment2})
      t->fill([&](const Dims&) {
        const double value = random.normal();
        return encode(t->type(), t == &moment2 ? value * value : value);
      });
    mask.fill([&](const Dims& at) { return at[1] % 4 < 2 ? 1u : 0u; });
    mask_view = c_mask(mask);
    master_view = c_view(master), momentum_view = c_view(momentum);
    moment1_view = c_view(moment1), moment2_view = c_view(moment2);
  }
  StepTensors cpp(bool with_master, bool with_mask) {
    StepTensors to;
    to.weight = weight.view(), to.gradient = gradient.view();
    if (with_mask) to.mask = mask.mask();
    if (with_master) to.master = master.view();
    to.momentum = momentum.view();
    to.moment1 = moment1.view(), to.moment2 = moment2.view();
    return to;
  }
  heddle_step_tensors c(bool with_master, bool with_mask) {
    heddle_step_tensors to{};
    to.weight = c_view(weight), to.gradient = c_view(gradient);
    to.mask = with_mask ? &mask_view : nullptr;
    to.master = with_master ? &master_view : nullptr;
    to.momentum = &momentum_view;
    to.moment1 = &moment1_view, to.moment2 = &moment2_view;
    return to;
  }
};

void expect_same(const Parameter& want, const Parameter& got) {
  EXPECT_TRUE(same_bits(want.weight, got.weight));
  EXPECT_TRUE(same_bits(want.gradient, got.gradient));
  EXPECT_TRUE(same_bits(want.master, got.master));
  EXPECT_TRUE(same_bits(want.momentum, got.momentum));
  EXPECT_TRUE(same_bits(want.moment1, got.moment1));
  EXPECT_TRUE(same_bits(want.moment2, got.moment2));
}

TEST(CStep, DefaultsAreThoseOfCpp) {
  heddle_sgd_options sgd;
  ASSERT_TRUE(c_succeeds(heddle_sgd_options_init(&sgd, sizeof(sgd))));
  EXPECT_EQ(sgd.learning_rate, SgdOptions{}.learning_rate);
  EXPECT_EQ(sgd.momentum + sgd.dampening + sgd.weight_decay, 0);
  EXPECT_EQ(sgd.nesterov + sgd.first, 0);
  heddle_adamw_options adamw;
  ASSERT_TRUE(c_succeeds(heddle_adamw_options_init(&adamw, sizeof(adamw))));
  const AdamWOptions cpp;
  EXPECT_EQ(adamw.learning_rate, cpp.learning_rate);
  EXPECT_EQ(adamw.beta1, cpp.beta1);
  EXPECT_EQ(adamw.beta2, cpp.beta2);
  EXPECT_EQ(adamw.epsilon, cpp.epsilon);
  EXPECT_EQ(adamw.weight_decay, cpp.weight_decay);
  EXPECT_EQ(adamw.step, cpp.step);
  EXPECT_EQ(adamw.reserved, 0);
}

TEST(CStep, SgdHasTheBitsOfCpp) {
  const heddle_exec exec = c_cpu();
  for (const bool flag : {false, true}) {
    Parameter a(1), b(2), c_a(1), c_b(2);
    SgdOptions cpp{0.125f, 0.5f, flag ? 0.0f : 0.25f, 0.375f, flag, false};
    heddle_sgd_options options = {sizeof(options), 0.125f, 0.5f, cpp.dampening, 0.375f, flag, 0};
    const StepTensors list[] = {a.cpp(flag, true), b.cpp(true, flag)};
    const heddle_step_tensors c_list[] = {c_a.c(flag, true), c_b.c(true, flag)};
    ASSERT_TRUE(succeeds(sgd_step(Exec::cpu(1), cpp, list, 2)));
    ASSERT_TRUE(c_succeeds(heddle_sgd_step(&exec, &options, c_list, 2)));
    cpp.first = true, options.first = 1;
    ASSERT_TRUE(succeeds(sgd_step(Exec::cpu(1), cpp, list, 2)));
    ASSERT_TRUE(c_succeeds(heddle_sgd_step(&exec, &options, c_list, 2)));
    ASSERT_TRUE(succeeds(sgd_step(Exec::cpu(1), {}, list, 1)));
    ASSERT_TRUE(c_succeeds(heddle_sgd_step(&exec, nullptr, c_list, 1)));
    expect_same(a, c_a);
    expect_same(b, c_b);
    expect_nulls_refused(heddle_sgd_step, {"exec", "", "list", ""}, &exec, &options, c_list, 2);
  }
}

TEST(CStep, AdamWHasTheBitsOfCpp) {
  const heddle_exec exec = c_cpu();
  Parameter a(3), c_a(3);
  const AdamWOptions cpp{0.25f, 0.75f, 0.875f, 1e-3f, 0.125f, 7};
  const heddle_adamw_options options = {sizeof(options), 0.25f, 0.75f, 0.875f, 1e-3f, 0.125f, 0, 7};
  const StepTensors item = a.cpp(true, true);
  const heddle_step_tensors c_item = c_a.c(true, true);
  ASSERT_TRUE(succeeds(adamw_step(Exec::cpu(1), cpp, &item, 1)));
  ASSERT_TRUE(c_succeeds(heddle_adamw_step(&exec, &options, &c_item, 1)));
  expect_same(a, c_a);
  ASSERT_TRUE(succeeds(adamw_step(Exec::cpu(1), {}, &item, 1)));
  ASSERT_TRUE(c_succeeds(heddle_adamw_step(&exec, nullptr, &c_item, 1)));
  expect_same(a, c_a);
  expect_nulls_refused(heddle_adamw_step, {"exec", "", "list", ""}, &exec, &options, &c_item, 1);
}

TEST(CStep, SrSteHasTheBitsOfCpp) {
  const heddle_exec exec = c_cpu();
  Parameter a(4), c_a(4);
  const SrSteTensors item = {a.weight.view(), a.mask.mask(), a.gradient.view()};
  const heddle_sr_ste_tensors c_item = {c_view(c_a.weight), c_a.mask_view, c_view(c_a.gradient)};
  ASSERT_TRUE(succeeds(sr_ste(Exec::cpu(1), 0.25f, &item, 1)));
  ASSERT_TRUE(c_succeeds(heddle_sr_ste(&exec, 0.25f, &c_item, 1)));
  expect_same(a, c_a);
  expect_nulls_refused(heddle_sr_ste, {"exec", "", "list", ""}, &exec, 0.25f, &c_item, 1);
  EXPECT_TRUE(c_succeeds(heddle_sr_ste(&exec, 0.25f, nullptr, 0)));
}

TEST(CStep, WhatStepsRefuse) {
  const heddle_exec exec = c_cpu();
  Parameter a(5);
  heddle_step_tensors list[] = {a.c(true, true), a.c(true, true)};
  const auto refused = [&](heddle_status code, const char* part) {
    EXPECT_TRUE(c_fails(heddle_sgd_step(&exec, nullptr, list, 2), code, {part}));
  };
  list[1].weight.type = 12;
  refused(HEDDLE_INVALID_ARGUMENT, "list[1].weight.type = 12");
  list[1] = a.c(true, true);
  heddle_tensor bad = a.moment2_view;
  bad.type = -1;
  list[1].moment2 = &bad;
  refused(HEDDLE_INVALID_ARGUMENT, "list[1].moment2.type = -1");
  list[1] = a.c(true, true);
  heddle_tensor_mask bad_mask = a.mask_view;
  bad_mask.reserved = 1;
  list[1].mask = &bad_mask;
  refused(HEDDLE_UNSUPPORTED, "list[1].mask.reserved = 1");
  list[0].weight.rank = 6;
  list[1] = list[0];
  refused(HEDDLE_INVALID_ARGUMENT, "6");
  heddle_sgd_options options;
  ASSERT_TRUE(c_succeeds(heddle_sgd_options_init(&options, sizeof(options))));
  options.nesterov = 2;
  EXPECT_TRUE(c_fails(heddle_sgd_step(&exec, &options, list, 1), HEDDLE_INVALID_ARGUMENT,
                      {"options.nesterov = 2"}));
  heddle_adamw_options adamw;
  ASSERT_TRUE(c_succeeds(heddle_adamw_options_init(&adamw, sizeof(adamw))));
  adamw.reserved = 1;
  EXPECT_TRUE(c_fails(heddle_adamw_step(&exec, &adamw, list, 1), HEDDLE_UNSUPPORTED,
                      {"options.reserved = 1"}));
  // An older caller, whose options end before `step`: then the default counts.
  Parameter old(6), want(6);
  const AdamWOptions cpp{1, 0, 0, 1, 0, 1};
  const heddle_adamw_options cut = {offsetof(heddle_adamw_options, step), 1, 0, 0, 1, 0, 0, -5};
  const StepTensors item = want.cpp(false, true);
  const heddle_step_tensors c_item = old.c(false, true);
  ASSERT_TRUE(succeeds(adamw_step(Exec::cpu(1), cpp, &item, 1)));
  ASSERT_TRUE(c_succeeds(heddle_adamw_step(&exec, &cut, &c_item, 1)));
  expect_same(want, old);
}

}  // namespace
}  // namespace heddle::oracle
