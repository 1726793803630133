// The C ABI: no exception, a status, a sentence that takes no memory.

#include <cstring>

#include "heddle/heddle.h"
#include "heddle/interchange.hpp"
#include "test/abuse/stage.hpp"

namespace heddle::abuse {
namespace {

constexpr std::int64_t kRows = 128, kCols = 128;

heddle_exec exec() {
  heddle_exec value;
  static_cast<void>(heddle_exec_init(&value, sizeof value));
  value.threads = 3;
  return value;
}
heddle_matrix c_view(const MatrixView& m) {
  return {m.data,
          m.rows,
          m.cols,
          m.ld,
          static_cast<std::int32_t>(m.type),
          static_cast<std::int32_t>(m.order)};
}
heddle_packed c_view(const PackedView& p) {
  return {{p.desc.rows,
           p.desc.cols,
           {p.desc.pattern.keep, p.desc.pattern.group},
           static_cast<std::int32_t>(p.desc.type),
           static_cast<std::int32_t>(p.desc.order)},
          p.data,
          p.bytes};
}

// A sentence is there, too.
Status status_of(heddle_status code) {
  if (code == HEDDLE_OK) return {};
  return {static_cast<StatusCode>(code), heddle_last_error()[0] != 0 ? "a sentence" : ""};
}

Scenario c_scenario(std::string name, std::function<std::function<heddle_status()>(Stage&)> prepare,
                    StatusCode want = StatusCode::ok, bool all_or_nothing = true) {
  return scenario(
      "C " + std::move(name),
      [prepare = std::move(prepare)](Stage& s) -> Act {
        return [act = prepare(s)] { return status_of(act()); };
      },
      want, all_or_nothing);
}

void add_interchange(std::vector<Scenario>& list) {
  const PackedDesc desc = {kRows, kCols, {2, 4}, DataType::bf16, PackedOrder::canonical};
  const auto blob_of = [=](Stage& s) {
    MatrixView m = s.zeros(kRows, kCols, DataType::bf16);
    std::memset(m.data, 0x3f, kRows * kCols * 2);
    const PackedView out = s.blob(desc);
    if (!pack(Exec::cpu(1), m, out).ok()) std::abort();
    return out;
  };
  const auto arrays_of = [](Stage& s, const ArraysLayout& layout) {
    return heddle_packed_arrays{s.take(layout.values_bytes), layout.values_bytes,
                                s.take(layout.metadata_bytes), layout.metadata_bytes};
  };
  list.push_back(c_scenario(
      "sm80",
      [=](Stage& s) {
        const heddle_packed from = c_view(blob_of(s)), to = c_view(s.blob(desc));
        const heddle_packed_arrays arrays = arrays_of(s, *sm80_layout(desc));
        return [=]() -> heddle_status {
          const heddle_exec on = exec();
          if (const auto t = heddle_to_sm80(&on, &from, &arrays); t != HEDDLE_OK) return t;
          return heddle_from_sm80(&on, &arrays, &to);
        };
      },
      StatusCode::ok, false));
  list.push_back(c_scenario(
      "bitmask",
      [=](Stage& s) {
        const heddle_packed from = c_view(blob_of(s)), to = c_view(s.blob(desc));
        const heddle_packed_arrays arrays = arrays_of(s, *bitmask_layout(desc));
        return [=]() -> heddle_status {
          const heddle_exec on = exec();
          std::int64_t count = 0;
          if (const auto t = heddle_to_bitmask(&on, &from, &arrays); t != HEDDLE_OK) return t;
          if (const auto t = heddle_from_bitmask(&on, &arrays, &to); t != HEDDLE_OK) return t;
          return heddle_count_nonzeros(&on, &from, &count);
        };
      },
      StatusCode::ok, false));
}

void add_handles(std::vector<Scenario>& list) {
  list.push_back(c_scenario("plan", [](Stage& s) {
    const heddle_packed a = c_view(s.packed(s.matrix(kRows, kCols)));
    heddle_matrix b = c_view(s.matrix(9, kCols, 3)), d = c_view(s.zeros(9, kRows));
    for (heddle_matrix* m : {&b, &d}) {
      std::swap(m->rows, m->cols);
      m->order = HEDDLE_COL;
    }
    return [=]() -> heddle_status {
      const heddle_exec on = exec();
      heddle_matmul_desc desc;
      heddle_matmul_buffers buffers;
      static_cast<void>(heddle_matmul_desc_init(&desc, sizeof desc));
      static_cast<void>(heddle_matmul_buffers_init(&buffers, sizeof buffers));
      desc.a = a.desc;
      desc.b_type = desc.d_type = HEDDLE_F32;
      desc.max_n = 9;
      heddle_plan* plan = nullptr;
      if (const auto t = heddle_plan_create(&on, &desc, &plan); t != HEDDLE_OK) return t;
      buffers.a = a, buffers.b = b, buffers.d = d;
      const heddle_status status = heddle_run(&on, plan, &buffers, nullptr);
      heddle_plan_destroy(plan);
      return status;
    };
  }));
  list.push_back(c_scenario(
      "sparsifier",
      [](Stage& s) {
        const MatrixView weight = s.matrix(kRows, kCols);
        const MaskView mask = s.mask(kRows, kCols);
        return [=]() -> heddle_status {
          const heddle_exec on = exec();
          heddle_sparsifier* made = nullptr;
          if (const auto t = heddle_sparsifier_create(nullptr, &made); t != HEDDLE_OK) return t;
          heddle_sparse_parameter p;
          static_cast<void>(heddle_sparse_parameter_init(&p, sizeof p));
          p.name = "a parameter with a long name";
          p.weight = {weight.data, 2, HEDDLE_F32, {kRows, kCols}, {kCols, 1}};
          p.mask = {mask.data, 2, 0, {kRows, kCols}, {kCols, 1}};
          heddle_status status = heddle_sparsifier_add(made, &p);
          if (status == HEDDLE_OK) status = heddle_sparsifier_compute_masks(made, &on, nullptr, 0);
          std::size_t count = 0, length = 0;
          if (status == HEDDLE_OK) status = heddle_sparsifier_state_word_count(made, &count);
          for (std::size_t i = 0; i < count && status == HEDDLE_OK; ++i)
            status =
                heddle_sparsifier_state_word(made, i, nullptr, 0, &length, nullptr, 0, &length);
          heddle_sparsifier_destroy(made);
          return status;
        };
      },
      StatusCode::ok, false));
  list.push_back(c_scenario("method", [](Stage& s) {
    const heddle_matrix m = c_view(s.matrix(kRows, kCols));
    const MaskView mask = s.mask(kRows, kCols);
    return [=]() -> heddle_status {
      const heddle_exec on = exec();
      const heddle_mask out = {mask.data, kRows, kCols, kCols, HEDDLE_ROW, 0};
      heddle_method* method = nullptr;
      if (const auto t = heddle_find_method("tile-exact-2:4", &method); t != HEDDLE_OK) return t;
      const heddle_status status = heddle_best_mask_method(&on, &m, method, &out, HEDDLE_MAGNITUDE);
      heddle_method_destroy(method);
      return status;
    };
  }));
}

}  // namespace

std::vector<Scenario> c_scenarios() {
  std::vector<Scenario> list;
  list.push_back(c_scenario(
      "pack",
      [](Stage& s) {
        const heddle_matrix m = c_view(s.matrix(kRows, kCols)),
                            dense = c_view(s.zeros(kRows, kCols));
        const heddle_packed out =
            c_view(s.blob({kRows, kCols, {2, 4}, DataType::f32, PackedOrder::canonical}));
        return [=]() -> heddle_status {
          const heddle_exec on = exec();
          if (const auto t = heddle_pack(&on, &m, &out); t != HEDDLE_OK) return t;
          if (const auto t = heddle_verify(&on, &out); t != HEDDLE_OK) return t;
          return heddle_unpack(&on, &out, &dense);
        };
      },
      StatusCode::ok, false));
  list.push_back(c_scenario(
      "find_pattern",
      [](Stage&) {
        return []() -> heddle_status {
          heddle_pattern pattern;
          return heddle_find_pattern("a pattern that nobody has registered", &pattern);
        };
      },
      StatusCode::not_found));
  list.push_back(c_scenario(
      "null",
      [](Stage& s) {
        const heddle_matrix m = c_view(s.matrix(kRows, kCols));
        return [=]() -> heddle_status { return heddle_pack(nullptr, &m, nullptr); };
      },
      StatusCode::invalid_argument));
  list.push_back(c_scenario("find_permutation", [](Stage& s) {
    const heddle_matrix m = c_view(s.matrix(8, 16));
    auto* const order = reinterpret_cast<std::int32_t*>(s.take(16 * 4));
    return [=]() -> heddle_status {
      const heddle_exec on = exec();
      heddle_permutation_options options;
      static_cast<void>(heddle_permutation_options_init(&options, sizeof options));
      options.search = HEDDLE_SEARCH_MATCHING;
      heddle_permutation_result result = {};
      return heddle_find_permutation(&on, &m, 1, &options, order, 16, &result);
    };
  }));
  list.push_back(c_scenario("find_device", [](Stage&) {
    return []() -> heddle_status {
      heddle_device_description device;
      return heddle_find_device("H200", &device, sizeof device);
    };
  }));
  add_handles(list);
  add_interchange(list);
  return list;
}

}  // namespace heddle::abuse
