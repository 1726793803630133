#pragma once
// What the tests of the canonical kernels share: the blob that must come out, and blobs in device
// memory.

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "test/device/device.hpp"
#include "test/host/pack_case.hpp"

namespace heddle::oracle {

// The patterns with kernels of their own; half of what the general one takes.
inline const std::vector<Pattern>& lane_patterns() {
  static const std::vector<Pattern> all = {{2, 4}, {1, 2}, {1, 4}, {4, 8}};
  return all;
}
inline const std::vector<Pattern>& other_patterns() {
  static const std::vector<Pattern> all = {{3, 8},  {7, 8},  {3, 4},   {2, 2},   {8, 8},  {1, 8},
                                           {3, 5},  {1, 3},  {1, 1},   {6, 16},  {9, 16}, {9, 17},
                                           {7, 32}, {5, 12}, {16, 32}, {32, 32}, {6, 7}};
  return all;
}

using Bytes = std::vector<unsigned char>;

inline Bytes bytes_of(const Blob& blob) { return {blob.data(), blob.data() + blob.size()}; }

// The CPU path's blob, whose parts must be the oracle's.
inline Blob canonical_blob(const Matrix& m, const Mask& mask, Pattern pattern) {
  Blob want = packed(m, mask, pattern, PackedOrder::canonical);
  const CanonicalLayout parts = *canonical_layout(want.desc());
  const Bytes values = canonical_values(m, mask, pattern);
  const Bytes metadata = canonical_metadata(m, mask, pattern);
  const auto at = [&](std::size_t offset, std::size_t size) {
    return Bytes(want.data() + offset, want.data() + offset + size);
  };
  EXPECT_EQ(at(parts.values_offset, parts.values_bytes), values);
  EXPECT_EQ(at(parts.metadata_offset, parts.metadata_bytes), metadata);
  return want;
}

// A blob in device memory.
class DeviceBlob {
 public:
  explicit DeviceBlob(const PackedDesc& desc, std::size_t misalign = 0)
      : desc_(desc), bytes_(*packed_size(desc), misalign) {}
  DeviceBlob(const PackedDesc& desc, const Bytes& host, std::size_t misalign = 0)
      : desc_(desc), bytes_(host.data(), host.size(), misalign) {}
  PackedView view() const { return {desc_, bytes_.data(), bytes_.size()}; }
  ConstPackedView cview() const { return view(); }
  Bytes read() const { return bytes_.read(); }
  testing::AssertionResult zones_intact() const { return bytes_.zones_intact(); }

 private:
  PackedDesc desc_;
  test::DeviceBytes bytes_;
};

// Equal, or where they first differ.
inline testing::AssertionResult same_bytes(const Bytes& got, const Bytes& want) {
  if (got == want) return testing::AssertionSuccess();
  std::size_t i = 0;
  while (i < got.size() && i < want.size() && got[i] == want[i]) ++i;
  return testing::AssertionFailure() << "byte " << i << " of " << want.size() << " is "
                                     << int{got[i]} << ", must be " << int{want[i]};
}

// A report in device memory.
template <class Report>
class DeviceReport {
 public:
  DeviceReport() : bytes_(sizeof(Report)) {}
  Report* data() const { return reinterpret_cast<Report*>(bytes_.data()); }
  Report read() const {
    Report report;
    std::memcpy(static_cast<void*>(&report), bytes_.read().data(), sizeof(report));
    return report;
  }

 private:
  test::DeviceBytes bytes_;
};

}  // namespace heddle::oracle
