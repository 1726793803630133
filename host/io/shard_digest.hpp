#pragma once
// A checksum that tells one input from another: XXH64 with seed 0, which others can compute too.
// It guards against mistakes, not against malice.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::io {

class Digest {
 public:
  void add(const void* data, std::size_t bytes) noexcept;
  /// A text and where it ends, so that no two lists of texts are the same bytes.
  void add_text(std::string_view text) noexcept;
  void add_number(std::uint64_t value) noexcept;
  std::uint64_t value() const noexcept;
  /// "xxh64:" and 16 hexadecimal digits.
  std::string text() const;

 private:
  static constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87u, kPrime2 = 0xC2B2AE3D27D4EB4Fu;
  static constexpr std::size_t kStripe = 32;

  void stripe(const unsigned char* data) noexcept;

  std::array<std::uint64_t, 4> lanes_ = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
  std::array<unsigned char, kStripe> rest_{};  // bytes that make no stripe yet
  std::size_t rest_bytes_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace heddle::io
