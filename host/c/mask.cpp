#include "heddle/c/mask.h"

#include <vector>

#include "heddle/mask.hpp"
#include "host/c/report.hpp"
#include "host/message.hpp"

using namespace heddle;
using heddle::c::deliver;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;
using heddle::c::same_layout;

namespace {

Status read_item(const heddle_masked_matrix& from, MaskedMatrix& to) {
  HEDDLE_TRY(read("matrix", &from.matrix, to.matrix));
  HEDDLE_TRY(read("mask", &from.mask, to.mask));
  return read("out", &from.out, to.out);
}

}  // namespace

heddle_status heddle_best_mask(const heddle_exec* exec, const heddle_matrix* matrix,
                               const heddle_pattern* pattern, const heddle_mask* mask,
                               int32_t ranking) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    Pattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    MaskView kept;
    HEDDLE_TRY(read("mask", mask, kept));
    Ranking by{};
    HEDDLE_TRY(read("ranking", ranking, by));
    return best_mask(on, in, wanted, kept, by);
  });
}

heddle_status heddle_apply_mask(const heddle_exec* exec, const heddle_matrix* matrix,
                                const heddle_mask* mask, const heddle_matrix* out) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    ConstMaskView kept;
    HEDDLE_TRY(read("mask", mask, kept));
    MatrixView to;
    HEDDLE_TRY(read("out", out, to));
    return apply_mask(on, in, kept, to);
  });
}

heddle_status heddle_apply_masks(const heddle_exec* exec, const heddle_masked_matrix* list,
                                 size_t count) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    if (count != 0) HEDDLE_TRY(need("list", list));
    std::vector<MaskedMatrix> items(count);
    for (size_t i = 0; i < count; ++i)
      if (const Status s = read_item(list[i], items[i]); !s.ok())
        return {s.code(), message("list[", i, "].", s.message())};
    return apply_masks(on, items.data(), count);
  });
}

heddle_status heddle_check(const heddle_exec* exec, const heddle_matrix* matrix,
                           const heddle_pattern* pattern, heddle_check_report* report) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    Pattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    HEDDLE_TRY(need("report", report));
    return deliver(check(on, in, wanted), report);
  });
}

heddle_status heddle_check_async(const heddle_exec* exec, const heddle_matrix* matrix,
                                 const heddle_pattern* pattern, heddle_check_report* report) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    Pattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    HEDDLE_TRY(need("report", report));
    return check(on, in, wanted, same_layout<CheckReport>(report));
  });
}

heddle_status heddle_mask_stats(const heddle_exec* exec, const heddle_matrix* matrix,
                                const heddle_mask* mask, heddle_mask_sums* sums) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    ConstMaskView kept;
    HEDDLE_TRY(read("mask", mask, kept));
    HEDDLE_TRY(need("sums", sums));
    return deliver(mask_stats(on, in, kept), sums);
  });
}
