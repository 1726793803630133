#include "kernels/layout/matrix_descriptor.hpp"

#include <gtest/gtest.h>

namespace heddle::layout {
namespace {

// Each field by itself, against the table of the PTX ISA.
TEST(MatrixDescriptor, Bits) {
  using enum TensorSwizzle;
  EXPECT_EQ(encode_matrix_descriptor({0, 0, 0, none}), 0u);
  EXPECT_EQ(encode_matrix_descriptor({16, 0, 0, none}), 1u);
  EXPECT_EQ(encode_matrix_descriptor({0, 16, 0, none}), std::uint64_t{1} << 16);
  EXPECT_EQ(encode_matrix_descriptor({0, 0, 16, none}), std::uint64_t{1} << 32);
  EXPECT_EQ(encode_matrix_descriptor({0, 0, 0, none, 1}), std::uint64_t{1} << 49);
  EXPECT_EQ(encode_matrix_descriptor({0, 0, 0, b128}), std::uint64_t{1} << 62);
  EXPECT_EQ(encode_matrix_descriptor({0, 0, 0, b64}), std::uint64_t{2} << 62);
  EXPECT_EQ(encode_matrix_descriptor({0, 0, 0, b32}), std::uint64_t{3} << 62);
  EXPECT_EQ(encode_matrix_descriptor({1024, 16, 1024, b128}), 0x4000'0040'0001'0040u);
}

TEST(MatrixDescriptor, FieldsDoNotReachIntoEachOther) {
  constexpr std::uint32_t most = kMatrixLengths - 16;
  EXPECT_EQ(encode_matrix_descriptor({most, 0, 0, TensorSwizzle::none}), 0x3FFFu);
  EXPECT_EQ(encode_matrix_descriptor({0, most, 0, TensorSwizzle::none}), 0x3FFF0000u);
  EXPECT_EQ(encode_matrix_descriptor({0, 0, most, TensorSwizzle::none}),
            std::uint64_t{0x3FFF} << 32);
  EXPECT_EQ(encode_matrix_descriptor({kMatrixLengths, 0, 0, TensorSwizzle::none}), 0u);
  EXPECT_EQ(encode_matrix_descriptor({0, 0, 0, TensorSwizzle::none, 7}), std::uint64_t{7} << 49);
}

TEST(MatrixDescriptor, DecodesWhatItEncoded) {
  for (const auto swizzle :
       {TensorSwizzle::none, TensorSwizzle::b32, TensorSwizzle::b64, TensorSwizzle::b128}) {
    for (const std::uint32_t start : {0u, 16u, 4096u, kMatrixLengths - 16}) {
      const MatrixDescriptor d{start, 2064, 65536, swizzle, 5};
      const MatrixDescriptor back = decode_matrix_descriptor(encode_matrix_descriptor(d));
      EXPECT_EQ(back.start, d.start);
      EXPECT_EQ(back.leading, d.leading);
      EXPECT_EQ(back.stride, d.stride);
      EXPECT_EQ(back.swizzle, d.swizzle);
      EXPECT_EQ(back.base_offset, d.base_offset);
    }
  }
}

TEST(MatrixDescriptor, AdvancesByBytes) {
  const MatrixDescriptor d{2048, 16, 1024, TensorSwizzle::b128};
  MatrixDescriptor next = d;
  next.start += 64;
  EXPECT_EQ(advance_matrix_descriptor(encode_matrix_descriptor(d), 64),
            encode_matrix_descriptor(next));
}

static_assert(decode_matrix_descriptor(std::uint64_t{1} << 62).swizzle == TensorSwizzle::b128);

}  // namespace
}  // namespace heddle::layout
