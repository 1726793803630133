#include "bench/buffers.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace heddle::bench {
namespace {

std::int64_t place(const Case& problem, std::int64_t row, std::int64_t col) {
  return problem.order == Order::row ? row * problem.ld() + col : col * problem.ld() + row;
}

// The mask of one group keeps min(r, keep) entries, and none that it drops is larger.
bool group_is_best(const Buffers& buffers, std::int64_t row, std::int64_t group) {
  const Case& problem = buffers.problem;
  const std::int64_t begin = group * problem.pattern.group;
  const std::int64_t end = std::min(problem.cols, begin + problem.pattern.group);
  std::int64_t kept = 0;
  float least_kept = INFINITY;
  float most_dropped = 0;
  for (std::int64_t col = begin; col < end; ++col) {
    const std::int64_t at = place(problem, row, col);
    const float magnitude = std::fabs(load_as_float(buffers.dense.data(), at, problem.type));
    const bool keep = buffers.mask.data()[at] != std::byte{0};
    kept += keep;
    if (keep) least_kept = std::min(least_kept, magnitude);
    if (!keep) most_dropped = std::max(most_dropped, magnitude);
  }
  return kept == std::min<std::int64_t>(end - begin, problem.pattern.keep) &&
         least_kept >= most_dropped;
}

Status check_mask(const Buffers& buffers) {
  const Case& problem = buffers.problem;
  const std::int64_t groups = (problem.cols + problem.pattern.group - 1) / problem.pattern.group;
  const std::int64_t total = groups * problem.rows;
  const std::int64_t stride = std::max<std::int64_t>(1, total / 100003);
  for (std::int64_t index = 0; index < total; index += stride) {
    const std::int64_t row = index / groups;
    const std::int64_t group = index % groups;
    if (!group_is_best(buffers, row, group))
      return {StatusCode::corrupt, "best_mask is not best at row " + std::to_string(row) +
                                       ", group " + std::to_string(group)};
  }
  return {};
}

// Packs under the mask, then takes the blob apart again. Leaves the pruned matrix in matrix_out.
Status make_blob(Buffers& buffers, Part part) {
  const auto size = packed_size(packed_desc(buffers.problem, part));
  if (!size) return size.status();
  (part == Part::packed ? buffers.packed : buffers.fragmented) = Memory(*size);
  const Operands all = buffers.operands();
  const Exec exec = Exec::cpu();
  if (Status status = pack(exec, all.matrix(Part::pruned), all.mask(Part::mask), all.blob(part));
      !status.ok())
    return status;
  if (Status status = verify(exec, all.blob(part)); !status.ok()) return status;
  if (Status status = unpack(exec, all.blob(part), all.matrix(Part::matrix_out)); !status.ok())
    return status;
  if (std::memcmp(buffers.matrix_out.data(), buffers.pruned.data(), buffers.pruned.bytes()) == 0)
    return {};
  return {StatusCode::corrupt, "a blob does not unpack to the pruned matrix"};
}

// The tile mask and the packs under it; matrix_out gets the matrix under it, which must comply.
Status make_tiles(Buffers& buffers) {
  const Case& problem = buffers.problem;
  for (Memory* mask : {&buffers.tile_mask, &buffers.tile_mask_out})
    *mask = Memory(part_bytes(problem, Part::tile_mask));
  for (Memory* blob : {&buffers.tile_blob, &buffers.tile_blob_out})
    *blob = Memory(part_bytes(problem, Part::tile_blob));
  for (Memory* blob : {&buffers.tile_turned, &buffers.tile_turned_out})
    *blob = Memory(part_bytes(problem, Part::tile_turned));
  if (buffers.tile_mask.bytes() == 0) return {};
  const Exec exec = Exec::cpu();
  const Operands all = buffers.operands();
  const MatrixView dense = all.matrix(Part::dense), pruned = all.matrix(Part::matrix_out);
  const MaskView mask = all.mask(Part::tile_mask);
  if (Status status = best_tile_mask(exec, dense, {problem.pattern}, mask); !status.ok())
    return status;
  if (Status status = apply_mask(exec, dense, mask, pruned); !status.ok()) return status;
  const auto report = check_tiles(exec, pruned, problem.pattern);
  if (!report) return report.status();
  if (!report->compliant()) return {StatusCode::corrupt, "a tile mask does not comply"};
  if (buffers.tile_blob.bytes() == 0) return {};
  const ConstMaskView kept = mask;
  return pack_tiles(exec, dense, kept, all.blob(Part::tile_blob), all.blob(Part::tile_turned));
}

Status make_scores(Buffers& buffers) {
  const Case& problem = buffers.problem;
  buffers.columns = Memory(part_bytes(problem, Part::columns));
  for (Memory* scores : {&buffers.scores, &buffers.scores_out})
    *scores = Memory(part_bytes(problem, Part::scores));
  fill_normal(buffers.columns.data(), problem.cols, DataType::f32);
  const Operands all = buffers.operands();
  return score(Exec::cpu(), all.matrix(Part::dense), Score::activation_norm, all.column_factors(),
               all.matrix(Part::scores));
}

}  // namespace

Operands Buffers::operands() const {
  Operands all;
  all.problem = problem;
  all[Part::dense] = dense.span();
  all[Part::mask] = mask.span();
  all[Part::pruned] = pruned.span();
  all[Part::packed] = packed.span();
  all[Part::fragmented] = fragmented.span();
  all[Part::matrix_out] = matrix_out.span();
  all[Part::mask_out] = mask_out.span();
  all[Part::packed_out] = all[Part::fragmented_out] = blob_out.span();
  all[Part::tile_mask] = tile_mask.span();
  all[Part::tile_blob] = tile_blob.span();
  all[Part::tile_turned] = tile_turned.span();
  all[Part::tile_mask_out] = tile_mask_out.span();
  all[Part::tile_blob_out] = tile_blob_out.span();
  all[Part::tile_turned_out] = tile_turned_out.span();
  all[Part::columns] = columns.span();
  all[Part::scores] = scores.span();
  all[Part::scores_out] = scores_out.span();
  all[Part::report] = report.span();
  return all;
}

Span Buffers::expected(Part part) const {
  return part == Part::report ? clean_report.span() : operands()[bench::expected(part)];
}

void fill_normal(std::byte* data, std::int64_t elements, DataType type) {
  const std::int64_t block = std::min<std::int64_t>(elements, 1000003);  // prime: no row repeats
  std::mt19937 random(20260101);
  std::normal_distribution<float> normal(0.0f, type == DataType::i8 ? 40.0f : 1.0f);
  for (std::int64_t i = 0; i < block; ++i) store_from_float(data, i, type, normal(random));
  const auto bytes = static_cast<std::size_t>(elements) * size_of(type);
  for (std::size_t done = static_cast<std::size_t>(block) * size_of(type); done < bytes;) {
    const std::size_t step = std::min(done, bytes - done);
    std::memcpy(data + done, data, step);
    done += step;
  }
}

Result<Buffers> prepare(const Case& problem) {
  Buffers buffers;
  buffers.problem = problem;
  for (Memory* matrix : {&buffers.dense, &buffers.pruned, &buffers.matrix_out})
    *matrix = Memory(part_bytes(problem, Part::dense));
  for (Memory* mask : {&buffers.mask, &buffers.mask_out})
    *mask = Memory(part_bytes(problem, Part::mask));
  buffers.report = Memory(kReportBytes);
  buffers.clean_report = Memory(kReportBytes);
  const CheckReport clean;  // a clean VerifyReport has the same bytes
  std::memcpy(buffers.clean_report.data(), &clean, sizeof(clean));
  fill_normal(buffers.dense.data(), static_cast<std::int64_t>(problem.elements_with_gaps()),
              problem.type);

  const Exec exec = Exec::cpu();
  const Operands all = buffers.operands();
  const MatrixView dense = all.matrix(Part::dense);
  const MaskView mask = all.mask(Part::mask);
  if (Status status = best_mask(exec, dense, problem.pattern, mask); !status.ok()) return status;
  if (Status status = check_mask(buffers); !status.ok()) return status;
  if (Status status = apply_mask(exec, dense, mask, all.matrix(Part::pruned)); !status.ok())
    return status;
  if (Status status = make_blob(buffers, Part::packed); !status.ok()) return status;
  if (Status status = make_blob(buffers, Part::fragmented);
      !status.ok() && status.code() != StatusCode::unsupported)
    return status;
  if (Status status = make_tiles(buffers); !status.ok()) return status;
  if (Status status = make_scores(buffers); !status.ok()) return status;
  buffers.blob_out = Memory(std::max(buffers.packed.bytes(), buffers.fragmented.bytes()));
  return buffers;
}

}  // namespace heddle::bench
