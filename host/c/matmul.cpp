#include "host/c/matmul.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::read;

namespace {

heddle_matmul_options default_options() {
  const MatmulOptions defaults;
  heddle_matmul_options options{};
  options.size = sizeof(options);
  options.alpha = defaults.alpha;
  options.beta = defaults.beta;
  options.activation = static_cast<std::int32_t>(defaults.activation);
  return options;
}

Status read_options(const heddle_matmul_options* from, MatmulOptions& to) {
  if (from == nullptr) return {};
  heddle_matmul_options known = default_options();
  HEDDLE_TRY(c::read_struct("options", from, known));
  to.alpha = known.alpha;
  to.beta = known.beta;
  HEDDLE_TRY(read("options.c", known.c, to.c));
  HEDDLE_TRY(read("options.bias", known.bias, to.bias));
  HEDDLE_TRY(read("options.scale_m", known.scale_m, to.scale_m));
  HEDDLE_TRY(read("options.scale_n", known.scale_n, to.scale_n));
  HEDDLE_TRY(read("options.activation", known.activation, to.activation));
  return c::read_reserved("options.reserved", known.reserved);
}

}  // namespace

heddle_status heddle_matmul_options_init(heddle_matmul_options* options, size_t size) {
  return guard([&]() { return c::write_struct("options", default_options(), options, size); });
}

heddle_status heddle_matmul(const heddle_exec* exec, const heddle_packed* a, const heddle_matrix* b,
                            const heddle_matrix* d, const heddle_matmul_options* options,
                            const heddle_matmul_batch* batch) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstPackedView weight;
    HEDDLE_TRY(read("a", a, weight));
    ConstMatrixView in;
    HEDDLE_TRY(read("b", b, in));
    MatrixView out;
    HEDDLE_TRY(read("d", d, out));
    MatmulOptions around;
    HEDDLE_TRY(read_options(options, around));
    return matmul(on, weight, in, out, around, batch != nullptr ? read(*batch) : MatmulBatch{});
  });
}

heddle_status heddle_linear(const heddle_exec* exec, const heddle_matrix* x,
                            const heddle_packed* weight, const heddle_matrix* y,
                            const heddle_matmul_options* options) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("x", x, in));
    ConstPackedView packed;
    HEDDLE_TRY(read("weight", weight, packed));
    MatrixView out;
    HEDDLE_TRY(read("y", y, out));
    MatmulOptions around;
    HEDDLE_TRY(read_options(options, around));
    return linear(on, in, packed, out, around);
  });
}
