#pragma once
// The reports of the C ABI have the layout of the C++ ones: with CUDA the device writes them.

#include <bit>
#include <cstddef>

#include "heddle/c/mask.h"
#include "heddle/c/pack.h"
#include "heddle/c/tile.h"
#include "heddle/tile.hpp"
#include "host/c/abi.hpp"

namespace heddle::c {

static_assert(offsetof(heddle_check_report, violations) == offsetof(CheckReport, violations));
static_assert(offsetof(heddle_check_report, row) == offsetof(CheckReport, row));
static_assert(offsetof(heddle_check_report, group) == offsetof(CheckReport, group));
static_assert(sizeof(heddle_check_report) == 24 && sizeof(CheckReport) == 24);

static_assert(offsetof(heddle_tile_check_report, rows) == offsetof(TileCheckReport, rows));
static_assert(offsetof(heddle_tile_check_report, cols) == offsetof(TileCheckReport, cols));
static_assert(sizeof(heddle_tile_check_report) == 48 && sizeof(TileCheckReport) == 48);

static_assert(offsetof(heddle_verify_report, fault) == offsetof(VerifyReport, fault));
static_assert(offsetof(heddle_verify_report, row) == offsetof(VerifyReport, row));
static_assert(offsetof(heddle_verify_report, group) == offsetof(VerifyReport, group));
static_assert(sizeof(heddle_verify_report) == 24 && sizeof(VerifyReport) == 24);

inline heddle_check_report write(const CheckReport& report) {
  return std::bit_cast<heddle_check_report>(report);
}
inline heddle_tile_check_report write(const TileCheckReport& report) {
  return std::bit_cast<heddle_tile_check_report>(report);
}
inline heddle_mask_sums write(const MaskStats& stats) {
  return {stats.elements, stats.kept, stats.nonzeros, stats.l1_total, stats.l1_kept};
}

// What a function that waits does with its result: a failure leaves *out as it was.
template <class Report, class T>
Status deliver(const Result<T>& result, Report* out) {
  if (!result.ok()) return result.status();
  *out = write(*result);
  return {};
}

}  // namespace heddle::c
