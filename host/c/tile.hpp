#pragma once
// Tile patterns through the C ABI.

#include "heddle/c/tile.h"
#include "heddle/tile.hpp"
#include "host/c/abi.hpp"

namespace heddle::c {

inline Status read(const char* name, const heddle_tile_pattern* pattern, TilePattern& out) {
  HEDDLE_TRY(need(name, pattern));
  TileRule rule{};
  TileSolver solver{};
  HEDDLE_TRY(
      read_enum((std::string(name) + ".rule").c_str(), pattern->rule, HEDDLE_TILE_EXACT, 3, rule));
  HEDDLE_TRY(read_enum((std::string(name) + ".solver").c_str(), pattern->solver,
                       HEDDLE_TILE_OPTIMAL, 2, solver));
  out = {{pattern->pattern.keep, pattern->pattern.group}, rule, solver};
  return {};
}

inline heddle_tile_pattern write(const TilePattern& pattern) {
  return {write(pattern.pattern), static_cast<std::int32_t>(pattern.rule),
          static_cast<std::int32_t>(pattern.solver)};
}

}  // namespace heddle::c
