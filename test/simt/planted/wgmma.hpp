// Products of warpgroups with a bug planted in block 1 of 2, and their correct twins. A warpgroup a
// block, m64n16k32 of f16: D = B summed over the columns that A, all ones, keeps.
#pragma once

#include <vector>

#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {

Report early_accumulator_read(Twin twin, const Options& options);
Report early_accumulator_write(Twin twin, const Options& options);
Report changed_a_register(Twin twin, const Options& options);
Report loaded_a_register(Twin twin, const Options& options);  // by a wrapper, thread 5
Report changed_metadata(Twin twin, const Options& options);
Report short_wgmma_wait(Twin twin, const Options& options);  // wait_group<1> for wait_group<0>
Report missing_wgmma_commit(Twin twin, const Options& options);
Report missing_wgmma_fence(Twin twin, const Options& options);  // after a write of an A register
Report missing_first_fence(Twin twin, const Options& options);  // none at all
Report unfenced_accumulators(Twin twin, const Options& options);
Report wgmma_in_flight_at_exit(Twin twin, const Options& options);
Report overlapping_accumulators(Twin twin, const Options& options);  // of two widths

Report unwritten_operand(Twin twin, const Options& options);
Report partly_written_operand(Twin twin, const Options& options);  // 14 bytes of each 16
Report late_operand(Twin twin, const Options& options);  // its barrier is between product and wait
Report operand_race(Twin twin, const Options& options);  // no barrier after its writes
Report missing_async_fence(Twin twin, const Options& options);  // nor after ordinary writes
Report refilled_operand(Twin twin, const Options& options);     // before the wait
Report wrong_descriptor_stride(Twin twin, const Options& options);
Report misaligned_operand(Twin twin, const Options& options);  // by 8 bytes
Report misaligned_pattern(Twin twin, const Options& options);  // by a row of 128 bytes
Report operand_past_end(Twin twin, const Options& options);
Report plain_sparse_operand(Twin twin, const Options& options);  // no swizzle

Report warps_disagree(Twin twin, const Options& options);  // warp 2 on the descriptor
Report lane_disagrees(Twin twin, const Options& options);  // thread 77 on accumulating
Report absent_warp(Twin twin, const Options& options);     // warp 3 returns instead
Report incomplete_warpgroup(Twin twin, const Options& options);
Report illegal_wgmma_metadata(Twin twin, const Options& options);  // thread 41

// What no rule forbids: the descriptor says another swizzle than memory has.
Report wrong_descriptor_swizzle(Twin twin, const Options& options, std::vector<float>& d);
float sum_of_kept(unsigned column);

}  // namespace heddle::simt::planted
