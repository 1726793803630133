#include "test/abuse/stage.hpp"

#include <cstring>
#include <stdexcept>

namespace heddle::abuse {
namespace {

void require(const Status& status) {
  if (!status.ok()) throw std::logic_error("preparing a scenario: " + status.to_string());
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  return (hash ^ word) * 1099511628211u ^ hash >> 29;
}

}  // namespace

std::byte* Stage::take(std::size_t bytes) {
  buffers_.emplace_back(bytes + 1);
  return buffers_.back().data();
}

float* Stage::floats(std::int64_t count, std::uint32_t seed) {
  auto* const data = reinterpret_cast<float*>(take(static_cast<std::size_t>(count) * 4));
  for (std::int64_t i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    const int value = static_cast<int>(seed >> 28) - 8;
    data[i] = static_cast<float>(value >= 0 ? value + 1 : value);
  }
  return data;
}

MatrixView Stage::matrix(std::int64_t rows, std::int64_t cols, std::uint32_t seed) {
  return row_major(static_cast<void*>(floats(rows * cols, seed)), rows, cols, DataType::f32);
}

MatrixView Stage::zeros(std::int64_t rows, std::int64_t cols, DataType type) {
  return row_major(static_cast<void*>(take(static_cast<std::size_t>(rows * cols) * size_of(type))),
                   rows, cols, type);
}

MaskView Stage::mask(std::int64_t rows, std::int64_t cols) {
  return row_major_mask(
      reinterpret_cast<std::uint8_t*>(take(static_cast<std::size_t>(rows * cols))), rows, cols);
}

MaskView Stage::kept_mask(std::int64_t rows, std::int64_t cols) {
  const MaskView view = mask(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; ++c) view.data[r * view.ld + c] = c % 4 < 2;
  return view;
}

PackedView Stage::blob(const PackedDesc& desc) {
  const Result<std::size_t> bytes = packed_size(desc);
  require(bytes.status());
  return {desc, take(*bytes), *bytes};
}

PackedView Stage::packed(const MatrixView& matrix, PackedOrder order, Pattern pattern) {
  const PackedView out = blob({matrix.rows, matrix.cols, pattern, matrix.type, order});
  require(pack(Exec::cpu(1), matrix, out));
  return out;
}

std::uint64_t Stage::digest() const {
  std::uint64_t hash = 14695981039346656037u;
  for (const auto& buffer : buffers_)
    for (const std::byte byte : buffer) hash = mix(hash, std::to_integer<std::uint64_t>(byte));
  for (const std::uint64_t number : numbers) hash = mix(hash, number);
  return hash;
}

Scenario scenario(std::string name, std::function<Act(Stage&)> prepare, StatusCode want,
                  bool all_or_nothing) {
  return {std::move(name), [prepare = std::move(prepare), want, all_or_nothing] {
            const auto stage = std::make_shared<Stage>();
            Case made;
            made.act = [stage, act = prepare(*stage)] { return act(); };
            made.digest = [stage] { return stage->digest(); };
            made.want = want;
            made.all_or_nothing = all_or_nothing;
            return made;
          }};
}

}  // namespace heddle::abuse
