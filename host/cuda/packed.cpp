#include "host/cuda/packed.hpp"

#include "host/cuda/report.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle::cuda {
namespace {

static_assert(sizeof(CheckReport) == sizeof(Tally) && sizeof(VerifyReport) == sizeof(Tally));

bool in_device_order(const PackedDesc& desc) { return desc.order == PackedOrder::device; }

Status pack_any(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView* mask,
                const PackedView& out, Tally* tally) {
  return in_device_order(out.desc) ? pack_device(exec, matrix, mask, out, tally)
                                   : pack_canonical(exec, matrix, mask, out, tally);
}

}  // namespace

Status pack(const Exec& exec, const ConstMatrixView& matrix, const PackedView& out) {
  return pack_any(exec, matrix, nullptr, out, nullptr);
}

Status pack(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
            const PackedView& out, CheckReport* report) {
  return reporting(exec, report, group_count(out.desc.cols, out.desc.pattern),
                   finish_check_report_kernel(),
                   [&](Tally* tally) { return pack_any(exec, matrix, &mask, out, tally); });
}

Status pack_and_wait(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                     const PackedView& out, CheckReport& report) {
  return await_report(exec, report, [&](CheckReport* on_device) {
    return cuda::pack(exec, matrix, mask, out, on_device);
  });
}

Status unpack(const Exec& exec, const ConstPackedView& packed, const MatrixView& out) {
  return in_device_order(packed.desc) ? unpack_device(exec, packed, out)
                                      : unpack_canonical(exec, packed, out);
}

std::int64_t verify_groups(const PackedDesc& desc) {
  return in_device_order(desc)
             ? device_geometry(desc).col_blocks() * (layout::kBlockCols / desc.pattern.group)
             : group_count(desc.cols, desc.pattern);
}

Status verify(const Exec& exec, const ConstPackedView& packed, VerifyReport* report) {
  return reporting(exec, report, verify_groups(packed.desc), finish_verify_report_kernel(),
                   [&](Tally* tally) {
                     return in_device_order(packed.desc) ? verify_device(exec, packed, tally)
                                                         : verify_canonical(exec, packed, tally);
                   });
}

Status verify_and_wait(const Exec& exec, const ConstPackedView& packed, VerifyReport& report,
                       void* header) {
  HEDDLE_TRY(await_report(exec, report, [&](VerifyReport* on_device) {
    return cuda::verify(exec, packed, on_device);
  }));
  return read_back(exec, header, packed.data, kHeaderBytes);
}

Status copy_entries(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                    std::int64_t col, const PackedView& out) {
  return in_device_order(out.desc) ? copy_to_device(exec, packed, row, col, out)
                                   : copy_to_canonical(exec, packed, row, col, out);
}

}  // namespace heddle::cuda
