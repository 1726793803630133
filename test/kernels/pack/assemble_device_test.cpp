// A canonical blob from its two arrays with CUDA: the bytes of the CPU path, verified there.
#include "test/kernels/pack/canonical_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

Status assembled(const Exec& exec, const test::DeviceBytes& values,
                 const test::DeviceBytes& metadata, const PackedView& out) {
  return assemble(exec, values.data(), values.size(), metadata.data(), metadata.size(), out);
}

TEST(AssembleDevice, IsWhatPackWrites) {
  HEDDLE_NEED_DEVICE();
  Random random(1);
  for (const Pattern pattern : {Pattern{2, 4}, {3, 5}, {7, 32}})
    for (const DataType type : {DataType::f16, DataType::i8})
      for (const auto& [rows, cols] : {std::pair{1, 1}, {5, 33}, {66, 130}, {3, 0}})
        for (const std::size_t at : {0, 5}) {
          const Matrix m = mixed_matrix(type, rows, cols, random);
          Mask mask(rows, cols);
          fill_sparse_mask(mask, random, pattern);
          const auto values = canonical_values(m, mask, pattern);
          const auto metadata = canonical_metadata(m, mask, pattern);
          const Blob want = packed(m, mask, pattern, PackedOrder::canonical);
          test::on_device(problem(want.desc()) + ":assemble",
                          [&](const Exec& exec) {
                            const test::DeviceBytes v(values.data(), values.size(), at);
                            const test::DeviceBytes d(metadata.data(), metadata.size(), at);
                            const DeviceBlob out(want.desc(), at);
                            ASSERT_TRUE(succeeds(assembled(exec, v, d, out.view())));
                            EXPECT_TRUE(same_bytes(out.read(), bytes_of(want)));
                            EXPECT_TRUE(out.zones_intact());
                          },
                          {.schedules = 4});
        }
}

TEST(AssembleDevice, RefusesWhatVerifyRefuses) {
  HEDDLE_NEED_DEVICE();
  Random random(2);
  Matrix m(DataType::f16, 6, 30);
  fill_normal(m, random);
  Mask mask(6, 30);
  fill_full_mask(mask, random, {2, 4});
  const PackedDesc desc{6, 30, {2, 4}, DataType::f16, PackedOrder::canonical};
  const auto values = canonical_values(m, mask, {2, 4});
  auto metadata = canonical_metadata(m, mask, {2, 4});
  metadata[4 * canonical_layout(desc)->metadata_row_bytes + 1] = 0x00;
  test::on_device("assemble: illegal positions", [&](const Exec& exec) {
    const test::DeviceBytes v(values.data(), values.size());
    const test::DeviceBytes d(metadata.data(), metadata.size());
    const DeviceBlob out(desc);
    EXPECT_TRUE(fails(assembled(exec, v, d, out.view()), StatusCode::corrupt, {"row 4 group 2"}));
  });
}

}  // namespace
}  // namespace heddle
