// Mbarriers, proxies, registers and elections, each with a choice of bugs. The bug is in block 1
// of 2.
#pragma once

#include "test/simt/simt.hpp"

namespace heddle::simt::planted {

// mbarriers.cpp: a cluster of two blocks of 64 threads; each copies 256 bytes from in.
enum class MbarrierBug {
  none,
  copy_first,   // no bug: announced after the copy was issued
  no_arrivals,  // initialised for none
  arrivals_past_2_20,
  bytes_past_2_20,  // announced
  wait_at_peer,
  never_waited,  // returns with the copy under way
  in_global_memory,
  late_peer_arrive,  // to a block that has returned
  rank_outside,      // of the cluster
};
Report mbarriers(MbarrierBug bug, GlobalBuffer<float>& in, GlobalBuffer<float>& out,
                 const Options& options);

enum class ClusterBarrierBug { none, arrive_twice, wait_alone, missing_thread, early_return };
Report cluster_barrier(ClusterBarrierBug bug, GlobalBuffer<float>& out, const Options& options);

// proxies.cpp: 64 threads fill 1024 bytes, one stores them.
enum class Filling { plain, cp_async, stmatrix, bulk };
Report proxy(Filling filling, bool fenced, const Options& options);

// registers.cpp: three warpgroups and, for one bug, a warp more
enum class RegistersBug {
  none,
  decrease_upwards,
  increase_downwards,
  warps_disagree,
  past_the_pool,  // 8 a thread more than the others gave
  missing_warp,
  loose_warp,  // of no warpgroup
};
Report registers(RegistersBug bug, const Options& options);
// out[i] = how often thread i of 64 was elected in 3 rounds
Report elections(GlobalBuffer<unsigned>& out, const Options& options);

}  // namespace heddle::simt::planted
