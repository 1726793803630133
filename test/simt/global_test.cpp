// Global memory: bounds and alignment.
#include "test/simt/expect.hpp"

namespace heddle::simt {
namespace {

TEST(Bounds, ReadPastTheEnd) {
  expect_detected(planted::read_past_end, {Kind::out_of_bounds},
                  {1, 31, [](const Finding& f) {
                     return f.what == "read of 4 bytes at buffer 1, byte 512 of 512";
                   }});
}

TEST(Bounds, WriteBeforeTheBeginning) {
  expect_detected(planted::write_before_begin, {Kind::out_of_bounds},
                  {0, 0, [](const Finding& f) {
                     return f.what == "write of 4 bytes at buffer 1, byte -4 of 512";
                   }});
}

TEST(Bounds, NullPointerEndsTheBlockNotTheProgram) {
  expect_detected(planted::null_read, {Kind::out_of_bounds}, {0, 7});
}

TEST(Alignment, VectorThroughAWrapper) {
  expect_detected(planted::misaligned_vector, {Kind::misaligned}, {0, 9});
}

TEST(Alignment, PlainLoad) {
  expect_detected(planted::misaligned_plain, {Kind::misaligned}, {1, 18});
}

TEST(Place, IsALineOfTheKernel) {
  const Report bad = planted::read_past_end(planted::Twin::buggy, {});
  ASSERT_EQ(bad.findings.size(), 1u);
  EXPECT_NE(bad.text().find(" at global.cpp:"), std::string::npos) << bad.text();
}

TEST(Buffer, IsPoisonedAlignedAndShifted) {
  GlobalBuffer<unsigned char> plain(100), shifted(100, 3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(plain.data()) % 256, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(shifted.data()) % 256, 3u);
  for (const unsigned char byte : plain.span()) EXPECT_EQ(byte, 0xFF);
  EXPECT_GE(shifted.data() - (plain.data() + 100), static_cast<std::ptrdiff_t>(red_zone));
}

}  // namespace
}  // namespace heddle::simt
