#pragma once
// What the made-up vendor libraries share; each is a shared library of its own.

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace heddle::bench::test {

inline std::string& log_of_calls() {
  static std::string text;
  return text;
}
inline const char* log_text() { return log_of_calls().c_str(); }

// Notes a call; false if it shall fail.
inline bool called(const char* name) {
  log_of_calls() += std::string(name) + "\n";
  const char* failing = std::getenv("HEDDLE_FAKE_FAIL");
  return failing == nullptr || std::strcmp(failing, name) != 0;
}

inline void dawdle() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

inline float from_bf16(std::uint16_t bits) {
  const std::uint32_t word = std::uint32_t{bits} << 16;
  float value = 0;
  std::memcpy(&value, &word, 4);
  return value;
}
inline std::uint16_t to_bf16(float value) {
  std::uint32_t word = 0;
  std::memcpy(&word, &value, 4);
  return static_cast<std::uint16_t>((word + 0x7fff + (word >> 16 & 1)) >> 16);
}

// cudaDataType: 0 f32, 14 bf16, 3 i8, 10 i32.
inline double load(const void* data, std::int64_t at, int type) {
  switch (type) {
    case 0: return static_cast<const float*>(data)[at];
    case 14: return from_bf16(static_cast<const std::uint16_t*>(data)[at]);
    case 3: return static_cast<const std::int8_t*>(data)[at];
    default: return std::nan("");
  }
}

// D [m, n] of order col = A [m, k] of order row * B [k, n] of order col. HEDDLE_FAKE_WRONG: one
// element is off.
inline void multiply(int in, int out, std::int64_t m, std::int64_t n, std::int64_t k, const void* a,
                     const void* b, void* d) {
  for (std::int64_t col = 0; col < n; ++col) {
    for (std::int64_t row = 0; row < m; ++row) {
      double sum = 0;
      for (std::int64_t i = 0; i < k; ++i)
        sum += load(a, row * k + i, in) * load(b, col * k + i, in);
      if (row == m - 1 && col == 0 && std::getenv("HEDDLE_FAKE_WRONG") != nullptr) sum += 1000;
      const std::int64_t at = col * m + row;
      if (out == 0) static_cast<float*>(d)[at] = static_cast<float>(sum);
      if (out == 14) static_cast<std::uint16_t*>(d)[at] = to_bf16(static_cast<float>(sum));
      if (out == 10) static_cast<std::int32_t*>(d)[at] = static_cast<std::int32_t>(sum);
    }
  }
}

}  // namespace heddle::bench::test
