#include "heddle/c/tensor.h"

#include <algorithm>

#include "heddle/tensor.hpp"
#include "host/c/report.hpp"
#include "host/c/tile.hpp"
#include "host/message.hpp"

using namespace heddle;
using heddle::c::deliver;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;

heddle_status heddle_contiguous_strides(int32_t rank, const int64_t* shape, int64_t* stride) {
  return guard([&]() -> Status {
    HEDDLE_TRY(heddle::c::read_number("rank", rank, 1, kMaxRank));
    HEDDLE_TRY(need("shape", shape));
    HEDDLE_TRY(need("stride", stride));
    std::int64_t step = 1;
    Dims strides{};
    for (int d = rank - 1; d >= 0; --d) {
      if (shape[d] < 0)
        return {StatusCode::invalid_argument,
                message("shape[", d, "] = ", shape[d], ": must be >= 0")};
      strides[static_cast<std::size_t>(d)] = step;
      if (d > 0 && __builtin_mul_overflow(step, shape[d], &step))
        return {StatusCode::invalid_argument,
                message("shape[", d, "] = ", shape[d], ": the strides must fit in 63 bits")};
    }
    std::copy_n(strides.begin(), rank, stride);
    return {};
  });
}

heddle_status heddle_as_tensor(const heddle_matrix* matrix, heddle_tensor* tensor) {
  return guard([&]() -> Status {
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    HEDDLE_TRY(need("tensor", tensor));
    *tensor = heddle::c::write(as_tensor(in));
    return {};
  });
}

heddle_status heddle_as_tensor_mask(const heddle_mask* mask, heddle_tensor_mask* tensor) {
  return guard([&]() -> Status {
    ConstMaskView kept;
    HEDDLE_TRY(read("mask", mask, kept));
    HEDDLE_TRY(need("tensor", tensor));
    *tensor = heddle::c::write(as_tensor(kept));
    return {};
  });
}

heddle_status heddle_best_mask_tensor(const heddle_exec* exec, const heddle_tensor* weight,
                                      const heddle_pattern* pattern, const heddle_tensor_mask* mask,
                                      int32_t ranking) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstTensorView in;
    HEDDLE_TRY(read("weight", weight, in));
    Pattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    TensorMask kept;
    HEDDLE_TRY(read("mask", mask, kept));
    Ranking by{};
    HEDDLE_TRY(read("ranking", ranking, by));
    return best_mask(on, in, wanted, kept, by);
  });
}

heddle_status heddle_best_tile_mask_tensor(const heddle_exec* exec, const heddle_tensor* weight,
                                           const heddle_tile_pattern* pattern,
                                           const heddle_tensor_mask* mask, int32_t ranking) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstTensorView in;
    HEDDLE_TRY(read("weight", weight, in));
    TilePattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    TensorMask kept;
    HEDDLE_TRY(read("mask", mask, kept));
    Ranking by{};
    HEDDLE_TRY(read("ranking", ranking, by));
    return best_tile_mask(on, in, wanted, kept, by);
  });
}

heddle_status heddle_apply_mask_tensor(const heddle_exec* exec, const heddle_tensor* weight,
                                       const heddle_tensor_mask* mask, const heddle_tensor* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstTensorView in;
    HEDDLE_TRY(read("weight", weight, in));
    ConstTensorMask kept;
    HEDDLE_TRY(read("mask", mask, kept));
    TensorView to;
    HEDDLE_TRY(read("out", out, to));
    return apply_mask(on, in, kept, to);
  });
}

heddle_status heddle_check_tensor(const heddle_exec* exec, const heddle_tensor* weight,
                                  const heddle_pattern* pattern, heddle_check_report* report) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstTensorView in;
    HEDDLE_TRY(read("weight", weight, in));
    Pattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    HEDDLE_TRY(need("report", report));
    return deliver(check(on, in, wanted), report);
  });
}

heddle_status heddle_check_tiles_tensor(const heddle_exec* exec, const heddle_tensor* weight,
                                        const heddle_pattern* pattern,
                                        heddle_tile_check_report* report) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstTensorView in;
    HEDDLE_TRY(read("weight", weight, in));
    Pattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    HEDDLE_TRY(need("report", report));
    return deliver(check_tiles(on, in, wanted), report);
  });
}

heddle_status heddle_mask_stats_tensor(const heddle_exec* exec, const heddle_tensor* weight,
                                       const heddle_tensor_mask* mask, heddle_mask_sums* sums) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstTensorView in;
    HEDDLE_TRY(read("weight", weight, in));
    ConstTensorMask kept;
    HEDDLE_TRY(read("mask", mask, kept));
    HEDDLE_TRY(need("sums", sums));
    return deliver(mask_stats(on, in, kept), sums);
  });
}
