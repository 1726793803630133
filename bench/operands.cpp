#include "bench/operands.hpp"

#include <utility>

namespace heddle::bench {
namespace {

bool is_turned(Part part) { return part == Part::tile_turned || part == Part::tile_turned_out; }

bool is_tile_blob(Part part) {
  return part == Part::tile_blob || part == Part::tile_blob_out || is_turned(part);
}
bool is_tile_mask(Part part) { return part == Part::tile_mask || part == Part::tile_mask_out; }

bool is_blob(Part part) {
  return part == Part::packed || part == Part::fragmented || part == Part::packed_out ||
         part == Part::fragmented_out || is_tile_blob(part);
}

bool is_mask(Part part) {
  return part == Part::mask || part == Part::mask_out || is_tile_mask(part);
}

bool is_scores(Part part) { return part == Part::scores || part == Part::scores_out; }

std::size_t bytes_of(const Case& problem, Part part, std::size_t elements) {
  if (part == Part::report) return kReportBytes;
  if (part == Part::columns) return static_cast<std::size_t>(problem.cols) * sizeof(float);
  if (is_scores(part)) return elements * sizeof(float);
  if ((is_tile_mask(part) || is_tile_blob(part)) && problem.pattern != Pattern{2, 4}) return 0;
  if (is_mask(part)) return elements;
  if (!is_blob(part)) return elements * size_of(problem.type);
  const auto size = packed_size(packed_desc(problem, part));
  return size ? *size : 0;
}

}  // namespace

Part expected(Part out) {
  switch (out) {
    case Part::matrix_out: return Part::pruned;
    case Part::mask_out: return Part::mask;
    case Part::packed_out: return Part::packed;
    case Part::fragmented_out: return Part::fragmented;
    case Part::tile_mask_out: return Part::tile_mask;
    case Part::tile_blob_out: return Part::tile_blob;
    case Part::tile_turned_out: return Part::tile_turned;
    case Part::scores_out: return Part::scores;
    default: return out;
  }
}

PackedDesc packed_desc(const Case& problem, PackedOrder order) {
  return {problem.rows, problem.cols, problem.pattern, problem.type, order};
}

PackedDesc packed_desc(const Case& problem, Part blob) {
  const bool fragmented =
      blob == Part::fragmented || blob == Part::fragmented_out || is_tile_blob(blob);
  PackedDesc desc = packed_desc(problem, fragmented ? PackedOrder::device : PackedOrder::canonical);
  if (is_turned(blob)) std::swap(desc.rows, desc.cols);
  return desc;
}

std::size_t part_bytes(const Case& problem, Part part) {
  return bytes_of(problem, part, problem.elements_with_gaps());
}

std::size_t payload_bytes(const Case& problem, Part part) {
  return bytes_of(problem, part, problem.elements());
}

MatrixView Operands::matrix(Part part) const {
  return {(*this)[part].data,
          problem.rows,
          problem.cols,
          problem.ld(),
          is_scores(part) ? DataType::f32 : problem.type,
          problem.order};
}

MaskView Operands::mask(Part part) const {
  return {reinterpret_cast<std::uint8_t*>((*this)[part].data), problem.rows, problem.cols,
          problem.ld(), problem.order};
}

ConstVectorView Operands::column_factors() const {
  return {(*this)[Part::columns].data, problem.cols, DataType::f32};
}

PackedView Operands::blob(Part part) const {
  return {packed_desc(problem, part), (*this)[part].data, (*this)[part].bytes};
}

}  // namespace heddle::bench
