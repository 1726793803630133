// Plans: made once, immutable, run from anywhere.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "heddle/matmul.hpp"
#include "host/cpu/operations.hpp"
#include "host/cuda/operations.hpp"
#include "host/device_plan.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/matmul_check.hpp"
#include "host/message.hpp"
#include "host/validate.hpp"

namespace heddle {

struct MatmulPlan::State {
  Exec::Kind kind;
  MatmulDesc desc;
  std::shared_ptr<const DevicePlan> device;  // with CUDA
};

namespace {

constexpr MatmulNames kBufferNames = {"buffers.a",       "buffers.b",    "buffers.d",
                                      "buffers.c",       "buffers.bias", "buffers.scale_m",
                                      "buffers.scale_n", "buffers.batch"};

const char* name_of(Exec::Kind kind) { return kind == Exec::Kind::cuda ? "cuda" : "cpu"; }

Result<MatmulPlan::State> make_state(const Exec& exec, const MatmulDesc& desc) {
  HEDDLE_TRY(check_matmul_desc(desc));
  HEDDLE_TRY(check_exec(exec));
  MatmulPlan::State state = {exec.kind(), desc, nullptr};
  if (!on_cuda(exec)) return state;
  HEDDLE_TRY(check_device_order("desc.a.order", desc.a.order));
  auto device = cuda::plan_matmul(exec, desc);
  if (!device.ok()) return device.status();
  state.device = std::move(*device);
  return state;
}

// ---- HEDDLE_LOG ---------------------------------------------------------------------------------

bool logs_plans() {
  static const bool asked = [] {
    const char* value = std::getenv("HEDDLE_LOG");
    return value != nullptr && std::strcmp(value, "plan") == 0;
  }();
  return asked;
}

std::string problem_text(const MatmulDesc& desc, std::int64_t n) {
  const bool mixed = desc.b_type != desc.a.type;
  std::string text = message("m", desc.a.rows, "n", n, "k", desc.a.cols, ":",
                             to_string(desc.a.pattern), ":", to_string(desc.a.type));
  if (mixed) text += message("x", to_string(desc.b_type));
  text += message(":", to_string(desc.d_type), ":", to_string(desc.d_order));
  if (desc.max_batch != 1) text += message(":batch=", desc.max_batch);
  return text;
}

void log_line(const MatmulDesc& desc, std::int64_t n, const std::string& choice) {
  std::fprintf(stderr, "heddle: plan %s: %s\n", problem_text(desc, n).c_str(), choice.c_str());
}

// Buffers that a wgmma configuration does not take get another.
std::string choice_text(const DevicePlan& plan, std::int64_t n, const Selection& s) {
  std::string text =
      message(to_string(s.config), ", predicted ", s.predicted_us, " us on ", plan.device.name);
  if (s.config.kernel == MatmulKernel::mma) return text;
  const Result<MatmulConfig> other = config_for(plan, n, plan.desc.max_batch, Buffers::suit_mma);
  return other.ok() ? text + "; where B or A does not suit: " + to_string(*other) : text;
}

// The choice for the largest n of each range up to 64, then for powers of two and the bound.
void log_choices(const DevicePlan& plan) {
  const std::int64_t max_n = plan.desc.max_n;
  for (std::int64_t n = 8, last = 0; last < max_n; n += n < 64 ? 8 : n) {
    last = n < max_n ? n : max_n;
    const Result<Selection> s = selection_for(plan, last, plan.desc.max_batch);
    log_line(plan.desc, last, s.ok() ? choice_text(plan, last, *s) : s.status().to_string());
  }
}

void log_plan(const MatmulPlan::State& state) {
  if (!logs_plans()) return;
  if (state.device)
    log_choices(*state.device);
  else
    log_line(state.desc, state.desc.max_n, "on the CPU");
}

// Everything about a run but the workspace.
Status check_run(const Exec& exec, const MatmulPlan::State& state, const MatmulBuffers& buffers) {
  if (exec.kind() != state.kind)
    return {StatusCode::invalid_argument, message("exec = ", name_of(exec.kind()), ": must be ",
                                                  name_of(state.kind), ", as the plan's")};
  HEDDLE_TRY(check_planned(state.desc, buffers));
  HEDDLE_TRY(check_buffers(kBufferNames, buffers));
  return check_exec(exec);
}

Status check_workspace_of(const DevicePlan& plan, const Workspace& workspace,
                          const MatmulBuffers& buffers) {
  HEDDLE_TRY(check_workspace(workspace, plan.workspace_bytes));
  return check_workspace_apart(kBufferNames, workspace, plan.workspace_bytes, buffers);
}

}  // namespace

const MatmulDesc& MatmulPlan::desc() const noexcept { return state_->desc; }

std::size_t MatmulPlan::workspace_size() const noexcept {
  return state_->device ? state_->device->workspace_bytes : 0;
}

Result<Selection> MatmulPlan::selection(std::int64_t n, std::int64_t batch) const try {
  if (state_->device) return selection_for(*state_->device, n, batch);
  return Status(StatusCode::unavailable,
                "plan: made for exec = cpu, and only plans for cuda have a selection");
} catch (...) {
  return caught();
}

Status check(const Exec& exec, const MatmulDesc& desc) try {
  return make_state(exec, desc).status();
} catch (...) {
  return caught();
}

Result<MatmulPlan> make_plan(const Exec& exec, const MatmulDesc& desc) try {
  Result<MatmulPlan::State> state = make_state(exec, desc);
  if (!state.ok()) return state.status();
  log_plan(*state);
  return MatmulPlan(std::make_shared<const MatmulPlan::State>(std::move(*state)));
} catch (...) {
  return caught();
}

Status clear_workspace(const Exec& exec, const Workspace& workspace) try {
  HEDDLE_TRY(check_workspace(workspace, workspace.bytes));
  HEDDLE_TRY(check_exec(exec));
  return on_cuda(exec) ? cuda::clear_workspace(exec, workspace) : Status();
} catch (...) {
  return caught();
}

Status run(const Exec& exec, const MatmulPlan& plan, const MatmulBuffers& buffers,
           const Workspace& workspace) try {
  const MatmulPlan::State& state = plan.state();
  HEDDLE_TRY(check_run(exec, state, buffers));
  if (!state.device) return cpu::matmul(exec, buffers, state.desc.activation);
  HEDDLE_TRY(check_workspace_of(*state.device, workspace, buffers));
  return cuda::run_matmul(exec, *state.device, buffers, workspace);
} catch (...) {
  return caught();
}

Result<MatmulTuning> tune(const Exec& exec, const MatmulPlan& plan, const MatmulBuffers& buffers,
                          const Workspace& workspace) try {
  const MatmulPlan::State& state = plan.state();
  HEDDLE_TRY(check_run(exec, state, buffers));
  if (!state.device)
    return Status(StatusCode::unavailable,
                  "plan: made for exec = cpu, and only plans for cuda can be tuned");
  HEDDLE_TRY(check_workspace_of(*state.device, workspace, buffers));
  return cuda::tune(exec, *state.device, buffers, workspace);
} catch (...) {
  return caught();
}

}  // namespace heddle
