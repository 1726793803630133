#pragma once
// The CUDA path of every public operation. Arguments are valid already: host/*.cpp checks them.
// Pointers are device memory. Nothing waits unless it says so.

#include <cstddef>

#include "heddle/mask.hpp"
#include "heddle/pack.hpp"

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

// These wait for the stream. `header` gets the blob's first kHeaderBytes.
Status check_and_wait(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                      CheckReport& report);
Status pack_and_wait(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                     const PackedView& out, CheckReport& report);
Status verify_and_wait(const Exec& exec, const ConstPackedView& packed, VerifyReport& report,
                       void* header);

}  // namespace heddle::cuda
