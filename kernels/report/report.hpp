#pragma once
// Reports in device memory. While kernels run, the caller's CheckReport or VerifyReport holds a
// Tally; a one-thread kernel before and after turns it into one and back.

#include <cstdint>

#include "kernels/kernel.hpp"

namespace heddle {

struct Tally {
  unsigned long long count;  // findings
  unsigned long long first;  // the lowest finding: see the kernel that reports it
  std::int64_t unused;
};

// A finding's number: by row, then group, then its kind (0..7).
constexpr int kFindingKinds = 8;

struct ReportArgs {
  Tally* tally;
  std::int64_t groups;  // of a row
};

Kernel begin_report_kernel();          // no findings yet
Kernel finish_check_report_kernel();   // findings are row * groups + group
Kernel finish_verify_report_kernel();  // (row * (groups + 1) + group) * kFindingKinds + fault

}  // namespace heddle
