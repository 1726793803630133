#pragma once
// DLPack's structures as its specification has them, and tensors to try: shares nothing with the
// library's own.

#include <cstdint>
#include <vector>

#include "heddle/dlpack.hpp"

namespace heddle::oracle {

struct DlTensor {
  void* data = nullptr;
  std::int32_t device_type = 1;  // kDLCPU
  std::int32_t device_id = 0;
  std::int32_t ndim = 0;
  std::uint8_t code = 2;  // kDLFloat
  std::uint8_t bits = 32;
  std::uint16_t lanes = 1;
  std::int64_t* shape = nullptr;
  std::int64_t* strides = nullptr;
  std::uint64_t byte_offset = 0;
};

struct DlManaged {
  DlTensor dl_tensor;
  void* manager_ctx = nullptr;
  void (*deleter)(DlManaged* self) = nullptr;
};

struct DlVersioned {
  std::uint32_t major = 1, minor = 0;
  void* manager_ctx = nullptr;
  void (*deleter)(DlVersioned* self) = nullptr;
  std::uint64_t flags = 0;
  DlTensor dl_tensor;
};

// A tensor with its own shape and strides.
struct DlCase {
  std::vector<std::int64_t> shape, strides;
  DlVersioned managed;

  DlCase(void* data, int code, int bits, std::vector<std::int64_t> extents,
         std::vector<std::int64_t> steps = {})
      : shape(std::move(extents)), strides(std::move(steps)) {
    DlTensor& t = managed.dl_tensor;
    t.data = data;
    t.ndim = static_cast<std::int32_t>(shape.size());
    t.code = static_cast<std::uint8_t>(code);
    t.bits = static_cast<std::uint8_t>(bits);
    t.shape = shape.data();
    t.strides = strides.empty() ? nullptr : strides.data();
  }
  DlCase(const DlCase&) = delete;
  DlCase& operator=(const DlCase&) = delete;

  DlTensor& tensor() { return managed.dl_tensor; }
  DlpackSource source() const { return {&managed.dl_tensor, false, std::nullopt}; }
  const DLManagedTensorVersioned* versioned() const {
    return reinterpret_cast<const DLManagedTensorVersioned*>(&managed);
  }
};

inline const DlVersioned& read(const DLManagedTensorVersioned* managed) {
  return *reinterpret_cast<const DlVersioned*>(managed);
}
inline const DlManaged& read(const DLManagedTensor* managed) {
  return *reinterpret_cast<const DlManaged*>(managed);
}

}  // namespace heddle::oracle
