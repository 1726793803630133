#pragma once
// Every byte of a canonical blob that has a rule. A thread takes a unit of a row: whole bytes of
// metadata.

#include "kernels/access.cuh"
#include "kernels/pack/canonical.hpp"
#include "kernels/pack/canonical_wide.hpp"
#include "kernels/pack/header.cuh"
#include "kernels/report/tally.cuh"

namespace heddle {

inline constexpr int kVerifyThreads = 256;

// As VerifyReport::Fault.
enum CanonicalFault : int {
  kSoundGroup = 0,
  kFaultHeader = 1,
  kFaultGap = 2,
  kFaultPosition = 3,
  kFaultValue = 4,
  kFaultPadding = 5,
};

// Takes fields of up to 5 bits off a run of bytes, a byte or a word at a time.
class FieldReader {
 public:
  __device__ FieldReader(const std::byte* next, bool words) : next_(next), words_(words) {}
  __device__ __forceinline__ int take(int bits) {
    if (count_ < bits) refill();
    const auto field = static_cast<int>(held_ & ((1u << bits) - 1));
    held_ >>= bits;
    count_ -= bits;
    return field;
  }
  __device__ bool rest_is_zero() const { return held_ == 0; }  // of the last byte taken from

 private:
  __device__ __forceinline__ void refill() {
    const std::uint32_t more = words_ ? load_run<4>(next_).word[0] : load_run<1>(next_).word[0];
    held_ |= static_cast<std::uint64_t>(more) << count_;
    count_ += words_ ? 32 : 8;
    next_ += words_ ? 4 : 1;
  }
  const std::byte* next_;
  bool words_;
  std::uint64_t held_ = 0;
  int count_ = 0;
};

__device__ __forceinline__ bool is_zero(const std::byte* value, int bytes) {
  unsigned any = 0;
  for (int i = 0; i < bytes; ++i) any |= static_cast<unsigned>(value[i]);
  return any == 0;
}

// The first fault of a group, whose positions it takes off `fields`.
__device__ __forceinline__ CanonicalFault fault_of_group(const CanonicalVerifyArgs& args,
                                                         std::int64_t row, std::int64_t group,
                                                         FieldReader& fields) {
  const ConstCanonicalBlob& in = args.in;
  const std::int64_t left = in.cols - group * in.group;  // columns from the group on
  CanonicalFault fault = kSoundGroup;
  int before = -1;
  for (int e = 0; e < in.keep; ++e) {
    const int position = fields.take(in.bits);
    if (fault != kSoundGroup) continue;  // the rest must still be taken
    if (position <= before || position >= in.group)
      fault = kFaultPosition;
    else if (position >= left &&
             !is_zero(in.values_row(row) + (group * in.keep + e) * args.elem_bytes,
                      args.elem_bytes))
      fault = kFaultValue;
    before = position;
  }
  return fault;
}

__device__ __forceinline__ void check_unit(const CanonicalVerifyArgs& args, std::int64_t row,
                                           std::int64_t first, Findings& findings) {
  const ConstCanonicalBlob& in = args.in;
  const bool whole = first + kUnitGroups <= in.groups;
  const int width = in.field_bits();
  FieldReader fields(in.metadata_row(row) + first / kUnitGroups * width,
                     whole && width % 4 == 0 && in.metadata_align >= 4);
  const auto report = [&](std::int64_t group, CanonicalFault fault) {
    if (fault == kSoundGroup) return;
    const std::int64_t place = row * (in.groups + 1) + group;
    findings.add(static_cast<unsigned long long>(place * kFindingKinds + fault));
  };
  const std::int64_t end = whole ? first + kUnitGroups : in.groups;
  for (std::int64_t group = first; group < end; ++group)
    report(group, fault_of_group(args, row, group, fields));
  if (end == in.groups && !fields.rest_is_zero()) report(in.groups, kFaultPadding);
}

__global__ void __launch_bounds__(kVerifyThreads, 4)
    verify_canonical(const __grid_constant__ CanonicalVerifyArgs args) {
  Findings findings;
  if (blockIdx.x == 0) {
    if (header_differs(args.in.data, args.header, args.in.align)) findings.add(kFaultHeader);
    const std::byte* gap = args.in.values_row(args.in.rows) + threadIdx.x;  // under 128 bytes
    if (gap < args.in.metadata && *gap != std::byte{0}) findings.add(kFaultGap);
  }
  const UnitRange range = units_of(args.in);
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kVerifyThreads;
  for (std::int64_t unit = static_cast<std::int64_t>(blockIdx.x) * kVerifyThreads + threadIdx.x;
       unit < range.units; unit += stride)
    check_unit(args, unit / range.row_units, unit % range.row_units * kUnitGroups, findings);
  publish(args.tally, findings);
}

}  // namespace heddle
