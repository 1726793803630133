// The device's global memory: one region of addresses, of which only the payloads may be touched.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace heddle::simt {

class GlobalMap {  // a snapshot, so that a launch looks up without a lock
 public:
  struct Range {
    const char* begin;
    const char* end;
    unsigned number;  // the how-manieth allocation
  };
  GlobalMap();
  bool in_region(const void* address) const;
  // Of all payloads.
  const char* begin() const { return ranges_.empty() ? nullptr : ranges_.front().begin; }
  const char* end() const { return ranges_.empty() ? nullptr : ranges_.back().end; }
  bool valid(const void* address, std::size_t bytes) const;
  std::string describe(const void* address) const;  // "buffer 3 + 128 of 100 bytes"

 private:
  const Range* below(const void* address) const;
  std::vector<Range> ranges_;  // by address
};

}  // namespace heddle::simt
