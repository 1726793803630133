#include "bench/machine.hpp"

#include <benchmark/benchmark.h>

#include <fstream>
#include <string>
#include <thread>

#include "heddle/version.hpp"

namespace heddle::bench {
namespace {

// The value of the first line "KEY : VALUE" of a file of /proc; "unknown" elsewhere.
std::string proc_value(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t key_end = line.find_last_not_of(" \t", colon - 1);
    if (line.compare(0, key_end + 1, key) != 0) continue;
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? std::string() : line.substr(value);
  }
  return "unknown";
}

}  // namespace

void describe_machine() {
  const std::string cpuinfo = "/proc/cpuinfo";
  benchmark::AddCustomContext("cpu", proc_value(cpuinfo, "model name") + " (family " +
                                         proc_value(cpuinfo, "cpu family") + ", model " +
                                         proc_value(cpuinfo, "model") + ")");
  benchmark::AddCustomContext("hardware_threads",
                              std::to_string(std::thread::hardware_concurrency()));
  benchmark::AddCustomContext("memory", proc_value("/proc/meminfo", "MemTotal"));
#if defined(__clang__)
  benchmark::AddCustomContext("compiler", "clang " __clang_version__);
#else
  benchmark::AddCustomContext("compiler", "g++ " __VERSION__);
#endif
  benchmark::AddCustomContext("heddle_version", HEDDLE_VERSION);
}

}  // namespace heddle::bench
