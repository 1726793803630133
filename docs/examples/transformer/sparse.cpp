#include <algorithm>
#include <bit>
#include <stdexcept>

#include "transformer.hpp"

namespace transformer {
namespace {

constexpr heddle_pattern kPattern{2, 4};
void need(heddle_status status) {
  if (status != HEDDLE_OK) throw std::runtime_error(heddle_last_error());
}
heddle_exec on_cpu(int threads) {
  heddle_exec exec;
  need(heddle_exec_init(&exec, sizeof exec));
  exec.threads = threads;
  return exec;
}

// Views of what Heddle writes or only reads: C has no pointer for both.
heddle_matrix matrix(const Matrix& m, const void* data, std::int32_t type) {
  return {const_cast<void*>(data), m.rows, m.cols, m.cols, type, HEDDLE_ROW};
}
heddle_mask mask_of(const Matrix& m) {
  return {const_cast<std::uint8_t*>(m.mask.data()), m.rows, m.cols, m.cols, HEDDLE_ROW, 0};
}
heddle_tensor tensor(const Matrix& m, Floats& data) {
  return {data.data(), 2, HEDDLE_F32, {m.rows, m.cols}, {m.cols, 1}};
}

std::uint16_t bf16(float x) {  // to nearest, ties to even
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::uint16_t((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}
std::vector<std::uint16_t> to_bf16(const Floats& values) {
  std::vector<std::uint16_t> out(values.size());
  std::transform(values.begin(), values.end(), out.begin(), bf16);
  return out;
}

}  // namespace

void prune(Model& model) {
  const heddle_exec exec = on_cpu(0);
  for (Matrix& w : model.linears) {
    w.mask.resize(w.values.size());
    const heddle_matrix weight = matrix(w, w.values.data(), HEDDLE_F32);
    const heddle_mask mask = mask_of(w);
    need(heddle_best_mask(&exec, &weight, &kPattern, &mask, HEDDLE_MAGNITUDE));
    need(heddle_apply_mask(&exec, &weight, &mask, &weight));
  }
}

void adamw_step(Model& model, Model& gradient, float rate, int step, int threads) {
  const heddle_exec exec = on_cpu(threads);
  heddle_adamw_options options;
  need(heddle_adamw_options_init(&options, sizeof options));
  options.learning_rate = rate;
  options.beta2 = 0.99f;
  options.step = step;
  const auto weights = parameters(model), gradients = parameters(gradient);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    Matrix& w = *weights[i];
    const heddle_tensor weight = tensor(w, w.values), g = tensor(w, gradients[i]->values);
    const heddle_tensor moment1 = tensor(w, w.moment1), moment2 = tensor(w, w.moment2);
    const heddle_tensor_mask mask = {w.mask.data(), 2, 0, {w.rows, w.cols}, {w.cols, 1}};
    const auto* kept = w.mask.empty() ? nullptr : &mask;
    const heddle_step_tensors item = {weight, g, kept, nullptr, nullptr, &moment1, &moment2};
    need(heddle_adamw_step(&exec, &options, &item, 1));
  }
}

void round_to_bf16(Floats& values) {
  for (float& x : values) x = std::bit_cast<float>(std::uint32_t{bf16(x)} << 16);
}

// One plan serves every token count. Activations x [n, k] row-major are B [k, n] of order col, and
// y [n, m] is D.
Linears pack(const Model& model, std::int32_t type, std::size_t& bytes) {
  struct Packed {
    std::vector<std::uint8_t> memory;
    heddle_packed blob;
    std::shared_ptr<heddle_plan> plan;
  };
  const auto all = std::make_shared<std::vector<Packed>>();
  const heddle_exec exec = on_cpu(1);
  for (const Matrix& w : model.linears) {
    const auto halves = to_bf16(w.values);
    const void* data = w.values.data();
    const heddle_matrix weight = matrix(w, type == HEDDLE_BF16 ? halves.data() : data, type);
    const heddle_mask mask = mask_of(w);
    auto& [memory, blob, plan] = all->emplace_back();
    blob.desc = {w.rows, w.cols, kPattern, type, HEDDLE_CANONICAL};
    need(heddle_packed_size(&blob.desc, &blob.bytes));
    memory.resize(blob.bytes);
    blob.data = memory.data();
    bytes += blob.bytes;
    need(heddle_pack_mask(&exec, &weight, &mask, &blob));
    heddle_matmul_desc desc;
    need(heddle_matmul_desc_init(&desc, sizeof desc));
    desc.a = blob.desc;
    desc.max_n = kContext;
    desc.b_type = type;
    desc.d_type = HEDDLE_F32;
    heddle_plan* made = nullptr;
    need(heddle_plan_create(&exec, &desc, &made));
    plan.reset(made, heddle_plan_destroy);
  }
  return [=](int index, const Floats& x, int n, Floats& y) {
    const heddle_packed& a = (*all)[index].blob;
    const auto halves = to_bf16(x);
    const void* data = type == HEDDLE_F32 ? (const void*)x.data() : halves.data();
    heddle_matmul_buffers buffers;
    need(heddle_matmul_buffers_init(&buffers, sizeof buffers));
    buffers.a = a;
    buffers.b = {const_cast<void*>(data), a.desc.cols, n, a.desc.cols, type, HEDDLE_COL};
    buffers.d = {y.data(), a.desc.rows, n, a.desc.rows, HEDDLE_F32, HEDDLE_COL};
    need(heddle_run(&exec, (*all)[index].plan.get(), &buffers, nullptr));
  };
}

}  // namespace transformer
