#include "test/simt/planted/tensors.hpp"

#include <algorithm>

#include "test/simt/cuda.hpp"

namespace heddle::simt::planted {
namespace {

struct Call {
  TensorMap map;
  std::int32_t at[TensorMapShape::kMaxRank];
  int rank;
  unsigned bytes;
};

__global__ void load_kernel(TensorBug planted, const Call& call, unsigned char* tensor,
                            unsigned char* out) {
  __shared__ __align__(1024) unsigned char box[kMostBoxBytes];
  __shared__ unsigned long long full;
  const unsigned i = threadIdx.x;
  const TensorBug bug = blockIdx.x == 1 ? planted : TensorBug::none;
  if (i == 0) {
    mbarrier_init(&full, 1);
    fence_mbarrier_init();
  }
  if (bug == TensorBug::plain_overwrite && i == 40) box[3] = 1;
  if (bug != TensorBug::plain_overwrite) __syncthreads();
  if (bug == TensorBug::plain_overwrite && i < 32) __syncwarp();
  if (i == 0) {
    mbarrier_arrive(&full, call.bytes);
    const TensorMap nothing{};
    const auto* map = bug == TensorBug::garbage_map ? &nothing : &call.map;
    if (bug == TensorBug::misaligned_map) {
      map = reinterpret_cast<const TensorMap*>(reinterpret_cast<const char*>(map) + 16);
    }
    std::int32_t at[TensorMapShape::kMaxRank];
    std::copy(call.at, call.at + TensorMapShape::kMaxRank, at);
    // Block 0 then reads nothing.
    if (planted == TensorBug::source_changes && blockIdx.x == 0) at[0] = 1 << 20;
    tensor_load(box, map, at, call.rank - (bug == TensorBug::wrong_rank), &full, {});
    if (bug == TensorBug::source_changes) tensor[0] = 77;
  }
  if (bug == TensorBug::plain_overwrite) __syncthreads();
  if (bug != TensorBug::too_early || i != 40) mbarrier_wait(&full, 0);
  for (unsigned b = i; b < call.bytes; b += 64) out[blockIdx.x * kMostBoxBytes + b] = box[b];
}

__global__ void store_kernel(TensorBug planted, const Call& call) {
  __shared__ __align__(1024) unsigned char box[kMostBoxBytes];
  const unsigned i = threadIdx.x;
  const TensorBug bug = blockIdx.x == 1 ? planted : TensorBug::none;
  const bool fences = bug != TensorBug::no_fence && bug != TensorBug::fence_of_storer &&
                      bug != TensorBug::fence_before && bug != TensorBug::fence_late;
  if (bug == TensorBug::fence_before) fence_proxy_async();
  for (unsigned b = i; b < call.bytes; b += 64) box[b] = stored_value(b);
  if (fences) fence_proxy_async();
  __syncthreads();
  if (bug == TensorBug::fence_late) fence_proxy_async();
  if (i == 0) {
    if (bug == TensorBug::fence_of_storer) fence_proxy_async();
    tensor_store(&call.map, call.at, call.rank, box);
    bulk_commit();
    if (bug == TensorBug::no_wait) return;
    if (bug != TensorBug::too_early) bulk_wait(0, true);
    box[5] = stored_value(5);
    bulk_wait(0, false);
  }
  if (bug == TensorBug::too_early_by_other && i == 40) box[40] = 0;
}

Call call_of(const Box& box) {
  Call call{};
  encode(box.shape, call.map);
  call.rank = box.shape.rank;
  std::copy(box.at.begin(), box.at.end(), call.at);
  call.bytes = static_cast<unsigned>(box.shape.elem_bytes);
  for (int d = 0; d < call.rank; ++d) call.bytes *= box.shape.box[d];
  return call;
}

}  // namespace

Report load_box(TensorBug bug, const Box& box, GlobalBuffer<unsigned char>& out,
                const Options& options) {
  const Call call = call_of(box);
  auto* tensor = static_cast<unsigned char*>(const_cast<void*>(box.shape.base));
  return launch(
      {2}, {64}, 0, [&, p = out.data()] { load_kernel(bug, call, tensor, p); }, options);
}

Report store_box(TensorBug bug, const Box& box, const Options& options) {
  Call call = call_of(box);
  Options one = options;
  one.workers = 1;  // both blocks store the same
  return launch(
      {2}, {64}, 0, [&] { store_kernel(bug, call); }, one);
}

}  // namespace heddle::simt::planted
