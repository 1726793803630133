#include "test/oracle/packed.hpp"

#include <cstddef>

#include "test/oracle/codes.hpp"

namespace heddle::oracle {

int position_bits(Pattern pattern) {
  int bits = 0;
  while ((1 << bits) < pattern.group) ++bits;
  return bits;
}

StoredRow stored_row(const Matrix& m, const Mask& mask, Pattern pattern, std::int64_t row) {
  StoredRow out;
  for (std::int64_t begin = 0; begin < m.cols(); begin += pattern.group) {
    std::vector<bool> stored(static_cast<std::size_t>(pattern.group), false);
    std::vector<bool> kept = stored;
    int count = 0;
    for (int p = 0; p < pattern.group && begin + p < m.cols(); ++p)
      if (mask.kept(row, begin + p))
        stored[static_cast<std::size_t>(p)] = kept[static_cast<std::size_t>(p)] = true, ++count;
    for (int p = 0; p < pattern.group && count < pattern.keep; ++p)
      if (!stored[static_cast<std::size_t>(p)]) stored[static_cast<std::size_t>(p)] = true, ++count;
    for (int p = 0; p < pattern.group; ++p) {
      if (!stored[static_cast<std::size_t>(p)]) continue;
      out.position.push_back(p);
      out.bits.push_back(kept[static_cast<std::size_t>(p)] ? m.bits(row, begin + p) : 0u);
    }
  }
  return out;
}

Mask stored_mask(const Mask& mask, Pattern pattern) {
  const Matrix zeros(DataType::i8, mask.rows(), mask.cols());
  Mask out(mask.rows(), mask.cols());
  for (std::int64_t r = 0; r < mask.rows(); ++r) {
    const StoredRow row = stored_row(zeros, mask, pattern, r);
    for (std::size_t i = 0; i < row.position.size(); ++i) {
      const auto group = static_cast<std::int64_t>(i) / pattern.keep;
      const std::int64_t c = group * pattern.group + row.position[i];
      if (c < mask.cols()) out.set(r, c, true);
    }
  }
  return out;
}

std::vector<unsigned char> canonical_values(const Matrix& m, const Mask& mask, Pattern pattern) {
  std::vector<unsigned char> bytes;
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::uint32_t bits : stored_row(m, mask, pattern, r).bits)
      for (int b = 0; b < bits_of(m.type()); b += 8)
        bytes.push_back(static_cast<unsigned char>(bits >> b));
  return bytes;
}

std::vector<unsigned char> canonical_metadata(const Matrix& m, const Mask& mask, Pattern pattern) {
  const int width = position_bits(pattern);
  std::vector<unsigned char> bytes;
  for (std::int64_t r = 0; r < m.rows(); ++r) {
    std::vector<bool> stream;  // the row's bits, lowest first
    for (int position : stored_row(m, mask, pattern, r).position)
      for (int b = 0; b < width; ++b) stream.push_back((position >> b & 1) != 0);
    while (stream.size() % 8 != 0) stream.push_back(false);
    for (std::size_t i = 0; i < stream.size(); i += 8) {
      unsigned char byte = 0;
      for (std::size_t b = 0; b < 8; ++b)
        if (stream[i + b]) byte = static_cast<unsigned char>(byte | 1u << b);
      bytes.push_back(byte);
    }
  }
  return bytes;
}

}  // namespace heddle::oracle
