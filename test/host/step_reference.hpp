#pragma once
// The steps from their definition: every operation in double, rounded to float at once. Of two
// floats that is the correctly rounded result, whatever the compiler does.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "heddle/step.hpp"
#include "test/host/step_tensor.hpp"

namespace heddle::test {

inline float add(float a, float b) { return static_cast<float>(double{a} + double{b}); }
inline float sub(float a, float b) { return static_cast<float>(double{a} - double{b}); }
inline float mul(float a, float b) { return static_cast<float>(double{a} * double{b}); }
inline float quotient(float a, float b) { return static_cast<float>(double{a} / double{b}); }
inline float root(float a) { return static_cast<float>(std::sqrt(double{a})); }

// One entry of a parameter, all of it in f32.
struct Entry {
  float weight = 0, gradient = 0, momentum = 0, moment1 = 0, moment2 = 0;
};

inline void reference_step(const SgdOptions& o, Entry& e) {
  float g = e.gradient;
  if (o.weight_decay != 0) g = add(g, mul(o.weight_decay, e.weight));
  if (o.momentum != 0) {
    const auto kept = static_cast<float>(1 - double{o.dampening});
    e.momentum = o.first ? g : add(mul(o.momentum, e.momentum), mul(kept, g));
    g = o.nesterov ? add(g, mul(o.momentum, e.momentum)) : e.momentum;
  }
  e.weight = sub(e.weight, mul(o.learning_rate, g));
}

inline void reference_step(const AdamWOptions& o, Entry& e) {
  const double lr = o.learning_rate, b1 = o.beta1, b2 = o.beta2;
  const auto t = static_cast<double>(o.step);
  const float g = e.gradient;
  if (o.weight_decay != 0)
    e.weight = sub(e.weight, mul(static_cast<float>(lr * o.weight_decay), e.weight));
  e.moment1 = add(mul(o.beta1, e.moment1), mul(static_cast<float>(1 - b1), g));
  e.moment2 = add(mul(o.beta2, e.moment2), mul(static_cast<float>(1 - b2), mul(g, g)));
  const float correction = static_cast<float>(std::sqrt(1 - std::pow(b2, t)));
  const float denominator = add(quotient(root(e.moment2), correction), o.epsilon);
  const auto rate = static_cast<float>(lr / (1 - std::pow(b1, t)));
  e.weight = sub(e.weight, mul(rate, quotient(e.moment1, denominator)));
}

// A parameter of which everything exists that some step takes.
struct Parameter {
  Tensor weight, gradient, mask, master, momentum, moment1, moment2;
  bool masked, mastered;

  Parameter(DataType type, DataType gradient_type, const std::vector<std::int64_t>& shape,
            bool with_mask, bool with_master, const Lay& lay = {}, const Lay& other = {})
      : weight(type, shape, lay),
        gradient(gradient_type, shape, other),
        mask(DataType::i8, shape, other),
        master(DataType::f32, shape, lay),
        momentum(DataType::f32, shape, other),
        moment1(DataType::f32, shape, lay),
        moment2(DataType::f32, shape, other),
        masked(with_mask),
        mastered(with_master) {}

  // Moments that no step of this mask left: dense ones, as of a training before pruning.
  void fill(oracle::Random& random) {
    weight.fill(random, 0.5);
    gradient.fill(random);
    mask.fill_mask(random);
    momentum.fill(random, 0.1);
    moment1.fill(random, 0.1);
    for (std::int64_t i = 0; i < moment2.count(); ++i) moment2.set(i, random.uniform() * 0.1);
    for (std::int64_t i = 0; i < master.count(); ++i) master.set(i, random.normal() * 0.5);
  }

  StepTensors tensors() {
    StepTensors t;
    t.weight = weight.view();
    t.gradient = gradient.cview();
    if (masked) t.mask = mask.cmask();
    if (mastered) t.master = master.view();
    t.momentum = momentum.view();
    t.moment1 = moment1.view();
    t.moment2 = moment2.view();
    return t;
  }
  std::vector<Tensor*> all() {
    return {&weight, &gradient, &mask, &master, &momentum, &moment1, &moment2};
  }
};

inline std::uint32_t float_bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return std::isnan(value) ? 0x7FC00000u : bits;
}

// The step of every entry, in place, by the definition.
template <class Options>
void reference_step(const Options& options, Parameter& p) {
  const bool adam = std::is_same_v<Options, AdamWOptions>;
  bool momentum = false;
  if constexpr (!std::is_same_v<Options, AdamWOptions>) momentum = options.momentum != 0;
  Tensor& own = p.mastered ? p.master : p.weight;
  for (std::int64_t i = 0; i < p.weight.count(); ++i) {
    const auto f32 = [&](const Tensor& t) { return static_cast<float>(t.at(i)); };
    Entry e{f32(own), f32(p.gradient), f32(p.momentum), f32(p.moment1), f32(p.moment2)};
    reference_step(options, e);
    const bool keep = !p.masked || p.mask.bits(i) != 0;
    const auto put = [&](Tensor& t, float value) {
      if (!keep)
        t.set_bits(i, 0);
      else if (std::isnan(value))
        t.set_bits(i, t.type() == DataType::f32   ? 0x7FC00000u
                      : t.type() == DataType::f16 ? 0x7E00u
                                                  : 0x7FC0u);
      else if (t.type() == DataType::f32)
        t.set_bits(i, float_bits(value));
      else
        t.set(i, value);
    };
    put(p.weight, e.weight);
    if (p.mastered) put(p.master, e.weight);
    if (momentum) put(p.momentum, e.momentum);
    if (adam) put(p.moment1, e.moment1);
    if (adam) put(p.moment2, e.moment2);
  }
}

}  // namespace heddle::test
