// sgd_step and adamw_step against their definition, bit for bit.

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "heddle/step.hpp"
#include "test/host/step_reference.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Random;
using test::Lay;
using test::Parameter;

Status run(const Exec& exec, const SgdOptions& options, const std::vector<StepTensors>& list) {
  return sgd_step(exec, options, list.data(), list.size());
}
Status run(const Exec& exec, const AdamWOptions& options, const std::vector<StepTensors>& list) {
  return adamw_step(exec, options, list.data(), list.size());
}

testing::AssertionResult same(Parameter& want, Parameter& got) {
  static const char* const kNames[] = {"weight",   "gradient", "mask",   "master",
                                       "momentum", "moment1",  "moment2"};
  const auto wanted = want.all(), found = got.all();
  for (std::size_t t = 0; t < wanted.size(); ++t) {
    for (std::int64_t i = 0; i < wanted[t]->count(); ++i)
      if (wanted[t]->bits(i) != found[t]->bits(i))
        return testing::AssertionFailure() << kNames[t] << " at " << i << std::hex << ": wanted 0x"
                                           << wanted[t]->bits(i) << ", got 0x" << found[t]->bits(i);
    if (testing::AssertionResult intact = found[t]->zones_intact(); !intact) return intact;
  }
  return testing::AssertionSuccess();
}

// `steps` steps of a copy by the library and of another by the definition.
template <class Options>
void expect_steps(Options options, const Parameter& start, int steps, const Exec& exec) {
  Parameter want = start, got = start;
  Random random(7);
  for (int s = 0; s < steps; ++s) {
    if constexpr (std::is_same_v<Options, AdamWOptions>)
      options.step = s + 1;
    else
      options.first = s == 0;
    reference_step(options, want);
    ASSERT_TRUE(oracle::succeeds(run(exec, options, {got.tensors()})));
    ASSERT_TRUE(same(want, got)) << "step " << s;
    for (std::int64_t i = 0; i < want.gradient.count(); ++i) {
      want.gradient.set(i, random.normal());
      got.gradient.set_bits(i, want.gradient.bits(i));
    }
  }
}

std::vector<SgdOptions> sgd_options() {
  std::vector<SgdOptions> list(6);
  list[1].weight_decay = 0.01f;
  list[2].momentum = 0.9f;
  list[3].momentum = 0.9f, list[3].nesterov = true, list[3].weight_decay = 1e-4f;
  list[4].momentum = 0.5f, list[4].dampening = 0.25f;
  list[5].momentum = 0.9f, list[5].learning_rate = 0.3f, list[5].weight_decay = 0.1f;
  return list;
}
std::vector<AdamWOptions> adamw_options() {
  std::vector<AdamWOptions> list(4);
  list[1].weight_decay = 0;
  list[2].beta1 = 0, list[2].learning_rate = 0.01f;
  list[3].beta2 = 0.95f, list[3].epsilon = 1e-6f, list[3].weight_decay = 0.1f;
  return list;
}

struct Types {
  DataType weight, gradient;
  bool master;
};
const std::vector<Types>& all_types() {
  static const std::vector<Types> list = [] {
    std::vector<Types> all;
    const DataType types[] = {DataType::f32, DataType::f16, DataType::bf16};
    for (const DataType w : types)
      for (const DataType g : types)
        for (const bool master : {false, true}) all.push_back({w, g, master});
    return all;
  }();
  return list;
}

TEST(Step, SgdEveryTypeAndOption) {
  for (const Types& t : all_types())
    for (const SgdOptions& options : sgd_options())
      for (const bool masked : {true, false}) {
        Random random(11);
        Parameter start(t.weight, t.gradient, {9, 37}, masked, t.master);
        start.fill(random);
        SCOPED_TRACE(std::string(to_string(t.weight)) + " " + to_string(t.gradient));
        expect_steps(options, start, 4, Exec::cpu(2));
      }
}

TEST(Step, AdamWEveryTypeAndOption) {
  for (const Types& t : all_types())
    for (const AdamWOptions& options : adamw_options())
      for (const bool masked : {true, false}) {
        Random random(12);
        Parameter start(t.weight, t.gradient, {9, 37}, masked, t.master);
        start.fill(random);
        SCOPED_TRACE(std::string(to_string(t.weight)) + " " + to_string(t.gradient));
        expect_steps(options, start, 4, Exec::cpu(2));
      }
}

struct Geometry {
  std::vector<std::int64_t> shape;
  Lay lay, other;
};
const std::vector<Geometry>& geometries() {
  static const std::vector<Geometry> list = {
      {{1}, {}, {}},
      {{5}, {{}, 0, 3}, {{}, 0, 1}},
      {{3, 2049}, {}, {{}, 3, 1}},
      {{70, 33}, {{}, 5, 2}, {}},
      {{33, 70}, {{1, 0}, 0, 0}, {{1, 0}, 2, 1}},
      {{4, 5, 3}, {{}, 0, 0}, {{}, 1, 0}},
      {{4, 6, 3, 3}, {{0, 2, 3, 1}, 0, 0}, {{0, 2, 3, 1}, 3, 1}},  // channels last
      {{2, 3, 2, 2, 5}, {{4, 0, 3, 2, 1}, 1, 1}, {{4, 0, 3, 2, 1}, 0, 0}},
      {{0, 8}, {}, {}},
      {{8, 0}, {}, {}},
  };
  return list;
}

TEST(Step, EveryLayout) {
  for (const Geometry& g : geometries())
    for (const DataType type : {DataType::f32, DataType::bf16}) {
      SgdOptions sgd;
      sgd.momentum = 0.9f, sgd.weight_decay = 0.01f;
      for (const int threads : oracle::kThreadCounts) {
        Random random(13);
        Parameter start(type, DataType::f16, g.shape, true, true, g.lay, g.other);
        start.fill(random);
        SCOPED_TRACE(testing::PrintToString(g.shape) + " threads " + std::to_string(threads));
        expect_steps(sgd, start, 2, Exec::cpu(threads));
        expect_steps(AdamWOptions{}, start, 2, Exec::cpu(threads));
      }
    }
}

// Several units of threads, and a list longer than a batch.
TEST(Step, ListsEqualSingles) {
  AdamWOptions adamw;
  for (const int threads : oracle::kThreadCounts) {
    Random random(14);
    std::vector<Parameter> want, got;
    std::vector<StepTensors> list;
    for (std::int64_t i = 0; i < 150; ++i) {
      const DataType type = all_types()[static_cast<std::size_t>(i % 18)].weight;
      const std::vector<std::int64_t> shape =
          i == 70 ? std::vector<std::int64_t>{130, 300} : std::vector<std::int64_t>{i % 7, 1 + i};
      want.emplace_back(type, DataType::f32, shape, i % 3 != 0, i % 2 == 0);
      want.back().fill(random);
    }
    got = want;
    for (Parameter& p : want) reference_step(adamw, p);
    for (Parameter& p : got) list.push_back(p.tensors());
    ASSERT_TRUE(oracle::succeeds(run(Exec::cpu(threads), adamw, list)));
    for (std::size_t i = 0; i < want.size(); ++i) ASSERT_TRUE(same(want[i], got[i])) << i;
  }
}

// NaN, infinities and -0 in dropped places leave no trace; a NaN in a kept one stays where it is.
TEST(Step, DroppedEntriesArePlusZeroWhateverWasThere) {
  for (const Types& t : all_types()) {
    Random random(15);
    Parameter start(t.weight, t.gradient, {6, 40}, true, t.master);
    for (test::Tensor* tensor : start.all()) tensor->fill_codes(random);
    for (std::int64_t i = 0; i < start.mask.count(); ++i)  // any byte but 0 keeps
      if (random.below(2) == 0) start.mask.set_bits(i, 0);
    SgdOptions sgd;
    sgd.momentum = 0.9f, sgd.weight_decay = 0.1f;
    for (int adam = 0; adam < 2; ++adam) {
      Parameter got = start;
      ASSERT_TRUE(oracle::succeeds(adam != 0 ? run(Exec::cpu(1), AdamWOptions{}, {got.tensors()})
                                             : run(Exec::cpu(1), sgd, {got.tensors()})));
      for (std::int64_t i = 0; i < got.mask.count(); ++i) {
        if (got.mask.bits(i) != 0) continue;
        ASSERT_EQ(got.weight.bits(i), 0u);
        if (t.master) {
          ASSERT_EQ(got.master.bits(i), 0u);
        }
        if (adam != 0) {
          ASSERT_EQ(got.moment1.bits(i) | got.moment2.bits(i), 0u);
        } else {
          ASSERT_EQ(got.momentum.bits(i), 0u);
        }
      }
      Parameter want = start;
      if (adam != 0)
        reference_step(AdamWOptions{}, want);
      else
        reference_step(sgd, want);
      ASSERT_TRUE(same(want, got));
    }
  }
}

// A long run from dense moments, under weight decay: pruned entries never come back.
TEST(Step, PrunedEntriesStayPlusZeroForAThousandSteps) {
  Random random(16);
  Parameter p(DataType::bf16, DataType::bf16, {16, 32}, true, true);
  p.fill(random);
  Parameter q = p;
  SgdOptions sgd;
  sgd.momentum = 0.9f, sgd.weight_decay = 0.05f, sgd.nesterov = true;
  AdamWOptions adamw;
  for (int s = 0; s < oracle::effort(1000); ++s) {
    p.gradient.fill(random);
    q.gradient.fill(random);
    adamw.step = s + 1;
    ASSERT_TRUE(oracle::succeeds(run(Exec::cpu(1), sgd, {p.tensors()})));
    ASSERT_TRUE(oracle::succeeds(run(Exec::cpu(1), adamw, {q.tensors()})));
    for (std::int64_t i = 0; i < p.mask.count(); ++i) {
      if (p.mask.bits(i) != 0) continue;
      ASSERT_EQ(p.weight.bits(i) | p.master.bits(i) | p.momentum.bits(i), 0u) << "step " << s;
      ASSERT_EQ(q.weight.bits(i) | q.master.bits(i) | q.moment1.bits(i) | q.moment2.bits(i), 0u);
    }
  }
}

// What PyTorch documents, in double throughout: the f32 run stays as near as roundings allow.
TEST(Step, FollowsTheFormulasInDouble) {
  Random random(17);
  Parameter sgd_run(DataType::f32, DataType::f32, {4, 64}, false, false);
  sgd_run.fill(random);
  Parameter adam_run = sgd_run;
  const std::int64_t n = sgd_run.weight.count();
  std::vector<double> w1, w2, buf(static_cast<std::size_t>(n)), m(buf), v(buf);
  for (std::int64_t i = 0; i < n; ++i) w1.push_back(sgd_run.weight.at(i));
  w2 = w1;
  for (std::int64_t i = 0; i < n; ++i) adam_run.moment1.set(i, 0), adam_run.moment2.set(i, 0);
  SgdOptions sgd;
  sgd.learning_rate = 0.05f, sgd.momentum = 0.9f, sgd.weight_decay = 0.01f, sgd.nesterov = true;
  AdamWOptions adamw;
  adamw.learning_rate = 0.01f;
  for (int s = 1; s <= 50; ++s) {
    sgd_run.gradient.fill(random);
    sgd.first = s == 1;
    adamw.step = s;
    adam_run.gradient.set_all_bits(sgd_run.gradient.all_bits());
    ASSERT_TRUE(oracle::succeeds(run(Exec::cpu(1), sgd, {sgd_run.tensors()})));
    ASSERT_TRUE(oracle::succeeds(run(Exec::cpu(1), adamw, {adam_run.tensors()})));
    for (std::size_t i = 0; i < w1.size(); ++i) {
      const double grad = sgd_run.gradient.at(static_cast<std::int64_t>(i));
      const double g = grad + double{sgd.weight_decay} * w1[i];
      buf[i] = s == 1 ? g : double{sgd.momentum} * buf[i] + g;
      w1[i] -= double{sgd.learning_rate} * (g + double{sgd.momentum} * buf[i]);
      w2[i] *= 1 - double{adamw.learning_rate} * double{adamw.weight_decay};
      m[i] += (1 - double{adamw.beta1}) * (grad - m[i]);
      v[i] = double{adamw.beta2} * v[i] + (1 - double{adamw.beta2}) * grad * grad;
      const double m_hat = m[i] / (1 - std::pow(double{adamw.beta1}, s));
      const double v_hat = v[i] / (1 - std::pow(double{adamw.beta2}, s));
      w2[i] -= double{adamw.learning_rate} * m_hat / (std::sqrt(v_hat) + double{adamw.epsilon});
    }
  }
  for (std::size_t i = 0; i < w1.size(); ++i) {
    EXPECT_NEAR(sgd_run.weight.at(static_cast<std::int64_t>(i)), w1[i], 2e-5);
    EXPECT_NEAR(adam_run.weight.at(static_cast<std::int64_t>(i)), w2[i], 2e-5);
  }
}

// A factor 0 drops its term: 0 * inf would be NaN.
TEST(Step, NoWeightDecayIsNoTerm) {
  Parameter p(DataType::f32, DataType::f32, {1, 1}, false, false);
  p.weight.set_bits(0, 0x7F800000u);
  p.gradient.set(0, 1);
  Parameter q = p;
  SgdOptions sgd;
  AdamWOptions adamw;
  adamw.weight_decay = 0;
  ASSERT_TRUE(oracle::succeeds(run(Exec::cpu(1), sgd, {p.tensors()})));
  ASSERT_TRUE(oracle::succeeds(run(Exec::cpu(1), adamw, {q.tensors()})));
  EXPECT_EQ(p.weight.bits(0), 0x7F800000u);
  EXPECT_EQ(q.weight.bits(0), 0x7F800000u);
}

TEST(Step, FirstStepDoesNotReadTheMomentum) {
  Parameter p(DataType::f32, DataType::f32, {1, 8}, false, false);
  for (std::int64_t i = 0; i < 8; ++i) {
    p.momentum.set_bits(i, 0x7FC00000u);
    p.gradient.set(i, 2);
    p.weight.set(i, 1);
  }
  SgdOptions sgd;
  sgd.momentum = 0.9f, sgd.first = true, sgd.learning_rate = 0.25f;
  ASSERT_TRUE(oracle::succeeds(run(Exec::cpu(1), sgd, {p.tensors()})));
  for (std::int64_t i = 0; i < 8; ++i) {
    EXPECT_EQ(p.momentum.at(i), 2);
    EXPECT_EQ(p.weight.at(i), 0.5);
  }
}

}  // namespace
}  // namespace heddle
