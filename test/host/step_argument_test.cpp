// What the steps refuse, and that a refusal writes nothing. sr_ste.

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "heddle/step.hpp"
#include "test/host/step_reference.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::Random;
using oracle::succeeds;
using test::Lay;
using test::Parameter;
using test::Tensor;

const Exec kCpu = Exec::cpu(1);
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// A list of two, of which the second is spoilt; the first must stay as it is.
class StepArguments : public testing::Test {
 protected:
  StepArguments() : good_(make()), bad_(make()) {
    for (Tensor* tensor : good_.all()) tensor->freeze();
    for (Tensor* tensor : bad_.all()) tensor->freeze();
    list_ = {good_.tensors(), bad_.tensors()};
    sgd_.momentum = 0.9f;
  }
  ~StepArguments() override {
    for (const Tensor* tensor : good_.all()) EXPECT_TRUE(tensor->unchanged());
    for (const Tensor* tensor : bad_.all()) EXPECT_TRUE(tensor->unchanged());
  }
  static Parameter make() {
    Random random(1);
    Parameter p(DataType::bf16, DataType::f32, {4, 8}, true, true);
    p.fill(random);
    return p;
  }
  Status sgd() const { return sgd_step(kCpu, sgd_, list_.data(), list_.size()); }
  Status adamw() const { return adamw_step(kCpu, adamw_, list_.data(), list_.size()); }
  void both_refuse(StatusCode code, std::initializer_list<const char*> parts) const {
    EXPECT_TRUE(fails(sgd(), code, parts));
    EXPECT_TRUE(fails(adamw(), code, parts));
  }

  Parameter good_, bad_;
  std::vector<StepTensors> list_;
  SgdOptions sgd_;
  AdamWOptions adamw_;
};

TEST_F(StepArguments, Shapes) {
  Tensor other(DataType::f32, {8, 4});
  const StepTensors whole = list_[1];
  list_[1].gradient = other.view();
  both_refuse(StatusCode::invalid_argument, {"list[1].gradient", "[8, 4]", "[4, 8]"});
  list_[1] = whole;
  list_[1].mask = Tensor(DataType::i8, {4}).cmask();
  both_refuse(StatusCode::invalid_argument, {"list[1].mask", "[4]", "[4, 8]"});
  list_[1] = whole;
  list_[1].master = other.view();
  both_refuse(StatusCode::invalid_argument, {"list[1].master"});
  list_[1] = whole;
  list_[1].momentum = list_[1].moment1 = other.view();
  EXPECT_TRUE(fails(sgd(), StatusCode::invalid_argument, {"list[1].momentum"}));
  EXPECT_TRUE(fails(adamw(), StatusCode::invalid_argument, {"list[1].moment1"}));
  list_[1] = whole;
  list_[1].moment2 = other.view();
  EXPECT_TRUE(fails(adamw(), StatusCode::invalid_argument, {"list[1].moment2"}));
  list_[1] = whole;
  list_[1].weight.rank = 6;
  both_refuse(StatusCode::invalid_argument, {"list[1].weight.rank = 6"});
}

TEST_F(StepArguments, Types) {
  Tensor half(DataType::f16, {4, 8}), byte(DataType::i8, {4, 8});
  const StepTensors whole = list_[1];
  list_[1].weight = byte.view();
  both_refuse(StatusCode::unsupported, {"list[1].weight.type = i8", "f32, f16 or bf16"});
  list_[1] = whole;
  list_[1].gradient = byte.view();
  both_refuse(StatusCode::unsupported, {"list[1].gradient.type = i8"});
  list_[1] = whole;
  list_[1].master = half.view();
  both_refuse(StatusCode::invalid_argument, {"list[1].master.type = f16", "f32"});
  list_[1] = whole;
  list_[1].momentum = list_[1].moment2 = half.view();
  EXPECT_TRUE(fails(sgd(), StatusCode::invalid_argument, {"list[1].momentum.type = f16"}));
  EXPECT_TRUE(fails(adamw(), StatusCode::invalid_argument, {"list[1].moment2.type = f16"}));
}

TEST_F(StepArguments, MissingMoments) {
  list_[1].momentum = list_[1].moment1 = std::nullopt;
  EXPECT_TRUE(fails(sgd(), StatusCode::invalid_argument, {"list[1].momentum"}));
  EXPECT_TRUE(fails(adamw(), StatusCode::invalid_argument, {"list[1].moment1"}));
  list_[1] = bad_.tensors();
  list_[1].moment2 = std::nullopt;
  EXPECT_TRUE(fails(adamw(), StatusCode::invalid_argument, {"list[1].moment2"}));
}

TEST_F(StepArguments, OrderInMemory) {
  Tensor across(DataType::f32, {4, 8}, {{1, 0}, 0, 0});
  list_[1].gradient = across.view();
  both_refuse(StatusCode::invalid_argument, {"list[1].gradient.stride", "[1, 4]", "[8, 1]"});
}

TEST_F(StepArguments, Overlaps) {
  const StepTensors whole = list_[1];
  list_[1].moment1 = list_[1].momentum = list_[1].master;
  EXPECT_TRUE(fails(sgd(), StatusCode::invalid_argument, {"list[1].momentum", "list[1].master"}));
  EXPECT_TRUE(fails(adamw(), StatusCode::invalid_argument, {"list[1].moment1", "list[1].master"}));
  list_[1] = whole;
  list_[1].gradient = *list_[1].master;
  both_refuse(StatusCode::invalid_argument, {"list[1].master", "list[1].gradient", "overlap"});
  list_[1] = whole;
  list_[1].gradient = list_[1].weight;
  both_refuse(StatusCode::invalid_argument, {"list[1].gradient", "list[1].weight", "overlap"});
}

TEST_F(StepArguments, Lists) {
  EXPECT_TRUE(
      fails(sgd_step(kCpu, sgd_, nullptr, 1), StatusCode::invalid_argument, {"list = null"}));
  EXPECT_TRUE(
      fails(adamw_step(kCpu, adamw_, nullptr, 1), StatusCode::invalid_argument, {"list = null"}));
  EXPECT_TRUE(fails(sr_ste(kCpu, 1, nullptr, 1), StatusCode::invalid_argument, {"list = null"}));
  EXPECT_TRUE(succeeds(sgd_step(kCpu, sgd_, nullptr, 0)));
  EXPECT_TRUE(succeeds(adamw_step(kCpu, adamw_, nullptr, 0)));
  EXPECT_TRUE(succeeds(sr_ste(kCpu, 1, nullptr, 0)));
  EXPECT_TRUE(
      fails(sgd_step(Exec::cpu(-2), sgd_, nullptr, 0), StatusCode::invalid_argument, {"threads"}));
}

TEST_F(StepArguments, SgdOptions) {
  const auto refused = [&](SgdOptions options, std::initializer_list<const char*> parts) {
    sgd_ = options;
    EXPECT_TRUE(fails(sgd(), StatusCode::invalid_argument, parts));
  };
  SgdOptions o;
  o.learning_rate = -1, refused(o, {"options.learning_rate = -1"});
  o = {}, o.learning_rate = kNan, refused(o, {"options.learning_rate"});
  o = {}, o.momentum = -0.5f, refused(o, {"options.momentum = -0.5"});
  o = {}, o.momentum = kInf, refused(o, {"options.momentum = inf"});
  o = {}, o.weight_decay = -0.5f, refused(o, {"options.weight_decay = -0.5"});
  o = {}, o.dampening = kNan, refused(o, {"options.dampening"});
  o = {}, o.nesterov = true, refused(o, {"options.nesterov", "momentum 0"});
  o.momentum = 0.9f, o.dampening = 0.5f, refused(o, {"options.nesterov", "dampening 0.5"});
}

TEST_F(StepArguments, AdamWOptions) {
  const auto refused = [&](AdamWOptions options, std::initializer_list<const char*> parts) {
    adamw_ = options;
    EXPECT_TRUE(fails(adamw(), StatusCode::invalid_argument, parts));
  };
  AdamWOptions o;
  o.learning_rate = -1, refused(o, {"options.learning_rate = -1"});
  o = {}, o.beta1 = 1, refused(o, {"options.beta1 = 1"});
  o = {}, o.beta2 = -0.1f, refused(o, {"options.beta2 = -0.1"});
  o = {}, o.beta2 = kNan, refused(o, {"options.beta2"});
  o = {}, o.epsilon = -1, refused(o, {"options.epsilon = -1"});
  o = {}, o.weight_decay = kInf, refused(o, {"options.weight_decay = inf"});
  o = {}, o.step = 0, refused(o, {"options.step = 0"});
}

// What a step does not use may be absent, or anything.
TEST(Step, UnusedTensorsAreNotLookedAt) {
  Random random(2);
  Parameter p(DataType::f32, DataType::f32, {2, 4}, false, false);
  p.fill(random);
  StepTensors t = p.tensors();
  t.moment1 = t.moment2 = t.momentum = TensorView{nullptr, 7, {1}, {-3}, DataType::i8};
  EXPECT_TRUE(succeeds(sgd_step(kCpu, {}, &t, 1)));
  t = p.tensors();
  t.momentum = TensorView{nullptr, 7, {1}, {-3}, DataType::i8};
  EXPECT_TRUE(succeeds(adamw_step(kCpu, {}, &t, 1)));
}

// ---- sr_ste -------------------------------------------------------------------------------------

TEST(SrSte, PullsDroppedWeightsTowardsZero) {
  const DataType types[] = {DataType::f32, DataType::f16, DataType::bf16};
  const Lay lays[] = {{}, {{}, 3, 1}, {{1, 0}, 0, 0}};
  for (const DataType dense_type : types)
    for (const DataType gradient_type : types)
      for (const Lay& lay : lays)
        for (const int threads : oracle::kThreadCounts) {
          Random random(3);
          Tensor dense(dense_type, {70, 40}, lay), mask(DataType::i8, {70, 40}, lay);
          Tensor gradient(gradient_type, {70, 40}, lay);
          dense.fill(random);
          mask.fill_mask(random);
          gradient.fill(random);
          for (std::int64_t i = 0; i < 40; ++i)  // kept entries keep their bits, NaN and -0 too
            gradient.set_bits(i, i % 2 != 0 ? oracle::nan_code(gradient_type) ^ 1u
                                            : oracle::encode(gradient_type, -0.0));
          dense.freeze();
          mask.freeze();
          const Tensor before = gradient;
          const SrSteTensors item{dense.cview(), mask.cmask(), gradient.view()};
          ASSERT_TRUE(succeeds(sr_ste(Exec::cpu(threads), 0.37f, &item, 1)));
          for (std::int64_t i = 0; i < gradient.count(); ++i) {
            if (mask.bits(i) != 0) {
              ASSERT_EQ(gradient.bits(i), before.bits(i)) << i;
              continue;
            }
            const float sum = test::add(static_cast<float>(before.at(i)),
                                        test::mul(0.37f, static_cast<float>(dense.at(i))));
            Tensor want(gradient_type, {1});
            want.set(0, sum);
            if (std::isnan(sum))
              want.set_bits(0, gradient_type == DataType::f32   ? 0x7FC00000u
                               : gradient_type == DataType::f16 ? 0x7E00u
                                                                : 0x7FC0u);
            ASSERT_EQ(gradient.bits(i), want.bits(0)) << i;
          }
          EXPECT_TRUE(dense.unchanged() && mask.unchanged() && gradient.zones_intact());
        }
}

TEST(SrSte, Refuses) {
  Tensor dense(DataType::bf16, {4, 8}), mask(DataType::i8, {4, 8}), gradient(DataType::f32, {4, 8});
  gradient.freeze();
  const SrSteTensors whole{dense.cview(), mask.cmask(), gradient.view()};
  SrSteTensors list[] = {whole, whole};
  EXPECT_TRUE(fails(sr_ste(kCpu, kNan, list, 1), StatusCode::invalid_argument, {"decay"}));
  list[1].mask.rank = 1;
  EXPECT_TRUE(fails(sr_ste(kCpu, 1, list, 2), StatusCode::invalid_argument, {"list[1].mask"}));
  list[1] = whole;
  list[1].mask.data = nullptr;
  EXPECT_TRUE(
      fails(sr_ste(kCpu, 1, list, 2), StatusCode::invalid_argument, {"list[1].mask.data = null"}));
  list[1] = whole;
  list[1].gradient.type = DataType::i8;
  EXPECT_TRUE(fails(sr_ste(kCpu, 1, list, 2), StatusCode::unsupported, {"list[1].gradient.type"}));
  list[1] = whole;
  list[1].dense = list[1].gradient;
  EXPECT_TRUE(fails(sr_ste(kCpu, 1, list, 2), StatusCode::invalid_argument, {"overlap"}));
  EXPECT_TRUE(gradient.unchanged());
}

}  // namespace
}  // namespace heddle
