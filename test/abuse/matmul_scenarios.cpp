// Products, plans and the choice of configurations.

#include "heddle/matmul.hpp"

#include "heddle/select.hpp"
#include "test/abuse/stage.hpp"

namespace heddle::abuse {
namespace {

constexpr std::int64_t kM = 200, kK = 192, kN = 9;

struct Product {
  MatmulDesc desc;
  MatmulBuffers buffers;
};

Product product(Stage& s) {
  Product p;
  p.buffers.a = s.packed(s.matrix(kM, kK), PackedOrder::device, {1, 2});
  p.buffers.b = transposed(s.matrix(kN, kK, 3));
  p.buffers.d = transposed(s.zeros(kN, kM));
  p.desc.a = p.buffers.a.desc;
  p.desc.b_type = p.desc.d_type = DataType::f32;
  p.desc.max_n = kN;
  return p;
}

SelectProblem problem() { return {4096, 16, 4096, 1, DataType::bf16, DataType::bf16}; }

}  // namespace

std::vector<Scenario> matmul_scenarios() {
  std::vector<Scenario> list;
  list.push_back(scenario("matmul", [](Stage& s) -> Act {
    const Product p = product(s);
    const float* const bias = s.floats(kM, 5);
    return [=] {
      MatmulOptions options;
      options.bias = ConstVectorView{bias, kM, DataType::f32};
      options.activation = Activation::silu;
      return matmul(threads(), p.buffers.a, p.buffers.b, p.buffers.d, options);
    };
  }));
  list.push_back(scenario("linear", [](Stage& s) -> Act {
    const PackedView weight = s.packed(s.matrix(kM, kK));
    const MatrixView x = s.matrix(kN, kK, 3), y = s.zeros(kN, kM);
    return [=] { return linear(threads(), x, weight, y); };
  }));
  list.push_back(scenario(
      "matmul of wrong shapes",
      [](Stage& s) -> Act {
        const Product p = product(s);
        return [=] { return matmul(threads(), p.buffers.a, transposed(p.buffers.b), p.buffers.d); };
      },
      StatusCode::invalid_argument));
  list.push_back(scenario("plan and run", [](Stage& s) -> Act {
    const Product p = product(s);
    return [=] {
      if (Status t = check(threads(), p.desc); !t.ok()) return t;
      auto plan = make_plan(threads(), p.desc);
      if (!plan.ok()) return std::move(plan).status();
      if (Status t = clear_workspace(threads(), {}); !t.ok()) return t;
      return run(threads(), *plan, p.buffers);
    };
  }));
  list.push_back(scenario(
      "selection of a plan for the CPU",
      [](Stage& s) -> Act {
        const Product p = product(s);
        return [=] {
          auto plan = make_plan(threads(), p.desc);
          if (!plan.ok()) return std::move(plan).status();
          auto selection = plan->selection(1);
          auto tuning = tune(threads(), *plan, p.buffers, {});
          return selection.ok() ? std::move(tuning).status() : std::move(selection).status();
        };
      },
      StatusCode::unavailable));
  list.push_back(scenario(
      "a device that is not there",
      [](Stage&) -> Act { return [] { return describe_device(Exec::cpu()).status(); }; },
      describe_device(Exec::cpu()).status().code()));
  list.push_back(scenario("select", [](Stage&) -> Act {
    const DeviceDescription device = *find_device("H200");
    return [=] {
      auto best = select(problem(), device);
      if (!best.ok()) return std::move(best).status();
      if (auto told = predict(problem(), device, best->config); !told.ok())
        return std::move(told).status();
      auto all = candidates(problem(), device, 8);
      if (!all.ok()) return std::move(all).status();
      return predict({}, device, all->back().config).status();
    };
  }));
  list.push_back(scenario(
      "select for nonsense",
      [](Stage&) -> Act {
        const DeviceDescription device = *find_device("A100");
        return [=] { return select({-1, 1, 1}, device).status(); };
      },
      StatusCode::invalid_argument));
  list.push_back(scenario(
      "find_device",
      [](Stage&) -> Act {
        const std::string name = "A100", long_name = "no such device, by a name of some length";
        return [=] {
          if (auto found = find_device(name); !found.ok()) return std::move(found).status();
          return find_device(long_name).status();
        };
      },
      StatusCode::not_found));
  list.push_back(scenario("parse tuning", [](Stage&) -> Act {
    const DeviceDescription device = *find_device("H200");
    MatmulTuning tuning;
    const auto three = candidates(problem(), device, 3);
    for (const Selection& one : *three)
      tuning.entries.push_back({(std::int64_t(tuning.entries.size()) + 1) * 8, one.config});
    const std::string text = to_string(tuning), config = to_string(tuning.entries[0].config);
    return [=] {
      if (auto parsed = parse_matmul_config(config); !parsed.ok())
        return std::move(parsed).status();
      return parse_matmul_tuning(text).status();
    };
  }));
  list.push_back(scenario(
      "parse nonsense",
      [](Stage&) -> Act {
        const std::string text = "kernel=mma something that is no configuration=1";
        return [=] { return parse_matmul_tuning(text).status(); };
      },
      StatusCode::invalid_argument));
  return list;
}

}  // namespace heddle::abuse
