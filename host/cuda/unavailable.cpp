// The CUDA path of a build without one. host/exec.cpp asks for the device before anything else, so
// the operations are only there to be linked.

#include <cassert>

#include "host/choose.hpp"
#include "host/cuda/operations.hpp"
#include "host/cuda/permute.hpp"
#include "host/cuda/runtime.hpp"
#include "host/cuda/score.hpp"
#include "host/cuda/step.hpp"
#include "host/cuda/tensor.hpp"
#include "host/cuda/tile.hpp"

namespace heddle::cuda {
namespace {

Status no_cuda() {
  return {StatusCode::unavailable,
          "exec = cuda: this build has no CUDA path (no toolkit at build time, or "
          "HEDDLE_CUDA=OFF)"};
}

}  // namespace

Result<Device> current_device() { return no_cuda(); }
Result<int> current_device_index() { return no_cuda(); }

Status best_mask(const Exec&, const ConstMatrixView&, Pattern, const MaskView&, Ranking) {
  return no_cuda();
}
Status apply_masks(const Exec&, const MaskedMatrix*, std::size_t) { return no_cuda(); }
Status check(const Exec&, const ConstMatrixView&, Pattern, CheckReport*) { return no_cuda(); }
Status check_and_wait(const Exec&, const ConstMatrixView&, Pattern, CheckReport&) {
  return no_cuda();
}
Status pack(const Exec&, const ConstMatrixView&, const PackedView&) { return no_cuda(); }
Status pack(const Exec&, const ConstMatrixView&, const ConstMaskView&, const PackedView&,
            CheckReport*) {
  return no_cuda();
}
Status pack_and_wait(const Exec&, const ConstMatrixView&, const ConstMaskView&, const PackedView&,
                     CheckReport&) {
  return no_cuda();
}
Status unpack(const Exec&, const ConstPackedView&, const MatrixView&) { return no_cuda(); }
Status verify(const Exec&, const ConstPackedView&, VerifyReport*) { return no_cuda(); }
Status verify_and_wait(const Exec&, const ConstPackedView&, VerifyReport&, void*) {
  return no_cuda();
}
Status copy_entries(const Exec&, const ConstPackedView&, std::int64_t, std::int64_t,
                    const PackedView&) {
  return no_cuda();
}

Result<std::shared_ptr<const DevicePlan>> plan_matmul(const Exec&, const MatmulDesc&) {
  return no_cuda();
}
Status run_matmul(const Exec&, const DevicePlan&, const MatmulBuffers&, const Workspace&) {
  return no_cuda();
}
Status clear_workspace(const Exec&, const Workspace&) { return no_cuda(); }
Status matmul(const Exec&, const MatmulDesc&, const MatmulBuffers&) { return no_cuda(); }
Result<MatmulTuning> tune(const Exec&, const DevicePlan&, const MatmulBuffers&, const Workspace&) {
  return no_cuda();
}

Status score(const Exec&, const ConstMatrixView&, Score, const float*, const MatrixView&) {
  return no_cuda();
}
Status accumulate_squares(const Exec&, const ConstMatrixView&, double*) { return no_cuda(); }
Status norms_of_squares(const Exec&, const double*, std::int64_t, float*) { return no_cuda(); }
Result<MaskStats> mask_stats(const Exec&, const ConstMatrixView&, const ConstMaskView&) {
  return no_cuda();
}

Status sgd_step(const Exec&, const SgdFactors&, const StepItem*, std::size_t) { return no_cuda(); }
Status adamw_step(const Exec&, const AdamWFactors&, const StepItem*, std::size_t) {
  return no_cuda();
}
Status sr_ste(const Exec&, float, const SrSteItem*, std::size_t) { return no_cuda(); }

Status clear(const Exec&, void*, std::size_t) { return no_cuda(); }
Status choose(const Exec&, const ChoiceItem*, std::size_t) { return no_cuda(); }
Status read_back(const Exec&, void*, const void*, std::size_t) { return no_cuda(); }
Status write_out(const Exec&, void*, const void*, std::size_t) { return no_cuda(); }
Result<StreamMemory> StreamMemory::allocate(const Exec&, std::size_t) { return no_cuda(); }
StreamMemory::~StreamMemory() { assert(data_ == nullptr); }

Status best_mask(const Exec&, const TensorRows&, const ConstTensorView&, Pattern, std::uint8_t*,
                 Ranking) {
  return no_cuda();
}
Status check_and_wait(const Exec&, const TensorRows&, const ConstTensorView&, Pattern,
                      CheckReport&) {
  return no_cuda();
}
Status apply_mask(const Exec&, const TensorRows&, const ConstTensorView&, const std::uint8_t*,
                  void*) {
  return no_cuda();
}
Status best_tile_mask(const Exec&, const TensorTaps&, const ConstTensorView&, const TilePattern&,
                      std::uint8_t*, Ranking) {
  return no_cuda();
}

Result<std::unique_ptr<PermuteEvaluator>> permute_evaluator(const Exec&, const ConstMatrixView*,
                                                            std::size_t) {
  return no_cuda();
}
Status permute(const Exec&, const ConstMatrixView&, const std::int32_t*, bool, const MatrixView&) {
  return no_cuda();
}

Status best_tile_mask(const Exec&, const ConstMatrixView&, const TilePattern&, const MaskView&,
                      Ranking) {
  return no_cuda();
}
Status pack_tiles(const Exec&, const ConstMatrixView&, const TilePattern&, const PackedView&,
                  const PackedView&, const std::optional<MaskView>&) {
  return no_cuda();
}

}  // namespace heddle::cuda
