#include "heddle/c/permute.h"

#include <algorithm>
#include <vector>

#include "heddle/permute.hpp"
#include "host/c/abi.hpp"
#include "host/message.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;
using heddle::c::write;

namespace {

heddle_permutation_options default_options() {
  const PermutationOptions defaults;
  heddle_permutation_options options{};
  options.size = sizeof(options);
  options.pattern = write(defaults.pattern);
  options.search = static_cast<std::int32_t>(defaults.search);
  options.escapes = defaults.escapes;
  options.seed = defaults.seed;
  options.max_seconds = defaults.max_seconds;
  options.max_steps = defaults.max_steps;
  return options;
}

Status read_options(const heddle_permutation_options* from, PermutationOptions& to) {
  if (from == nullptr) return {};
  heddle_permutation_options known = default_options();
  HEDDLE_TRY(c::read_struct("options", from, known));
  HEDDLE_TRY(read("options.pattern", &known.pattern, to.pattern));
  HEDDLE_TRY(c::read_enum("options.search", known.search, HEDDLE_SEARCH_AUTOMATIC,
                          HEDDLE_SEARCH_STRIPES_12 + 1, to.search));
  HEDDLE_TRY(c::read_reserved("options.reserved", known.reserved));
  to.escapes = known.escapes;
  to.seed = known.seed;
  to.max_seconds = known.max_seconds;
  to.max_steps = known.max_steps;
  if (known.progress != nullptr)
    to.progress = [call = known.progress, user = known.user](const PermutationProgress& p) {
      const heddle_permutation_progress progress = {p.seconds, p.steps, p.kept, p.kept_identity,
                                                    p.total};
      return call(user, &progress) != 0;
    };
  return {};
}

// The array as the C++ API has it.
Status read_permutation(const int32_t* permutation, int64_t length, Permutation& to) {
  if (length < 0)
    return {StatusCode::invalid_argument, message("length = ", length, ": must be at least 0")};
  if (length == 0) return {};
  HEDDLE_TRY(need("permutation", permutation));
  to.assign(permutation, permutation + length);
  return {};
}

// Room for a result of `want` columns.
Status check_room(const char* name, int64_t room, int64_t want, const char* what) {
  if (room == want) return {};
  return {StatusCode::invalid_argument,
          message(name, " = ", room, ": must be ", what, " = ", want)};
}

Status give(const Result<Permutation>& made, int32_t* to) {
  if (!made.ok()) return made.status();
  std::copy(made->begin(), made->end(), to);
  return {};
}

// permute_columns and permute_rows.
template <class Operation>
heddle_status permuted(const heddle_exec* exec, const heddle_matrix* matrix,
                       const int32_t* permutation, int64_t length, const heddle_matrix* out,
                       const Operation& operation) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    Permutation order;
    HEDDLE_TRY(read_permutation(permutation, length, order));
    MatrixView to;
    HEDDLE_TRY(read("out", out, to));
    return operation(on, in, order, to);
  });
}

}  // namespace

heddle_status heddle_permutation_options_init(heddle_permutation_options* options, size_t size) {
  return guard([&]() { return c::write_struct("options", default_options(), options, size); });
}

heddle_status heddle_find_permutation(const heddle_exec* exec, const heddle_matrix* matrices,
                                      size_t count, const heddle_permutation_options* options,
                                      int32_t* permutation, int64_t length,
                                      heddle_permutation_result* result) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    if (count != 0) HEDDLE_TRY(need("matrices", matrices));
    std::vector<ConstMatrixView> views(count);
    for (size_t i = 0; i < count; ++i)
      HEDDLE_TRY(read(message("matrices[", i, "]").c_str(), &matrices[i], views[i]));
    PermutationOptions wanted;
    HEDDLE_TRY(read_options(options, wanted));
    if (count != 0) HEDDLE_TRY(check_room("length", length, views[0].cols, "matrices[0].cols"));
    if (length > 0) HEDDLE_TRY(need("permutation", permutation));
    const Result<PermutationResult> found = find_permutation(on, views.data(), count, wanted);
    if (!found.ok()) return found.status();
    std::copy(found->permutation.begin(), found->permutation.end(), permutation);
    if (result != nullptr)
      *result = {found->total, found->kept_identity, found->kept, found->steps, found->seconds};
    return {};
  });
}

heddle_status heddle_permuted_magnitude(const heddle_exec* exec, const heddle_matrix* matrix,
                                        const int32_t* permutation, int64_t length,
                                        const heddle_pattern* pattern, double* magnitude) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    Permutation order;
    HEDDLE_TRY(read_permutation(permutation, length, order));
    Pattern wanted;
    HEDDLE_TRY(read("pattern", pattern, wanted));
    HEDDLE_TRY(need("magnitude", magnitude));
    const Result<double> kept = permuted_magnitude(on, in, order, wanted);
    if (!kept.ok()) return kept.status();
    *magnitude = *kept;
    return {};
  });
}

heddle_status heddle_permute_columns(const heddle_exec* exec, const heddle_matrix* matrix,
                                     const int32_t* permutation, int64_t length,
                                     const heddle_matrix* out) {
  return permuted(exec, matrix, permutation, length, out, permute_columns);
}

heddle_status heddle_permute_rows(const heddle_exec* exec, const heddle_matrix* matrix,
                                  const int32_t* permutation, int64_t length,
                                  const heddle_matrix* out) {
  return permuted(exec, matrix, permutation, length, out, permute_rows);
}

heddle_status heddle_inverse_permutation(const int32_t* permutation, int64_t length,
                                         int32_t* inverse) {
  return guard([&]() -> Status {
    Permutation order;
    HEDDLE_TRY(read_permutation(permutation, length, order));
    if (length > 0) HEDDLE_TRY(need("inverse", inverse));
    return give(heddle::inverse(order), inverse);
  });
}

heddle_status heddle_repeat_permutation(const int32_t* permutation, int64_t length, int64_t copies,
                                        int32_t* repeated, int64_t room) {
  return guard([&]() -> Status {
    Permutation order;
    HEDDLE_TRY(read_permutation(permutation, length, order));
    const Result<Permutation> made = repeat(order, copies);
    if (!made.ok()) return made.status();
    HEDDLE_TRY(check_room("room", room, std::ssize(*made), "copies * length"));
    if (room > 0) HEDDLE_TRY(need("repeated", repeated));
    return give(made, repeated);
  });
}
