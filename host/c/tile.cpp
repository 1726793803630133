#include "heddle/c/tile.h"

#include <optional>

#include "heddle/tile.hpp"
#include "host/c/report.hpp"
#include "host/c/tile.hpp"

using namespace heddle;
using heddle::c::deliver;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;
using heddle::c::same_layout;

heddle_status heddle_tile_pattern_name(const heddle_tile_pattern* pattern, char* name,
                                       size_t capacity, size_t* length) {
  return guard([&]() -> Status {
    TilePattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    return heddle::c::write_text(to_string(wanted), name, capacity, length);
  });
}

heddle_status heddle_best_tile_mask(const heddle_exec* exec, const heddle_matrix* matrix,
                                    const heddle_tile_pattern* pattern, const heddle_mask* mask,
                                    int32_t ranking) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    TilePattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    MaskView kept;
    HEDDLE_TRY(read("mask", mask, kept));
    Ranking by{};
    HEDDLE_TRY(read("ranking", ranking, by));
    return best_tile_mask(on, in, wanted, kept, by);
  });
}

heddle_status heddle_check_tiles(const heddle_exec* exec, const heddle_matrix* matrix,
                                 const heddle_pattern* pattern, heddle_tile_check_report* report) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    Pattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    HEDDLE_TRY(need("report", report));
    return deliver(check_tiles(on, in, wanted), report);
  });
}

heddle_status heddle_check_tiles_async(const heddle_exec* exec, const heddle_matrix* matrix,
                                       const heddle_pattern* pattern,
                                       heddle_tile_check_report* report) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    Pattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    HEDDLE_TRY(need("report", report));
    return check_tiles(on, in, wanted, same_layout<TileCheckReport>(report));
  });
}

heddle_status heddle_pack_tiles(const heddle_exec* exec, const heddle_matrix* matrix,
                                const heddle_tile_pattern* pattern, const heddle_packed* out,
                                const heddle_packed* out_transposed, const heddle_mask* mask) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    TilePattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    PackedView turned;
    HEDDLE_TRY(read("out_transposed", out_transposed, turned));
    std::optional<MaskView> kept;
    HEDDLE_TRY(read("mask", mask, kept));
    return pack_tiles(on, in, wanted, to, turned, kept);
  });
}

heddle_status heddle_pack_tiles_mask(const heddle_exec* exec, const heddle_matrix* matrix,
                                     const heddle_mask* mask, const heddle_packed* out,
                                     const heddle_packed* out_transposed) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    ConstMaskView kept;
    HEDDLE_TRY(read("mask", mask, kept));
    PackedView to;
    HEDDLE_TRY(read("out", out, to));
    PackedView turned;
    HEDDLE_TRY(read("out_transposed", out_transposed, turned));
    return pack_tiles(on, in, kept, to, turned);
  });
}
