#include "host/io/shard_digest.hpp"

#include <algorithm>
#include <cstring>

// The algorithm is specified in doc/xxhash_spec.md of the xxHash project, version 0.2.0.
namespace heddle::io {
namespace {

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87u;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4Fu;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9u;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63u;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5u;

constexpr std::uint64_t rotate(std::uint64_t x, int by) { return x << by | x >> (64 - by); }

template <class T>
T load(const unsigned char* data) {  // little-endian, as everything this library runs on
  T value;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

constexpr std::uint64_t round(std::uint64_t lane, std::uint64_t input) {
  return rotate(lane + input * kPrime2, 31) * kPrime1;
}

}  // namespace

void Digest::stripe(const unsigned char* data) noexcept {
  for (std::size_t i = 0; i < 4; ++i) {
    lanes_[i] = round(lanes_[i], load<std::uint64_t>(data + 8 * i));
  }
}

void Digest::add(const void* data, std::size_t bytes) noexcept {
  const auto* from = static_cast<const unsigned char*>(data);
  bytes_ += bytes;
  if (rest_bytes_ > 0) {
    const std::size_t part = std::min(bytes, kStripe - rest_bytes_);
    std::memcpy(rest_.data() + rest_bytes_, from, part);
    rest_bytes_ += part;
    from += part;
    bytes -= part;
    if (rest_bytes_ < kStripe) return;
    stripe(rest_.data());
    rest_bytes_ = 0;
  }
  for (; bytes >= kStripe; from += kStripe, bytes -= kStripe) stripe(from);
  if (bytes > 0) std::memcpy(rest_.data(), from, bytes);
  rest_bytes_ = bytes;
}

void Digest::add_number(std::uint64_t value) noexcept {
  std::array<unsigned char, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(value >> (8 * i));
  add(bytes.data(), bytes.size());
}

void Digest::add_text(std::string_view text) noexcept {
  add_number(text.size());
  add(text.data(), text.size());
}

std::uint64_t Digest::value() const noexcept {
  std::uint64_t hash = kPrime5;
  if (bytes_ >= kStripe) {
    hash =
        rotate(lanes_[0], 1) + rotate(lanes_[1], 7) + rotate(lanes_[2], 12) + rotate(lanes_[3], 18);
    for (const std::uint64_t lane : lanes_) {
      hash = (hash ^ round(0, lane)) * kPrime1 + kPrime4;
    }
  }
  hash += bytes_;
  const unsigned char* at = rest_.data();
  std::size_t left = rest_bytes_;
  for (; left >= 8; at += 8, left -= 8) {
    hash = rotate(hash ^ round(0, load<std::uint64_t>(at)), 27) * kPrime1 + kPrime4;
  }
  if (left >= 4) {
    hash = rotate(hash ^ load<std::uint32_t>(at) * kPrime1, 23) * kPrime2 + kPrime3;
    at += 4;
    left -= 4;
  }
  for (; left > 0; ++at, --left) hash = rotate(hash ^ *at * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

std::string Digest::text() const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text = "xxh64:";
  for (int shift = 60; shift >= 0; shift -= 4) text += kHex[value() >> shift & 15];
  return text;
}

}  // namespace heddle::io
