#pragma once
// Several products in one run.
#include <algorithm>
#include <string>

#include "test/kernels/matmul/matmul_device_case.hpp"

namespace heddle::test {

// `count` matrices in one, `gap` elements of a line or lines after each.
struct Items {
  Matrix all;
  std::int64_t rows, cols, row_step, col_step;

  Items(DataType type, std::int64_t r, std::int64_t c, std::int64_t count, bool below,
        std::int64_t gap, Placement place)
      : all(type, below ? (r + gap) * count : r, below ? c : (c + gap) * count, place),
        rows(r),
        cols(c),
        row_step(below ? r + gap : 0),
        col_step(below ? 0 : c + gap) {}

  template <class View>
  View first(View v) const {
    v.rows = rows, v.cols = cols;
    return v;
  }
  std::int64_t stride() {
    const MatrixView v = all.view();
    return v.order == Order::row ? row_step * v.ld + col_step : col_step * v.ld + row_step;
  }
  Matrix item(std::int64_t i) const {
    const std::int64_t r = i * row_step, c = i * col_step;
    return submatrix(all, r, r + rows, c, c + cols);
  }
  bool in_gap(std::int64_t r, std::int64_t c) const {
    return (row_step > 0 && r % row_step >= rows) || (col_step > 0 && c % col_step >= cols);
  }
};

enum class CKind { none, in_place, own, shared };

struct BatchCase {
  DeviceCase c;
  std::int64_t count, gap;
  bool below, one_b;
  CKind kind;
};

inline void expect_batch(const BatchCase& t, Random& random) {
  MatmulProblem p = t.c.p;
  p.beta = t.kind == CKind::none ? 0.0f : 2.0f;
  p.separate_c = t.kind == CKind::own || t.kind == CKind::shared;
  MatmulData x = make_data(p, Data::integers, random);
  MatmulDesc desc = desc_of(p, t.c.config, x);
  desc.max_batch = std::max<std::int64_t>(1, t.count);
  Blob blob(desc.a);
  ASSERT_TRUE(succeeds(pack(Exec::cpu(1), x.a.view(), x.kept.view(), blob.view())));
  const std::int64_t some = std::max<std::int64_t>(1, t.count);
  Items b(p.b, p.k, p.n, t.one_b ? 1 : some, t.below, t.gap, p.b_place);
  Items c(p.d, p.m, p.n, t.kind == CKind::shared ? 1 : some, !t.below, t.gap, p.c_place);
  const Items before = [&] {
    Items d(p.d, p.m, p.n, some, t.below, t.gap, p.d_place);
    fill_integers(d.all, random, -3, 3);
    return d;
  }();
  fill_integers(b.all, random, -2, 2);
  fill_integers(c.all, random, -3, 3);
  on_device(
      to_string(t.c) + " batch " + std::to_string(t.count) + " gap " + std::to_string(t.gap),
      [&](const Exec& exec) {
        const DeviceBytes a(blob.data(), blob.size());
        const DeviceMatrix on_b(b.all.view(), p.b_place.misalign);
        const DeviceMatrix on_c(c.all.view(), p.c_place.misalign);
        Items d = before;
        const DeviceMatrix on_d(d.all.view(), p.d_place.misalign);
        const Result<MatmulPlan> plan = make_plan(exec, desc);
        ASSERT_TRUE(succeeds(plan.status()));
        const DeviceWorkspace workspace(exec, *plan);
        MatmulBuffers buffers;
        buffers.a = {desc.a, a.data(), a.size()};
        buffers.b = b.first(on_b.cview());
        buffers.d = d.first(on_d.view());
        buffers.beta = p.beta;
        if (p.separate_c) buffers.c = c.first(on_c.cview());
        buffers.batch = {t.count, t.one_b ? 0 : b.stride(), t.kind == CKind::own ? c.stride() : 0,
                         d.stride()};
        ASSERT_TRUE(succeeds(run(exec, *plan, buffers, workspace.view())));
        on_d.read_into(d.all.view());
        EXPECT_TRUE(d.all.surroundings_intact());
        EXPECT_TRUE(on_d.zones_intact());
        EXPECT_TRUE(workspace.ready());
        for (std::int64_t r = 0; r < d.all.rows(); ++r)
          for (std::int64_t s = 0; s < d.all.cols(); ++s)
            if (t.count == 0 || d.in_gap(r, s)) {
              ASSERT_EQ(d.all.bits(r, s), before.all.bits(r, s)) << "at " << r << ", " << s;
            }
        for (std::int64_t i = 0; i < t.count; ++i) {
          x.b = b.item(t.one_b ? 0 : i);
          x.c = t.kind == CKind::in_place ? before.item(i) : c.item(t.kind == CKind::own ? i : 0);
          ASSERT_TRUE(compare_exact(d.item(i), reference(p, x), true)) << "item " << i;
        }
      },
      t.c.effort);
}

}  // namespace heddle::test
