#pragma once
// Reports around the kernels that find things.

#include "host/cuda/runtime.hpp"
#include "kernels/report/report.hpp"

namespace heddle::cuda {

// Runs `find(tally)` between the kernels that open and close the report at `report`.
template <class Find>
Status reporting(const Exec& exec, void* report, std::int64_t groups, const Kernel& finish,
                 const Find& find) {
  const ReportArgs args{static_cast<Tally*>(report), groups};
  if (Status s = launch(exec, begin_report_kernel(), {1, 1}, args); !s.ok()) return s;
  if (Status s = find(args.tally); !s.ok()) return s;
  return launch(exec, finish, {1, 1}, args);
}

// Runs `start(device_report)`, waits, and reads the report.
template <class Report, class Start>
Status await_report(const Exec& exec, Report& report, const Start& start) {
  Result<StreamMemory> memory = StreamMemory::allocate(exec, sizeof(Report));
  if (!memory.ok()) return memory.status();
  auto* on_device = static_cast<Report*>(memory->data());
  if (Status s = start(on_device); !s.ok()) return s;
  return read_back(exec, &report, on_device, sizeof(Report));
}

}  // namespace heddle::cuda
