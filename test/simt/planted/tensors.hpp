// One copy of a box, with a choice of bugs. The bug is in block 1 of 2.
#pragma once

#include <vector>

#include "test/simt/models/tensor_map.hpp"
#include "test/simt/simt.hpp"

namespace heddle::simt::planted {

enum class TensorBug {
  none,
  garbage_map,
  misaligned_map,
  wrong_rank,
  too_early,           // stores: the source is written again at once; loads: read before the wait
  too_early_by_other,  // stores: by a thread that no barrier orders after the wait
  no_wait,             // stores: the block returns
  no_fence,            // stores: between the threads' writes and the copy
  fence_before,        // stores: and the writes come after it
  fence_late,          // stores: and behind the barrier
  fence_of_storer,     // stores: by the thread that stores, for the others
  source_changes,      // loads: the tensor is written while it is read
  plain_overwrite,     // loads: where threads have written and nothing orders it
};

struct Box {
  TensorMapShape shape;
  std::vector<std::int32_t> at;
};

// Blocks of 64 threads. Load: out gets the bytes of shared memory as they lie there. Store: bytes i
// of shared memory are value(i).
Report load_box(TensorBug bug, const Box& box, GlobalBuffer<unsigned char>& out,
                const Options& options);
Report store_box(TensorBug bug, const Box& box, const Options& options);
constexpr unsigned char stored_value(std::size_t i) {
  return static_cast<unsigned char>(i * 13 % 255 + 1);
}
inline constexpr std::size_t kMostBoxBytes = 16384;

}  // namespace heddle::simt::planted
