// DLPack through the C ABI.

#include "heddle/dlpack.hpp"

#include "test/host/c/c_case.hpp"
#include "test/oracle/dlpack.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

void count(void* context) { ++*static_cast<int*>(context); }

TEST(CDlpack, SourcesCarryTheFlag) {
  float memory[15] = {};
  DlCase t(memory, 2, 32, {3, 5});
  heddle_dlpack_source source{};
  ASSERT_TRUE(c_succeeds(heddle_dlpack_open(&t.tensor(), &source)));
  EXPECT_EQ(source.tensor, &t.tensor());
  EXPECT_EQ(source.read_only, 0);
  EXPECT_EQ(source.bytes_as, HEDDLE_DLPACK_OWN_TYPE);
  t.managed.flags = 1;
  ASSERT_TRUE(c_succeeds(heddle_dlpack_open_versioned(t.versioned(), &source)));
  EXPECT_EQ(source.tensor, &t.tensor());
  EXPECT_EQ(source.read_only, 1);
  const heddle_exec exec = c_cpu();
  heddle_matrix matrix{};
  EXPECT_TRUE(c_succeeds(heddle_matrix_from_dlpack(&exec, &source, 0, &matrix)));
  EXPECT_TRUE(c_fails(heddle_matrix_from_dlpack(&exec, &source, 1, &matrix),
                      HEDDLE_INVALID_ARGUMENT, {"source.read_only"}));
  t.managed.major = 2;
  EXPECT_TRUE(c_fails(heddle_dlpack_open_versioned(t.versioned(), &source), HEDDLE_UNSUPPORTED,
                      {"managed.version = 2"}));
  DlManaged legacy;
  legacy.dl_tensor = t.tensor();
  ASSERT_TRUE(
      c_succeeds(heddle_dlpack_open_managed(reinterpret_cast<DLManagedTensor*>(&legacy), &source)));
  EXPECT_EQ(source.tensor, &legacy.dl_tensor);
  EXPECT_EQ(source.read_only, 0);
  expect_nulls_refused(heddle_dlpack_open, {"tensor", "source"}, &t.tensor(), &source);
  expect_nulls_refused(heddle_dlpack_open_managed, {"managed", "source"},
                       reinterpret_cast<DLManagedTensor*>(&legacy), &source);
  expect_nulls_refused(heddle_dlpack_open_versioned, {"managed", "source"}, t.versioned(), &source);
}

TEST(CDlpack, ViewsAreTheCppOnes) {
  std::uint8_t memory[400] = {};
  const heddle_exec exec = c_cpu();
  DlCase t(memory, 1, 8, {3, 5}, {1, 4}), wide(memory, 4, 16, {2, 3, 4}, {1, 2, 9});
  DlCase line(memory, 2, 32, {6});
  t.tensor().byte_offset = 7;
  heddle_dlpack_source source{&t.tensor(), 0, HEDDLE_F8E4M3};
  for (const std::int32_t writable : {0, 1}) {
    heddle_matrix matrix{};
    ASSERT_TRUE(c_succeeds(heddle_matrix_from_dlpack(&exec, &source, writable, &matrix)));
    EXPECT_EQ(matrix.data, memory + 7);
    EXPECT_EQ(matrix.rows, 3);
    EXPECT_EQ(matrix.cols, 5);
    EXPECT_EQ(matrix.ld, 4);
    EXPECT_EQ(matrix.order, HEDDLE_COL);
    EXPECT_EQ(matrix.type, HEDDLE_F8E4M3);
    heddle_mask mask{};
    ASSERT_TRUE(c_succeeds(heddle_mask_from_dlpack(&exec, &source, writable, &mask)));
    EXPECT_EQ(mask.data, memory + 7);
    EXPECT_EQ(mask.order, HEDDLE_COL);
    EXPECT_EQ(mask.reserved, 0);
    heddle_tensor_mask tensor_mask{};
    ASSERT_TRUE(c_succeeds(heddle_tensor_mask_from_dlpack(&exec, &source, writable, &tensor_mask)));
    EXPECT_EQ(tensor_mask.rank, 2);
    EXPECT_EQ(tensor_mask.stride[1], 4);
    heddle_dlpack_source three{&wide.tensor(), 0, HEDDLE_DLPACK_OWN_TYPE};
    heddle_tensor tensor{};
    ASSERT_TRUE(c_succeeds(heddle_tensor_from_dlpack(&exec, &three, writable, &tensor)));
    EXPECT_EQ(tensor.type, HEDDLE_BF16);
    EXPECT_EQ(tensor.stride[2], 9);
  }
  heddle_dlpack_source one{&line.tensor(), 1, HEDDLE_DLPACK_OWN_TYPE};
  heddle_vector vector{};
  ASSERT_TRUE(c_succeeds(heddle_vector_from_dlpack(&exec, &one, &vector)));
  EXPECT_EQ(vector.data, memory);
  EXPECT_EQ(vector.length, 6);
}

TEST(CDlpack, BadSources) {
  float memory[15] = {};
  DlCase t(memory, 2, 32, {3, 5});
  const heddle_exec exec = c_cpu();
  heddle_dlpack_source source{&t.tensor(), 0, HEDDLE_DLPACK_OWN_TYPE};
  heddle_matrix matrix{};
  heddle_mask mask{};
  heddle_tensor tensor{};
  heddle_tensor_mask tensor_mask{};
  heddle_vector vector{};
  expect_nulls_refused(heddle_matrix_from_dlpack, {"exec", "source", "", "matrix"}, &exec, &source,
                       0, &matrix);
  expect_nulls_refused(heddle_mask_from_dlpack, {"exec", "source", "", "mask"}, &exec, &source, 0,
                       &mask);
  expect_nulls_refused(heddle_tensor_from_dlpack, {"exec", "source", "", "tensor"}, &exec, &source,
                       0, &tensor);
  expect_nulls_refused(heddle_tensor_mask_from_dlpack, {"exec", "source", "", "mask"}, &exec,
                       &source, 0, &tensor_mask);
  expect_nulls_refused(heddle_vector_from_dlpack, {"exec", "source", "vector"}, &exec, &source,
                       &vector);
  const auto call = [&](std::int32_t writable) {
    return heddle_matrix_from_dlpack(&exec, &source, writable, &matrix);
  };
  EXPECT_TRUE(c_fails(call(2), HEDDLE_INVALID_ARGUMENT, {"writable = 2"}));
  source.read_only = -1;
  EXPECT_TRUE(c_fails(call(0), HEDDLE_INVALID_ARGUMENT, {"source.read_only = -1"}));
  source.read_only = 0;
  for (const std::int32_t bad : {-2, 7, 256}) {
    source.bytes_as = bad;
    EXPECT_TRUE(c_fails(call(0), HEDDLE_INVALID_ARGUMENT, {"source.bytes_as = "}));
  }
  source = {nullptr, 0, HEDDLE_DLPACK_OWN_TYPE};
  EXPECT_TRUE(c_fails(call(0), HEDDLE_INVALID_ARGUMENT, {"source.tensor = null"}));
  EXPECT_EQ(matrix.data, nullptr);
}

TEST(CDlpack, Exports) {
  Matrix m(DataType::bf16, 3, 5, {Order::col, 2, 0});
  Mask mask(3, 5);
  Tensor t(DataType::f16, 3, {2, 3, 4});
  const heddle_exec exec = c_cpu();
  const heddle_matrix matrix = c_view(m);
  const heddle_mask kept = c_view(mask);
  const heddle_tensor tensor = c_view(t);
  heddle_tensor_mask tensor_mask = c_mask(t);
  int released = 0;
  const heddle_dlpack_owner owner{&released, count};
  DLManagedTensorVersioned* managed = nullptr;
  const auto exported = [&](heddle_status status, std::uint64_t flags, int code, int bits,
                            const void* data, std::int64_t last_stride) {
    ASSERT_TRUE(c_succeeds(status));
    EXPECT_EQ(read(managed).flags, flags);
    const DlTensor& got = read(managed).dl_tensor;
    EXPECT_EQ(got.code, code);
    EXPECT_EQ(got.bits, bits);
    EXPECT_EQ(got.data, data);
    EXPECT_EQ(got.strides[got.ndim - 1], last_stride);
    heddle_dlpack_release_versioned(managed);
    managed = nullptr;
  };
  for (const std::int32_t read_only : {0, 1}) {
    const auto flags = static_cast<std::uint64_t>(read_only);
    exported(heddle_matrix_to_dlpack(&exec, &matrix, read_only, &owner, &managed), flags, 4, 16,
             matrix.data, 5);
    exported(heddle_mask_to_dlpack(&exec, &kept, read_only, &owner, &managed), flags, 6, 8,
             kept.data, 1);
    exported(heddle_tensor_to_dlpack(&exec, &tensor, read_only, &owner, &managed), flags, 2, 16,
             tensor.data, 1);
    exported(heddle_tensor_mask_to_dlpack(&exec, &tensor_mask, read_only, &owner, &managed), flags,
             6, 8, tensor.data, 1);
  }
  EXPECT_EQ(released, 8);
  DLManagedTensor* legacy = nullptr;
  ASSERT_TRUE(c_succeeds(heddle_tensor_to_dlpack_managed(&exec, &tensor, &owner, &legacy)));
  EXPECT_EQ(read(legacy).dl_tensor.shape[2], 4);
  heddle_dlpack_release_managed(legacy);
  ASSERT_TRUE(
      c_succeeds(heddle_tensor_mask_to_dlpack_managed(&exec, &tensor_mask, nullptr, &legacy)));
  EXPECT_EQ(read(legacy).dl_tensor.code, 6);
  heddle_dlpack_release_managed(legacy);
  EXPECT_EQ(released, 9);
  heddle_dlpack_release_managed(nullptr);
  heddle_dlpack_release_versioned(nullptr);

  expect_nulls_refused(heddle_matrix_to_dlpack, {"exec", "matrix", "", "", "managed"}, &exec,
                       &matrix, 0, &owner, &managed);
  expect_nulls_refused(heddle_mask_to_dlpack, {"exec", "mask", "", "", "managed"}, &exec, &kept, 0,
                       &owner, &managed);
  expect_nulls_refused(heddle_tensor_to_dlpack, {"exec", "tensor", "", "", "managed"}, &exec,
                       &tensor, 0, &owner, &managed);
  expect_nulls_refused(heddle_tensor_mask_to_dlpack, {"exec", "mask", "", "", "managed"}, &exec,
                       &tensor_mask, 0, &owner, &managed);
  legacy = nullptr;
  expect_nulls_refused(heddle_tensor_to_dlpack_managed, {"exec", "tensor", "", "managed"}, &exec,
                       &tensor, &owner, &legacy);
  expect_nulls_refused(heddle_tensor_mask_to_dlpack_managed, {"exec", "mask", "", "managed"}, &exec,
                       &tensor_mask, &owner, &legacy);
  EXPECT_TRUE(c_fails(heddle_matrix_to_dlpack(&exec, &matrix, 2, &owner, &managed),
                      HEDDLE_INVALID_ARGUMENT, {"read_only = 2"}));
  tensor_mask.data = nullptr;
  EXPECT_TRUE(c_fails(heddle_tensor_mask_to_dlpack(&exec, &tensor_mask, 0, &owner, &managed),
                      HEDDLE_INVALID_ARGUMENT, {"mask.data = null"}));
  EXPECT_EQ(managed, nullptr);
  EXPECT_EQ(legacy, nullptr);
  EXPECT_EQ(released, 9);
}

}  // namespace
}  // namespace heddle::oracle
