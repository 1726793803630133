#include "test/simt/models/descriptor.hpp"

#include <bit>

namespace heddle::simt::models {
namespace {

constexpr std::uint32_t kChunk = 16;

struct Fields {
  std::uint32_t start, leading, stride;
  int base_offset;
  std::uint32_t width;  // of the swizzle: 16 (none), 32, 64 or 128 bytes
};

Fields fields(std::uint64_t bits) {
  static constexpr std::uint32_t widths[4] = {16, 128, 64, 32};
  const auto length = [bits](int low) {
    return static_cast<std::uint32_t>(bits >> low & 0x3FFF) * 16;
  };
  return {length(0), length(16), length(32), static_cast<int>(bits >> 49 & 7), widths[bits >> 62]};
}

// Of 128, 64 and 32 bytes: bits 6:4, 5:4 and 4 of the address ^= as many bits from 7 up.
std::uint32_t swizzled(std::uint32_t address, std::uint32_t width) {
  return address ^ (address >> 3 & (width - 1) & 0x70);
}

std::string text(std::uint32_t n) { return std::to_string(n); }

}  // namespace

std::string refusal(std::uint64_t descriptor, const SharedOperand& operand, bool sparse_b) {
  const Fields f = fields(descriptor);
  if (operand.transposed && operand.element_bytes != 2) {
    return "only operands of 16-bit elements may be transposed";
  }
  if (f.base_offset != 0) {
    return "base offset " + std::to_string(f.base_offset) +
           ": the model knows patterns that begin on a multiple of their size";
  }
  const std::uint32_t pattern = 8 * f.width;
  if (f.width > kChunk && f.start % pattern >= f.width) {
    return "start " + text(f.start) + " is " + text(f.start % pattern) + " bytes into a " +
           text(f.width) + "-byte swizzle pattern: with base offset 0 it is at most in the first " +
           text(f.width) + " of " + text(pattern);
  }
  if (!operand.transposed && f.width > kChunk) {
    const std::uint32_t last = f.start % f.width + static_cast<std::uint32_t>(operand.k_bytes);
    if (last > f.width) {
      return text(static_cast<std::uint32_t>(operand.k_bytes)) + " bytes of k from byte " +
             text(f.start % f.width) + " of a " + text(f.width) + "-byte row";
    }
  }
  if (!operand.transposed && sparse_b && f.width < 64) {
    return "64 bytes of k need a swizzle of 64 or 128 bytes: what hardware reads otherwise is not "
           "known";
  }
  if (operand.transposed && f.width > kChunk && f.start % f.width != 0) {
    return "start " + text(f.start) + " is within a " + text(f.width) + "-byte row";
  }
  return "";
}

void chunk_addresses(std::uint64_t descriptor, const SharedOperand& operand,
                     std::vector<std::uint32_t>& addresses) {
  const Fields f = fields(descriptor);
  const auto put = [&](std::uint32_t offset) {
    addresses.push_back(swizzled(f.start + offset, f.width));
  };
  addresses.clear();
  const auto rows = static_cast<std::uint32_t>(operand.rows);
  if (!operand.transposed) {
    const std::uint32_t chunks = static_cast<std::uint32_t>(operand.k_bytes) / kChunk;
    const std::uint32_t step = f.width == kChunk ? f.leading : kChunk;
    for (std::uint32_t row = 0; row < rows; ++row) {
      const std::uint32_t at = row % 8 * f.width + row / 8 * f.stride;
      for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) put(at + chunk * step);
    }
    return;
  }
  // Plain, the two strides change places.
  const bool plain = f.width == kChunk;
  const std::uint32_t next_k = plain ? f.leading : f.stride;
  const std::uint32_t next_rows = plain ? f.stride : f.leading;
  const auto ks = static_cast<std::uint32_t>(operand.k_bytes / operand.element_bytes);
  const std::uint32_t bytes = rows * static_cast<std::uint32_t>(operand.element_bytes);
  for (std::uint32_t k = 0; k < ks; ++k) {
    const std::uint32_t at = k % 8 * f.width + k / 8 * next_k;
    for (std::uint32_t byte = 0; byte < bytes; byte += kChunk) {
      put(at + byte / f.width * next_rows + byte % f.width);
    }
  }
}

std::vector<SharedRange> shared_ranges(const std::vector<std::uint32_t>& chunks) {
  std::vector<std::uint64_t> seen;  // a bit per chunk of memory
  for (const std::uint32_t at : chunks) {
    const std::size_t i = at / kChunk;
    if (seen.size() <= i / 64) seen.resize(i / 64 + 1);
    seen[i / 64] |= std::uint64_t{1} << i % 64;
  }
  std::vector<SharedRange> ranges;
  for (std::size_t word = 0; word < seen.size(); ++word) {
    for (std::uint64_t bits = seen[word]; bits; bits &= bits - 1) {
      const auto at = static_cast<std::uint32_t>(
          (word * 64 + static_cast<std::size_t>(std::countr_zero(bits))) * kChunk);
      if (ranges.empty() || at > ranges.back().end) {
        ranges.push_back({at, at + kChunk});
      } else {
        ranges.back().end = at + kChunk;
      }
    }
  }
  return ranges;
}

}  // namespace heddle::simt::models
