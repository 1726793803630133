#pragma once
// The ways to deal output tiles out to blocks (or clusters) that are worth a prediction.

#include <algorithm>
#include <cstdint>

#include "host/cost_parts.hpp"

namespace heddle {

inline constexpr std::int64_t kContributors = 16;  // of a tile: more only where tiles are few

// Calls visit(blocks, split_tiles, split_blocks) with the ways to deal `grid` out to at most `most`
// blocks, no more than `most_split` tiles split.
template <class Visit>
void for_each_split(const cost::Grid& grid, std::int64_t most, std::int64_t most_split,
                    Visit visit) {
  visit(std::min(most, grid.tiles), 0, 0);
  if (grid.steps == 1) return;
  if (grid.tiles < most) {  // too few tiles: all are split
    const std::int64_t full = std::min(most, grid.tiles * grid.steps);
    if (grid.tiles > most_split) return;
    visit(full, grid.tiles, full);
    const std::int64_t even = full / grid.tiles * grid.tiles;  // no range reaches into two tiles
    if (even != full && even > grid.tiles) visit(even, grid.tiles, even);
    const std::int64_t few = grid.tiles * kContributors;
    if (few < even) visit(few, grid.tiles, few);
    return;
  }
  const std::int64_t remainder = grid.tiles % most;
  const auto split = [&](std::int64_t tiles) {
    if (tiles == 0 || tiles > std::min(grid.tiles, most_split)) return;
    visit(most, tiles, std::min({most, tiles * grid.steps, tiles * kContributors}));
  };
  if (remainder == 0) return;
  split(remainder);
  split(remainder + most);
  if (grid.tiles > remainder + most) split(grid.tiles);
}

}  // namespace heddle
