#include "test/simt/models/collective.hpp"

#include <cstring>
#include <string>

#include "test/simt/models/matrix.hpp"

#define HEDDLE_CALLER \
  Place { nullptr, 0, __builtin_return_address(0) }

namespace heddle::simt::models {
namespace {

constexpr unsigned kAll = 0xFFFFFFFFu;

struct MatrixCall {
  MatrixLane lane{};
  int count = 0;
  bool trans = false;
  bool disagrees = false;
};

template <void Model(int, bool, MatrixLane (&)[32])>
void combine_matrix(void* const* arguments, unsigned) {
  const MatrixCall& first = *static_cast<MatrixCall*>(arguments[0]);
  MatrixLane lanes[32];
  for (int i = 0; i < 32; ++i) lanes[i] = static_cast<MatrixCall*>(arguments[i])->lane;
  Model(first.count, first.trans, lanes);
  for (int i = 0; i < 32; ++i) {
    MatrixCall& call = *static_cast<MatrixCall*>(arguments[i]);
    call.disagrees = call.count != first.count || call.trans != first.trans;
    call.lane = lanes[i];
  }
}

void call_matrix(const char* name, MatrixCall& call, Combine combine, Place caller) {
  warp_collective(name, kAll, &call, combine, caller);
  if (call.disagrees) {
    fail(Kind::instruction, std::string(name) + " of another form than lane 0's", caller);
  }
}

void combine_load(void* const* arguments, unsigned mask) {
  count_matrix_load();
  combine_matrix<ldmatrix>(arguments, mask);
}

void transpose(int, bool, MatrixLane (&lanes)[32]) { movmatrix(lanes); }

struct SparseCall {
  SparseLane lane{};
  SparseForm form;
  bool disagrees = false;
};

void combine_sparse(void* const* arguments, unsigned) {
  count_mma();
  const SparseForm form = static_cast<SparseCall*>(arguments[0])->form;
  SparseLane lanes[32];
  for (int i = 0; i < 32; ++i) lanes[i] = static_cast<SparseCall*>(arguments[i])->lane;
  sparse_mma(form, lanes);
  for (int i = 0; i < 32; ++i) {
    SparseCall& call = *static_cast<SparseCall*>(arguments[i]);
    call.disagrees = call.form != form;
    call.lane = lanes[i];
  }
}

}  // namespace

Place call_site() { return HEDDLE_CALLER; }

void ldmatrix(int count, bool trans, const unsigned char* row, std::uint32_t* registers) {
  MatrixCall call{{}, count, trans};
  if (lane_index() < 8u * static_cast<unsigned>(count)) std::memcpy(call.lane.row, row, 16);
  call_matrix("ldmatrix", call, combine_load, HEDDLE_CALLER);
  const auto bytes = sizeof(std::uint32_t) * static_cast<unsigned>(count);
  std::memcpy(registers, call.lane.r, bytes);
  registers_written(registers, bytes);
}

void stmatrix(int count, bool trans, const std::uint32_t* registers, unsigned char* row) {
  MatrixCall call{{}, count, trans};
  std::memcpy(call.lane.r, registers, sizeof(std::uint32_t) * static_cast<unsigned>(count));
  call_matrix("stmatrix", call, combine_matrix<stmatrix>, HEDDLE_CALLER);
  if (lane_index() < 8u * static_cast<unsigned>(count)) std::memcpy(row, call.lane.row, 16);
}

void movmatrix(std::uint32_t matrix, std::uint32_t* transposed) {
  MatrixCall call;
  call.lane.r[0] = matrix;
  call_matrix("movmatrix", call, combine_matrix<transpose>, HEDDLE_CALLER);
  *transposed = call.lane.r[0];
}

void sparse_mma(const SparseForm& form, const std::uint32_t* a, const std::uint32_t* b,
                const void* c, std::uint32_t metadata, void* d) {
  SparseCall call{{}, form};
  const auto operand = sizeof(std::uint32_t) * static_cast<unsigned>(registers(form));
  std::memcpy(call.lane.a, a, operand);
  std::memcpy(call.lane.b, b, operand);
  std::memcpy(call.lane.c, c, sizeof call.lane.c);
  call.lane.metadata = metadata;
  const Place caller = HEDDLE_CALLER;
  warp_collective("mma.sp", kAll, &call, combine_sparse, caller);
  std::memcpy(d, call.lane.d, sizeof call.lane.d);
  if (call.disagrees) {
    fail(Kind::instruction, "mma.sp of another type, k or selector than lane 0's", caller);
  }
  if (call.lane.refused.row >= 0)
    fail(Kind::instruction, "mma.sp: " + explain(call.lane.refused), caller);
}

}  // namespace heddle::simt::models
