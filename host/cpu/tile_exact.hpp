#pragma once
// One tile of a group up to 4, without vectors: what the vector search could not decide.

#include <cstdint>

#include "host/cpu/tile_table.hpp"

namespace heddle::cpu {

// The best mask of the table, as tile::best_of_list defines it; a lane_mask.
std::uint16_t best_tile(const std::uint32_t (&weight)[tile::kEntries], const TileTable& table);

}  // namespace heddle::cpu
