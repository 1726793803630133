// compressed-tensors' sparse-bitmask, from and to canonical rows. A row's values follow the ones of
// the row before, so a thread takes whole rows.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

#include "host/cpu/group_codec.hpp"
#include "host/cpu/interchange.hpp"
#include "host/packed_header.hpp"

namespace heddle::cpu {
namespace {

constexpr std::size_t kRowArena = (kUnitCols + 64) * 4 + 64;  // one row of a unit of anything

// Is a stored entry not zero? The sign of a float is no difference.
class NonZero {
 public:
  explicit NonZero(DataType type) : size_(size_of(type)) {
    if (type == DataType::i8)
      mask_ = 0xFF;
    else
      mask_ = 0x7FFFFFFFu >> (32 - 8 * size_);
  }
  bool operator()(const std::byte* entry) const {
    std::uint32_t bits = 0;
    std::memcpy(&bits, entry, size_);
    return (bits & mask_) != 0;
  }

 private:
  std::size_t size_;
  std::uint32_t mask_;
};

// Calls body(unit, arena, rows so far ...) for the units of each band of rows, left to right.
template <class Body>
Status for_bands(const Exec& exec, const PackedDesc& desc, std::size_t arena_bytes,
                 const Body& body) {
  const Units units = units_of(desc);
  const std::int64_t across = units.across();
  const std::int64_t bands = across == 0 ? 0 : units.count() / across;
  return parallel_for(exec, bands, arena_bytes, [&](std::int64_t band, Arena& arena) {
    std::int64_t at[kUnitRows] = {};  // values of each row that earlier units had
    for (std::int64_t i = 0; i < across; ++i) {
      arena.clear();
      body(units[band * across + i], at, arena);
    }
  });
}

std::int64_t row_stride(const PackedDesc& desc) { return (desc.cols + 7) / 8; }

// Bits [first, first + count) of a row of `bytes` bytes, count <= 32.
std::uint32_t bits_at(const std::uint8_t* row, std::int64_t bytes, std::int64_t first, int count) {
  std::uint64_t window = 0;
  const std::int64_t from = first / 8;
  std::memcpy(&window, row + from,
              static_cast<std::size_t>(std::min<std::int64_t>(8, bytes - from)));
  return static_cast<std::uint32_t>(window >> first % 8) &
         static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1);
}

std::int64_t count_bits(const std::uint8_t* row, std::int64_t bytes) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < bytes; ++i) count += std::popcount(row[i]);
  return count;
}

// Arrays that are being read into a blob.
class SparseReader {
 public:
  SparseReader(const ConstSparseBitmask& arrays, const PackedDesc& desc, FirstPlace& bad)
      : arrays_(arrays),
        desc_(desc),
        bad_(bad),
        size_(static_cast<std::int64_t>(size_of(desc.type))) {}

  // Whether the bits of a row are all columns, and as many as its offset and the next one say.
  bool check_row(std::int64_t row) const {
    const std::int64_t stride = row_stride(desc_);
    const std::uint8_t* const bits = row_bits(row);
    const int used = static_cast<int>(desc_.cols % 8);
    const std::int64_t begin = arrays_.row_offsets[row];
    const std::int64_t end = row + 1 < desc_.rows ? arrays_.row_offsets[row + 1] : arrays_.count;
    const bool first = row > 0 || begin == 0;
    const bool inside = begin >= 0 && begin <= end && end <= arrays_.count;
    if (!first || !inside || end - begin != count_bits(bits, stride)) {
      bad_.report(row, -1, static_cast<int>(BitmaskFault::offset));
      return false;
    }
    if (used != 0 && bits[stride - 1] >> used != 0) {
      bad_.report(row, -1, static_cast<int>(BitmaskFault::tail));
      return false;
    }
    return true;
  }

  // The row's columns of a unit: dense elements, and the entries to store of each group. `at`
  // counts the row's values. False if a group has too many bits.
  bool read_row(const Unit& u, std::int64_t row, std::int64_t& at, std::byte* dense,
                std::uint32_t* stored) const {
    const Pattern pattern = desc_.pattern;
    const auto* values =
        static_cast<const std::byte*>(arrays_.values) + (arrays_.row_offsets[row] + at) * size_;
    std::memset(dense, 0, static_cast<std::size_t>(u.groups * pattern.group * size_));
    for (std::int64_t g = 0; g < u.groups; ++g) {
      const std::int64_t col = (u.group + g) * pattern.group;
      const int width = static_cast<int>(std::min<std::int64_t>(pattern.group, desc_.cols - col));
      std::uint32_t kept = bits_at(row_bits(row), row_stride(desc_), col, width);
      const int count = std::popcount(kept);
      if (count > pattern.keep) {
        bad_.report(row, u.group + g, static_cast<int>(BitmaskFault::crowded));
        return false;
      }
      for (std::uint32_t left = kept; left != 0; left &= left - 1, values += size_)
        std::memcpy(dense + (g * pattern.group + std::countr_zero(left)) * size_, values,
                    static_cast<std::size_t>(size_));
      at += count;
      for (int fill = count; fill < pattern.keep; ++fill) kept |= kept + 1;  // lowest not kept
      stored[g] = kept;
    }
    return true;
  }

 private:
  const std::uint8_t* row_bits(std::int64_t row) const {
    return arrays_.bitmask + row * row_stride(desc_);
  }
  const ConstSparseBitmask& arrays_;
  const PackedDesc& desc_;
  FirstPlace& bad_;
  std::int64_t size_;
};

}  // namespace

Status count_nonzeros(const Exec& exec, const ConstPackedView& packed, std::int64_t* counts,
                      std::int64_t& total) {
  const PackedDesc& desc = packed.desc;
  const NonZero nonzero(desc.type);
  const auto size = static_cast<std::int64_t>(size_of(desc.type));
  if (counts != nullptr) std::fill_n(counts, desc.rows, 0);
  std::atomic<std::int64_t> sum{0};
  const Status status = for_bands(
      exec, desc, packed_rows_bytes(desc), [&](const Unit& u, std::int64_t* at, Arena& arena) {
        const ConstPackedRows in = load_rows(packed, u, arena);
        for (std::int64_t r = 0; r < u.rows; ++r) {
          std::int64_t count = 0;
          for (std::int64_t e = 0; e < u.groups * desc.pattern.keep; ++e)
            count += nonzero(in.values_row(r) + e * size);
          at[r] += count;
          if (counts != nullptr) counts[u.row + r] = at[r];
          sum.fetch_add(count, std::memory_order_relaxed);
        }
      });
  total = sum.load();
  return status;
}

Status to_sparse_bitmask(const Exec& exec, const ConstPackedView& packed,
                         const SparseBitmask& out) {
  const PackedDesc& desc = packed.desc;
  const Pattern pattern = desc.pattern;
  const NonZero nonzero(desc.type);
  const auto size = static_cast<std::int64_t>(size_of(desc.type));
  const std::int64_t stride = row_stride(desc);
  const auto bitmask_bytes = static_cast<std::size_t>(desc.rows * stride);
  if (bitmask_bytes > 0) std::memset(out.bitmask, 0, bitmask_bytes);  // without any it may be null
  const std::size_t arena_bytes = packed_rows_bytes(desc) + kRowArena;
  return for_bands(exec, desc, arena_bytes, [&](const Unit& u, std::int64_t* at, Arena& arena) {
    const ConstPackedRows in = load_rows(packed, u, arena);
    const std::int64_t entries = u.groups * pattern.keep;
    auto* const positions = arena.take<std::uint8_t>(entries);
    for (std::int64_t r = 0; r < u.rows; ++r) {
      std::uint8_t* const bits = out.bitmask + (u.row + r) * stride;
      auto* const values = static_cast<std::byte*>(out.values);
      group_ops().read_positions(in.metadata_row(r), entries, position_bits(pattern.group),
                                 positions);
      for (std::int64_t e = 0; e < entries; ++e) {
        const std::byte* const entry = in.values_row(r) + e * size;
        const std::int64_t col = (u.group + e / pattern.keep) * pattern.group + positions[e];
        if (!nonzero(entry) || col >= desc.cols) continue;
        bits[col / 8] |= static_cast<std::uint8_t>(1u << col % 8);
        std::memcpy(values + (out.row_offsets[u.row + r] + at[r]++) * size, entry,
                    static_cast<std::size_t>(size));
      }
    }
  });
}

Status from_sparse_bitmask(const Exec& exec, const ConstSparseBitmask& arrays,
                           const PackedView& out, FirstPlace& bad) {
  const PackedDesc& desc = out.desc;
  const std::size_t arena_bytes = packed_rows_bytes(desc) + 2 * kRowArena;
  const SparseReader reader(arrays, desc, bad);
  return for_bands(exec, desc, arena_bytes, [&](const Unit& u, std::int64_t* at, Arena& arena) {
    constexpr std::int64_t kGivenUp = -1;  // a row that was reported
    const PackedRows to = open_rows(out, u, arena);
    auto* const dense = arena.take<std::byte>(u.groups * desc.pattern.group *
                                              static_cast<std::int64_t>(size_of(desc.type)));
    auto* const stored = arena.take<std::uint32_t>(u.groups);
    for (std::int64_t r = 0; r < u.rows; ++r) {
      if (u.group == 0 && !reader.check_row(u.row + r)) at[r] = kGivenUp;
      if (at[r] != kGivenUp && !reader.read_row(u, u.row + r, at[r], dense, stored))
        at[r] = kGivenUp;
      if (at[r] == kGivenUp) {
        clear_row(desc, u, to, r);
        continue;
      }
      group_ops().compact(size_of(desc.type), dense, u.groups, desc.pattern, stored,
                          to.values_row(r), to.metadata_row(r));
    }
    store_rows(out, u, to);
  });
}

}  // namespace heddle::cpu
