#include "heddle/types.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace heddle {
namespace {

constexpr DataType kAll[] = {DataType::f32,    DataType::f16, DataType::bf16, DataType::f8e4m3,
                             DataType::f8e5m2, DataType::i8,  DataType::i32};

TEST(DataTypes, NumbersAreTheFormats) {
  for (int i = 0; i < 7; ++i) EXPECT_EQ(static_cast<int>(kAll[i]), i);
}

TEST(DataTypes, Sizes) {
  const std::size_t want[] = {4, 2, 2, 1, 1, 1, 4};
  for (int i = 0; i < 7; ++i) EXPECT_EQ(size_of(kAll[i]), want[i]);
  EXPECT_EQ(size_of(static_cast<DataType>(7)), 0u);
  EXPECT_EQ(size_of(static_cast<DataType>(255)), 0u);
}

TEST(DataTypes, NamesAreDistinctAndParse) {
  std::set<std::string> names;
  for (DataType type : kAll) {
    names.insert(to_string(type));
    const Result<DataType> back = parse_data_type(to_string(type));
    ASSERT_TRUE(back.ok()) << back.status().to_string();
    EXPECT_EQ(*back, type);
  }
  EXPECT_EQ(names.size(), 7u);
  EXPECT_STREQ(to_string(static_cast<DataType>(99)), "invalid");
}

TEST(DataTypes, UnknownNameListsTheKnownOnes) {
  for (const char* name : {"", "f64", "F16", "f16 ", "invalid"}) {
    const Result<DataType> type = parse_data_type(name);
    ASSERT_FALSE(type.ok()) << name;
    EXPECT_EQ(type.status().code(), StatusCode::not_found);
    const std::string text = type.status().message();
    EXPECT_NE(text.find(std::string("\"") + name + "\""), std::string::npos) << text;
    for (DataType known : kAll) EXPECT_NE(text.find(to_string(known)), std::string::npos) << text;
  }
}

TEST(Orders, Names) {
  EXPECT_STREQ(to_string(Order::row), "row");
  EXPECT_STREQ(to_string(Order::col), "col");
  EXPECT_STREQ(to_string(static_cast<Order>(2)), "invalid");
}

TEST(Views, TightLeadingDimension) {
  EXPECT_EQ(packed_ld(3, 5, Order::row), 5);
  EXPECT_EQ(packed_ld(3, 5, Order::col), 3);
}

TEST(Views, TransposedSwapsShapeAndOrder) {
  int storage[6] = {};
  const MatrixView v = {storage, 2, 3, 7, DataType::i32, Order::row};
  const MatrixView t = transposed(v);
  EXPECT_EQ(t.data, storage);
  EXPECT_EQ(t.rows, 3);
  EXPECT_EQ(t.cols, 2);
  EXPECT_EQ(t.ld, 7);
  EXPECT_EQ(t.type, DataType::i32);
  EXPECT_EQ(t.order, Order::col);
  const ConstMatrixView back = transposed(ConstMatrixView(t));
  EXPECT_EQ(back.rows, 2);
  EXPECT_EQ(back.order, Order::row);
}

}  // namespace
}  // namespace heddle
