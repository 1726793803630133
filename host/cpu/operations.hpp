#pragma once
// The CPU path of every public operation. Arguments are valid already: host/*.cpp checks them.

#include "heddle/mask.hpp"
#include "heddle/matmul.hpp"
#include "heddle/pack.hpp"

namespace heddle::cpu {

Status best_mask(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                 const MaskView& mask, Ranking ranking);
Status apply_mask(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                  const MatrixView& out);
Status check(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern, CheckReport& report);
Result<MaskStats> mask_stats(const Exec& exec, const ConstMatrixView& matrix,
                             const ConstMaskView& mask);

Status pack(const Exec& exec, const ConstMatrixView& matrix, const PackedView& out);
Status pack(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
            const PackedView& out, CheckReport& report);
Status unpack(const Exec& exec, const ConstPackedView& packed, const MatrixView& out);
Status verify(const Exec& exec, const ConstPackedView& packed, VerifyReport& report);

// Entries of `packed` from (row, col) on, as many as out.desc has, into another blob. With
// (0, 0) and another order it is a conversion.
Status copy_entries(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                    std::int64_t col, const PackedView& out);

Status matmul(const Exec& exec, const MatmulBuffers& x, Activation activation);

}  // namespace heddle::cpu
