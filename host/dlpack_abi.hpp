#pragma once
// The structures of DLPack 1.x as they lie in memory, under names of our own: a program may include
// dlpack.h beside Heddle's headers. Facts from dlpack.h 1.3 (github.com/dmlc/dlpack).

#include <cstddef>
#include <cstdint>

namespace heddle::dlpack {

enum DeviceType : std::int32_t {  // the device types whose memory Heddle can use
  kCpu = 1,
  kCuda = 2,
  kCudaHost = 3,  // pinned
  kCudaManaged = 13,
};
struct Device {
  std::int32_t type;
  std::int32_t index;
};

enum TypeCode : std::uint8_t {
  kInt = 0,
  kUInt = 1,
  kFloat = 2,
  kBfloat = 4,
  kBool = 6,
  kFloat8E4m3fn = 10,  // since 1.1
  kFloat8E5m2 = 12,
};
struct ElementType {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};

struct Tensor {
  void* data;
  Device device;
  std::int32_t rank;
  ElementType type;
  std::int64_t* shape;
  std::int64_t* stride;  // elements; may be null before 1.2
  std::uint64_t byte_offset;
};
static_assert(sizeof(Tensor) == 48 && offsetof(Tensor, type) == 20 &&
              offsetof(Tensor, byte_offset) == 40);

struct Unversioned {
  Tensor tensor;
  void* context;
  void (*deleter)(Unversioned* self);
};
static_assert(sizeof(Unversioned) == 64 && offsetof(Unversioned, deleter) == 56);

inline constexpr std::uint64_t kReadOnly = 1;  // of flags
inline constexpr std::uint32_t kMajor = 1, kMinor = 1;

// Version, context and deleter stay where they are in every version; the rest is of this major.
struct Versioned {
  std::uint32_t major, minor;
  void* context;
  void (*deleter)(Versioned* self);
  std::uint64_t flags;
  Tensor tensor;
};
static_assert(sizeof(Versioned) == 80 && offsetof(Versioned, flags) == 24 &&
              offsetof(Versioned, tensor) == 32);

}  // namespace heddle::dlpack
