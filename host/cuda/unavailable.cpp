// The CUDA path of a build without one. host/exec.cpp asks for the device before anything else, so
// the operations are only there to be linked.

#include "host/cuda/operations.hpp"
#include "host/cuda/runtime.hpp"

namespace heddle::cuda {
namespace {

Status no_cuda() {
  return {StatusCode::unavailable,
          "exec = cuda: this build has no CUDA path (no toolkit at build time, or "
          "HEDDLE_CUDA=OFF)"};
}

}  // namespace

Result<Device> current_device() { return no_cuda(); }

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

}  // namespace heddle::cuda
