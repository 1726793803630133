// Tensor maps, and copies of boxes: what lands where, and the mistakes around them.
#include "test/simt/mistakes.hpp"
#include "test/simt/planted/tensors.hpp"

namespace heddle::simt {
namespace {

using planted::Box;
using planted::TensorBug;

// Chunks of 16 bytes in packed rows of the swizzle's span.
std::size_t where(std::size_t byte, TensorSwizzle swizzle) {
  const std::size_t chunk = byte / 16;
  switch (swizzle) {
    case TensorSwizzle::none: return byte;
    case TensorSwizzle::b32: return (chunk ^ (chunk / 2 / 4 & 1)) * 16 + byte % 16;
    case TensorSwizzle::b64: return (chunk ^ (chunk / 4 / 2 & 3)) * 16 + byte % 16;
    case TensorSwizzle::b128: return (chunk ^ (chunk / 8 & 7)) * 16 + byte % 16;
  }
  return byte;
}

struct Tensor {
  TensorMapShape shape{};
  std::size_t bytes = 0;
};

// Sizes that no box divides, rows padded by 16 bytes or more.
Tensor tensor(int rank, int elem_bytes, TensorSwizzle swizzle) {
  static constexpr std::uint64_t sizes[] = {75, 9, 5, 4, 3};
  static constexpr std::uint32_t boxes[] = {0, 8, 3, 2, 2};
  Tensor t;
  t.shape.elem_bytes = elem_bytes;
  t.shape.rank = rank;
  t.shape.swizzle = swizzle;
  t.bytes = sizes[0] * static_cast<unsigned>(elem_bytes);
  for (int d = 0; d < rank; ++d) {
    t.shape.size[d] = sizes[d];
    t.shape.box[d] = boxes[d];
    if (d == 0) {
      t.shape.box[0] = (swizzle == TensorSwizzle::none ? 48u : swizzle_bytes(swizzle)) /
                       static_cast<unsigned>(elem_bytes);
      continue;
    }
    t.bytes = (t.bytes + 31) / 16 * 16;
    t.shape.stride_bytes[d - 1] = t.bytes;
    t.bytes *= sizes[d];
  }
  return t;
}

// The element's bytes in the tensor; -1 outside.
std::ptrdiff_t offset(const TensorMapShape& s, const std::vector<std::int32_t>& at,
                      std::size_t element) {
  std::ptrdiff_t sum = 0;
  for (int d = 0; d < s.rank; ++d) {
    const auto x = at[static_cast<std::size_t>(d)] + static_cast<std::int64_t>(element % s.box[d]);
    element /= s.box[d];
    if (x < 0 || x >= static_cast<std::int64_t>(s.size[d])) return -1;
    const auto stride = d ? static_cast<std::int64_t>(s.stride_bytes[d - 1]) : s.elem_bytes;
    sum += x * stride;
  }
  return sum;
}

std::size_t box_elements(const TensorMapShape& s) {
  std::size_t n = 1;
  for (int d = 0; d < s.rank; ++d) n *= s.box[d];
  return n;
}

template <typename Check>
void for_every_box(Check check) {
  for (const TensorSwizzle swizzle :
       {TensorSwizzle::none, TensorSwizzle::b32, TensorSwizzle::b64, TensorSwizzle::b128}) {
    for (int rank = 1; rank <= 5; ++rank) {
      for (const int elem : {1, 2, 4}) {
        for (const std::vector<std::int32_t>& at : {std::vector<std::int32_t>{0, 0, 0, 0, 0},
                                                    {3, 2, 1, 1, 1},
                                                    {-5, -3, -1, -1, -1},
                                                    {70, 6, 4, 3, 2},
                                                    {75, 0, 0, 0, 0},
                                                    {0, -8, 0, 0, 0}}) {
          SCOPED_TRACE(testing::Message() << "swizzle " << static_cast<int>(swizzle) << " rank "
                                          << rank << " elem " << elem << " at " << at[0]);
          ASSERT_NO_FATAL_FAILURE(check(tensor(rank, elem, swizzle), at));
        }
      }
    }
  }
}

TEST(TensorCopy, LoadsFillWithZerosAndSwizzle) {
  for_every_box([](Tensor t, const std::vector<std::int32_t>& at) {
    GlobalBuffer<unsigned char> in(t.bytes), out(2 * planted::kMostBoxBytes);
    for (std::size_t i = 0; i < t.bytes; ++i) in[i] = planted::stored_value(i * 7);
    t.shape.base = in.data();
    const Report report = planted::load_box(TensorBug::none, {t.shape, at}, out, {});
    ASSERT_TRUE(report.clean()) << report.text();
    const auto elem = static_cast<std::size_t>(t.shape.elem_bytes);
    const std::size_t n = box_elements(t.shape);
    EXPECT_EQ(report.counters.bulk_bytes, 2 * n * elem);
    for (std::size_t e = 0; e < n; ++e) {
      const std::ptrdiff_t from = offset(t.shape, at, e);
      for (std::size_t b = 0; b < elem; ++b) {
        const unsigned char expected = from < 0 ? 0 : in[static_cast<std::size_t>(from) + b];
        ASSERT_EQ(out[where(e * elem + b, t.shape.swizzle)], expected) << e;
      }
    }
  });
}

TEST(TensorCopy, StoresAreClipped) {
  for_every_box([](Tensor t, const std::vector<std::int32_t>& at) {
    GlobalBuffer<unsigned char> to(t.bytes);
    t.shape.base = to.data();
    const Report report = planted::store_box(TensorBug::none, {t.shape, at}, {});
    // Both blocks store the same, unordered.
    for (const Finding& f : report.findings) ASSERT_EQ(f.kind, Kind::global_race) << report.text();
    const auto elem = static_cast<std::size_t>(t.shape.elem_bytes);
    std::vector<unsigned char> expected(t.bytes, 0xFF);
    for (std::size_t e = 0; e < box_elements(t.shape); ++e) {
      const std::ptrdiff_t there = offset(t.shape, at, e);
      for (std::size_t b = 0; there >= 0 && b < elem; ++b) {
        expected[static_cast<std::size_t>(there) + b] =
            planted::stored_value(where(e * elem + b, t.shape.swizzle));
      }
    }
    ASSERT_TRUE(std::equal(expected.begin(), expected.end(), to.span().begin()));
  });
}

TEST(TensorCopy, SectorsAreCountedByRow) {
  Tensor t = tensor(2, 4, TensorSwizzle::b128);  // rows of 75 floats, 320 bytes apart
  GlobalBuffer<unsigned char> in(t.bytes), out(2 * planted::kMostBoxBytes);
  t.shape.base = in.data();
  // Eight rows of 128 bytes from byte 16 on: 5 sectors each, where 4 would do.
  Report report = planted::load_box(TensorBug::none, {t.shape, {4, 0}}, out, {});
  EXPECT_EQ(report.counters.global_load, (Traffic{2, 2 * 8 * 5, 2 * 8 * 4}));
  // Three rows of 5 floats.
  report = planted::load_box(TensorBug::none, {t.shape, {70, 6}}, out, {});
  EXPECT_EQ(report.counters.global_load, (Traffic{2, 2 * 3 * 2, 2 * 2}));
}

struct Refusal {
  const char* name;
  void (*spoil)(TensorMapShape&);
};

TEST(TensorMap, EncodesWhatTheDriverTakes) {
  static const Refusal refusals[] = {
      {"rank 0", [](TensorMapShape& s) { s.rank = 0; }},
      {"rank 6", [](TensorMapShape& s) { s.rank = 6; }},
      {"3 bytes", [](TensorMapShape& s) { s.elem_bytes = 3; }},
      {"null", [](TensorMapShape& s) { s.base = nullptr; }},
      {"base", [](TensorMapShape& s) { s.base = static_cast<const char*>(s.base) + 8; }},
      {"empty", [](TensorMapShape& s) { s.size[1] = 0; }},
      {"size", [](TensorMapShape& s) { s.size[0] = (std::uint64_t{1} << 32) + 1; }},
      {"stride 8", [](TensorMapShape& s) { s.stride_bytes[0] += 8; }},
      {"stride 2^40", [](TensorMapShape& s) { s.stride_bytes[0] = std::uint64_t{1} << 40; }},
      {"box 0", [](TensorMapShape& s) { s.box[1] = 0; }},
      {"box 257", [](TensorMapShape& s) { s.box[1] = 257; }},
      {"row of 24 bytes", [](TensorMapShape& s) { s.box[0] = 6; }},
      {"row past the swizzle", [](TensorMapShape& s) { s.box[0] = 36; }},
      {"no such swizzle", [](TensorMapShape& s) { s.swizzle = static_cast<TensorSwizzle>(4); }},
  };
  Tensor t = tensor(3, 4, TensorSwizzle::b128);
  alignas(16) static char somewhere[16];
  t.shape.base = somewhere;
  TensorMap map;
  std::string why;
  ASSERT_TRUE(encode(t.shape, map, &why)) << why;
  const auto fields = decode(map);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->base, somewhere);
  EXPECT_EQ(fields->rank, 3u);
  EXPECT_EQ(fields->elem_bytes, 4u);
  EXPECT_EQ(fields->swizzle, TensorSwizzle::b128);
  for (unsigned d = 0; d < 3; ++d) {
    EXPECT_EQ(fields->size[d], t.shape.size[d]);
    EXPECT_EQ(fields->box[d], t.shape.box[d]);
    EXPECT_EQ(fields->stride[d], d ? t.shape.stride_bytes[d - 1] : 4u);
  }
  for (const Refusal& r : refusals) {
    TensorMapShape bad = t.shape;
    r.spoil(bad);
    EXPECT_FALSE(encode(bad, map, &why)) << r.name;
    EXPECT_NE(why, "") << r.name;
  }
  for (unsigned bit = 0; bit < 1024; ++bit) {
    TensorMap flipped = map;
    flipped.opaque[bit / 64] ^= std::uint64_t{1} << bit % 64;
    EXPECT_FALSE(decode(flipped)) << bit;
  }
}

TEST(TensorCopy, MistakesOfLoads) {
  expect_seen<TensorBug>(
      {{TensorBug::garbage_map, {Kind::instruction}},
       {TensorBug::misaligned_map, {Kind::misaligned}},
       {TensorBug::wrong_rank, {Kind::instruction}},
       {TensorBug::too_early, {Kind::shared_race, Kind::uninitialised, Kind::early_copy_access}},
       {TensorBug::source_changes, {Kind::source_overwritten}},
       {TensorBug::plain_overwrite, {Kind::shared_race, Kind::early_copy_access}}},
      true, [](TensorBug bug, const Options& options) {
        Tensor t = tensor(2, 4, TensorSwizzle::b128);
        GlobalBuffer<unsigned char> in(t.bytes), out(2 * planted::kMostBoxBytes);
        t.shape.base = in.data();
        Options one = options;
        one.workers = 1;
        return planted::load_box(bug, {t.shape, {0, 0}}, out, one);
      });
}

TEST(TensorCopy, MistakesOfStores) {
  expect_seen<TensorBug>(
      {{TensorBug::too_early, {Kind::source_overwritten}},
       {TensorBug::too_early_by_other,
        {Kind::shared_race, Kind::source_overwritten, Kind::missing_proxy_fence}},
       {TensorBug::no_wait, {Kind::source_overwritten}},
       {TensorBug::no_fence, {Kind::missing_proxy_fence}},
       {TensorBug::fence_before, {Kind::missing_proxy_fence}},
       {TensorBug::fence_late, {Kind::missing_proxy_fence}},
       {TensorBug::fence_of_storer, {Kind::missing_proxy_fence}}},
      true, [](TensorBug bug, const Options& options) {
        Tensor t = tensor(2, 4, TensorSwizzle::b64);
        GlobalBuffer<unsigned char> to(t.bytes);
        t.shape.base = to.data();
        // Nothing of the box is inside: two blocks may store it.
        return planted::store_box(bug, {t.shape, {0, 9}}, options);
      });
}

TEST(TensorCopy, AMapMayLie) {
  for (const bool store : {false, true}) {
    Tensor t = tensor(2, 4, TensorSwizzle::none);
    GlobalBuffer<unsigned char> in(t.bytes), out(2 * planted::kMostBoxBytes);
    t.shape.base = in.data();
    t.shape.size[1] += 1;
    const Box box{t.shape, {0, 4}};
    const Report report = store ? planted::store_box(TensorBug::none, box, {})
                                : planted::load_box(TensorBug::none, box, out, {});
    const bool seen = std::any_of(report.findings.begin(), report.findings.end(),
                                  [](const Finding& f) { return f.kind == Kind::out_of_bounds; });
    EXPECT_TRUE(seen) << report.text();
  }
}

}  // namespace
}  // namespace heddle::simt
