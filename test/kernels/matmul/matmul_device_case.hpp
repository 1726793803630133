#pragma once
// One product on the device, through a plan, judged against the reference: everything that a device
// test of matmul does but choose the case.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "heddle/matmul.hpp"
#include "test/device/device.hpp"
#include "test/host/matmul_case.hpp"

namespace heddle::test {

using namespace oracle;

// How a case runs: a configuration, and where the parts lie.
struct DeviceCase {
  MatmulProblem p;
  std::optional<MatmulConfig> config;  // none: what the plan selects
  Data data = Data::integers;
  Effort effort = {3, 0, 120};
  std::size_t blob_misalign = 0;
  std::int64_t border = 0;  // rows and columns of NaN behind those of B, in the same memory
  bool like_cpu = false;    // the CPU is asked too: the same values for integers, else the bound
  bool odd_lines = false;   // lines of B are meant to suit no tensor copies
};

// Elements of a line of B that exist, with its border.
inline std::int64_t b_line(const DeviceCase& c) {
  return (c.p.b_place.order == Order::row ? c.p.n : c.p.k) + c.border;
}
// Lines of B that tensor copies can fetch: a multiple of 16 bytes apart.
inline void align_b(DeviceCase& c) {
  const std::int64_t whole = 16 / static_cast<std::int64_t>(size_of(c.p.b));
  c.p.b_place.ld_extra = (whole - b_line(c) % whole) % whole;
}
// A case for the wgmma kernel does not fall back to mma by oversight.
inline bool runs_as_meant(const DeviceCase& c) {
  if (!c.config || c.config->kernel == MatmulKernel::mma || c.odd_lines) return true;
  const std::int64_t bytes =
      (b_line(c) + c.p.b_place.ld_extra) * static_cast<std::int64_t>(size_of(c.p.b));
  return bytes % 16 == 0;
}

inline std::string to_string(const DeviceCase& c) {
  return oracle::to_string(c.p) + (c.config ? " " + heddle::to_string(*c.config) : "") +
         (c.effort.capability < 120 ? " on " + std::to_string(c.effort.capability) : "");
}

inline MatmulDesc desc_of(const MatmulProblem& p, const std::optional<MatmulConfig>& config,
                          const MatmulData& x) {
  MatmulDesc desc;
  desc.a = {p.m, p.k, p.pattern, p.a, PackedOrder::device};
  desc.max_n = p.n;
  desc.b_type = p.b, desc.d_type = p.d;
  desc.b_order = p.b_place.order, desc.d_order = p.d_place.order;
  desc.c_order = p.separate_c ? p.c_place.order : p.d_place.order;
  if (p.bias) desc.bias = x.bias.type;
  desc.scale_m = p.scale_m, desc.scale_n = p.scale_n;
  desc.activation = p.activation;
  if (config) desc.tuning.entries = {{std::max<std::int64_t>(1, p.n), *config}};
  return desc;
}

// A vector of the case in device memory, at an odd address.
class DeviceVector {
 public:
  DeviceVector(const Vector& v, bool there)
      : there_(there), view_(v.view()), bytes_(v.bytes.data(), v.bytes.size(), 1) {}
  std::optional<ConstVectorView> view() const {
    if (!there_) return std::nullopt;
    return ConstVectorView{bytes_.data(), view_.size, view_.type};
  }

 private:
  bool there_;
  ConstVectorView view_;
  DeviceBytes bytes_;
};

// A workspace of a plan, cleared, and checked to be ready for the next run.
class DeviceWorkspace {
 public:
  DeviceWorkspace(const Exec& exec, const MatmulPlan& plan) : bytes_(plan.workspace_size()) {
    EXPECT_TRUE(succeeds(clear_workspace(exec, view())));
  }
  Workspace view() const { return {bytes_.data(), bytes_.size()}; }
  testing::AssertionResult ready() const {
    const std::vector<unsigned char> now = bytes_.read();
    for (std::size_t i = 0; i < now.size() && i < 4 * 4096; ++i)
      if (now[i] != 0) return testing::AssertionFailure() << "counter " << i / 4 << " is not zero";
    return bytes_.zones_intact();
  }

 private:
  DeviceBytes bytes_;
};

inline testing::AssertionResult judge(const DeviceCase& c, const Matrix& d, const Reference& want,
                                      const Bound& bound) {
  if (c.data == Data::integers) return compare_exact(d, want, bound.zeros_expected);
  return compare(d, want, bound);
}

// Bit for bit, but NaN of any payload are alike.
inline testing::AssertionResult same_values(const Matrix& cpu, const Matrix& gpu) {
  for (std::int64_t r = 0; r < cpu.rows(); ++r)
    for (std::int64_t s = 0; s < cpu.cols(); ++s) {
      const double x = cpu.at(r, s), y = gpu.at(r, s);
      const bool same = x == y && std::signbit(x) == std::signbit(y);
      if (!same && !(std::isnan(x) && std::isnan(y)))
        return testing::AssertionFailure()
               << "(" << r << ", " << s << "): " << x << " on the CPU, " << y << " on the device";
    }
  return testing::AssertionSuccess();
}

// B with its border.
inline Matrix bordered(const DeviceCase& c, const Matrix& b) {
  Matrix all(c.p.b, c.p.k + c.border, c.p.n + c.border, c.p.b_place);
  all.each([&](auto r, auto s) { return r < c.p.k && s < c.p.n ? b.bits(r, s) : nan_code(c.p.b); });
  return all;
}

// Runs the case under every schedule: judged each time, and the same bits every time. They are left
// in `bits`.
inline void expect_product(const DeviceCase& c, MatmulData& x, const Reference& want,
                           const Bound& bound, std::optional<Matrix>* bits = nullptr) {
  const MatmulProblem& p = c.p;
  const MatmulDesc desc = desc_of(p, c.config, x);
  ASSERT_TRUE(runs_as_meant(c)) << to_string(c);
  Blob blob(desc.a);
  ASSERT_TRUE(succeeds(pack(Exec::cpu(1), x.a.view(), x.kept.view(), blob.view())));
  std::optional<Matrix> first, cpu;
  if (c.like_cpu) cpu = oracle::run(p, x, 2);
  if (cpu) {
    ASSERT_TRUE(judge(c, *cpu, want, bound)) << "on the CPU, " << to_string(c);
  }
  const Matrix all_b = bordered(c, x.b);
  on_device(
      to_string(c),
      [&](const Exec& exec) {
        const DeviceBytes a(blob.data(), blob.size(), c.blob_misalign);
        const DeviceMatrix b(all_b.view(), p.b_place.misalign);
        const DeviceMatrix cc(x.c.view(), p.c_place.misalign);
        const DeviceVector bias(x.bias, p.bias), scale_m(x.scale_m, p.scale_m),
            scale_n(x.scale_n, p.scale_n);
        Matrix d(p.d, p.m, p.n, p.d_place);
        d.poison();
        if (p.beta != 0 && !p.separate_c) d.each([&](auto r, auto s) { return x.c.bits(r, s); });
        const DeviceMatrix out(d.view(), p.d_place.misalign);
        const Result<MatmulPlan> plan = make_plan(exec, desc);
        ASSERT_TRUE(succeeds(plan.status()));
        const DeviceWorkspace workspace(exec, *plan);
        MatmulBuffers buffers;
        buffers.a = {desc.a, a.data(), a.size()};
        buffers.b = b.cview();
        buffers.b.rows = p.k, buffers.b.cols = p.n;
        buffers.d = out.view();
        buffers.alpha = p.alpha, buffers.beta = p.beta;
        if (p.separate_c) buffers.c = cc.cview();
        buffers.bias = bias.view(), buffers.scale_m = scale_m.view();
        buffers.scale_n = scale_n.view();
        ASSERT_TRUE(succeeds(run(exec, *plan, buffers, workspace.view())));
        out.read_into(d.view());
        EXPECT_TRUE(judge(c, d, want, bound));
        EXPECT_TRUE(d.surroundings_intact());
        EXPECT_TRUE(out.zones_intact());
        EXPECT_TRUE(workspace.ready());
        EXPECT_EQ(a.read(), std::vector<unsigned char>(blob.data(), blob.data() + blob.size()));
        Matrix b_after(p.b, all_b.rows(), all_b.cols(), p.b_place);
        b.read_into(b_after.view());
        EXPECT_TRUE(same_bits(all_b, b_after));
        if (cpu && c.data == Data::integers) {
          EXPECT_TRUE(same_values(*cpu, d));
        }
        if (first)
          EXPECT_TRUE(same_bits(*first, d)) << "another schedule, other bits";
        else
          first = d;
      },
      c.effort);
  if (bits != nullptr) *bits = first;
}

// What an element of a product may be off by: f32 sums in any order; tf32 cuts 13 bits off both
// factors, at most 2^-10 of each.
inline Bound bound_of(const MatmulProblem& p, const Reference& want) {
  Bound bound;
  if (p.a == DataType::f32)
    bound.accumulator = 0x1p-24 + 0x1.01p-9 / (static_cast<double>(want.terms) + bound.slack);
  return bound;
}

inline void expect_product(const DeviceCase& c, Random& random) {
  MatmulData x = make_data(c.p, c.data, random);
  const Reference want = reference(c.p, x);
  Bound bound = bound_of(c.p, want);
  bound.zeros_expected = c.p.m * c.p.n < 64 || c.p.k < 8;  // few and small terms give zeros
  expect_product(c, x, want, bound);
}

// ---- what multiplies ----------------------------------------------------------------------------

// A pair of types and the device it runs on: the 8-bit floats have two ways.
struct Kind {
  DataType a, b;
  int capability;
};
inline std::string kind_name(const testing::TestParamInfo<Kind>& info) {
  const Kind& k = info.param;
  return type_name(k.a) + "x" + type_name(k.b) + (k.capability < 120 ? "Widened" : "");
}
inline std::vector<Kind> kinds() {
  std::vector<Kind> all;
  for (const TypePair& t : input_types()) {
    all.push_back({t.a, t.b, 120});
    if (size_of(t.a) == 1 && t.a != DataType::i8) all.push_back({t.a, t.b, 90});
  }
  return all;
}

inline Pattern pattern_of(DataType type) {
  return type == DataType::f32 ? Pattern{1, 2} : Pattern{2, 4};
}
inline int unit_cols(DataType type) { return 128 / static_cast<int>(size_of(type)); }

inline MatmulProblem problem_of(const Kind& kind, std::int64_t m, std::int64_t n, std::int64_t k,
                                DataType d) {
  MatmulProblem p;
  p.m = m, p.n = n, p.k = k;
  p.a = kind.a, p.b = kind.b, p.d = d;
  p.pattern = pattern_of(kind.a);
  p.packed = PackedOrder::device;
  p.b_place.order = p.d_place.order = p.c_place.order = Order::col;
  return p;
}

inline DeviceCase case_of(const Kind& kind, std::int64_t m, std::int64_t n, std::int64_t k,
                          const MatmulConfig& config) {
  DeviceCase c;
  c.p = problem_of(kind, m, n, k, DataType::f32);
  c.config = config;
  if (config.kernel == MatmulKernel::wgmma) align_b(c);
  c.effort = {2, 0, kind.capability};
  return c;
}

// The gap that brings lines of `width` elements to a multiple of 16 bytes, and is not empty.
inline std::int64_t aligned_gap(std::int64_t width, int elem) {
  const std::int64_t whole = 16 / elem;
  return whole + (whole - width % whole) % whole;
}

// warps_m x warps_n x warps_k, tiles; whole tiles on `blocks` blocks.
inline MatmulConfig whole(int warps_m, int warps_n, int warps_k, int tiles, int blocks = 2,
                          int stages = 3) {
  MatmulConfig c;
  c.warps_m = warps_m, c.warps_n = warps_n, c.warps_k = warps_k, c.tiles = tiles;
  c.blocks = blocks, c.stages = stages;
  return c;
}
// The same with the first split_tiles tiles split among all blocks.
inline MatmulConfig split(MatmulConfig c, int blocks, std::int64_t split_tiles = 4096) {
  c.blocks = c.split_blocks = blocks;
  c.split_tiles = split_tiles;
  return c;
}

}  // namespace heddle::test
