#include <cstddef>

#include "heddle/pack.hpp"
#include "host/cpu/operations.hpp"
#include "host/cuda/operations.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

using Fault = VerifyReport::Fault;

// The rule that a fault breaks.
const char* rule_of(Fault fault) {
  switch (fault) {
    case Fault::position: return "metadata: positions must be ascending and legal for the pattern";
    case Fault::value: return "value: an entry past the last column must be zero";
    case Fault::padding: return "padding: must be zero values and the lowest positions";
    case Fault::filler: return "value: the filler of 1:4 must be zero";
    default: return "";
  }
}

// `header` is the blob's first kHeaderBytes, in host memory.
Status status_of(const VerifyReport& report, const PackedDesc& desc, const void* header) {
  switch (report.fault) {
    case Fault::none: return {};
    case Fault::header: return check_header({desc, header, kHeaderBytes});
    case Fault::gap: {
      const CanonicalLayout parts = canonical_parts(desc);
      return {StatusCode::corrupt,
              message("bytes ", parts.values_offset + parts.values_bytes, " to ",
                      parts.metadata_offset - 1, " between values and metadata: must be zero")};
    }
    default:
      return {StatusCode::corrupt,
              message("row ", report.row, " group ", report.group, ": ", rule_of(report.fault))};
  }
}

Status check_verifiable(const Exec& exec, const ConstPackedView& packed) {
  HEDDLE_TRY(check_desc("packed", packed.desc));
  if (packed.data == nullptr)
    return {StatusCode::invalid_argument, "packed.data = null: must point to a blob"};
  if (const std::size_t need = blob_bytes(packed.desc); packed.bytes < need)
    return {StatusCode::corrupt,
            message("packed.bytes = ", packed.bytes, ": the blob is cut short, must be ", need)};
  return check_exec(exec);
}

}  // namespace

Status verify(const Exec& exec, const ConstPackedView& packed) try {
  HEDDLE_TRY(check_verifiable(exec, packed));
  VerifyReport report;
  if (!on_cuda(exec)) {
    HEDDLE_TRY(cpu::verify(exec, packed, report));
    return status_of(report, packed.desc, packed.data);
  }
  std::byte header[kHeaderBytes];
  HEDDLE_TRY(cuda::verify_and_wait(exec, packed, report, header));
  return status_of(report, packed.desc, header);
} catch (...) {
  return caught();
}

Status verify(const Exec& exec, const ConstPackedView& packed, VerifyReport* report) try {
  HEDDLE_TRY(check_verifiable(exec, packed));
  HEDDLE_TRY(check_report(report));
  if (on_cuda(exec)) return cuda::verify(exec, packed, report);
  return cpu::verify(exec, packed, *report);
} catch (...) {
  return caught();
}

}  // namespace heddle
