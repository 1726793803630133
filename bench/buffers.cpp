#include "bench/buffers.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace heddle::bench {
namespace {

std::int64_t line_length(const Case& problem) {
  return packed_ld(problem.rows, problem.cols, problem.order);
}

std::int64_t place(const Case& problem, std::int64_t row, std::int64_t col) {
  return problem.order == Order::row ? row * problem.cols + col : col * problem.rows + row;
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

Status make_blob(const Buffers& buffers, PackedOrder order, Memory& out) {
  const auto size = packed_size(buffers.desc(order));
  if (!size) return size.status();
  out = Memory(*size);
  return pack(Exec::cpu(), buffers.matrix(buffers.pruned), buffers.mask_view(buffers.mask),
              buffers.blob(out, order));
}

}  // namespace

MatrixView Buffers::matrix(const Memory& memory) const {
  return {memory.data(),        problem.rows, problem.cols,
          line_length(problem), problem.type, problem.order};
}

MaskView Buffers::mask_view(const Memory& memory) const {
  return {reinterpret_cast<std::uint8_t*>(memory.data()), problem.rows, problem.cols,
          line_length(problem), problem.order};
}

PackedView Buffers::blob(const Memory& memory, PackedOrder order) const {
  return {desc(order), memory.data(), memory.bytes()};
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
  const auto elements = problem.rows * problem.cols;
  buffers.dense = Memory(problem.bytes());
  buffers.pruned = Memory(problem.bytes());
  buffers.matrix_out = Memory(problem.bytes());
  buffers.mask = Memory(static_cast<std::size_t>(elements));
  buffers.mask_out = Memory(static_cast<std::size_t>(elements));
  fill_normal(buffers.dense.data(), elements, problem.type);

  const Exec exec = Exec::cpu();
  const MatrixView dense = buffers.matrix(buffers.dense);
  const MaskView mask = buffers.mask_view(buffers.mask);
  if (Status status = best_mask(exec, dense, problem.pattern, mask); !status.ok()) return status;
  if (Status status = check_mask(buffers); !status.ok()) return status;
  if (Status status = apply_mask(exec, dense, mask, buffers.matrix(buffers.pruned)); !status.ok())
    return status;
  if (Status status = make_blob(buffers, PackedOrder::canonical, buffers.packed); !status.ok())
    return status;
  if (Status status = make_blob(buffers, PackedOrder::device, buffers.fragmented);
      !status.ok() && status.code() != StatusCode::unsupported)
    return status;
  buffers.blob_out = Memory(std::max(buffers.packed.bytes(), buffers.fragmented.bytes()));
  return buffers;
}

}  // namespace heddle::bench
