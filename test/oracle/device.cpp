#include "test/oracle/device.hpp"

#include <cstddef>
#include <utility>

#include "test/oracle/codes.hpp"
#include "test/oracle/packed.hpp"

namespace heddle::oracle {
namespace {

// One row as the instruction sees it: two entries per chunk (one for f32) and a nibble per chunk.
struct HardwareRow {
  std::vector<std::uint32_t> entries;
  std::vector<unsigned> nibbles;
};

// 1:4: the kept entry and a zero at the next position, cyclically, so that the pair alone says
// which entry is kept.
void add_one_of_four(int kept, std::uint32_t bits, HardwareRow& row) {
  static constexpr unsigned kNibble[4] = {0x4, 0x9, 0xE, 0xC};  // (0,1) (1,2) (2,3) (0,3)
  row.entries.push_back(kept == 3 ? 0u : bits);
  row.entries.push_back(kept == 3 ? bits : 0u);
  row.nibbles.push_back(kNibble[kept]);
}

// groups: how many the padded row has.
HardwareRow hardware_row(const StoredRow& stored, Pattern pattern, bool f32, std::int64_t groups) {
  HardwareRow row;
  const auto at = [&](std::int64_t i) {  // padding repeats what an empty group stores
    const auto n = static_cast<std::size_t>(i);
    return n < stored.position.size()
               ? std::pair(stored.position[n], stored.bits[n])
               : std::pair(static_cast<int>(i % pattern.keep), std::uint32_t{0});
  };
  if (f32) {  // 1:2: a nibble says which pair of 16-bit halves is kept
    for (std::int64_t g = 0; g < groups; ++g) {
      row.entries.push_back(at(g).second);
      row.nibbles.push_back(at(g).first == 0 ? 0x4u : 0xEu);
    }
  } else if (pattern == Pattern{2, 4}) {
    for (std::int64_t g = 0; g < groups; ++g) {
      row.entries.push_back(at(2 * g).second);
      row.entries.push_back(at(2 * g + 1).second);
      row.nibbles.push_back(static_cast<unsigned>(at(2 * g).first + 4 * at(2 * g + 1).first));
    }
  } else if (pattern == Pattern{1, 2}) {  // two groups to a chunk
    for (std::int64_t g = 0; g < groups; g += 2) {
      row.entries.push_back(at(g).second);
      row.entries.push_back(at(g + 1).second);
      row.nibbles.push_back(static_cast<unsigned>(at(g).first + 4 * (2 + at(g + 1).first)));
    }
  } else {
    for (std::int64_t g = 0; g < groups; ++g) add_one_of_four(at(g).first, at(g).second, row);
  }
  return row;
}

class Payload {
 public:
  Payload(const Matrix& m, const Mask& mask, Pattern pattern)
      : bits_(bits_of(m.type())),
        row_blocks_((m.rows() + 63) / 64),
        col_blocks_((m.cols() + 63) / 64) {
    const std::int64_t groups = col_blocks_ * 64 / pattern.group;
    for (std::int64_t r = 0; r < row_blocks_ * 64; ++r)
      rows_.push_back(hardware_row(r < m.rows() ? stored_row(m, mask, pattern, r) : StoredRow{},
                                   pattern, m.type() == DataType::f32, groups));
  }

  std::vector<unsigned char> bytes() {
    for (std::int64_t rb = 0; rb < row_blocks_; ++rb)
      for (std::int64_t cb = 0; cb < col_blocks_; ++cb) {
        const int steps = bits_ / 8;  // k64, k32 or k16 instructions in 64 columns
        for (int step = 0; step < steps; ++step)
          for (int tile = 0; tile < 4; ++tile) put_values(rb * 64 + tile * 16, cb, step);
        for (int tile = 0; tile < 4; ++tile) put_metadata(rb * 64 + tile * 16, cb);
      }
    return out_;
  }

 private:
  // Lane (g, q), register r, element i: row g + 8 (r & 1), column 4e (r >> 1) + e q + i.
  void put_values(std::int64_t row, std::int64_t block, int step) {
    const int e = 32 / bits_;
    const int step_entries = 8 * e;
    for (int lane = 0; lane < 32; ++lane)
      for (int r = 0; r < 4; ++r)
        for (int i = 0; i < e; ++i) {
          const std::int64_t column = 4 * e * (r / 2) + e * (lane % 4) + i;
          const HardwareRow& source = rows_[static_cast<std::size_t>(row + lane / 4 + r % 2 * 8)];
          const std::int64_t entry = block * 32 + step * step_entries + column;
          const std::uint32_t bits = source.entries[static_cast<std::size_t>(entry)];
          for (int b = 0; b < bits_; b += 8) out_.push_back(static_cast<unsigned char>(bits >> b));
        }
  }

  // 8-bit types: chunk c of row g + 8h from lane 4g + 2 (c / 8) + h, nibble c % 8.
  // Others: selector f, chunk c from lane 4g + 2f + c / 4, nibble c % 4 + 4h. A word serves two
  // steps, f = 0 and 1; f32 has four steps, hence two words per lane.
  void put_metadata(std::int64_t row, std::int64_t block) {
    const int words = bits_ == 32 ? 2 : 1;
    for (int lane = 0; lane < 32; ++lane)
      for (int w = 0; w < words; ++w) {
        std::uint32_t word = 0;
        for (int n = 0; n < 8; ++n) {
          const int g = lane / 4, q = lane % 4;
          const int h = bits_ == 8 ? q % 2 : n / 4;
          const int chunk = bits_ == 8 ? q / 2 * 8 + n : (2 * w + q / 2) * 8 + q % 2 * 4 + n % 4;
          const std::int64_t per_block = bits_ == 32 ? 32 : 16;
          const HardwareRow& source = rows_[static_cast<std::size_t>(row + g + 8 * h)];
          word |= source.nibbles[static_cast<std::size_t>(block * per_block + chunk)] << (4 * n);
        }
        for (int b = 0; b < 32; b += 8) out_.push_back(static_cast<unsigned char>(word >> b));
      }
  }

  int bits_;
  std::int64_t row_blocks_, col_blocks_;
  std::vector<HardwareRow> rows_;
  std::vector<unsigned char> out_;
};

}  // namespace

bool device_holds(Pattern pattern, DataType type) {
  if (type == DataType::f32) return pattern == Pattern{1, 2};
  return pattern == Pattern{2, 4} || pattern == Pattern{1, 2} || pattern == Pattern{1, 4};
}

std::vector<unsigned char> device_payload(const Matrix& m, const Mask& mask, Pattern pattern) {
  return Payload(m, mask, pattern).bytes();
}

}  // namespace heddle::oracle
