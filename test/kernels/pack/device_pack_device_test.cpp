// pack into device order with CUDA: bytes of the definition, header included.
#include "test/kernels/pack/device_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;
using test::Effort;

struct Case {
  Placement matrix{};
  std::size_t blob_at = 0;
  bool masked = false;
  Placement mask{};
};

std::string name_of(const Matrix& m, Pattern pattern, const Case& c) {
  return problem(m, pattern, c.matrix) + ":device" +
         (c.masked ? ":mask " + to_string(c.mask) : "") + ":blob at+" + std::to_string(c.blob_at);
}

void expect_packed(const Matrix& source, Pattern pattern, const Case& c,
                   const Effort& effort = {}) {
  Random random(source.rows() * 977 + source.cols());
  const Matrix m = relaid(source, c.matrix);
  Mask mask(m.rows(), m.cols(), c.mask);
  if (c.masked) {
    fill_sparse_mask(mask, random, pattern);
    for (std::int64_t r = 0; r < m.rows(); ++r)
      for (std::int64_t k = 0; k < m.cols(); ++k)
        if (mask.kept(r, k))
          mask.set_byte(r, k, static_cast<std::uint32_t>(random.between(1, 255)));
  } else {
    mask = best_mask_of(m, pattern);
  }
  const Bytes want = device_bytes(m, mask, pattern);
  test::on_device(
      name_of(m, pattern, c),
      [&](const Exec& exec) {
        const DeviceMatrix dm(m.view(), c.matrix.misalign);
        const DeviceBlob out(desc_of(m, pattern, PackedOrder::device), c.blob_at);
        if (c.masked) {
          const DeviceMatrix dk(test::bytes_of(mask.view()), c.mask.misalign);
          const DeviceReport<CheckReport> report;
          ASSERT_TRUE(succeeds(
              pack(exec, dm.cview(), test::mask_of(dk.view()), out.view(), report.data())));
          EXPECT_TRUE(report.read().compliant());
          EXPECT_TRUE(dk.zones_intact());
        } else {
          ASSERT_TRUE(succeeds(pack(exec, dm.cview(), out.view())));
        }
        EXPECT_TRUE(same_bytes(out.read(), want));
        EXPECT_TRUE(out.zones_intact());
        EXPECT_TRUE(dm.zones_intact());
      },
      effort);
}

class DevicePack : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, DevicePack, testing::ValuesIn(matrix_types()), by_type);

// All schedules where the layout is plain, and where nothing is.
TEST_P(DevicePack, EverySchedule) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam())) {
    const Matrix m = device_matrix(GetParam(), 64, 128);
    expect_packed(m, pattern, {});
    expect_packed(m, pattern, {.masked = true});
    const Matrix odd = device_matrix(GetParam(), 65, 67);
    const Placement row{Order::row, 3, 1}, col{Order::col, 5, 1};
    expect_packed(odd, pattern, {row, 1, true, col});
  }
}

TEST_P(DevicePack, EveryShape) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    for (const Shape& shape : device_shapes()) {
      const Matrix m = device_matrix(GetParam(), shape.rows, shape.cols);
      expect_packed(m, pattern, {}, {.schedules = 2});
      expect_packed(m, pattern, {.masked = true}, {.schedules = 2});
    }
}

// Each side placed in its own way; the blob at any address.
TEST_P(DevicePack, EveryPlacement) {
  HEDDLE_NEED_DEVICE();
  const Pattern pattern = device_patterns(GetParam()).front();
  constexpr std::size_t kBlobAt[] = {0, 8, 4, 2, 1, 16};
  for (const Shape& shape : {Shape{65, 66}, Shape{3, 129}})
    for (std::size_t i = 0; i < placements().size(); ++i) {
      const Matrix m = device_matrix(GetParam(), shape.rows, shape.cols);
      const Placement& mask = placements()[(i + 3) % placements().size()];
      expect_packed(m, pattern, {placements()[i], kBlobAt[i]}, {.schedules = 2});
      expect_packed(m, pattern, {placements()[i], kBlobAt[i], true, mask}, {.schedules = 2});
    }
}

// Rows are aligned, but the last ones, or their last columns, are not whole.
TEST_P(DevicePack, AlignedEdges) {
  HEDDLE_NEED_DEVICE();
  const Pattern pattern = device_patterns(GetParam()).front();
  for (const Shape& shape : {Shape{64, 63}, Shape{63, 64}, Shape{65, 127}}) {
    const Placement place{Order::row, -shape.cols % 8 + 8, 0};
    const Matrix m = device_matrix(GetParam(), shape.rows, shape.cols);
    expect_packed(m, pattern, {place, 0, true, place}, {.schedules = 2});
    expect_packed(m, pattern, {place}, {.schedules = 2});
  }
}

// Alignments between the fast one and none, inside the matrix.
TEST_P(DevicePack, EveryAlignment) {
  HEDDLE_NEED_DEVICE();
  const Pattern pattern = device_patterns(GetParam()).back();
  const Matrix m = device_matrix(GetParam(), 66, 128);
  for (const std::size_t at : {1, 2, 4, 8, 16}) {
    const Placement place{Order::row, static_cast<std::int64_t>(at), at};
    expect_packed(m, pattern, {place, at, true, place}, {.schedules = 2});
  }
}

TEST_P(DevicePack, FewBlocks) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    for (const std::int64_t blocks : {1, 3}) {
      const Matrix m = device_matrix(GetParam(), 129, 200);
      expect_packed(m, pattern, {}, {.schedules = 3, .max_blocks = blocks});
      expect_packed(m, pattern, {.masked = true}, {.schedules = 3, .max_blocks = blocks});
    }
}

// Every pair of values meets in every position, and zeros alone.
TEST_P(DevicePack, TiesAndZeros) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam())) {
    Random random(7);
    Matrix m(GetParam(), 128, 192);
    fill_ties(m, random);
    expect_packed(m, pattern, {}, {.schedules = 2});
    expect_packed(Matrix(GetParam(), 65, 70), pattern, {}, {.schedules = 2});
    expect_packed(Matrix(GetParam(), 65, 70), pattern, {.masked = true}, {.schedules = 2});
  }
}

// All groups of four of a few values: every order of them, all types of special values.
TEST_P(DevicePack, EveryGroup) {
  HEDDLE_NEED_DEVICE();
  const std::vector<std::uint32_t> values = telling_values(GetParam());
  const auto n = static_cast<std::int64_t>(values.size());
  const std::int64_t groups = n * n * n * n;
  Matrix m(GetParam(), (groups + 31) / 32, 128);
  m.each([&](std::int64_t r, std::int64_t c) {
    std::int64_t which = (r * 32 + c / 4) % groups;
    for (std::int64_t i = 0; i < c % 4; ++i) which /= n;
    return values[static_cast<std::size_t>(which % n)];
  });
  for (const Pattern pattern : device_patterns(GetParam()))
    expect_packed(m, pattern, {}, {.schedules = 1});
}

// Every mask of a group of four, more than may be kept left out.
TEST_P(DevicePack, EveryMask) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam())) {
    const Matrix m = device_matrix(GetParam(), 16, 128);
    Mask mask(16, 128);
    for (std::int64_t r = 0; r < 16; ++r)
      for (std::int64_t g = 0; g < 32; ++g) {
        const auto bits = static_cast<unsigned>((g * 5 + r) % 16);
        int kept = 0;
        for (std::int64_t i = 0; i < 4; ++i) {
          if (pattern.group == 2 && i == 2) kept = 0;
          if ((bits >> i & 1u) == 0 || kept == pattern.keep) continue;
          mask.set(r, 4 * g + i, true);
          ++kept;
        }
      }
    const Bytes want = device_bytes(m, mask, pattern);
    test::on_device(
        name_of(m, pattern, {.masked = true}),
        [&](const Exec& exec) {
          const DeviceMatrix dm(m.view()), dk(test::bytes_of(mask.view()));
          const DeviceBlob out(desc_of(m, pattern, PackedOrder::device));
          ASSERT_TRUE(succeeds(pack(exec, dm.cview(), test::mask_of(dk.view()), out.view())));
          EXPECT_TRUE(same_bytes(out.read(), want));
        },
        {.schedules = 2});
  }
}

TEST_P(DevicePack, CrowdedGroupsAreCounted) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    for (const Shape& shape : {Shape{1, 5}, Shape{66, 131}}) {
      Random random(shape.cols);
      const Matrix m = device_matrix(GetParam(), shape.rows, shape.cols);
      Mask mask(shape.rows, shape.cols);
      for (std::int64_t r = shape.rows / 2; r < shape.rows; ++r)
        for (std::int64_t c = 0; c < shape.cols; ++c) mask.set(r, c, random.below(4) != 0);
      const DeviceReport<CheckReport> unused;
      CheckReport want;
      Blob blob(desc_of(m, pattern, PackedOrder::device));
      ASSERT_TRUE(succeeds(pack(Exec::cpu(1), m.view(), mask.view(), blob.view(), &want)));
      ASSERT_GT(want.violations, 0);
      for (const std::int64_t blocks : {0, 2})
        test::on_device(name_of(m, pattern, {.masked = true}) + ":crowded",
                        [&](const Exec& exec) {
                          const DeviceMatrix dm(m.view()), dk(test::bytes_of(mask.view()));
                          const DeviceBlob out(blob.desc());
                          const DeviceReport<CheckReport> report;
                          ASSERT_TRUE(succeeds(pack(exec, dm.cview(), test::mask_of(dk.view()),
                                                    out.view(), report.data())));
                          const CheckReport got = report.read();
                          EXPECT_EQ(got.violations, want.violations);
                          EXPECT_EQ(got.row, want.row);
                          EXPECT_EQ(got.group, want.group);
                        },
                        {.schedules = 3, .max_blocks = blocks});
    }
}

// No block, but a header.
TEST_P(DevicePack, Empty) {
  HEDDLE_NEED_DEVICE();
  const Pattern pattern = device_patterns(GetParam()).front();
  for (const Shape& shape : {Shape{0, 0}, Shape{0, 5}, Shape{5, 0}}) {
    expect_packed(Matrix(GetParam(), shape.rows, shape.cols), pattern, {}, {.schedules = 2});
    expect_packed(Matrix(GetParam(), shape.rows, shape.cols), pattern,
                  {.blob_at = 3, .masked = true}, {.schedules = 2});
  }
}

}  // namespace
}  // namespace heddle
