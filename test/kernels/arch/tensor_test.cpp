// Tensor copies to and fro, multicast in clusters, roles of warpgroups.
#include <gtest/gtest.h>

#include "test/kernels/arch/kernels.hpp"
#include "test/simt/models/tensor_map.hpp"

namespace heddle::arch_test {
namespace {

TensorMap map_of(const float* base, int rank, std::initializer_list<std::uint64_t> size,
                 std::initializer_list<std::uint32_t> box, TensorSwizzle swizzle) {
  TensorMapShape shape{};
  shape.base = base;
  shape.elem_bytes = 4;
  shape.rank = rank;
  std::copy(size.begin(), size.end(), shape.size);
  std::copy(box.begin(), box.end(), shape.box);
  std::uint64_t stride = 4;
  for (int d = 1; d < rank; ++d) shape.stride_bytes[d - 1] = stride *= shape.size[d - 1];
  shape.swizzle = swizzle;
  TensorMap map;
  std::string why;
  EXPECT_TRUE(simt::encode(shape, map, &why)) << why;
  return map;
}

TEST(TensorCopy, ClustersShareTheirLoads) {
  constexpr int planes = 2, rows = 2 * kBoxRows + 5, cols = 28;  // of 32 and 3 boxes
  for (const unsigned cluster : {1u, 2u, 4u}) {
    for (const simt::Schedule& schedule : simt::schedules()) {
      SCOPED_TRACE(testing::Message() << cluster << " blocks, " << schedule.text());
      std::vector<float> values(planes * rows * cols);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
      GlobalBuffer<float> in(values), out(values.size());
      const std::uint32_t part = kBoxRows / cluster;
      const auto map = [&](float* base) {
        return map_of(base, 3, {cols, rows, planes}, {32, part, 1}, TensorSwizzle::b128);
      };
      Options options;
      options.schedule = schedule;
      const Report report =
          copy_tensor(map(in.data()), map(out.data()), cluster, planes, 3, options);
      ASSERT_TRUE(report.clean()) << report.text();
      for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(out[i], 2 * values[i]) << i;
      EXPECT_EQ(report.counters.bulk_bytes, std::uint64_t{planes} * 3 * kBoxRows * 128 * cluster);
    }
  }
}

TEST(TensorCopy, ThereAndBack) {
  constexpr std::size_t rows = 24;
  std::vector<float> values(rows * 8);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  GlobalBuffer<float> in(values), out(values.size());
  const auto map = [&](float* base) {
    return map_of(base, 2, {8, rows}, {8, 4}, TensorSwizzle::none);
  };
  const Report report = copy_matrix(map(in.data()), map(out.data()), rows, {});
  ASSERT_TRUE(report.clean()) << report.text();
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < 8; ++c) {
      ASSERT_EQ(out[r * 8 + c], values[((rows / 4 - 1 - r / 4) * 4 + r % 4) * 8 + c]);
    }
  }
}

TEST(Roles, RegistersChangeHandsAndOneLaneIsElected) {
  GlobalBuffer<std::uint32_t> out(384);
  for (const simt::Schedule& schedule : simt::schedules()) {
    Options options;
    options.schedule = schedule;
    const Report report = roles(out.data(), options);
    ASSERT_TRUE(report.clean()) << report.text();
    for (std::size_t warp = 0; warp < 12; ++warp) {
      std::uint32_t sum = 0;
      for (std::size_t lane = 0; lane < 32; ++lane) {
        const std::uint32_t elected = out[warp * 32 + lane];
        ASSERT_TRUE(elected == 0 || elected == 3);
        sum += elected;
      }
      ASSERT_EQ(sum, 3u);
    }
  }
}

}  // namespace
}  // namespace heddle::arch_test
