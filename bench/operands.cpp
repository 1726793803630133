#include "bench/operands.hpp"

namespace heddle::bench {
namespace {

bool is_blob(Part part) {
  return part == Part::packed || part == Part::fragmented || part == Part::packed_out ||
         part == Part::fragmented_out;
}

bool is_mask(Part part) { return part == Part::mask || part == Part::mask_out; }

std::size_t bytes_of(const Case& problem, Part part, std::size_t elements) {
  if (part == Part::report) return kReportBytes;
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
    default: return out;
  }
}

PackedDesc packed_desc(const Case& problem, PackedOrder order) {
  return {problem.rows, problem.cols, problem.pattern, problem.type, order};
}

PackedDesc packed_desc(const Case& problem, Part blob) {
  const bool fragmented = blob == Part::fragmented || blob == Part::fragmented_out;
  return packed_desc(problem, fragmented ? PackedOrder::device : PackedOrder::canonical);
}

std::size_t part_bytes(const Case& problem, Part part) {
  return bytes_of(problem, part, problem.elements_with_gaps());
}

std::size_t payload_bytes(const Case& problem, Part part) {
  return bytes_of(problem, part, problem.elements());
}

MatrixView Operands::matrix(Part part) const {
  return {(*this)[part].data, problem.rows, problem.cols,
          problem.ld(),       problem.type, problem.order};
}

MaskView Operands::mask(Part part) const {
  return {reinterpret_cast<std::uint8_t*>((*this)[part].data), problem.rows, problem.cols,
          problem.ld(), problem.order};
}

PackedView Operands::blob(Part part) const {
  return {packed_desc(problem, part), (*this)[part].data, (*this)[part].bytes};
}

}  // namespace heddle::bench
