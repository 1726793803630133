#include <cstdio>
#include <stdexcept>

#include "test/kernels/arch/conformance/conformance.hpp"

namespace heddle::conformance {

void Record::check(const std::string& name, const std::function<Outcome()>& trial) {
  Outcome outcome;
  try {
    outcome = trial();
  } catch (const std::exception& e) {
    outcome.mismatch = e.what();
  }
  if (outcome.mismatch.empty()) {
    std::printf("%s sm_%d ok, %zu trials\n", name.c_str(), target_, outcome.trials);
    ++ok_;
  } else {
    std::printf("%s sm_%d MISMATCH, %zu trials, %s\n", name.c_str(), target_, outcome.trials,
                outcome.mismatch.c_str());
    ++mismatched_;
  }
  std::fflush(stdout);  // a fault on the device may take the process with it
}

void Record::skip(const std::string& name, const std::string& reason) {
  std::printf("%s sm_%d skipped: %s\n", name.c_str(), target_, reason.c_str());
  ++skipped_;
}

void Record::note(const std::string& question, bool yes) {
  std::printf("%s sm_%d: %s\n", question.c_str(), target_, yes ? "yes" : "no");
  std::fflush(stdout);
}

bool Record::finish() const {
  std::printf("%u ok, %u mismatched, %u skipped\n", ok_, mismatched_, skipped_);
  return mismatched_ == 0 && ok_ > 0;
}

std::string difference(const std::string& where, unsigned got, unsigned want) {
  char text[64];
  std::snprintf(text, sizeof text, ": got 0x%08X, want 0x%08X", got, want);
  return where + text;
}

void check_all(Record& record) {
  check_sparse(record);
  check_matrix(record);
  check_copies(record);
  check_warp(record);
  check_global(record);
  check_convert(record);
  check_wgmma(record);
}

}  // namespace heddle::conformance
