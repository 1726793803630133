// Finding a block's row without a division.
#include "kernels/pack/device_blob.hpp"

#include "test/oracle/random.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

TEST(BlockDivisor, IsDivision) {
  constexpr std::int64_t kMost = std::int64_t{1} << 61;  // blocks of a blob
  oracle::Random random(3);
  for (int trial = 0; trial < 40000; ++trial) {
    const std::int64_t divisor = 1 + (random.below(kMost) >> random.below(62));
    const std::int64_t number = random.below(kMost) >> random.below(62);
    const std::int64_t multiple = random.below(kMost / divisor + 1) * divisor;
    const BlockDivisor by = block_divisor(divisor);
    for (const std::int64_t n : {number, multiple, multiple > 0 ? multiple - 1 : 0, kMost})
      ASSERT_EQ(by.quotient(n), n / divisor) << n << " / " << divisor;
  }
}

}  // namespace
}  // namespace heddle
