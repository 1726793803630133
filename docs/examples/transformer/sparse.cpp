#include <cstring>
#include <stdexcept>

#include "transformer.hpp"

namespace transformer {
namespace {

constexpr heddle_pattern kPattern{2, 4};

heddle_exec on_cpu(int threads) {
  heddle_exec exec;
  need(heddle_exec_init(&exec, sizeof exec));
  exec.threads = threads;
  return exec;
}

// Views of what Heddle writes or only reads: C has no pointer for both.
heddle_matrix view(const Matrix& m, const void* data, int32_t type) {
  return {const_cast<void*>(data), m.rows, m.cols, m.cols, type, HEDDLE_ROW};
}
heddle_mask view_mask(const Matrix& m) {
  return {const_cast<std::uint8_t*>(m.mask.data()), m.rows, m.cols, m.cols, HEDDLE_ROW, 0};
}
heddle_tensor tensor(const Matrix& m) {
  const heddle_matrix matrix = view(m, m.values.data(), HEDDLE_F32);
  heddle_tensor t;
  need(heddle_as_tensor(&matrix, &t));
  return t;
}

// The upper halves of values that are rounded to bf16.
std::vector<std::uint16_t> upper_halves(const Floats& values) {
  std::vector<std::uint16_t> halves(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, &values[i], sizeof bits);
    halves[i] = std::uint16_t(bits >> 16);
  }
  return halves;
}

}  // namespace

void need(heddle_status status) {
  if (status != HEDDLE_OK) throw std::runtime_error(heddle_last_error());
}

void prune(Model& model) {
  const heddle_exec exec = on_cpu(0);
  for (Matrix& w : model.linears) {
    w.mask.resize(w.values.size());
    const heddle_matrix weight = view(w, w.values.data(), HEDDLE_F32);
    const heddle_mask mask = view_mask(w);
    need(heddle_best_mask(&exec, &weight, &kPattern, &mask, HEDDLE_MAGNITUDE));
    need(heddle_apply_mask(&exec, &weight, &mask, &weight));
  }
}

void adamw_step(Model& model, const Model& gradient, Model& moment1, Model& moment2, float rate,
                int step, int threads) {
  const heddle_exec exec = on_cpu(threads);
  heddle_adamw_options options;
  need(heddle_adamw_options_init(&options, sizeof options));
  options.learning_rate = rate;
  options.beta2 = 0.99f;
  options.step = step;
  const auto weights = parameters(model), gradients = parameters(const_cast<Model&>(gradient));
  const auto first = parameters(moment1), second = parameters(moment2);
  std::vector<heddle_step_tensors> list(weights.size());
  std::vector<heddle_tensor> moments(2 * list.size());
  std::vector<heddle_tensor_mask> masks(list.size());
  for (std::size_t p = 0; p < list.size(); ++p) {
    moments[2 * p] = tensor(*first[p]);
    moments[2 * p + 1] = tensor(*second[p]);
    const heddle_mask mask = view_mask(*weights[p]);
    if (mask.data != nullptr) need(heddle_as_tensor_mask(&mask, &masks[p]));
    list[p] = {tensor(*weights[p]), tensor(*gradients[p]),
               mask.data != nullptr ? &masks[p] : nullptr, nullptr, nullptr,
               &moments[2 * p], &moments[2 * p + 1]};
  }
  need(heddle_adamw_step(&exec, &options, list.data(), list.size()));
}

void round_to_bf16(Floats& values) {
  for (float& x : values) {
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x7FFFu + (bits >> 16 & 1u)) & 0xFFFF0000u;  // to nearest, ties to even
    std::memcpy(&x, &bits, sizeof bits);
  }
}

Linears dense(const Model& model, int32_t type) {
  return [&model, type](int index, const Floats& x, int n, Floats& y) {
    if (type == HEDDLE_F32) return dense_product(model.linears[index], x, n, y);
    Floats rounded = x;
    round_to_bf16(rounded);
    dense_product(model.linears[index], rounded, n, y);
  };
}

Packed::Packed(const Model& model, int32_t type) : exec_(on_cpu(1)) {
  for (int i = 0; i < kLayers * kLinears; ++i) {
    const Matrix& w = model.linears[i];
    heddle_packed& blob = blobs_[i];
    blob.desc = {w.rows, w.cols, kPattern, type, HEDDLE_CANONICAL};
    need(heddle_packed_size(&blob.desc, &blob.bytes));
    memory_[i].resize(blob.bytes);
    blob.data = memory_[i].data();
    const auto halves = upper_halves(w.values);
    const void* data = type == HEDDLE_BF16 ? (const void*)halves.data() : w.values.data();
    const heddle_matrix weight = view(w, data, type);
    const heddle_mask mask = view_mask(w);
    need(heddle_pack_mask(&exec_, &weight, &mask, &blob));
  }
  for (int i = 0; i < kLinears; ++i) {  // the layers' shapes are alike: plans serve them all
    heddle_matmul_desc desc;
    need(heddle_matmul_desc_init(&desc, sizeof desc));
    desc.a = blobs_[i].desc;
    desc.max_n = kContext;
    desc.b_type = type;
    desc.d_type = HEDDLE_F32;
    need(heddle_plan_create(&exec_, &desc, &plans_[i]));
  }
}

Packed::~Packed() {
  for (heddle_plan* plan : plans_) heddle_plan_destroy(plan);
}

// Activations [n, k] row-major are B [k, n] of order col.
void Packed::operator()(int index, const Floats& x, int n, Floats& y) const {
  const heddle_packed_desc& desc = blobs_[index].desc;
  std::vector<std::uint16_t> halves;
  if (desc.type == HEDDLE_BF16) {
    Floats rounded = x;
    round_to_bf16(rounded);
    halves = upper_halves(rounded);
  }
  const void* in = desc.type == HEDDLE_BF16 ? (const void*)halves.data() : x.data();
  y.resize(n * desc.rows);
  heddle_matmul_buffers buffers;
  need(heddle_matmul_buffers_init(&buffers, sizeof buffers));
  buffers.a = blobs_[index];
  buffers.b = {const_cast<void*>(in), desc.cols, n, desc.cols, desc.type, HEDDLE_COL};
  buffers.d = {y.data(), desc.rows, n, desc.rows, HEDDLE_F32, HEDDLE_COL};
  need(heddle_run(&exec_, plans_[index % kLinears], &buffers, nullptr));
}

std::size_t Packed::bytes() const {
  std::size_t sum = 0;
  for (const heddle_packed& blob : blobs_) sum += blob.bytes;
  return sum;
}

}  // namespace transformer
