// Every documented requirement, broken one at a time: the code is exact, and the message names the
// argument and its value.

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "heddle/heddle.hpp"
#include "test/oracle/matrix.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Blob;
using oracle::fails;
using oracle::Mask;
using oracle::Matrix;
using oracle::succeeds;

constexpr std::int64_t kHuge = std::int64_t{1} << 62;

// An empty problem succeeds where there is a device and touches nothing.
bool device_present() { return apply_masks(Exec::cuda(), nullptr, 0).ok(); }

// A good argument of every kind; each test breaks one.
class Arguments : public testing::Test {
 protected:
  static constexpr std::int64_t kM = 4, kK = 8, kN = 3;
  Arguments() {
    EXPECT_TRUE(succeeds(pack(cpu, matrix.view(), blob.view())));
    EXPECT_TRUE(succeeds(convert(cpu, blob.cview(), device.view())));
  }
  Exec cpu = Exec::cpu(1);
  Matrix matrix{DataType::f16, kM, kK};
  Matrix out{DataType::f16, kM, kK};
  Mask mask{kM, kK};
  Blob blob{{kM, kK, {2, 4}, DataType::f16, PackedOrder::canonical}};
  Blob device{{kM, kK, {2, 4}, DataType::f16, PackedOrder::device}};
  Matrix b{DataType::f16, kK, kN};
  Matrix d{DataType::f32, kM, kN};
};

// ---- views --------------------------------------------------------------------------------------

struct BadView {
  const char* what;   // the field named
  const char* value;  // its value in the message
  std::function<void(ConstMatrixView&)> spoil;
};

const std::vector<BadView>& bad_views() {
  static const std::vector<BadView> all = {
      {".type", "99", [](auto& v) { v.type = static_cast<DataType>(99); }},
      {".order", "7", [](auto& v) { v.order = static_cast<Order>(7); }},
      {".rows", "-1", [](auto& v) { v.rows = -1; }},
      {".cols", "-2", [](auto& v) { v.cols = -2; }},
      {".ld", "2", [](auto& v) { v.ld = 2; }},
      {".ld", "-8", [](auto& v) { v.ld = -8; }},
      {".rows x .cols x .ld", "4611686018427387904", [](auto& v) { v.ld = kHuge; }},
      {".data", "null", [](auto& v) { v.data = nullptr; }},
  };
  return all;
}

MatrixView writable(const ConstMatrixView& v) {
  return {const_cast<void*>(v.data), v.rows, v.cols, v.ld, v.type, v.order};
}

// `call` with each spoilt version of `good`, the argument called `name`.
void expect_view_checked(const std::string& name, const ConstMatrixView& good,
                         const std::function<Status(const ConstMatrixView&)>& call) {
  ASSERT_TRUE(succeeds(call(good))) << name;
  for (const BadView& bad : bad_views()) {
    ConstMatrixView v = good;
    bad.spoil(v);
    EXPECT_TRUE(
        fails(call(v), StatusCode::invalid_argument, {(name + bad.what).c_str(), bad.value}));
  }
}

void expect_mask_checked(const std::string& name, const ConstMaskView& good,
                         const std::function<Status(const ConstMaskView&)>& call) {
  const ConstMatrixView bytes = {good.data, good.rows,    good.cols,
                                 good.ld,   DataType::i8, good.order};
  ASSERT_TRUE(succeeds(call(good))) << name;
  for (const BadView& bad : bad_views()) {
    if (std::string(bad.what) == ".type") continue;  // a mask has none
    ConstMatrixView v = bytes;
    bad.spoil(v);
    EXPECT_TRUE(
        fails(call({static_cast<const std::uint8_t*>(v.data), v.rows, v.cols, v.ld, v.order}),
              StatusCode::invalid_argument, {(name + bad.what).c_str(), bad.value}));
  }
}

MaskView writable(const ConstMaskView& v) {
  return {const_cast<std::uint8_t*>(v.data), v.rows, v.cols, v.ld, v.order};
}

template <class T>
Status status_of(const Result<T>& result) {
  return result.status();
}

TEST_F(Arguments, ViewsOfMaskOperations) {
  expect_view_checked("matrix", matrix.view(), [&](const auto& v) {
    return best_mask(cpu, v, {2, 4}, mask.view());
  });
  expect_mask_checked("mask", mask.view(), [&](const auto& v) {
    return best_mask(cpu, matrix.view(), {2, 4}, writable(v));
  });
  expect_view_checked("matrix", matrix.view(),
                      [&](const auto& v) { return apply_mask(cpu, v, mask.view(), out.view()); });
  expect_mask_checked("mask", mask.view(),
                      [&](const auto& v) { return apply_mask(cpu, matrix.view(), v, out.view()); });
  expect_view_checked("out", out.view(), [&](const auto& v) {
    return apply_mask(cpu, matrix.view(), mask.view(), writable(v));
  });
  expect_view_checked("matrix", matrix.view(), [&](const auto& v) {
    return status_of(check(cpu, v, {2, 4}));
  });
  expect_view_checked("matrix", matrix.view(),
                      [&](const auto& v) { return status_of(mask_stats(cpu, v, mask.view())); });
  expect_mask_checked("mask", mask.view(),
                      [&](const auto& v) { return status_of(mask_stats(cpu, matrix.view(), v)); });
}

TEST_F(Arguments, ViewsOfPackOperations) {
  expect_view_checked("matrix", matrix.view(),
                      [&](const auto& v) { return pack(cpu, v, blob.view()); });
  expect_view_checked("matrix", matrix.view(),
                      [&](const auto& v) { return pack(cpu, v, mask.view(), blob.view()); });
  expect_mask_checked("mask", mask.view(),
                      [&](const auto& v) { return pack(cpu, matrix.view(), v, blob.view()); });
  ASSERT_TRUE(succeeds(pack(cpu, matrix.view(), blob.view())));
  expect_view_checked("out", out.view(),
                      [&](const auto& v) { return unpack(cpu, blob.cview(), writable(v)); });
}

TEST_F(Arguments, ViewsOfMatmul) {
  expect_view_checked("b", b.view(),
                      [&](const auto& v) { return matmul(cpu, blob.cview(), v, d.view()); });
  expect_view_checked("d", d.view(), [&](const auto& v) {
    return matmul(cpu, blob.cview(), b.view(), writable(v));
  });
  Matrix c(DataType::f32, kM, kN);
  expect_view_checked("options.c", c.view(), [&](const auto& v) {
    MatmulOptions options;
    options.beta = 1;
    options.c = v;
    return matmul(cpu, blob.cview(), b.view(), d.view(), options);
  });
}

TEST_F(Arguments, ShapesAgree) {
  Matrix wide(DataType::f16, kM, kK + 1), tall(DataType::f16, kM + 1, kK);
  Mask wide_mask(kM, kK + 1), tall_mask(kM + 1, kK);
  const auto bad = StatusCode::invalid_argument;
  for (Mask* m : {&wide_mask, &tall_mask}) {
    EXPECT_TRUE(fails(best_mask(cpu, matrix.view(), {2, 4}, m->view()), bad, {"mask", "4 x 8"}));
    EXPECT_TRUE(
        fails(apply_mask(cpu, matrix.view(), m->view(), out.view()), bad, {"mask", "4 x 8"}));
    EXPECT_TRUE(fails(mask_stats(cpu, matrix.view(), m->view()).status(), bad, {"mask", "4 x 8"}));
    EXPECT_TRUE(fails(pack(cpu, matrix.view(), m->view(), blob.view()), bad, {"mask", "4 x 8"}));
  }
  for (Matrix* m : {&wide, &tall}) {
    EXPECT_TRUE(
        fails(apply_mask(cpu, matrix.view(), mask.view(), m->view()), bad, {"out", "4 x 8"}));
    EXPECT_TRUE(fails(pack(cpu, m->view(), blob.view()), bad, {"4 x 8"}));
    EXPECT_TRUE(fails(unpack(cpu, blob.cview(), m->view()), bad, {"out", "4 x 8"}));
  }
  Matrix b_tall(DataType::f16, kK + 1, kN), d_wide(DataType::f32, kM, kN + 1);
  EXPECT_TRUE(fails(matmul(cpu, blob.cview(), b_tall.view(), d.view()), bad, {"b", "9 x 3"}));
  EXPECT_TRUE(fails(matmul(cpu, blob.cview(), b.view(), d_wide.view()), bad, {"8 x 3", "8 x 4"}));
  Matrix d_tall(DataType::f32, kM + 1, kN);
  EXPECT_TRUE(fails(matmul(cpu, blob.cview(), b.view(), d_tall.view()), bad, {"d", "5 x 3"}));
  MatmulOptions options;
  options.beta = 1;
  options.c = d_wide.view();
  EXPECT_TRUE(
      fails(matmul(cpu, blob.cview(), b.view(), d.view(), options), bad, {"options.c", "4 x 4"}));
}

TEST_F(Arguments, TypesAgree) {
  Matrix other(DataType::bf16, kM, kK), wide(DataType::i32, kM, kK);
  EXPECT_TRUE(fails(apply_mask(cpu, matrix.view(), mask.view(), other.view()),
                    StatusCode::invalid_argument, {"out.type", "bf16", "f16"}));
  EXPECT_TRUE(fails(pack(cpu, other.view(), blob.view()), StatusCode::invalid_argument,
                    {"type", "bf16", "f16"}));
  EXPECT_TRUE(fails(unpack(cpu, blob.cview(), other.view()), StatusCode::invalid_argument,
                    {"out.type", "bf16", "f16"}));
  // i32 is a DataType, but none of a weight matrix.
  const auto none = StatusCode::unsupported;
  EXPECT_TRUE(
      fails(best_mask(cpu, wide.view(), {2, 4}, mask.view()), none, {"matrix.type", "i32"}));
  EXPECT_TRUE(fails(check(cpu, wide.view(), {2, 4}).status(), none, {"matrix.type", "i32"}));
  EXPECT_TRUE(
      fails(mask_stats(cpu, wide.view(), mask.view()).status(), none, {"matrix.type", "i32"}));
  EXPECT_TRUE(fails(pack(cpu, wide.view(), blob.view()), none, {"matrix.type", "i32"}));
  PackedDesc desc = blob.desc();
  desc.type = DataType::i32;
  EXPECT_TRUE(fails(packed_size(desc).status(), none, {"type", "i32"}));
}

// ---- patterns, ranking, threads, devices --------------------------------------------------------

TEST_F(Arguments, Patterns) {
  for (Pattern bad :
       {Pattern{0, 4}, Pattern{5, 4}, Pattern{-1, 4}, Pattern{2, 33}, Pattern{0, 0}}) {
    const std::string text = std::to_string(bad.keep) + ":" + std::to_string(bad.group);
    const auto code = StatusCode::invalid_argument;
    EXPECT_TRUE(fails(best_mask(cpu, matrix.view(), bad, mask.view()), code,
                      {"pattern", text.c_str(), "1 <= keep <= group <= 32"}));
    EXPECT_TRUE(fails(check(cpu, matrix.view(), bad).status(), code, {"pattern", text.c_str()}));
    PackedDesc desc = blob.desc();
    desc.pattern = bad;
    EXPECT_TRUE(fails(packed_size(desc).status(), code, {"pattern", text.c_str()}));
    EXPECT_TRUE(fails(pack(cpu, matrix.view(), {desc, blob.data(), blob.size()}), code,
                      {"pattern", text.c_str()}));
  }
  EXPECT_TRUE(fails(best_mask(cpu, matrix.view(), {2, 4}, mask.view(), static_cast<Ranking>(9)),
                    StatusCode::invalid_argument, {"ranking", "9"}));
}

using Call = std::function<Status(const Exec&)>;

TEST_F(Arguments, EveryOperationChecksWhereItRuns) {
  Blob slice({2, kK, {2, 4}, DataType::f16, PackedOrder::canonical});
  Blob column({kM, 4, {2, 4}, DataType::f16, PackedOrder::canonical});
  Matrix x(DataType::f16, kN, kK), y(DataType::f32, kN, kM);
  MatmulDesc desc;
  desc.a = blob.desc();
  const std::vector<std::pair<const char*, Call>> calls = {
      {"best_mask",
       [&](auto& e) {
         return best_mask(e, matrix.view(), {2, 4}, mask.view());
       }},
      {"apply_mask",
       [&](auto& e) { return apply_mask(e, matrix.view(), mask.view(), out.view()); }},
      {"check",
       [&](auto& e) {
         return check(e, matrix.view(), {2, 4}).status();
       }},
      {"mask_stats", [&](auto& e) { return mask_stats(e, matrix.view(), mask.view()).status(); }},
      {"pack", [&](auto& e) { return pack(e, matrix.view(), blob.view()); }},
      {"pack", [&](auto& e) { return pack(e, matrix.view(), mask.view(), blob.view()); }},
      {"unpack", [&](auto& e) { return unpack(e, blob.cview(), out.view()); }},
      {"verify", [&](auto& e) { return verify(e, blob.cview()); }},
      {"convert", [&](auto& e) { return convert(e, blob.cview(), device.view()); }},
      {"slice_rows", [&](auto& e) { return slice_rows(e, blob.cview(), 1, 3, slice.view()); }},
      {"slice_cols", [&](auto& e) { return slice_cols(e, blob.cview(), 4, 8, column.view()); }},
      {"matmul", [&](auto& e) { return matmul(e, blob.cview(), b.view(), d.view()); }},
      {"linear", [&](auto& e) { return linear(e, x.view(), blob.cview(), y.view()); }},
      {"make_plan", [&](auto& e) { return make_plan(e, desc).status(); }},
      {"check plan", [&](auto& e) { return check(e, desc); }},
      {"clear_workspace", [&](auto& e) { return clear_workspace(e, {}); }},
  };
  for (const auto& [name, call] : calls) {
    EXPECT_TRUE(succeeds(call(Exec::cpu(0)))) << name;
    EXPECT_TRUE(succeeds(call(Exec::cpu(1000000)))) << name;
    for (const char* value : {"-1", "-2147483648"})
      EXPECT_TRUE(fails(call(Exec::cpu(static_cast<int>(std::stoll(value)))),
                        StatusCode::invalid_argument, {"exec.threads", value}))
          << name;
    if (device_present()) continue;  // it would follow these host pointers
    const Status cuda = call(Exec::cuda());
    EXPECT_TRUE(fails(cuda, StatusCode::unavailable, {"cuda"})) << name;
    EXPECT_GT(cuda.message().size(), 40u) << "says which part is missing: " << cuda.message();
  }
}

// ---- packed blobs -------------------------------------------------------------------------------

TEST_F(Arguments, Blobs) {
  const auto bad = StatusCode::invalid_argument;
  const std::size_t size = blob.size();
  const PackedView null = {blob.desc(), nullptr, size};
  const PackedView small = {blob.desc(), blob.data(), size - 1};
  const std::string need = std::to_string(size), have = std::to_string(size - 1);
  EXPECT_TRUE(fails(pack(cpu, matrix.view(), null), bad, {"out.data", "null"}));
  EXPECT_TRUE(
      fails(pack(cpu, matrix.view(), small), bad, {"out.bytes", have.c_str(), need.c_str()}));
  EXPECT_TRUE(fails(pack(cpu, matrix.view(), mask.view(), small), bad, {"out.bytes"}));
  EXPECT_TRUE(fails(unpack(cpu, null, out.view()), bad, {"packed.data"}));
  EXPECT_TRUE(fails(unpack(cpu, small, out.view()), bad, {"packed.bytes"}));
  EXPECT_TRUE(fails(convert(cpu, small, device.view()), bad, {"packed.bytes"}));
  EXPECT_TRUE(fails(convert(cpu, device.cview(), small), bad, {"out.bytes"}));
  EXPECT_TRUE(fails(matmul(cpu, small, b.view(), d.view()), bad, {"a.bytes"}));
  EXPECT_TRUE(fails(matmul(cpu, null, b.view(), d.view()), bad, {"a.data"}));
}

TEST_F(Arguments, DescriptionsOfBlobs) {
  const auto size_with = [&](auto change) {
    PackedDesc desc = blob.desc();
    change(desc);
    return packed_size(desc).status();
  };
  const auto bad = StatusCode::invalid_argument;
  EXPECT_TRUE(fails(size_with([](auto& x) { x.rows = -1; }), bad, {"rows", "-1"}));
  EXPECT_TRUE(fails(size_with([](auto& x) { x.cols = -3; }), bad, {"cols", "-3"}));
  EXPECT_TRUE(
      fails(size_with([](auto& x) { x.type = static_cast<DataType>(77); }), bad, {"type", "77"}));
  EXPECT_TRUE(fails(size_with([](auto& x) { x.order = static_cast<PackedOrder>(3); }), bad,
                    {"order", "3"}));
  EXPECT_TRUE(
      fails(size_with([](auto& x) { x.rows = x.cols = kHuge; }), bad, {"4611686018427387904"}));
  EXPECT_TRUE(fails(size_with([](auto& x) { x.cols = std::numeric_limits<std::int64_t>::max(); }),
                    bad, {"9223372036854775807"}));
  EXPECT_TRUE(fails(canonical_layout(device.desc()).status(), StatusCode::unsupported,
                    {"order", "device", "canonical"}));
}

// What device order does not hold is legal but does not exist.
TEST_F(Arguments, PatternsOfDeviceOrder) {
  for (DataType type : oracle::matrix_types())
    for (int group = 1; group <= 32; ++group)
      for (int keep = 1; keep <= group; ++keep) {
        const PackedDesc desc = {kM, kK, {keep, group}, type, PackedOrder::device};
        const bool f32 = type == DataType::f32;
        const bool held = (keep == 1 && group == 2) || (!f32 && group == 4 && keep <= 2);
        const std::string text = to_string(desc.pattern);
        if (held)
          EXPECT_TRUE(succeeds(packed_size(desc).status())) << text;
        else
          EXPECT_TRUE(fails(packed_size(desc).status(), StatusCode::unsupported,
                            {text.c_str(), to_string(type), "device"}));
      }
}

TEST_F(Arguments, SlicesAndConversions) {
  const auto bad = StatusCode::invalid_argument;
  const auto rows = [&](std::int64_t begin, std::int64_t end, PackedDesc desc) {
    Blob to(desc);
    return slice_rows(cpu, blob.cview(), begin, end, to.view());
  };
  const auto cols = [&](std::int64_t begin, std::int64_t end, PackedDesc desc) {
    Blob to(desc);
    return slice_cols(cpu, blob.cview(), begin, end, to.view());
  };
  PackedDesc two = blob.desc(), half = blob.desc();
  two.rows = 2;
  half.cols = 4;
  EXPECT_TRUE(fails(rows(-1, 1, two), bad, {"begin", "-1"}));
  EXPECT_TRUE(fails(rows(3, 5, two), bad, {"end", "5", "4"}));
  EXPECT_TRUE(fails(rows(3, 2, two), bad, {"end", "2", "3"}));
  EXPECT_TRUE(fails(rows(0, 3, two), bad, {"out.desc", "2 x 8", "3 x 8"}));
  EXPECT_TRUE(fails(cols(-4, 0, half), bad, {"begin", "-4"}));
  EXPECT_TRUE(fails(cols(4, 12, half), bad, {"end", "12", "8"}));
  EXPECT_TRUE(fails(cols(1, 5, half), bad, {"begin", "1", "4"}));
  EXPECT_TRUE(fails(cols(0, 5, half), bad, {"end", "5", "4"}));
  EXPECT_TRUE(fails(cols(0, 8, half), bad, {"out.desc", "4 x 4", "4 x 8"}));
  // Everything else of the description stays as it is.
  for (int field = 0; field < 3; ++field) {
    PackedDesc other = two;
    if (field == 0) other.pattern = {1, 4};
    if (field == 1) other.type = DataType::bf16;
    if (field == 2) other.order = PackedOrder::device;
    EXPECT_TRUE(fails(rows(0, 2, other), bad, {"out.desc"})) << field;
    if (field == 2) continue;
    other.rows = kM;
    other.order = PackedOrder::device;
    Blob to(other);
    EXPECT_TRUE(fails(convert(cpu, blob.cview(), to.view()), bad, {"out.desc"})) << field;
  }
}

// ---- matmul -------------------------------------------------------------------------------------

TEST_F(Arguments, TypesOfMatmul) {
  const auto all = {DataType::f32,    DataType::f16, DataType::bf16, DataType::f8e4m3,
                    DataType::f8e5m2, DataType::i8,  DataType::i32};
  const auto is_f8 = [](DataType t) { return t == DataType::f8e4m3 || t == DataType::f8e5m2; };
  for (DataType ta : oracle::matrix_types()) {
    Blob a({kM, kK, {2, 4}, ta, PackedOrder::canonical});
    ASSERT_TRUE(succeeds(pack(cpu, Matrix(ta, kM, kK).view(), a.view())));
    for (DataType tb : all)
      for (DataType td : all) {
        const bool inputs = ta == tb || (is_f8(ta) && is_f8(tb));
        const bool output = td == DataType::f32 || td == DataType::f16 || td == DataType::bf16 ||
                            (ta == DataType::i8 && (td == DataType::i32 || td == DataType::i8));
        Matrix bb(tb, kK, kN), dd(td, kM, kN);
        const Status status = matmul(cpu, a.cview(), bb.view(), dd.view());
        SCOPED_TRACE(std::string(to_string(ta)) + " x " + to_string(tb) + " -> " + to_string(td));
        if (inputs && output)
          EXPECT_TRUE(succeeds(status));
        else
          EXPECT_TRUE(fails(status, StatusCode::unsupported, {inputs ? "d.type" : "b.type"}));
      }
  }
}

TEST_F(Arguments, OptionsOfMatmul) {
  const auto bad = StatusCode::invalid_argument;
  const auto with = [&](auto change) {
    MatmulOptions options;
    change(options);
    return matmul(cpu, blob.cview(), b.view(), d.view(), options);
  };
  Matrix c16(DataType::f16, kM, kN);
  const std::vector<float> bias(kM);
  EXPECT_TRUE(fails(with([&](auto& o) { o.beta = 1, o.c = c16.view(); }), bad,
                    {"options.c.type", "f16", "f32"}));
  EXPECT_TRUE(fails(with([&](auto& o) {
                      o.bias = ConstVectorView{bias.data(), 3, DataType::f32};
                    }),
                    bad, {"options.bias.size", "3", "4"}));
  EXPECT_TRUE(fails(with([&](auto& o) {
                      o.bias = ConstVectorView{nullptr, kM, DataType::f32};
                    }),
                    bad, {"options.bias.data", "null"}));
  for (DataType type : {DataType::i8, DataType::i32, DataType::f8e4m3, DataType::f8e5m2})
    EXPECT_TRUE(fails(with([&](auto& o) {
                        o.bias = ConstVectorView{bias.data(), kM, type};
                      }),
                      StatusCode::unsupported, {"options.bias.type", to_string(type)}));
  EXPECT_TRUE(fails(with([&](auto& o) { o.activation = static_cast<Activation>(9); }), bad,
                    {"options.activation", "9"}));
}

TEST_F(Arguments, OverlapIsRefused) {
  const auto bad = StatusCode::invalid_argument;
  // out shifted by one row against matrix.
  Matrix tall(DataType::f16, kM + 1, kK);
  const MatrixView all = tall.view();
  const ConstMatrixView from = {all.data, kM, kK, kK, all.type, all.order};
  const MatrixView to = {static_cast<char*>(all.data) + 2 * kK, kM, kK, kK, all.type, all.order};
  EXPECT_TRUE(fails(apply_mask(cpu, from, mask.view(), to), bad, {"out", "overlap"}));

  // A result on top of an operand.
  MatrixView into_b = d.view();
  into_b.data = b.view().data;
  EXPECT_TRUE(fails(matmul(cpu, blob.cview(), b.view(), into_b), bad, {"d", "overlap"}));
  MatrixView into_a = d.view();
  into_a.data = blob.data() + 128;
  EXPECT_TRUE(fails(matmul(cpu, blob.cview(), b.view(), into_a), bad, {"d", "overlap"}));
  const ConstMatrixView inside = row_major(blob.data() + 64, kM, kK, DataType::f16);
  EXPECT_TRUE(fails(pack(cpu, inside, blob.view()), bad, {"out", "overlap"}));
  EXPECT_TRUE(fails(convert(cpu, device.cview(), {blob.desc(), device.data(), device.size()}), bad,
                    {"out", "overlap"}));
}

}  // namespace
}  // namespace heddle
