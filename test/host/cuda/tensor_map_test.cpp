// Tensor maps through a driver that does what each test says.
#include "host/cuda/tensor_map.hpp"

#include <iterator>
#include <vector>

#include "host/cuda/runtime.hpp"
#include "test/host/cuda/fake_runtime.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::cuda {
namespace {

using oracle::fails;
using oracle::succeeds;

class TensorMaps : public testing::Test {
 protected:
  static TensorMapShape shape() {
    static char memory;
    TensorMapShape t = {};
    t.base = &memory;
    t.elem_bytes = 2;
    t.rank = 3;
    t.size[0] = 100, t.size[1] = 50, t.size[2] = 3;
    t.stride_bytes[0] = 208, t.stride_bytes[1] = 4096;
    t.box[0] = 64, t.box[1] = 32, t.box[2] = 1;
    t.swizzle = TensorSwizzle::b128;
    return t;
  }
  Status encode(const TensorMapShape& t) { return encode_tensor_map(t, map_); }
  test::FakeRuntime runtime_;
  TensorMap map_ = {};
};

TEST_F(TensorMaps, AreWhatTheShapeSays) {
  ASSERT_TRUE(succeeds(encode(shape())));
  ASSERT_EQ(runtime_.encoded.size(), 1u);
  const test::FakeRuntime::Encoded& e = runtime_.encoded[0];
  EXPECT_EQ(e.type, CU_TENSOR_MAP_DATA_TYPE_UINT16);
  EXPECT_EQ(e.base, shape().base);
  EXPECT_EQ(e.sizes, (std::vector<cuuint64_t>{100, 50, 3}));
  EXPECT_EQ(e.strides, (std::vector<cuuint64_t>{208, 4096}));
  EXPECT_EQ(e.box, (std::vector<cuuint32_t>{64, 32, 1}));
  EXPECT_EQ(e.steps, (std::vector<cuuint32_t>{1, 1, 1}));
  EXPECT_EQ(e.interleave, CU_TENSOR_MAP_INTERLEAVE_NONE);
  EXPECT_EQ(e.swizzle, CU_TENSOR_MAP_SWIZZLE_128B);
  EXPECT_EQ(e.fill, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);  // zeros
  ASSERT_TRUE(succeeds(encode(shape())));
  EXPECT_EQ(map_.opaque[0], 1u);
}

TEST_F(TensorMaps, EveryTypeAndSwizzle) {
  const std::pair<int, CUtensorMapDataType> types[] = {{1, CU_TENSOR_MAP_DATA_TYPE_UINT8},
                                                       {2, CU_TENSOR_MAP_DATA_TYPE_UINT16},
                                                       {4, CU_TENSOR_MAP_DATA_TYPE_UINT32}};
  const std::pair<TensorSwizzle, CUtensorMapSwizzle> swizzles[] = {
      {TensorSwizzle::none, CU_TENSOR_MAP_SWIZZLE_NONE},
      {TensorSwizzle::b32, CU_TENSOR_MAP_SWIZZLE_32B},
      {TensorSwizzle::b64, CU_TENSOR_MAP_SWIZZLE_64B},
      {TensorSwizzle::b128, CU_TENSOR_MAP_SWIZZLE_128B}};
  TensorMapShape t = shape();
  for (const auto& [bytes, type] : types)
    for (const auto& [swizzle, encoded] : swizzles) {
      t.elem_bytes = bytes, t.swizzle = swizzle;
      ASSERT_TRUE(succeeds(encode(t)));
      EXPECT_EQ(runtime_.encoded.back().type, type);
      EXPECT_EQ(runtime_.encoded.back().swizzle, encoded);
    }
  t.rank = 1;
  ASSERT_TRUE(succeeds(encode(t)));
  EXPECT_EQ(runtime_.encoded.back().sizes.size(), 1u);
}

TEST_F(TensorMaps, TheEntryPointIsAskedForByVersion) {
  const Result<TensorMapEncoder> encoder = find_tensor_map_encoder();
  ASSERT_TRUE(succeeds(encoder.status()));
  EXPECT_NE(encoder->function, nullptr);
  EXPECT_EQ(runtime_.entry_points, std::vector<std::string>{"cuTensorMapEncodeTiled 12000 0"});
}

// Once in a process: whichever test comes first.
TEST_F(TensorMaps, TheEntryPointIsAskedForOnce) {
  ASSERT_TRUE(succeeds(encode(shape())));
  runtime_.entry_points.clear();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(succeeds(encode(shape())));
  EXPECT_TRUE(runtime_.entry_points.empty());
}

// Some runtimes answer with an error, some with success and no function.
TEST_F(TensorMaps, ADriverWithoutThemIsNamed) {
  runtime_.failing = {{"cudaGetDriverEntryPointByVersion", cudaErrorInsufficientDriver}};
  runtime_.has_encoder = false;
  EXPECT_TRUE(
      fails(find_tensor_map_encoder().status(), StatusCode::unavailable, {"no CUDA driver"}));
  EXPECT_EQ(runtime_.errors_cleared, 1);
  runtime_.failing = {{"cudaGetDriverEntryPointByVersion", cudaErrorInvalidValue}};
  EXPECT_TRUE(fails(find_tensor_map_encoder().status(), StatusCode::device_error,
                    {"cuTensorMapEncodeTiled", "the runtime's words"}));
  runtime_.failing.clear();
  EXPECT_TRUE(fails(find_tensor_map_encoder().status(), StatusCode::unavailable,
                    {"cuTensorMapEncodeTiled", "12.0"}));
  runtime_.has_encoder = true;
  for (const auto query :
       {cudaDriverEntryPointSymbolNotFound, cudaDriverEntryPointVersionNotSufficent}) {
    runtime_.encoder_query = query;
    EXPECT_TRUE(fails(find_tensor_map_encoder().status(), StatusCode::unavailable,
                      {"cuTensorMapEncodeTiled"}));
  }
}

TEST_F(TensorMaps, ARefusedMapIsNamed) {
  runtime_.encode_result = CUDA_ERROR_INVALID_VALUE;
  EXPECT_TRUE(
      fails(encode(shape()), StatusCode::device_error,
            {"cuTensorMapEncodeTiled", "error 1", "100 x 50 x 3", "208 4096", "64 x 32 x 1"}));
}

}  // namespace
}  // namespace heddle::cuda
