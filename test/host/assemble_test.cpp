// A canonical blob from its two arrays.

#include <numeric>

#include "heddle/heddle.h"
#include "test/host/pack_case.hpp"

namespace heddle::oracle {
namespace {

// Values and metadata as a checkpoint holds them, from the oracle.
struct Arrays {
  std::vector<unsigned char> values, metadata;
  Arrays(const Matrix& m, const Mask& mask, Pattern pattern)
      : values(canonical_values(m, mask, pattern)),
        metadata(canonical_metadata(m, mask, pattern)) {}
  Status into(const PackedView& out, int threads = 1) const {
    return assemble(Exec::cpu(threads), values.data(), values.size(), metadata.data(),
                    metadata.size(), out);
  }
};

TEST(Assemble, IsWhatPackWrites) {
  Random random(1);
  for (const Pattern pattern : packed_patterns())
    for (const DataType type : {DataType::f32, DataType::bf16, DataType::f8e5m2})
      for (const auto& [rows, cols] : {std::pair{1, 1}, {5, 33}, {66, 130}, {0, 8}, {3, 0}}) {
        const Matrix m = mixed_matrix(type, rows, cols, random);
        Mask mask(rows, cols);
        fill_sparse_mask(mask, random, pattern);
        const Arrays arrays(m, mask, pattern);
        const Blob want = packed(m, mask, pattern, PackedOrder::canonical);
        for (const int threads : kThreadCounts) {
          Blob got(want.desc());
          ASSERT_TRUE(succeeds(arrays.into(got.view(), threads)));
          EXPECT_TRUE(same_bytes(want, got));
          EXPECT_TRUE(got.zones_intact());
        }
        Blob got(want.desc());
        const heddle_exec exec{sizeof(heddle_exec), HEDDLE_CPU, 1, nullptr};
        const heddle_packed out{{rows,
                                 cols,
                                 {pattern.keep, pattern.group},
                                 static_cast<std::int32_t>(type),
                                 HEDDLE_CANONICAL},
                                got.data(),
                                got.size()};
        ASSERT_EQ(heddle_assemble(&exec, arrays.values.data(), arrays.values.size(),
                                  arrays.metadata.data(), arrays.metadata.size(), &out),
                  HEDDLE_OK)
            << heddle_last_error();
        EXPECT_TRUE(same_bytes(want, got));
        EXPECT_EQ(heddle_assemble(nullptr, nullptr, 0, nullptr, 0, &out), HEDDLE_INVALID_ARGUMENT);
        EXPECT_EQ(heddle_assemble(&exec, nullptr, 0, nullptr, 0, nullptr), HEDDLE_INVALID_ARGUMENT);
      }
}

TEST(Assemble, RefusesWhatVerifyRefuses) {
  Random random(2);
  Matrix m(DataType::f16, 6, 30);
  fill_normal(m, random);
  Mask mask(6, 30);
  fill_full_mask(mask, random, {2, 4});
  Blob blob(desc_of(m, {2, 4}));
  Arrays arrays(m, mask, {2, 4});
  const std::size_t row_bytes = canonical_layout(blob.desc())->metadata_row_bytes;
  arrays.metadata[4 * row_bytes + 1] = 0x00;  // positions 0, 0 twice
  EXPECT_TRUE(fails(arrays.into(blob.view()), StatusCode::corrupt, {"row 4 group 2"}));
}

TEST(Assemble, BadArguments) {
  Random random(3);
  Matrix m(DataType::f16, 6, 32);
  Mask mask(6, 32);
  fill_full_mask(mask, random, {2, 4});
  const Arrays arrays(m, mask, {2, 4});
  Blob blob(desc_of(m, {2, 4})), device(desc_of(m, {2, 4}, PackedOrder::device));
  const auto with = [&](const void* values, std::size_t values_bytes, const void* metadata,
                        std::size_t metadata_bytes, const PackedView& out,
                        const Exec& exec = Exec::cpu(1)) {
    return assemble(exec, values, values_bytes, metadata, metadata_bytes, out);
  };
  const void* v = arrays.values.data();
  const void* d = arrays.metadata.data();
  const std::size_t vn = arrays.values.size(), dn = arrays.metadata.size();
  constexpr auto kInvalid = StatusCode::invalid_argument;
  ASSERT_TRUE(succeeds(with(v, vn, d, dn, blob.view())));
  EXPECT_TRUE(fails(with(v, vn - 1, d, dn, blob.view()), kInvalid, {"values_bytes = 191", "192"}));
  EXPECT_TRUE(fails(with(v, vn + 1, d, dn, blob.view()), kInvalid, {"values_bytes = 193"}));
  EXPECT_TRUE(fails(with(v, vn, d, dn + 1, blob.view()), kInvalid, {"metadata_bytes = 25", "24"}));
  EXPECT_TRUE(fails(with(v, vn, d, 0, blob.view()), kInvalid, {"metadata_bytes = 0"}));
  EXPECT_TRUE(fails(with(nullptr, vn, d, dn, blob.view()), kInvalid, {"values = null"}));
  EXPECT_TRUE(fails(with(v, vn, nullptr, dn, blob.view()), kInvalid, {"metadata = null"}));
  EXPECT_TRUE(fails(with(v, vn, d, dn, device.view()), StatusCode::unsupported,
                    {"out.desc.order = device", "canonical"}));
  EXPECT_TRUE(fails(with(v, vn, d, dn, blob.view(), Exec::cpu(-1)), kInvalid, {"exec.threads"}));
  PackedView small = blob.view();
  small.bytes -= 1;
  EXPECT_TRUE(fails(with(v, vn, d, dn, small), kInvalid, {"out.bytes"}));
  small.data = nullptr;
  small.bytes += 1;
  EXPECT_TRUE(fails(with(v, vn, d, dn, small), kInvalid, {"out.data = null"}));
  const unsigned char* inside = blob.data() + blob.size() - 1;
  EXPECT_TRUE(fails(with(inside, vn, d, dn, blob.view()), kInvalid, {"out", "values"}));
  EXPECT_TRUE(fails(with(v, vn, inside, dn, blob.view()), kInvalid, {"out", "metadata"}));
}

}  // namespace
}  // namespace heddle::oracle
