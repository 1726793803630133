#pragma once
// The vector kernels of the permutation search, on quantised magnitudes stored column by column.

#include <cstdint>

#include "kernels/permute/splits.hpp"

namespace heddle::cpu {

inline constexpr std::int64_t kRowPad = 16;  // rows of a column are padded with zeros to this many

struct QuantisedColumns {
  const std::int32_t* data;  // [cols, stride], 0 to 2^24
  std::int64_t stride;       // a multiple of kRowPad
};

struct PermuteOps {
  // As PermuteEvaluator, one thread.
  void (*values)(const QuantisedColumns& q, const std::int32_t* sets, std::int64_t count, int size,
                 int keep, std::int64_t* out);
  void (*best_splits)(const QuantisedColumns& q, const std::int32_t* windows, std::int64_t count,
                      SplitChoice* out);
};

const PermuteOps& permute_ops();

}  // namespace heddle::cpu
