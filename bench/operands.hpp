#pragma once
// The memory an operation works on, on either side: host memory for the CPU, device memory for the
// GPU. And what of it an operation must move.

#include <array>
#include <cstddef>
#include <cstdint>

#include "bench/case.hpp"

namespace heddle::bench {

enum class Part {
  dense,       // random, normal; the input of mask and pack
  mask,        // the best mask of dense
  pruned,      // dense under mask: compliant
  packed,      // canonical blob of pruned
  fragmented,  // its device blob
  matrix_out,
  mask_out,
  packed_out,
  fragmented_out,
  tile_mask,    // the best exact tile mask of dense; this and what follows for 2:4 alone
  tile_blob,    // device blob of dense under tile_mask
  tile_turned,  // device blob of its transpose
  tile_mask_out,
  tile_blob_out,
  tile_turned_out,
  columns,  // a factor for each column of scores, f32
  scores,   // |dense| times that, f32
  scores_out,
  report,  // what check, verify and pack from a mask leave instead of a status
};
inline constexpr std::size_t kParts = 19;
inline constexpr std::size_t kReportBytes = sizeof(CheckReport);
static_assert(sizeof(VerifyReport) == kReportBytes);

/// Every output starts as this byte; so do the gaps between lines, which must keep it.
inline constexpr int kPoison = 0xA5;

/// The part that holds what an operation must leave in this output. Reports must be clean.
Part expected(Part out);

/// The blob of a case, and of a part that is one.
PackedDesc packed_desc(const Case& problem, PackedOrder order);
PackedDesc packed_desc(const Case& problem, Part blob);

/// Memory of a part, gaps between lines included. 0 for a device blob that the order does not hold.
std::size_t part_bytes(const Case& problem, Part part);

/// The bytes of a part that an operation must read or write: without gaps; a blob whole.
std::size_t payload_bytes(const Case& problem, Part part);

struct Span {
  std::byte* data = nullptr;
  std::size_t bytes = 0;
};

/// One set of buffers of a case.
struct Operands {
  Case problem;
  std::array<Span, kParts> spans;

  Span& operator[](Part part) { return spans[static_cast<std::size_t>(part)]; }
  const Span& operator[](Part part) const { return spans[static_cast<std::size_t>(part)]; }
  MatrixView matrix(Part part) const;  // of the case's type; scores are f32
  MaskView mask(Part part) const;
  PackedView blob(Part part) const;
  ConstVectorView column_factors() const;
  template <class Report>
  Report* report() const {
    return reinterpret_cast<Report*>((*this)[Part::report].data);
  }
};

}  // namespace heddle::bench
