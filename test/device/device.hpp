#pragma once
// Kernel tests through the public API. The same sources make two programs: on the testbed, where a
// body runs under every schedule and must leave a clean report, and on a GPU, where it runs twice
// and the bytes must agree.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "heddle/exec.hpp"
#include "test/oracle/matrix.hpp"

namespace heddle::test {

// Device memory at `misalign` bytes past a 256-byte boundary, with nothing valid around it. Starts
// as 0xFF.
class DeviceBytes {
 public:
  explicit DeviceBytes(std::size_t bytes, std::size_t misalign = 0);
  DeviceBytes(const void* host, std::size_t bytes, std::size_t misalign = 0);
  ~DeviceBytes();
  DeviceBytes(DeviceBytes&& other) noexcept;
  DeviceBytes& operator=(DeviceBytes&&) = delete;
  unsigned char* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::vector<unsigned char> read() const;
  // What lies around is as it was: a GPU's zones are compared, the testbed watches by itself.
  testing::AssertionResult zones_intact() const;

 private:
  unsigned char* data_ = nullptr;
  std::size_t size_ = 0;
  void* base_ = nullptr;
};

// A copy of a matrix or mask in device memory, gaps included; `read_into` brings it back.
class DeviceMatrix {
 public:
  explicit DeviceMatrix(const ConstMatrixView& host, std::size_t misalign = 0);
  MatrixView view() const;
  ConstMatrixView cview() const { return view(); }
  void read_into(const MatrixView& host) const;  // same shape, ld and order
  testing::AssertionResult zones_intact() const { return bytes_.zones_intact(); }

 private:
  MatrixView view_;
  DeviceBytes bytes_;
};
inline ConstMatrixView bytes_of(const ConstMaskView& m) {
  return {m.data, m.rows, m.cols, m.ld, DataType::i8, m.order};
}
inline MatrixView bytes_of(const MaskView& m) {
  return {m.data, m.rows, m.cols, m.ld, DataType::i8, m.order};
}
inline MaskView mask_of(const MatrixView& v) {
  return {static_cast<std::uint8_t*>(v.data), v.rows, v.cols, v.ld, v.order};
}

// How often and how a body runs.
struct Effort {
  unsigned schedules = 16;      // on the testbed
  std::int64_t max_blocks = 0;  // of a grid on the testbed; 0 = as many as wanted
  int capability = 120;         // what the testbed says it is; a GPU is what it is
};

// Runs body(Exec::cuda()) again and again. `problem` names the case in every failure. The body
// makes its own buffers and asserts.
void on_device(const std::string& problem, const std::function<void(const Exec&)>& body,
               const Effort& effort = {});

// Why this program cannot run here, or "". `capability`: what the device must have, 10 * major +
// minor; 0: any will do.
std::string missing_device(int capability = 0);

}  // namespace heddle::test

// First line of every device test: skips, with the reason, where there is no device.
#define HEDDLE_NEED_DEVICE() HEDDLE_NEED_CAPABILITY(0)
#define HEDDLE_NEED_CAPABILITY(capability)                                                \
  if (const std::string why = ::heddle::test::missing_device(capability); !why.empty()) { \
    GTEST_SKIP() << why;                                                                  \
  }
