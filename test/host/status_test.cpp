#include "heddle/status.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace heddle {
namespace {

// The numbers will be the C ABI's return codes.
TEST(StatusCodes, NumbersAndNamesAreStable) {
  const char* names[] = {
      "ok",      "invalid_argument", "unsupported",   "not_found", "not_compliant",
      "corrupt", "unavailable",      "out_of_memory", "io_error",  "device_error"};
  for (int i = 0; i < 10; ++i) EXPECT_STREQ(to_string(static_cast<StatusCode>(i)), names[i]);
  EXPECT_STREQ(to_string(static_cast<StatusCode>(10)), "invalid");
}

TEST(Statuses, SuccessByDefault) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::ok);
  EXPECT_EQ(status.to_string(), "ok");
}

TEST(Statuses, FailureCarriesCodeAndSentence) {
  const Status status(StatusCode::corrupt, "header.magic: must be right");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::corrupt);
  EXPECT_EQ(status.to_string(), "corrupt: header.magic: must be right");
}

TEST(Results, HoldAValue) {
  Result<std::string> result(std::string("value"));
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result.status().ok());
  EXPECT_EQ(*result, "value");
  EXPECT_EQ(result->size(), 5u);
  result.value() += "s";
  EXPECT_EQ(std::move(result).value(), "values");
}

TEST(Results, HoldAFailure) {
  const Result<int> result(Status(StatusCode::not_found, "no"));
  EXPECT_FALSE(result);
  EXPECT_EQ(result.status().code(), StatusCode::not_found);
}

TEST(Results, TakeMoveOnlyValues) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(3));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 3);
}

}  // namespace
}  // namespace heddle
