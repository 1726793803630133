// Heddle, through its public interface.

#include <cstdio>
#include <stdexcept>

#include "bench/gpu/product.hpp"
#include "heddle/matmul.hpp"

namespace heddle::bench::gpu {
namespace {

template <class T>
T required(Result<T> result, const char* doing) {
  if (!result.ok())
    throw std::runtime_error(std::string(doing) + ": " + result.status().to_string());
  return std::move(result).value();
}

void require(const Status& status, const char* doing) {
  if (!status.ok()) throw std::runtime_error(std::string(doing) + ": " + status.to_string());
}

MatmulDesc describe(const Case& problem, const Weight& weight,
                    const std::optional<MatmulConfig>& config, bool overlap) {
  MatmulDesc desc;
  desc.overlap_previous = overlap;
  desc.a = weight.desc;
  desc.max_n = problem.n;
  desc.b_type = problem.type;
  desc.d_type = product_type(problem.type);
  if (config) desc.tuning.entries.push_back({problem.n, *config});
  return desc;
}

class HeddleSide final : public Side {
 public:
  HeddleSide(const SideArgs& args, const std::optional<MatmulConfig>& config, bool overlap,
             bool tuned)
      : Side(ProductSets(args.weight, args.weight.packed.data(), args.weight.packed_bytes,
                         args.problem.n, args.l2_bytes, args.stream)),
        problem_(args.problem),
        packed_bytes_(args.weight.packed_bytes),
        desc_(describe(args.problem, args.weight, config, overlap)),
        exec_(Exec::cuda(args.stream.get())),
        plan_(required(make_plan(exec_, desc_), "make_plan")) {
    make_workspace();
    if (!tuned) return;
    desc_.tuning = required(tune(exec_, plan_, buffers(0), workspace_), "tune");
    plan_ = required(make_plan(exec_, desc_), "make_plan with the tuning");
    make_workspace();
  }

  std::string config() const override {
    const Selection found = opinion();
    char predicted[32];
    std::snprintf(predicted, sizeof predicted, " predicted=%.2fus", found.predicted_us);
    return to_string(found.config) + predicted;
  }

  bool warpgroups() const override { return opinion().config.kernel == MatmulKernel::wgmma; }

  Selection opinion() const override { return required(plan_.selection(problem_.n), "selection"); }

  void call(std::size_t set) const override {
    require(run(exec_, plan_, buffers(set), workspace_), "run");
  }

 private:
  void make_workspace() {
    memory_ = DeviceMemory(plan_.workspace_size() + 1);  // an address even for no bytes
    workspace_ = {memory_.data(), plan_.workspace_size()};
    require(clear_workspace(exec_, workspace_), "clear_workspace");
  }

  MatmulBuffers buffers(std::size_t set) const {
    const std::int64_t m = problem_.rows, k = problem_.cols, n = problem_.n;
    MatmulBuffers buffers;
    buffers.a = {desc_.a, sets().a(set), packed_bytes_};
    buffers.b = {sets().b(set), k, n, k, desc_.b_type, Order::col};
    buffers.d = {sets().d(set), m, n, m, desc_.d_type, Order::col};
    return buffers;
  }

  Case problem_;
  std::size_t packed_bytes_;
  MatmulDesc desc_;
  Exec exec_;
  MatmulPlan plan_;
  DeviceMemory memory_;
  Workspace workspace_;
};

}  // namespace

std::unique_ptr<Side> heddle_side(const SideArgs& args, const std::optional<MatmulConfig>& config,
                                  bool overlap) {
  return std::make_unique<HeddleSide>(args, config, overlap, false);
}

std::unique_ptr<Side> tuned_heddle_side(const SideArgs& args) {
  return std::make_unique<HeddleSide>(args, std::nullopt, false, true);
}

}  // namespace heddle::bench::gpu
