#pragma once
// What the fuzz targets share: bytes taken from the front of the input, and promises.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace heddle::fuzz {

inline void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

// Zeros once the bytes run out.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint8_t byte() { return at_ < size_ ? data_[at_++] : 0; }
  unsigned word() {
    const unsigned low = byte();
    return low | unsigned{byte()} << 8;
  }
  // Below `count`.
  unsigned choice(unsigned count) { return byte() % count; }
  bool empty() const { return at_ >= size_; }
  // Up to `most` bytes, or up to a 0.
  std::string text(std::size_t most) {
    std::string out;
    while (out.size() < most && !empty()) {
      const char c = static_cast<char>(byte());
      if (c == 0) break;
      out += c;
    }
    return out;
  }
  // A number: small, of an edge, or anything.
  std::int64_t number() {
    static constexpr std::int64_t kEdges[] = {-1,
                                              INT64_MIN,
                                              INT64_MAX,
                                              INT64_MAX / 2,
                                              INT64_MAX / 4,
                                              std::int64_t{1} << 32,
                                              (std::int64_t{1} << 31) - 1,
                                              std::int64_t{1} << 31,
                                              std::int64_t{1} << 40,
                                              65,
                                              64,
                                              63};
    switch (choice(8)) {
      case 0: return kEdges[choice(sizeof kEdges / sizeof *kEdges)];
      case 1: return static_cast<std::int64_t>(word());
      case 2: {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) value = value << 8 | byte();
        return static_cast<std::int64_t>(value);
      }
      default: return choice(65);
    }
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

}  // namespace heddle::fuzz
