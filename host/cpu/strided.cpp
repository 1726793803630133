#include "host/cpu/strided.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "host/cpu/first_place.hpp"
#include "host/cpu/group_codec.hpp"
#include "host/cpu/select_row.hpp"
#include "host/cpu/simd.hpp"
#include "host/cpu/strided_copy.hpp"

namespace heddle::cpu {
namespace {

std::int64_t bytes_of(const ConstTensorView& v) {
  return static_cast<std::int64_t>(size_of(v.type));
}

constexpr std::int64_t kSpare = 64;

}  // namespace

Status best_mask(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                 Pattern pattern, std::uint8_t* mask, Ranking ranking) {
  const StridedUnits units(tensor.row_count(), tensor.cols, pattern.group);
  const Operand in{0, bytes_of(weight)}, out{1, 1};
  const std::size_t arena_bytes = units.tile_bytes(in.elem_bytes) + units.tile_bytes(1) +
                                  RowSelector::arena_bytes() +
                                  static_cast<std::size_t>(units.cols() + kSpare) * 4 + 64;
  return parallel_for(exec, units.count(), arena_bytes, [&](std::int64_t index, Arena& arena) {
    const Unit u = units[index];
    const Tile from = scratch_tile(u, in.elem_bytes, arena), to = scratch_tile(u, 1, arena);
    gather(tensor, in, weight.data, u, from);
    const RowSelector selector(weight.type, ranking, pattern, u.groups, arena);
    auto* bits = arena.take<std::uint32_t>(u.groups);
    for (std::int64_t r = 0; r < u.rows; ++r) {
      selector.select(from.row(r), u.cols, bits);
      group_ops().expand_bits(bits, u.cols, pattern.group,
                              reinterpret_cast<std::uint8_t*>(to.row(r)));
    }
    scatter(tensor, out, mask, u, {to.data, to.stride});
  });
}

Status check(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
             Pattern pattern, CheckReport& report) {
  const StridedUnits units(tensor.row_count(), tensor.cols, pattern.group);
  const Operand in{0, bytes_of(weight)};
  const auto elem_bytes = static_cast<std::size_t>(in.elem_bytes);
  std::atomic<std::int64_t> violations{0};
  FirstPlace first;
  const std::size_t arena_bytes =
      units.tile_bytes(in.elem_bytes) + static_cast<std::size_t>(units.cols() + 4 * kSpare);
  const Status status =
      parallel_for(exec, units.count(), arena_bytes, [&](std::int64_t index, Arena& arena) {
        const Unit u = units[index];
        const Tile from = scratch_tile(u, in.elem_bytes, arena);
        gather(tensor, in, weight.data, u, from);
        const std::int64_t words = u.cols / 64 + 2;
        auto* nonzero = arena.take<std::uint64_t>(words);
        std::fill(nonzero, nonzero + words, 0);  // a partial group looks past the last column
        std::int64_t found = 0;
        for (std::int64_t r = 0; r < u.rows; ++r) {
          mask_ops().nonzero_bits(elem_bytes, weight.type == DataType::i8, from.row(r), u.cols,
                                  nonzero);
          std::int64_t group;
          const std::int64_t count = group_ops().count_crowded(nonzero, u.groups, pattern, &group);
          if (count > 0) first.report(offset_of(tensor.rows, u.row + r, 1), u.group + group);
          found += count;
        }
        violations.fetch_add(found, std::memory_order_relaxed);
      });
  if (status.ok()) report = {violations.load(), first.row(), first.group()};
  return status;
}

Status apply_mask(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                  const std::uint8_t* mask, void* out) {
  const StridedUnits units(tensor.row_count(), tensor.cols, 1);
  const Operand in{0, bytes_of(weight)}, keep{1, 1}, result{2, bytes_of(weight)};
  const auto elem_bytes = static_cast<std::size_t>(in.elem_bytes);
  return parallel_for(
      exec, units.count(), units.tile_bytes(in.elem_bytes) + units.tile_bytes(1),
      [&](std::int64_t index, Arena& arena) {
        const Unit u = units[index];
        const Tile x = scratch_tile(u, in.elem_bytes, arena), kept = scratch_tile(u, 1, arena);
        gather(tensor, in, weight.data, u, x);
        if (mask != nullptr) {
          gather(tensor, keep, mask, u, kept);
          for (std::int64_t r = 0; r < u.rows; ++r)
            mask_ops().apply_mask(elem_bytes, x.row(r),
                                  reinterpret_cast<const std::uint8_t*>(kept.row(r)), x.row(r),
                                  u.cols);
        }
        scatter(tensor, result, out, u, {x.data, x.stride});
      });
}

}  // namespace heddle::cpu
