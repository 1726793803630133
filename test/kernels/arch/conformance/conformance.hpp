// The conformance program: one line per instruction, `<name> <target> ok|MISMATCH|skipped: ...`.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace heddle::conformance {

struct Outcome {
  std::size_t trials = 0;
  std::string mismatch;  // the first; empty: none
};

class Record {
 public:
  explicit Record(int target) : target_(target) {}  // 80, 90, ...
  int target() const { return target_; }
  // Prints the line. An exception, such as a CUDA error, is a mismatch.
  void check(const std::string& name, const std::function<Outcome()>& trial);
  void skip(const std::string& name, const std::string& reason);
  void note(const std::string& question, bool yes);  // what no model states
  bool finish() const;  // the closing line; whether something ran and nothing mismatched

  unsigned ok() const { return ok_; }
  unsigned mismatched() const { return mismatched_; }
  unsigned skipped() const { return skipped_; }

 private:
  int target_;
  unsigned ok_ = 0, mismatched_ = 0, skipped_ = 0;
};

// "<where>: got 0x..., want 0x...".
std::string difference(const std::string& where, unsigned got, unsigned want);

// The target whose code the device runs: an older one where there is none for its own.
int compiled_target();

// The families.
void check_sparse(Record& record);
void check_matrix(Record& record);
void check_copies(Record& record);
void check_warp(Record& record);
void check_global(Record& record);
void check_convert(Record& record);
void check_wgmma(Record& record);
void check_all(Record& record);

}  // namespace heddle::conformance
