#include <array>
#include <cstring>

#include "host/cpu/device_block.hpp"
#include "host/cpu/first_place.hpp"
#include "host/cpu/group_codec.hpp"
#include "host/cpu/operations.hpp"
#include "host/cpu/packed_rows.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"
#include "kernels/layout/one_of_four.hpp"

namespace heddle::cpu {
namespace {

using Fault = VerifyReport::Fault;

bool all_zero(const std::byte* bytes, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    if (bytes[i] != std::byte{0}) return false;
  return true;
}

// ---- canonical ----------------------------------------------------------------------------------

// Bytes whose two nibbles are both legal for 2:4.
constexpr auto kLegalPairs = [] {
  std::array<bool, 256> table{};
  for (unsigned b = 0; b < 256; ++b)
    table[b] = layout::is_legal_nibble(b & 15u) && layout::is_legal_nibble(b >> 4);
  return table;
}();

bool quick_2of4(const std::byte* metadata, std::int64_t groups) {
  bool good = true;
  for (std::int64_t i = 0; i < groups / 2; ++i)
    good &= kLegalPairs[static_cast<unsigned>(metadata[i])];
  return good && (groups % 2 == 0 ||
                  layout::is_legal_nibble(static_cast<unsigned>(metadata[groups / 2]) & 15u));
}

class CanonicalCheck {
 public:
  CanonicalCheck(const ConstPackedView& packed, FirstPlace& first)
      : packed_(packed),
        first_(first),
        size_(static_cast<std::int64_t>(size_of(packed.desc.type))) {}

  void unit(const Unit& u, Arena& arena) {
    const Pattern pattern = packed_.desc.pattern;
    const ConstPackedRows rows = load_rows(packed_, u, arena);
    auto* positions = arena.take<std::uint8_t>(u.groups * pattern.keep);
    const bool last = u.col + u.cols == packed_.desc.cols;
    const std::int64_t whole = u.cols / pattern.group;  // groups without a column past the end
    for (std::int64_t r = 0; r < u.rows; ++r) {
      const std::byte* metadata = rows.metadata_row(r);
      const bool quick = pattern == Pattern{2, 4} && quick_2of4(metadata, u.groups);
      if (!quick || whole < u.groups) {
        group_ops().read_positions(metadata, u.groups * pattern.keep, position_bits(pattern.group),
                                   positions);
        groups(u, r, quick ? whole : 0, positions, rows.values_row(r));
      }
      const std::int64_t bits = u.groups * pattern.keep * position_bits(pattern.group);
      if (last && bits % 8 != 0 && static_cast<unsigned>(metadata[bits / 8]) >> bits % 8 != 0)
        first_.report(u.row + r, u.group + u.groups, static_cast<int>(Fault::padding));
    }
  }

 private:
  // Groups from `begin` on of one row.
  void groups(const Unit& u, std::int64_t r, std::int64_t begin, const std::uint8_t* positions,
              const std::byte* values) {
    const Pattern pattern = packed_.desc.pattern;
    for (std::int64_t g = begin; g < u.groups; ++g) {
      int before = -1;
      for (int e = 0; e < pattern.keep; ++e) {
        const std::int64_t entry = g * pattern.keep + e;
        const int position = positions[entry];
        if (position <= before || position >= pattern.group)
          return first_.report(u.row + r, u.group + g, static_cast<int>(Fault::position));
        if (g * pattern.group + position >= u.cols && !all_zero(values + entry * size_, size_))
          return first_.report(u.row + r, u.group + g, static_cast<int>(Fault::value));
        before = position;
      }
    }
  }

  const ConstPackedView& packed_;
  FirstPlace& first_;
  std::int64_t size_;
};

// ---- device order -------------------------------------------------------------------------------

class DeviceCheck {
 public:
  DeviceCheck(const ConstPackedView& packed, FirstPlace& first)
      : desc_(packed.desc),
        first_(first),
        payload_(static_cast<const std::byte*>(packed.data) + kHeaderBytes),
        geo_(device_geometry(packed.desc)),
        codec_(packed.desc.pattern, packed.desc.type) {}

  std::int64_t row_blocks() const { return geo_.col_blocks() == 0 ? 0 : geo_.row_blocks(); }

  void row_block(std::int64_t rb) {
    HardwareRows rows;
    for (std::int64_t cb = 0; cb < geo_.col_blocks(); ++cb) {
      codec_.read(payload_ + (rb * geo_.col_blocks() + cb) * geo_.block_bytes(), rows);
      for (int r = 0; r < layout::kBlockRows; ++r)
        row(rb * layout::kBlockRows + r, cb * layout::kBlockCols, rows.entries[r], rows.pieces[r]);
    }
  }

 private:
  bool f32() const { return geo_.elem_bytes == 4; }

  bool legal(unsigned nibble) const {
    if (f32()) return layout::is_half_pair_nibble(nibble);
    if (!layout::is_legal_nibble(nibble)) return false;
    if (desc_.pattern == Pattern{1, 2})
      return layout::nibble_first(nibble) < 2 && layout::nibble_second(nibble) >= 2;
    return desc_.pattern != Pattern{1, 4} || layout::is_one_of_four_nibble(nibble);
  }

  void row(std::int64_t row, std::int64_t col, const std::byte* entries,
           const std::uint16_t* pieces) {
    const int chunks = geo_.block_chunks();
    const int chunk_cols = layout::kBlockCols / chunks;
    const int chunk_bytes = layout::kBlockCompressedCols / chunks * geo_.elem_bytes;
    for (int c = 0; c < chunks; ++c) {
      const unsigned nibble = pieces[c / 4] >> 4 * (c % 4) & 15u;
      const std::int64_t first_col = col + c * chunk_cols;
      if (const int fault = chunk(row, first_col, nibble, entries + c * chunk_bytes); fault >= 0)
        return first_.report(row, first_col / desc_.pattern.group, fault);
    }
  }

  // The fault of one chunk, or -1.
  int chunk(std::int64_t row, std::int64_t col, unsigned nibble, const std::byte* entries) const {
    const auto is = [](Fault fault) { return static_cast<int>(fault); };
    const int size = geo_.elem_bytes;
    const bool outside = row >= desc_.rows || col >= desc_.cols;
    if (!legal(nibble)) return is(Fault::position);
    if (outside) {
      const unsigned pad = desc_.pattern == Pattern{1, 2} && !f32() ? layout::make_nibble(0, 2)
                                                                    : layout::make_nibble(0, 1);
      const bool good = nibble == pad && all_zero(entries, f32() ? size : 2 * size);
      return good ? -1 : is(Fault::padding);
    }
    const auto past_end = [&](int position, int entry) {
      return col + position >= desc_.cols && !all_zero(entries + entry * size, size);
    };
    if (f32()) return past_end(layout::half_pair_position(nibble), 0) ? is(Fault::value) : -1;
    if (past_end(layout::nibble_first(nibble), 0) || past_end(layout::nibble_second(nibble), 1))
      return is(Fault::value);
    if (desc_.pattern == Pattern{1, 2} && col + 2 >= desc_.cols &&
        layout::nibble_second(nibble) != 2)
      return is(Fault::padding);  // the second group of the chunk is padding
    if (desc_.pattern == Pattern{1, 4}) {
      const int filler = 1 - layout::one_of_four_slot(layout::one_of_four_position(nibble));
      if (!all_zero(entries + filler * size, size)) return is(Fault::filler);
    }
    return -1;
  }

  const PackedDesc& desc_;
  FirstPlace& first_;
  const std::byte* payload_;
  layout::DeviceGeometry geo_;
  DeviceBlock codec_;
};

Status contents(const Exec& exec, const ConstPackedView& packed, FirstPlace& first) {
  if (packed.desc.order == PackedOrder::device) {
    DeviceCheck check(packed, first);
    return parallel_for(exec, check.row_blocks(), 0,
                        [&](std::int64_t rb, Arena&) { check.row_block(rb); });
  }
  CanonicalCheck check(packed, first);
  const Units units = units_of(packed.desc);
  return parallel_for(exec, units.count(), kUnitCols + 64,
                      [&](std::int64_t index, Arena& arena) { check.unit(units[index], arena); });
}

}  // namespace

Status verify(const Exec& exec, const ConstPackedView& packed, VerifyReport& report) {
  report = {};
  if (!check_header(packed).ok()) {
    report.fault = Fault::header;
    return {};
  }
  if (packed.desc.order == PackedOrder::canonical) {
    const CanonicalLayout parts = canonical_parts(packed.desc);
    const std::size_t end = parts.values_offset + parts.values_bytes;
    if (!all_zero(static_cast<const std::byte*>(packed.data) + end,
                  static_cast<std::int64_t>(parts.metadata_offset - end))) {
      report.fault = Fault::gap;
      return {};
    }
  }
  FirstPlace first;
  HEDDLE_TRY(contents(exec, packed, first));
  if (first.found()) report = {static_cast<Fault>(first.what()), first.row(), first.group()};
  return {};
}

}  // namespace heddle::cpu
