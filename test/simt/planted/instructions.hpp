// Kernels that use instruction models, with a bug planted in block 1 of 2, and their twins.
#pragma once

#include <vector>

#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {

// matrix.cpp: blocks of 64 threads; lane 5 of warp 1 names a row 8 bytes off
Report misaligned_matrix_load(Twin twin, const Options& options);
Report misaligned_matrix_store(Twin twin, const Options& options);
// Warp 0 stores a matrix that warp 1 loads, no barrier between.
Report matrix_race(Twin twin, const Options& options);
Report uninitialised_matrix(Twin twin,
                            const Options& options);  // lane 7 of warp 1: row not written
Report half_warp_matrix_load(Twin twin, const Options& options);  // lanes 16 to 31 of warp 1 absent
// One warp loads 1 or 4 matrices whose rows lie `stride` bytes apart.
Report matrix_rows(unsigned matrices, unsigned stride);

// sparse.cpp: blocks of 64 threads. A is all ones, B[k][n] = k, so that D is the sum of the kept
// columns, 128 values a warp: 16 x 8, row-major.
Report illegal_nibble(Twin twin, const Options& options);     // lane 9 of warp 1, bits 8 to 11: 0x5
Report descending_nibble(Twin twin, const Options& options);  // the same place: 0x1, positions 1, 0
Report illegal_half_pair(Twin twin, const Options& options);  // tf32, the same place: 0x8
Report selectors_disagree(Twin twin, const Options& options);  // lane 3 of warp 1 asks for another
// Nothing to report: the metadata lies where selector 1 looks, and the kernel asks for 0.
Report wrong_metadata_lane(Twin twin, const Options& options, std::vector<float>& d);
unsigned kept_sum(unsigned row);  // what D is then

}  // namespace heddle::simt::planted
