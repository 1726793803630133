#pragma once
// How much a test does.

#include <cstdint>

namespace heddle::oracle {

#if defined(HEDDLE_TEST_SMALL)
inline constexpr bool kSmall = true;
#else
inline constexpr bool kSmall = false;
#endif

// Everything, or a constant fraction of it where a sanitizer makes the loop slow.
constexpr std::int64_t effort(std::int64_t full) { return kSmall ? (full + 15) / 16 : full; }

}  // namespace heddle::oracle
