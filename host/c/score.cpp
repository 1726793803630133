#include "heddle/c/score.h"

#include "heddle/score.hpp"
#include "host/c/abi.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::read;

const char* heddle_score_name(int32_t kind) {
  const bool known = kind >= HEDDLE_SCORE_MAGNITUDE && kind <= HEDDLE_SCORE_OBS_DIAGONAL;
  return known ? to_string(static_cast<Score>(kind)) : "invalid";
}

heddle_status heddle_score(const heddle_exec* exec, const heddle_matrix* weight, int32_t kind,
                           const heddle_vector* columns, const heddle_matrix* scores) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("weight", weight, in));
    Score rule{};
    HEDDLE_TRY(heddle::c::read_enum("kind", kind, HEDDLE_SCORE_MAGNITUDE, 3, rule));
    ConstVectorView factors;
    if (rule != Score::magnitude || columns != nullptr)
      HEDDLE_TRY(read("columns", columns, factors));
    MatrixView to;
    HEDDLE_TRY(read("scores", scores, to));
    return score(on, in, rule, factors, to);
  });
}

heddle_status heddle_accumulate_squares(const heddle_exec* exec, const heddle_matrix* activations,
                                        double* sums) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("activations", activations, in));
    return accumulate_squares(on, in, sums);
  });
}

heddle_status heddle_norms_of_squares(const heddle_exec* exec, const double* sums, int64_t k,
                                      float* norms) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    return norms_of_squares(on, sums, k, norms);
  });
}
