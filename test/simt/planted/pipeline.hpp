// A pipeline of tensor copies shared by a cluster, with a choice of bugs.
#pragma once

#include "test/simt/simt.hpp"

namespace heddle::simt::planted {

// Blocks of 96 threads: warp 0 fetches, 64 threads add up. The bug is in the second block of a
// cluster, or in the only one.
enum class PipelineBug {
  none,
  wrong_full_parity,   // consumers take the phase before for theirs
  wrong_empty_parity,  // the producer waits for a stage that nobody has used
  no_empty_wait,
  early_empty,     // consumers free a stage before they read it
  own_empty_only,  // consumers do not tell the peers
  mask_too_few,    // a peer gets nothing
  mask_too_many,   // a slice that the others do not expect
  mask_outside,    // of the cluster
  bytes_too_few,   // announced
  bytes_too_many,
  no_init_fence,
  no_first_barrier,  // of the cluster
  no_last_barrier,
  one_arrival_too_many,
  uninitialised_mbarrier,
  misaligned_stage,
  half_a_pattern,   // 512 bytes off, for a swizzle of 1024
  plain_copy_read,  // a consumer does not wait
  count,
};
const char* name(PipelineBug bug);

inline constexpr unsigned kPipelineRows = 32;  // of 32 floats; a stage
inline constexpr unsigned kPipelineRowBytes = 128;

// in: [tiles * kPipelineRows][32]. out: 64 of each block, out[i] = the sum of row i % 32 of all
// tiles, of its first half for i < 32, else of the second.
Report pipeline(PipelineBug bug, unsigned cluster, unsigned clusters, unsigned tiles,
                GlobalBuffer<float>& in, GlobalBuffer<float>& out, const Options& options);

// Two blocks of a cluster wait for each other at their mbarriers in turn, and spin on flags in
// global memory.
Report ping_pong(unsigned rounds, const Options& options);

}  // namespace heddle::simt::planted
