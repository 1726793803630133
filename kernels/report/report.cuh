#pragma once
// The kernels around a tally: one thread each.

#include "kernels/report/report.hpp"

namespace heddle {

__global__ void begin_report(const __grid_constant__ ReportArgs args) {
  *args.tally = {0, ~0ull, 0};
}

// As CheckReport: violations, row, group.
__global__ void finish_check_report(const __grid_constant__ ReportArgs args) {
  auto* report = reinterpret_cast<std::int64_t*>(args.tally);
  const Tally tally = *args.tally;
  const auto place = static_cast<std::int64_t>(tally.first);
  report[1] = tally.count == 0 ? -1 : place / args.groups;
  report[2] = tally.count == 0 ? -1 : place % args.groups;
}

// As VerifyReport: fault, row, group. Faults below `position` belong to no row.
__global__ void finish_verify_report(const __grid_constant__ ReportArgs args) {
  auto* report = reinterpret_cast<std::int64_t*>(args.tally);
  const Tally tally = *args.tally;
  const auto finding = static_cast<std::int64_t>(tally.first);
  const std::int64_t fault = tally.count == 0 ? 0 : finding % kFindingKinds;
  const std::int64_t place = finding / kFindingKinds, width = args.groups + 1;
  report[0] = fault;
  report[1] = fault <= 2 ? -1 : place / width;
  report[2] = fault <= 2 ? -1 : place % width;
}

}  // namespace heddle
