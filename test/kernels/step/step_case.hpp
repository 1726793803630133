#pragma once
// Parameters for the tests of the optimizer's steps: their memory, on the host and on a device, and
// the step by its definition, each operation in double and then rounded to f32 (which rounds
// once: 53 bits are enough for a sum, product, quotient or root of numbers of 24).

#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "heddle/step.hpp"
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::step_test {

using namespace oracle;
using test::DeviceMatrix;

inline TensorView tensor_of(const MatrixView& m, std::int64_t spread = 1) {
  const bool row = m.order == Order::row;
  return {
      m.data, 2, {m.rows, m.cols / spread}, {row ? m.ld : 1, (row ? 1 : m.ld) * spread}, m.type};
}
inline ConstTensorMask mask_tensor_of(const MatrixView& m, std::int64_t spread = 1) {
  const TensorView t = tensor_of(m, spread);
  return {static_cast<const std::uint8_t*>(t.data), t.rank, t.shape, t.stride};
}

// f32 arithmetic, one rounding each.
inline float once(double exact) { return static_cast<float>(exact); }
inline float plus(float a, float b) { return once(double{a} + double{b}); }
inline float minus(float a, float b) { return once(double{a} - double{b}); }
inline float times(float a, float b) { return once(double{a} * double{b}); }
inline float over(float a, float b) { return once(double{a} / double{b}); }
inline float root(float a) { return once(std::sqrt(double{a})); }

inline std::uint32_t code_of(DataType type, float x) {
  return std::isnan(x) ? nan_code(type) : encode(type, double{x});
}

// What one parameter looks like. Operands in order: weight, gradient, mask, master, and moments.
struct Spec {
  std::int64_t rows = 1, cols = 1;
  DataType weight = DataType::f32, gradient = DataType::f32;
  bool mask = true, master = false;
  Order order = Order::row;
  std::int64_t ld_extra[6] = {};
  std::size_t misalign[6] = {};
  std::int64_t spread = 1;  // neighbours lie this many elements apart

  Placement place(int operand) const { return {order, ld_extra[operand], misalign[operand]}; }
};

inline std::string text(const Spec& s) {
  std::string t = std::to_string(s.rows) + "x" + std::to_string(s.cols) + ":" +
                  to_string(s.weight) + ":" + to_string(s.gradient) + (s.mask ? ":mask" : "") +
                  (s.master ? ":master" : "") + ":" + to_string(s.order);
  for (int i = 0; i < 6; ++i)
    if (s.ld_extra[i] != 0 || s.misalign[i] != 0)
      t += " " + std::to_string(i) + ":ld+" + std::to_string(s.ld_extra[i]) + ":at+" +
           std::to_string(s.misalign[i]);
  return s.spread == 1 ? t : t + ":spread " + std::to_string(s.spread);
}

// Numbers of a training run, and now and then any bits at all.
inline void fill(Matrix& m, Random& random, bool positive = false) {
  m.each([&](auto, auto) {
    const double x = random.normal();
    const auto any = static_cast<std::uint32_t>(random.next());
    if (random.below(12) == 0) return bits_of(m.type()) == 32 ? any : any & 0xFFFFu;
    return encode(m.type(), positive ? 1e-3 * x * x : x);
  });
}

// The memory of one parameter on the host. The columns between spread ones are there to be left
// alone.
struct Memory {
  Memory(const Spec& s, Random& random)
      : spec(s),
        weight(s.weight, s.rows, s.cols * s.spread, s.place(0)),
        gradient(s.gradient, s.rows, s.cols * s.spread, s.place(1)),
        mask(s.rows, s.cols * s.spread, s.place(2)),
        master(DataType::f32, s.rows, s.cols * s.spread, s.place(3)),
        moment{Matrix(DataType::f32, s.rows, s.cols * s.spread, s.place(4)),
               Matrix(DataType::f32, s.rows, s.cols * s.spread, s.place(5))} {
    fill(weight, random);
    fill(gradient, random);
    fill(master, random);
    fill(moment[0], random);
    fill(moment[1], random, true);
    for (std::int64_t r = 0; r < mask.rows(); ++r)
      for (std::int64_t c = 0; c < mask.cols(); ++c)
        mask.set_byte(r, c,
                      random.below(2) == 0 ? 0 : 1 + static_cast<std::uint32_t>(random.below(255)));
  }
  // The tensors, in host memory.
  StepTensors tensors(bool moments) {
    StepTensors t;
    t.weight = tensor_of(weight.view(), spec.spread);
    t.gradient = tensor_of(gradient.view(), spec.spread);
    if (spec.mask) t.mask = mask_tensor_of(test::bytes_of(mask.view()), spec.spread);
    if (spec.master) t.master = tensor_of(master.view(), spec.spread);
    if (moments) {
      t.momentum = t.moment1 = tensor_of(moment[0].view(), spec.spread);
      t.moment2 = tensor_of(moment[1].view(), spec.spread);
    }
    return t;
  }
  Spec spec;
  Matrix weight, gradient;
  Mask mask;
  Matrix master, moment[2];
};

// A copy of it on the device.
struct DeviceMemory {
  explicit DeviceMemory(Memory& m)
      : spec(m.spec),
        weight(m.weight.view(), m.spec.misalign[0]),
        gradient(m.gradient.view(), m.spec.misalign[1]),
        mask(test::bytes_of(m.mask.view()), m.spec.misalign[2]),
        master(m.master.view(), m.spec.misalign[3]),
        moment1(m.moment[0].view(), m.spec.misalign[4]),
        moment2(m.moment[1].view(), m.spec.misalign[5]) {}
  StepTensors tensors(bool moments) const {
    StepTensors t;
    t.weight = tensor_of(weight.view(), spec.spread);
    t.gradient = tensor_of(gradient.view(), spec.spread);
    if (spec.mask) t.mask = mask_tensor_of(mask.view(), spec.spread);
    if (spec.master) t.master = tensor_of(master.view(), spec.spread);
    if (moments) {
      t.momentum = t.moment1 = tensor_of(moment1.view(), spec.spread);
      t.moment2 = tensor_of(moment2.view(), spec.spread);
    }
    return t;
  }
  Spec spec;
  DeviceMatrix weight, gradient, mask, master, moment1, moment2;
};

// All bits of the device's memory are those of `want`, untouched operands and gaps included.
inline void expect_memory(const Memory& want, const DeviceMemory& got) {
  const auto same = [](const char* name, const Matrix& expected, const DeviceMatrix& device) {
    Matrix read = expected;  // gaps too: they came from the same bytes
    device.read_into(read.view());
    EXPECT_TRUE(same_bits(expected, read)) << name;
    EXPECT_TRUE(read.surroundings_intact()) << name;
    EXPECT_TRUE(device.zones_intact()) << name;
  };
  same("weight", want.weight, got.weight);
  same("gradient", want.gradient, got.gradient);
  same("master", want.master, got.master);
  same("momentum or moment1", want.moment[0], got.moment1);
  same("moment2", want.moment[1], got.moment2);
  Mask read = want.mask;
  got.mask.read_into(test::bytes_of(read.view()));
  EXPECT_TRUE(same_bits(want.mask, read)) << "mask";
}

// ---- the definitions ----------------------------------------------------------------------------

struct Entry {
  float w, g, m1, m2;
};

inline void define(const SgdOptions& o, Entry& e) {
  const float g = o.weight_decay == 0 ? e.g : plus(e.g, times(o.weight_decay, e.w));
  float direction = g;
  if (o.momentum != 0) {
    const float add = once(1 - double{o.dampening});
    e.m1 = o.first ? g : plus(times(o.momentum, e.m1), times(add, g));
    direction = o.nesterov ? plus(g, times(o.momentum, e.m1)) : e.m1;
  }
  e.w = minus(e.w, times(o.learning_rate, direction));
}

inline void define(const AdamWOptions& o, Entry& e) {
  const double step = static_cast<double>(o.step), lr = o.learning_rate;
  const double b1 = o.beta1, b2 = o.beta2;
  if (o.weight_decay != 0) e.w = minus(e.w, times(once(lr * o.weight_decay), e.w));
  e.m1 = plus(times(o.beta1, e.m1), times(once(1 - b1), e.g));
  e.m2 = plus(times(o.beta2, e.m2), times(once(1 - b2), times(e.g, e.g)));
  const float scale = plus(over(root(e.m2), once(std::sqrt(1 - std::pow(b2, step)))), o.epsilon);
  e.w = minus(e.w, times(once(lr / (1 - std::pow(b1, step))), over(e.m1, scale)));
}

inline bool has_moments(const SgdOptions& o) { return o.momentum != 0; }
inline bool has_moments(const AdamWOptions&) { return true; }
inline int moment_count(const SgdOptions& o) { return o.momentum != 0 ? 1 : 0; }
inline int moment_count(const AdamWOptions&) { return 2; }

inline float f32_of(const Matrix& m, std::int64_t r, std::int64_t c) {
  if (m.type() != DataType::f32) return static_cast<float>(m.at(r, c));
  const std::uint32_t bits = m.bits(r, c);
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// The step of a whole parameter, in place.
template <class Options>
void define(const Options& options, Memory& m) {
  for (std::int64_t r = 0; r < m.spec.rows; ++r)
    for (std::int64_t c = 0; c < m.spec.cols * m.spec.spread; c += m.spec.spread) {
      Entry e{f32_of(m.spec.master ? m.master : m.weight, r, c), f32_of(m.gradient, r, c),
              f32_of(m.moment[0], r, c), f32_of(m.moment[1], r, c)};
      if (m.spec.mask && !m.mask.kept(r, c))
        e = {};
      else
        define(options, e);
      m.weight.set_bits(r, c, code_of(m.spec.weight, e.w));
      if (m.spec.master) m.master.set_bits(r, c, code_of(DataType::f32, e.w));
      if (moment_count(options) > 0) m.moment[0].set_bits(r, c, code_of(DataType::f32, e.m1));
      if (moment_count(options) > 1) m.moment[1].set_bits(r, c, code_of(DataType::f32, e.m2));
    }
}

inline Status run(const Exec& exec, const SgdOptions& o, const std::vector<StepTensors>& list) {
  return sgd_step(exec, o, list.data(), list.size());
}
inline Status run(const Exec& exec, const AdamWOptions& o, const std::vector<StepTensors>& list) {
  return adamw_step(exec, o, list.data(), list.size());
}

// A list of parameters, one step: the device gives the bits of the definition, and so does the CPU.
template <class Options>
void expect_step(const std::string& name, const Options& options, const std::vector<Spec>& specs,
                 const test::Effort& effort = {}) {
  Random random(specs.size() * 7 + 1);
  std::vector<Memory> before;
  for (const Spec& s : specs) before.emplace_back(s, random);
  std::vector<Memory> want = before;
  for (Memory& m : want) define(options, m);
  const bool moments = has_moments(options);
  {
    SCOPED_TRACE(name + " on the CPU");
    std::vector<Memory> on_cpu = before;
    std::vector<StepTensors> list;
    for (Memory& m : on_cpu) list.push_back(m.tensors(moments));
    ASSERT_TRUE(succeeds(run(Exec::cpu(1), options, list)));
    for (std::size_t i = 0; i < want.size(); ++i) {
      EXPECT_TRUE(same_bits(want[i].weight, on_cpu[i].weight)) << i;
      EXPECT_TRUE(same_bits(want[i].master, on_cpu[i].master)) << i;
      EXPECT_TRUE(same_bits(want[i].moment[0], on_cpu[i].moment[0])) << i;
      EXPECT_TRUE(same_bits(want[i].moment[1], on_cpu[i].moment[1])) << i;
    }
  }
  test::on_device(
      name,
      [&](const Exec& exec) {
        std::vector<DeviceMemory> device;
        std::vector<StepTensors> list;
        for (Memory& m : before) device.emplace_back(m);
        for (const DeviceMemory& d : device) list.push_back(d.tensors(moments));
        ASSERT_TRUE(succeeds(run(exec, options, list)));
        for (std::size_t i = 0; i < device.size(); ++i) {
          SCOPED_TRACE(testing::Message() << "item " << i << " " << text(specs[i]));
          expect_memory(want[i], device[i]);
        }
      },
      effort);
}

}  // namespace heddle::step_test
