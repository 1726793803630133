#include <utility>

#include "host/c/matmul.hpp"
#include "host/c/select.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;
using heddle::c::write;

struct heddle_plan {
  MatmulPlan plan;
  std::string tuning;  // the text of plan.desc().tuning
};

namespace {

heddle_matmul_desc write_desc(const MatmulDesc& desc, const char* tuning) {
  const auto number = [](auto value) { return static_cast<std::int32_t>(value); };
  heddle_matmul_desc to{};
  to.size = sizeof(to);
  to.a = write(desc.a);
  to.max_n = desc.max_n;
  to.max_batch = desc.max_batch;
  to.b_type = number(desc.b_type);
  to.d_type = number(desc.d_type);
  to.b_order = number(desc.b_order);
  to.c_order = number(desc.c_order);
  to.d_order = number(desc.d_order);
  to.bias = desc.bias ? number(*desc.bias) : HEDDLE_NO_BIAS;
  to.scale_m = desc.scale_m ? 1 : 0;
  to.scale_n = desc.scale_n ? 1 : 0;
  to.activation = number(desc.activation);
  to.overlap_previous = desc.overlap_previous ? 1 : 0;
  to.tuning = tuning;
  return to;
}

Status read_tuning(const char* text, MatmulTuning& to) {
  if (text == nullptr) return {};
  Result<MatmulTuning> tuning = parse_matmul_tuning(text);
  if (!tuning.ok()) return {tuning.status().code(), "desc.tuning: " + tuning.status().message()};
  to = std::move(*tuning);
  return {};
}

Status read_desc(const heddle_matmul_desc* from, MatmulDesc& to) {
  heddle_matmul_desc known = write_desc(MatmulDesc{}, nullptr);
  HEDDLE_TRY(c::read_struct("desc", from, known));
  HEDDLE_TRY(read("desc.a", &known.a, to.a));
  to.max_n = known.max_n;
  to.max_batch = known.max_batch;
  HEDDLE_TRY(read("desc.b_type", known.b_type, to.b_type));
  HEDDLE_TRY(read("desc.d_type", known.d_type, to.d_type));
  HEDDLE_TRY(read("desc.b_order", known.b_order, to.b_order));
  HEDDLE_TRY(read("desc.c_order", known.c_order, to.c_order));
  HEDDLE_TRY(read("desc.d_order", known.d_order, to.d_order));
  to.bias.reset();
  if (known.bias != HEDDLE_NO_BIAS) HEDDLE_TRY(read("desc.bias", known.bias, to.bias.emplace()));
  HEDDLE_TRY(read("desc.scale_m", known.scale_m, to.scale_m));
  HEDDLE_TRY(read("desc.scale_n", known.scale_n, to.scale_n));
  HEDDLE_TRY(read("desc.activation", known.activation, to.activation));
  HEDDLE_TRY(read("desc.overlap_previous", known.overlap_previous, to.overlap_previous));
  return read_tuning(known.tuning, to.tuning);
}

heddle_matmul_buffers default_buffers() {
  const MatmulBuffers defaults;
  heddle_matmul_buffers buffers{};
  buffers.size = sizeof(buffers);
  buffers.a = write(defaults.a);
  buffers.b = write(defaults.b);
  buffers.d = write(defaults.d);
  buffers.alpha = defaults.alpha;
  buffers.beta = defaults.beta;
  buffers.batch = write(defaults.batch);
  return buffers;
}

Status read_buffers(const heddle_matmul_buffers* from, MatmulBuffers& to) {
  heddle_matmul_buffers known = default_buffers();
  HEDDLE_TRY(c::read_struct("buffers", from, known));
  HEDDLE_TRY(read("buffers.a", &known.a, to.a));
  HEDDLE_TRY(read("buffers.b", &known.b, to.b));
  HEDDLE_TRY(read("buffers.d", &known.d, to.d));
  to.alpha = known.alpha;
  to.beta = known.beta;
  HEDDLE_TRY(read("buffers.c", known.c, to.c));
  HEDDLE_TRY(read("buffers.bias", known.bias, to.bias));
  HEDDLE_TRY(read("buffers.scale_m", known.scale_m, to.scale_m));
  HEDDLE_TRY(read("buffers.scale_n", known.scale_n, to.scale_n));
  to.batch = read(known.batch);
  return {};
}

Workspace read_workspace(const heddle_workspace* from) {
  return from == nullptr ? Workspace{} : Workspace{from->data, from->bytes};
}

}  // namespace

heddle_status heddle_matmul_desc_init(heddle_matmul_desc* desc, size_t size) {
  return guard(
      [&]() { return c::write_struct("desc", write_desc(MatmulDesc{}, nullptr), desc, size); });
}

heddle_status heddle_matmul_buffers_init(heddle_matmul_buffers* buffers, size_t size) {
  return guard([&]() { return c::write_struct("buffers", default_buffers(), buffers, size); });
}

heddle_status heddle_check_matmul_desc(const heddle_exec* exec, const heddle_matmul_desc* desc) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    MatmulDesc wanted;
    HEDDLE_TRY(read_desc(desc, wanted));
    return check(on, wanted);
  });
}

heddle_status heddle_plan_create(const heddle_exec* exec, const heddle_matmul_desc* desc,
                                 heddle_plan** plan) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    MatmulDesc wanted;
    HEDDLE_TRY(read_desc(desc, wanted));
    HEDDLE_TRY(need("plan", plan));
    Result<MatmulPlan> made = make_plan(on, wanted);
    if (!made.ok()) return made.status();
    *plan = new heddle_plan{std::move(*made), to_string(wanted.tuning)};
    return {};
  });
}

void heddle_plan_destroy(heddle_plan* plan) { delete plan; }

heddle_status heddle_plan_desc(const heddle_plan* plan, heddle_matmul_desc* desc, size_t size) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("plan", plan));
    const char* tuning = plan->tuning.empty() ? nullptr : plan->tuning.c_str();
    return c::write_struct("desc", write_desc(plan->plan.desc(), tuning), desc, size);
  });
}

heddle_status heddle_plan_workspace_size(const heddle_plan* plan, size_t* bytes) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("plan", plan));
    HEDDLE_TRY(need("bytes", bytes));
    *bytes = plan->plan.workspace_size();
    return {};
  });
}

heddle_status heddle_plan_selection(const heddle_plan* plan, int64_t n, int64_t batch,
                                    heddle_selection* selection) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("plan", plan));
    HEDDLE_TRY(need("selection", selection));
    const Result<Selection> made = plan->plan.selection(n, batch);
    if (!made.ok()) return made.status();
    *selection = write(*made);
    return {};
  });
}

heddle_status heddle_clear_workspace(const heddle_exec* exec, const heddle_workspace* workspace) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    HEDDLE_TRY(need("workspace", workspace));
    return clear_workspace(on, read_workspace(workspace));
  });
}

heddle_status heddle_run(const heddle_exec* exec, const heddle_plan* plan,
                         const heddle_matmul_buffers* buffers, const heddle_workspace* workspace) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    HEDDLE_TRY(need("plan", plan));
    MatmulBuffers memory;
    HEDDLE_TRY(read_buffers(buffers, memory));
    return run(on, plan->plan, memory, read_workspace(workspace));
  });
}

heddle_status heddle_tune(const heddle_exec* exec, const heddle_plan* plan,
                          const heddle_matmul_buffers* buffers, const heddle_workspace* workspace,
                          char* buffer, size_t capacity, size_t* length) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    HEDDLE_TRY(need("plan", plan));
    MatmulBuffers memory;
    HEDDLE_TRY(read_buffers(buffers, memory));
    if (capacity != 0) HEDDLE_TRY(need("buffer", buffer));  // before it takes its time
    const Result<MatmulTuning> tuning = tune(on, plan->plan, memory, read_workspace(workspace));
    if (!tuning.ok()) return tuning.status();
    return c::write_text(to_string(*tuning), buffer, capacity, length);
  });
}
