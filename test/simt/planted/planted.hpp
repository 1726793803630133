// Small kernels with a bug planted in them, and their correct twins. Every function launches one
// kernel; a bug lies in block 1 of 2 only, so that a report naming it proves something.
#pragma once

#include <cstddef>

#include "test/simt/simt.hpp"

namespace heddle::simt::planted {

enum class Twin : bool { correct, buggy };

// races.cpp: blocks of 64 threads
Report same_slot(Twin twin, const Options& options);               // warps 0 and 1 write one slot
Report missing_barrier(Twin twin, const Options& options);         // neighbours read unsynchronised
Report missing_second_barrier(Twin twin, const Options& options);  // written while read
Report missing_warp_sync(Twin twin, const Options& options);
Report missing_named_barrier(Twin twin, const Options& options);
Report plain_counter(Twin twin, const Options& options);       // twin: an atomic
Report uninitialised_read(Twin twin, const Options& options);  // thread 37 reads past what was set
Report dynamic_shared_overrun(Twin twin, const Options& options);

// barriers.cpp: blocks of 64 threads
Report divergent_barrier(Twin twin, const Options& options);  // warp 1 at another __syncthreads
Report skipped_barrier(Twin twin, const Options& options);    // warp 1 waits at a named one
Report barrier_count(Twin twin, const Options& options);      // 64 and 32 threads at one id
Report early_exit(Twin twin, const Options& options);         // thread 40 returns first
Report lane_outside_mask(Twin twin, const Options& options);  // lane 16 calls with mask 0xFFFF
Report lanes_disagree(Twin twin, const Options& options);     // lane 0 names another mask
Report exited_lane(Twin twin, const Options& options);        // lane 31 of warp 1 has returned
Report shuffle_outside_mask(Twin twin, const Options& options);
Report endless_spin(Twin twin, const Options& options);

// global.cpp: blocks of 64 threads
Report read_past_end(Twin twin, const Options& options);       // the last thread, by one element
Report write_before_begin(Twin twin, const Options& options);  // thread 0, by one element
Report null_read(Twin twin, const Options& options);
Report misaligned_vector(Twin twin, const Options& options);  // uint4 through a wrapper
Report misaligned_plain(Twin twin, const Options& options);   // unsigned through a cast pointer
// 32 threads each load `bytes` (1 to 16) at shift + stride * thread, then store the same way.
Report pattern_global(unsigned bytes, unsigned stride, unsigned shift);

// blocks.cpp: 2 blocks of 64 threads; block 1 uses what block 0 wrote, with a step left out
Report fence_before_barrier(Twin twin, const Options& options);
Report missing_barrier_at_fence(Twin twin, const Options& options);
Report missing_release(Twin twin, const Options& options);
Report missing_acquire(Twin twin, const Options& options);
Report late_write(Twin twin, const Options& options);              // by thread 0, behind its fence
Report missing_reader_barrier(Twin twin, const Options& options);  // all wait, thread 0 acquires
Report plain_flag(Twin twin, const Options& options);              // twin: an atomic
Report overlapping_writes(Twin twin, const Options& options);
Report copied_unacquired(Twin twin, const Options& options);  // read by an asynchronous copy
// The last block to arrive adds up what all wrote, 64 numbers each, and does it again; by
// atom_add_acq_rel_gpu or a fence, atomicAdd and a fence.
Report sum_by_last_block(bool acq_rel, GlobalBuffer<unsigned>& sums, unsigned blocks,
                         const Options& options);
// Block b sums up what blocks 0 to b wrote, but has met block b - 1 only.
Report chain_of_blocks(GlobalBuffer<unsigned>& sums, unsigned blocks, const Options& options);

// copies.cpp: blocks of 64 threads
Report early_copy_read(Twin twin, const Options& options);  // pipeline waits one group short
Report no_barrier_after_wait(Twin twin, const Options& options);
Report overwritten_source(Twin twin, const Options& options);  // shared source of a store
Report overwritten_global_source(Twin twin, const Options& options);
Report source_overwritten_by_other_block(Twin twin, const Options& options);
Report bulk_early_read(Twin twin, const Options& options);  // mbarrier wait left out
Report misaligned_copy(Twin twin, const Options& options);

// banks.cpp: one warp; lane i accesses `bytes` at word index(i) of shared memory, store then load
Report pattern_shared(unsigned bytes, unsigned words_apart);
// Two copies of 16 bytes a lane; the first reads 248 bytes of 512.
Report pattern_async(unsigned words_apart, const Options& options);
Report column_of_tile(bool padded);  // a 32 x 32 transpose, 33 words a row when padded

// run.cpp: what must simply work
Report reverse_blocks(GlobalBuffer<unsigned>& out, unsigned blocks, const Options& options);
Report block_sums(GlobalBuffer<unsigned>& out, unsigned blocks, const Options& options);
Report order_of_threads(GlobalBuffer<unsigned>& out, const Options& options);
Report shuffles(GlobalBuffer<int>& out, const Options& options);
Report early_return_without_barrier(GlobalBuffer<unsigned>& out, const Options& options);
Report dynamic_reverse(GlobalBuffer<float>& out, const Options& options);
// dynamic.cpp: the same array through another instance, numbers from 100 on
Report dynamic_reverse_elsewhere(GlobalBuffer<float>& out, unsigned bytes);
Report wait_for_other_block(GlobalBuffer<unsigned>& out, const Options& options);

}  // namespace heddle::simt::planted
