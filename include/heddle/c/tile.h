#ifndef HEDDLE_C_TILE_H
#define HEDDLE_C_TILE_H
/** \file
 * Transposable N:M masks (heddle/tile.hpp): keep:group along rows and along columns at once. */
#include "heddle/c/base.h"
#include "heddle/c/mask.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** Which masks a tile may have (heddle::TileRule). */
enum { HEDDLE_TILE_EXACT = 0, HEDDLE_TILE_AT_MOST = 1, HEDDLE_TILE_GREEDY = 2 };
/** How the mask is found (heddle::TileSolver). */
enum { HEDDLE_TILE_OPTIMAL = 0, HEDDLE_TILE_FAST = 1 };

/** keep:group in both directions. */
typedef struct heddle_tile_pattern {
  heddle_pattern pattern; /**< in both directions */
  int32_t rule;           /**< HEDDLE_TILE_EXACT, ... */
  int32_t solver;         /**< HEDDLE_TILE_OPTIMAL or HEDDLE_TILE_FAST */
} heddle_tile_pattern;

/** "tile-exact-2:4", ..., a text. */
HEDDLE_API heddle_status heddle_tile_pattern_name(const heddle_tile_pattern* pattern, char* name,
                                                  size_t capacity, size_t* length);

/** Writes the mask of every tile of `matrix` [m, k]. mask: [m, k]. */
HEDDLE_API heddle_status heddle_best_tile_mask(const heddle_exec* exec, const heddle_matrix* matrix,
                                               const heddle_tile_pattern* pattern,
                                               const heddle_mask* mask, int32_t ranking);

/** What a check of both directions found (heddle::TileCheckReport). */
typedef struct heddle_tile_check_report {
  heddle_check_report rows; /**< groups along rows */
  heddle_check_report
      cols; /**< groups down columns: `row` is the column, `group` counts downwards */
} heddle_tile_check_report;

/** heddle_check of a matrix and of its transpose. With CUDA this waits; report is host memory. */
HEDDLE_API heddle_status heddle_check_tiles(const heddle_exec* exec, const heddle_matrix* matrix,
                                            const heddle_pattern* pattern,
                                            heddle_tile_check_report* report);
/** The same without waiting: *report is memory of the execution, aligned to 8 bytes. */
HEDDLE_API heddle_status heddle_check_tiles_async(const heddle_exec* exec,
                                                  const heddle_matrix* matrix,
                                                  const heddle_pattern* pattern,
                                                  heddle_tile_check_report* report);

/** Prunes matrix [m, k] and packs both the result, out [m, k], and its transpose, [k, m]. mask:
 * gets the mask, [m, k]; may be null. */
HEDDLE_API heddle_status heddle_pack_tiles(const heddle_exec* exec, const heddle_matrix* matrix,
                                           const heddle_tile_pattern* pattern,
                                           const heddle_packed* out,
                                           const heddle_packed* out_transposed,
                                           const heddle_mask* mask);
/** The same under a mask at hand; not_compliant names the first place where it keeps too many. With
 * CUDA this waits. */
HEDDLE_API heddle_status heddle_pack_tiles_mask(const heddle_exec* exec,
                                                const heddle_matrix* matrix,
                                                const heddle_mask* mask, const heddle_packed* out,
                                                const heddle_packed* out_transposed);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
