#include "bench/operations.hpp"

#include <algorithm>
#include <cstring>

namespace heddle::bench {
namespace {

Status run_best_mask(const Exec& exec, const Operands& o) {
  return best_mask(exec, o.matrix(Part::dense), o.problem.pattern, o.mask(Part::mask_out));
}

Status run_apply_mask(const Exec& exec, const Operands& o) {
  return apply_mask(exec, o.matrix(Part::dense), o.mask(Part::mask), o.matrix(Part::matrix_out));
}

Status run_check(const Exec& exec, const Operands& o) {
  return check(exec, o.matrix(Part::pruned), o.problem.pattern, o.report<CheckReport>());
}

Status run_tile_mask(const Exec& exec, const Operands& o) {
  return best_tile_mask(exec, o.matrix(Part::dense), {o.problem.pattern},
                        o.mask(Part::tile_mask_out));
}

Status run_pack_tiles(const Exec& exec, const Operands& o) {
  return pack_tiles(exec, o.matrix(Part::dense), TilePattern{o.problem.pattern},
                    o.blob(Part::tile_blob_out), o.blob(Part::tile_turned_out));
}

Status run_score(const Exec& exec, const Operands& o) {
  return score(exec, o.matrix(Part::dense), Score::activation_norm, o.column_factors(),
               o.matrix(Part::scores_out));
}

// With factors of 0 a step reads and writes what any step does, and leaves the weight as it was: a
// batch of them can be compared.
Status run_sgd_step(const Exec& exec, const Operands& o) {
  SgdOptions options;
  options.learning_rate = 0;
  StepTensors tensors;
  tensors.weight = as_tensor(o.matrix(Part::pruned));
  tensors.gradient = as_tensor(o.matrix(Part::dense));
  tensors.mask = as_tensor(o.mask(Part::mask));
  return sgd_step(exec, options, &tensors, 1);
}

Status run_sr_ste(const Exec& exec, const Operands& o) {
  const SrSteTensors tensors = {as_tensor(o.matrix(Part::dense)), as_tensor(o.mask(Part::mask)),
                                as_tensor(o.matrix(Part::pruned))};
  return sr_ste(exec, 0.0f, &tensors, 1);
}

template <Part out>
Status run_prune_pack(const Exec& exec, const Operands& o) {
  return pack(exec, o.matrix(Part::dense), o.blob(out));
}

template <Part out>
Status run_pack_mask(const Exec& exec, const Operands& o) {
  return pack(exec, o.matrix(Part::dense), o.mask(Part::mask), o.blob(out),
              o.report<CheckReport>());
}

template <Part in>
Status run_unpack(const Exec& exec, const Operands& o) {
  return unpack(exec, o.blob(in), o.matrix(Part::matrix_out));
}

template <Part in>
Status run_verify(const Exec& exec, const Operands& o) {
  return verify(exec, o.blob(in), o.report<VerifyReport>());
}

template <Part in, Part out>
Status run_convert(const Exec& exec, const Operands& o) {
  return convert(exec, o.blob(in), o.blob(out));
}

const char* name_of(Part out) {
  switch (out) {
    case Part::mask_out:
    case Part::tile_mask_out: return "mask";
    case Part::matrix_out: return "matrix";
    case Part::scores_out: return "scores";
    case Part::report: return "report";
    case Part::tile_blob_out:
    case Part::tile_turned_out:
    case Part::packed_out:
    case Part::fragmented_out: return "blob";
    default: return "input";
  }
}

}  // namespace

const std::vector<Operation>& operations() {
  using enum Part;
  static const std::vector<Operation> all = {
      {"best_mask", run_best_mask, {dense}, {mask_out}},
      {"prune_pack_canonical", run_prune_pack<packed_out>, {dense}, {packed_out}},
      {"prune_pack_device", run_prune_pack<fragmented_out>, {dense}, {fragmented_out}},
      {"pack_mask_canonical", run_pack_mask<packed_out>, {dense, mask}, {packed_out, report}},
      {"pack_mask_device", run_pack_mask<fragmented_out>, {dense, mask}, {fragmented_out, report}},
      {"unpack_canonical", run_unpack<packed>, {packed}, {matrix_out}},
      {"unpack_device", run_unpack<fragmented>, {fragmented}, {matrix_out}},
      {"tile_mask", run_tile_mask, {dense}, {tile_mask_out}},
      {"pack_tiles", run_pack_tiles, {dense}, {tile_blob_out, tile_turned_out}},
      {"score", run_score, {dense, columns}, {scores_out}},
      {"sgd_step", run_sgd_step, {pruned, dense, mask}, {}, {pruned}, true},
      {"sr_ste", run_sr_ste, {pruned, dense, mask}, {}, {pruned}, true},
      {"check", run_check, {pruned}, {report}},
      {"apply_mask", run_apply_mask, {dense, mask}, {matrix_out}},
      {"verify_canonical", run_verify<packed>, {packed}, {report}},
      {"verify_device", run_verify<fragmented>, {fragmented}, {report}},
      {"to_device", run_convert<packed, fragmented_out>, {packed}, {fragmented_out}},
      {"to_canonical", run_convert<fragmented, packed_out>, {fragmented}, {packed_out}},
  };
  return all;
}

bool applies(const Operation& operation, const Case& problem) {
  const bool is_float = problem.type == DataType::f32 || problem.type == DataType::f16 ||
                        problem.type == DataType::bf16;
  if (operation.floats_only && !is_float) return false;
  const auto held = [&](Part part) { return part_bytes(problem, part) > 0; };
  return std::all_of(operation.reads.begin(), operation.reads.end(), held) &&
         std::all_of(operation.writes.begin(), operation.writes.end(), held);
}

std::size_t traffic(const Operation& operation, const Case& problem) {
  std::size_t bytes = 0;
  for (const Part part : operation.reads) bytes += payload_bytes(problem, part);
  for (const Part part : operation.writes) bytes += payload_bytes(problem, part);
  for (const Part part : operation.updates) bytes += payload_bytes(problem, part);
  return bytes;
}

std::string difference(Part out, const std::byte* got, const Buffers& reference) {
  const Span want = reference.expected(out);
  if (std::memcmp(got, want.data, want.bytes) == 0) return {};
  const std::byte* bad = std::mismatch(want.data, want.data + want.bytes, got).first;
  return std::string(name_of(out)) + ": byte " + std::to_string(bad - want.data) + " differs";
}

}  // namespace heddle::bench
