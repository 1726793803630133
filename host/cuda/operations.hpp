#pragma once
// The CUDA path of every public operation. Arguments are valid already: host/*.cpp checks them.
// Pointers are device memory. Nothing waits unless it says so.

#include <cstddef>
#include <memory>

#include "heddle/mask.hpp"
#include "heddle/matmul.hpp"
#include "heddle/pack.hpp"

namespace heddle {
struct DevicePlan;  // host/device_plan.hpp
}

namespace heddle::cuda {

Status best_mask(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                 const MaskView& mask, Ranking ranking);
Status apply_masks(const Exec& exec, const MaskedMatrix* list, std::size_t count);
Status check(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern, CheckReport* report);

Status pack(const Exec& exec, const ConstMatrixView& matrix, const PackedView& out);
Status pack(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
            const PackedView& out, CheckReport* report);
Status unpack(const Exec& exec, const ConstPackedView& packed, const MatrixView& out);
Status verify(const Exec& exec, const ConstPackedView& packed, VerifyReport* report);
Status copy_entries(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                    std::int64_t col, const PackedView& out);

// A plan for the current device.
Result<std::shared_ptr<const DevicePlan>> plan_matmul(const Exec& exec, const MatmulDesc& desc);
Status run_matmul(const Exec& exec, const DevicePlan& plan, const MatmulBuffers& x,
                  const Workspace& workspace);
Status clear_workspace(const Exec& exec, const Workspace& workspace);
// One call, with a workspace of its own in stream order. `desc` is what describe() says.
Status matmul(const Exec& exec, const MatmulDesc& desc, const MatmulBuffers& x);
// Waits.
Result<MatmulTuning> tune(const Exec& exec, const DevicePlan& plan, const MatmulBuffers& x,
                          const Workspace& workspace);

// These wait for the stream. `header` gets the blob's first kHeaderBytes.
Status check_and_wait(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                      CheckReport& report);
Status pack_and_wait(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                     const PackedView& out, CheckReport& report);
Status verify_and_wait(const Exec& exec, const ConstPackedView& packed, VerifyReport& report,
                       void* header);

}  // namespace heddle::cuda
