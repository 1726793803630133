#pragma once
// Packed operations by order of the blob. A null mask means the best entries by magnitude.

#include "host/cuda/operations.hpp"
#include "kernels/report/report.hpp"

namespace heddle::cuda {

// Groups of the mask that keep too many go to `tally` (with a mask only).
Status pack_canonical(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView* mask,
                      const PackedView& out, Tally* tally);
Status pack_device(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView* mask,
                   const PackedView& out, Tally* tally);

Status unpack_canonical(const Exec& exec, const ConstPackedView& packed, const MatrixView& out);
Status unpack_device(const Exec& exec, const ConstPackedView& packed, const MatrixView& out);

// Groups of a row that findings of `verify` are counted by; in device order those of whole blocks,
// because padding can be at fault too.
std::int64_t verify_groups(const PackedDesc& desc);

// Everything that has a rule, header included; findings as finish_verify_report reads them.
Status verify_canonical(const Exec& exec, const ConstPackedView& packed, Tally* tally);
Status verify_device(const Exec& exec, const ConstPackedView& packed, Tally* tally);

// Entries of `packed`, of either order, from (row, col) on.
Status copy_to_canonical(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                         std::int64_t col, const PackedView& out);
Status copy_to_device(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                      std::int64_t col, const PackedView& out);

}  // namespace heddle::cuda
