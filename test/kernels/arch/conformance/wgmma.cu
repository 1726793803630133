// Products of a warpgroup, on sm_90a: the model against the hardware on small integers, where both
// are exact; and what the manual leaves open.
#include <map>
#include <random>

#include "test/kernels/arch/conformance/conformance.hpp"
#include "test/kernels/arch/conformance/device.hpp"
#include "test/kernels/arch/wgmma_forms.cuh"

#if defined(HEDDLE_SIMT)
namespace heddle::arch_test {
HEDDLE_SIMT_DYNAMIC_SHARED(unsigned char, wgmma_memory);
}
#endif

namespace heddle::conformance {
namespace {

using arch_test::kWgmmaProducts;
using arch_test::WgmmaCase;
using arch_test::WgmmaLane;
using arch_test::WgmmaProduct;
using simt::models::Element;

std::string wrapper_of(const WgmmaProduct& p) {
  static constexpr const char* types[] = {"f16", "bf16", "tf32", "s8", "e4m3", "e5m2"};
  std::string name = p.form.sparse ? "wgmma_sp_" : "wgmma_";
  name += types[static_cast<int>(p.form.a)];
  if (p.form.a == Element::e4m3 || p.form.a == Element::e5m2) {
    name += std::string("_") + types[static_cast<int>(p.form.b)];
  }
  return name + (p.form.sparse && p.a_shared ? "_shared" : "");
}

// What the model makes of it.
std::vector<std::uint32_t> modelled(const WgmmaCase& c, bool accumulate) {
  const auto& f = c.product.form;
  std::vector<simt::models::WarpgroupLane> lanes(128);
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(64 * f.n));
  for (int thread = 0; thread < 128; ++thread) {
    const WgmmaLane& lane = c.lanes[static_cast<std::size_t>(thread)];
    simt::models::WarpgroupLane& to = lanes[static_cast<std::size_t>(thread)];
    std::copy(std::begin(lane.a), std::end(lane.a), to.a);
    to.metadata = lane.metadata;
    for (int r = 0; r < f.n / 2; ++r) {
      const auto at = simt::models::accumulator_cell(thread, r);
      sums[WgmmaCase::index(at.row, at.column, f.n)] = lane.d[r];
    }
  }
  const auto bits = [](const arch_test::WgmmaMatrix& m) {
    return layout::encode_matrix_descriptor({m.at, m.leading, m.stride, m.swizzle});
  };
  const std::uint64_t a = bits(c.a_matrix), b = bits(c.b_matrix);
  simt::models::wgmma(f, lanes.data(), reinterpret_cast<const unsigned char*>(c.image.data()),
                      c.product.a_shared ? &a : nullptr, b, accumulate, sums.data());
  return sums;
}

// The first difference between the device and the model; "": none.
std::string compare(std::size_t product, const WgmmaCase& c, bool accumulate) {
  const DeviceArray<std::uint32_t> image(c.image);
  const DeviceArray<WgmmaLane> lanes(c.lanes);
  const auto bytes = static_cast<unsigned>(4 * c.image.size());
  const arch_test::WgmmaArgs args{image.data(), bytes, lanes.data(), c.a_matrix, c.b_matrix,
                                  accumulate,   1};
  launch_shared(arch_test::wgmma_kernels()[product], 128, bytes, args);
  const std::vector<WgmmaLane> device = lanes.values();
  const std::vector<std::uint32_t> model = modelled(c, accumulate);
  const int n = c.product.form.n;
  for (int thread = 0; thread < 128; ++thread) {
    for (int r = 0; r < n / 2; ++r) {
      const auto at = simt::models::accumulator_cell(thread, r);
      const std::uint32_t got = device[static_cast<std::size_t>(thread)].d[r];
      const std::uint32_t want = model[WgmmaCase::index(at.row, at.column, n)];
      if (got != want) {
        return difference("n " + std::to_string(n) + " selector " +
                              std::to_string(c.product.form.selector) + " row " +
                              std::to_string(at.row) + " column " + std::to_string(at.column),
                          got, want);
      }
    }
  }
  return "";
}

constexpr unsigned kTurns = 6;  // every nibble in every place

Outcome check_wrapper(const std::vector<std::size_t>& products) {
  Outcome outcome;
  std::mt19937 random(1);
  for (const std::size_t i : products) {
    for (unsigned turn = 0; turn < kTurns && outcome.mismatch.empty(); ++turn) {
      const auto swizzle = turn % 2 ? TensorSwizzle::b64 : TensorSwizzle::b128;
      const WgmmaCase c(kWgmmaProducts[i], swizzle, swizzle, turn, random);
      outcome.mismatch = compare(i, c, turn % 3 != 0);
      ++outcome.trials;
    }
  }
  return outcome;
}

#if !defined(HEDDLE_SIMT)
// Whether 64 bytes of k of B may lie in rows of 32 bytes, or in none: four chunks by the leading
// stride or one after the other, which the model refuses to guess.
void ask_narrow_rows(Record& record, std::size_t i) {
  for (const auto swizzle : {TensorSwizzle::b32, TensorSwizzle::none}) {
    std::mt19937 random(2);
    const WgmmaCase c(kWgmmaProducts[i], TensorSwizzle::b128, swizzle, 0, random);
    record.note(wrapper_of(kWgmmaProducts[i]) + " takes B in rows of " +
                    (swizzle == TensorSwizzle::none ? "16" : "32") + " bytes",
                compare(i, c, true).empty());
  }
}
#endif

}  // namespace

void check_wgmma(Record& record) {
  std::map<std::string, std::vector<std::size_t>> wrappers;
  for (std::size_t i = 0; i < kWgmmaProducts.size(); ++i) {
    wrappers[wrapper_of(kWgmmaProducts[i])].push_back(i);
  }
  for (const auto& [name, products] : wrappers) {
    if (record.target() != 90) {
      record.skip(name, "sm_90a alone");
      continue;
    }
    record.check(name, [&, &list = products] { return check_wrapper(list); });
#if !defined(HEDDLE_SIMT)
    if (!kWgmmaProducts[products[0]].a_shared) ask_narrow_rows(record, products[0]);
#endif
  }
}

}  // namespace heddle::conformance
