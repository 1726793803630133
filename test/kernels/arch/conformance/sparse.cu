// The sparse product: the model against the hardware on small integers, where both are exact, and
// on floats of mixed size, within a bound.
#include <array>
#include <bit>
#include <cmath>
#include <random>

#include "test/kernels/arch/conformance/conformance.hpp"
#include "test/kernels/arch/conformance/device.hpp"
#include "test/kernels/arch/sparse_case.hpp"
#include "test/kernels/arch/sparse_forms.cuh"

namespace heddle::conformance {
namespace {

using arch_test::SparseCase;
using arch_test::SparseKernel;
using simt::models::Element;
using simt::models::SparseForm;
using simt::models::SparseLane;
using Warp = std::array<SparseLane, 32>;

constexpr unsigned kTrials = 96;  // every nibble in every place, 16 times

bool is_fp8(const SparseForm& f) { return f.a == Element::e4m3 || f.a == Element::e5m2; }

std::string name_of(const SparseForm& f) {
  static constexpr const char* types[] = {"f16", "bf16", "tf32", "s8", "e4m3", "e5m2"};
  std::string name = std::string("mma_sp_") + types[static_cast<int>(f.a)];
  if (is_fp8(f)) name += std::string("_") + types[static_cast<int>(f.b)];
  name += "_k" + std::to_string(f.k) + "<" + std::to_string(f.selector);
  return name + (f.saturate ? ", true>" : ">");
}

// Signs off: the model then gives |c| + sum |a * b|.
Warp magnitudes(const SparseForm& f, Warp warp) {
  const int bits = simt::models::bits_of(f.a);
  const std::uint32_t keep = bits == 32 ? 0x7FFFFFFF : bits == 16 ? 0x7FFF7FFF : 0x7F7F7F7F;
  for (SparseLane& lane : warp) {
    for (std::uint32_t& word : lane.a) word &= keep;
    for (std::uint32_t& word : lane.b) word &= keep;
    for (std::uint32_t& word : lane.c) word &= 0x7FFFFFFF;
  }
  return warp;
}

void apply_model(const SparseForm& f, Warp& warp) {
  SparseLane lanes[32];
  std::copy(warp.begin(), warp.end(), lanes);
  simt::models::sparse_mma(f, lanes);
  std::copy(lanes, lanes + 32, warp.begin());
}

std::string place(std::size_t trial, std::size_t lane, int reg) {
  return "trial " + std::to_string(trial) + " lane " + std::to_string(lane) + " register " +
         std::to_string(reg);
}

// relative: how far from the model, as a part of |c| + sum |a * b|; 0: the same bits.
Outcome compare(const SparseKernel& entry, const std::vector<Warp>& trials, double relative) {
  std::vector<SparseLane> lanes;
  for (const Warp& warp : trials) lanes.insert(lanes.end(), warp.begin(), warp.end());
  const DeviceArray<SparseLane> memory(lanes);
  launch(entry.kernel, static_cast<unsigned>(trials.size()), 32, memory.data());
  const std::vector<SparseLane> device = memory.values();
  Outcome outcome{trials.size(), ""};
  for (std::size_t t = 0; t < trials.size(); ++t) {
    Warp model = trials[t], scale = magnitudes(entry.form, trials[t]);
    apply_model(entry.form, model);
    if (relative > 0) apply_model(entry.form, scale);
    for (std::size_t lane = 0; lane < 32; ++lane) {
      if (model[lane].refused.row >= 0) return {t, "this program's metadata is illegal"};
      for (int r = 0; r < 4; ++r) {
        const std::uint32_t got = device[32 * t + lane].d[r], want = model[lane].d[r];
        const double off =
            std::fabs(simt::models::decode_f32(got) - simt::models::decode_f32(want));
        const double bound = relative * simt::models::decode_f32(scale[lane].d[r]);
        const bool same = relative > 0 ? off <= bound : got == want;  // false for a NaN
        if (!same) return {outcome.trials, difference(place(t, lane, r), got, want)};
      }
    }
  }
  return outcome;
}

std::vector<Warp> integers(const SparseForm& f, int largest, int largest_c) {
  std::mt19937 random(1);
  std::vector<Warp> trials;
  for (unsigned turn = 0; turn < kTrials; ++turn) {
    trials.push_back(SparseCase(f, largest, largest_c, turn, random).lanes);
  }
  return trials;
}

// Bits that the hardware must not look at.
std::vector<Warp> with_low_bits(std::vector<Warp> trials) {
  std::mt19937 random(2);
  for (Warp& warp : trials) {
    for (SparseLane& lane : warp) {
      for (std::uint32_t& word : lane.a) word |= random() & 0x1FFF;
      for (std::uint32_t& word : lane.b) word |= random() & 0x1FFF;
    }
  }
  return trials;
}

// Sums past both ends of 32 bits.
std::vector<Warp> at_the_ends(std::vector<Warp> trials) {
  for (Warp& warp : trials) {
    for (SparseLane& lane : warp) {
      lane.c[0] = lane.c[2] = 0x7FFFFFFF - (lane.c[0] & 0xFF);
      lane.c[1] = lane.c[3] = 0x80000000 + (lane.c[1] & 0xFF);
    }
  }
  return trials;
}

// Any sign and mantissa, exponents some powers of two around 1, one in eight subnormal.
std::uint32_t any_float(Element type, std::mt19937& random) {
  struct Float {
    unsigned mantissa, bias, spread, sign;
  };
  constexpr Float formats[] = {{10, 15, 6, 15}, {7, 127, 6, 15}, {23, 127, 6, 31}, {},
                               {3, 7, 5, 7},    {2, 15, 6, 7}};
  const Float f = formats[static_cast<int>(type)];
  const auto bits = static_cast<std::uint32_t>(random());
  std::uint32_t exponent =
      f.bias - f.spread + static_cast<std::uint32_t>(random() % (2 * f.spread + 1));
  if (random() % 8 == 0) exponent = 0;
  return (bits & 1) << f.sign | exponent << f.mantissa | (bits >> 1 & ((1u << f.mantissa) - 1));
}

std::vector<Warp> floats(const SparseForm& f) {
  std::mt19937 random(3);
  std::vector<Warp> trials = integers(f, 1, 1);
  for (Warp& warp : trials) {
    for (SparseLane& lane : warp) {
      std::fill(std::begin(lane.a), std::end(lane.a), 0u);
      std::fill(std::begin(lane.b), std::end(lane.b), 0u);
      for (int i = 0; i < arch_test::elements(f); ++i) {
        arch_test::put(lane.a, f.a, i, any_float(f.a, random));
        arch_test::put(lane.b, f.b, i, any_float(f.b, random));
      }
      for (std::uint32_t& word : lane.c) word = any_float(Element::tf32, random);
    }
  }
  return trials;
}

// Adders align the products of a step and what came before to the largest of them and cut off below
// 2^-23 of it, 2^-13 for the 8-bit floats: each of the k/2 products loses that at most once, each
// of up to 8 steps once more.
double bound(const SparseForm& f) { return (f.k / 2 + 8) * std::ldexp(1.0, is_fp8(f) ? -13 : -23); }

void check_form(Record& record, const SparseKernel& entry) {
  const SparseForm& f = entry.form;
  const std::string name = name_of(f);
  if (is_fp8(f) && record.target() != 89 && record.target() < 120) {
    return record.skip(name, "native to sm_89 and sm_120 alone");
  }
  const bool integer = f.a == Element::s8;
  record.check(name, [&] { return compare(entry, integers(f, integer ? 127 : 4, 100), 0); });
  if (integer) {
    record.check(name + " ends",
                 [&] { return compare(entry, at_the_ends(integers(f, 127, 255)), 0); });
    return;
  }
  if (f.a == Element::tf32) {
    record.check(name + " low bits",
                 [&] { return compare(entry, with_low_bits(integers(f, 4, 100)), 0); });
  }
  if (!is_fp8(f)) {  // exact as long as the sum stays below 2^24
    record.check(name + " long sums", [&] { return compare(entry, integers(f, 4, 1 << 23), 0); });
  }
  record.check(name + " floats", [&] { return compare(entry, floats(f), bound(f)); });
}

}  // namespace

void check_sparse(Record& record) {
  for (const SparseKernel& entry : arch_test::sparse_kernels()) check_form(record, entry);
}

}  // namespace heddle::conformance
