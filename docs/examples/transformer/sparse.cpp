#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "transformer.hpp"
#ifdef HEDDLE_EXAMPLE_CUDA
#include <cuda_runtime_api.h>
#endif

namespace transformer {
namespace {

constexpr heddle_pattern kPattern{2, 4};

void need(heddle_status status) {
  if (status != HEDDLE_OK) throw std::runtime_error(heddle_last_error());
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

void copy(const Floats& from, std::int32_t type, void* to) {
  if (type == HEDDLE_F32) std::memcpy(to, from.data(), from.size() * sizeof(float));
  if (type == HEDDLE_BF16)
    std::transform(from.begin(), from.end(), static_cast<std::uint16_t*>(to), bf16);
}

#ifdef HEDDLE_EXAMPLE_CUDA
void need_cuda(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}
#endif

// Memory of the execution that the host can read and write too.
std::shared_ptr<void> allocate(std::size_t bytes, [[maybe_unused]] std::int32_t kind) {
#ifdef HEDDLE_EXAMPLE_CUDA
  void* managed = nullptr;
  if (kind == HEDDLE_CUDA) {
    need_cuda(cudaMallocManaged(&managed, std::max<std::size_t>(bytes, 1)));
    return {managed, [](void* p) { cudaFree(p); }};
  }
#endif
  return {::operator new(bytes), [](void* p) { ::operator delete(p); }};
}

}  // namespace

heddle_exec on_cpu(int threads) {
  heddle_exec exec;
  need(heddle_exec_init(&exec, sizeof exec));
  exec.threads = threads;
  return exec;
}

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
    const heddle_tensor moment1 = tensor(w, w.moment1), moment2 = tensor(w, w.moment2);
    const heddle_tensor_mask mask = {w.mask.data(), 2, 0, {w.rows, w.cols}, {w.cols, 1}};
    const heddle_step_tensors item = {tensor(w, w.values),
                                      tensor(w, gradients[i]->values),
                                      w.mask.empty() ? nullptr : &mask,
                                      nullptr,
                                      nullptr,
                                      &moment1,
                                      &moment2};
    need(heddle_adamw_step(&exec, &options, &item, 1));
  }
}

void round_to_bf16(Floats& values) {
  for (float& x : values) x = std::bit_cast<float>(std::uint32_t{bf16(x)} << 16);
}

Linears dense(const Model& model, std::int32_t type) {
  return [&model, type](int index, Floats x, int n, Floats& y) {
    if (type == HEDDLE_BF16) round_to_bf16(x);
    dense_product(model.linears[index], x, n, y);
  };
}

// Packed on the CPU, for a GPU too: in its order, and any session later can read the blob.
Packed::Packed(const Model& model, std::int32_t type, const heddle_exec& exec) : exec_(exec) {
  const auto take = [&](std::size_t bytes) {
    return memory_.emplace_back(allocate(bytes, exec.kind)).get();
  };
  const heddle_exec cpu = on_cpu(0);
  for (int i = 0; i < kLayers * kLinears; ++i) {
    const Matrix& w = model.linears[i];
    Floats weight(w.values.size());  // room for either type
    copy(w.values, type, weight.data());
    const heddle_matrix view = matrix(w, weight.data(), type);
    const heddle_mask mask = mask_of(w);
    const std::int32_t order = exec.kind == HEDDLE_CUDA ? HEDDLE_DEVICE : HEDDLE_CANONICAL;
    blobs_[i].desc = {w.rows, w.cols, kPattern, type, order};
    need(heddle_packed_size(&blobs_[i].desc, &blobs_[i].bytes));
    blobs_[i].data = take(blobs_[i].bytes);
    need(heddle_pack_mask(&cpu, &view, &mask, &blobs_[i]));
  }
  for (int i = 0; i < kLinears; ++i) {  // the layers' shapes are alike: plans serve them all
    heddle_matmul_desc desc;
    need(heddle_matmul_desc_init(&desc, sizeof desc));
    desc.a = blobs_[i].desc;
    desc.max_n = kContext;
    desc.b_type = type;
    desc.d_type = HEDDLE_F32;
    heddle_plan* plan = nullptr;
    need(heddle_plan_create(&exec_, &desc, &plan));
    plans_[i].reset(plan, heddle_plan_destroy);
    std::size_t bytes = 0;
    need(heddle_plan_workspace_size(plan, &bytes));
    workspace_.bytes = std::max(workspace_.bytes, bytes);
  }
  x_ = take(kContext * 2 * kHidden * sizeof(float));
  y_ = take(kContext * 2 * kHidden * sizeof(float));
  if (workspace_.bytes == 0) return;
  workspace_.data = take(workspace_.bytes);
  need(heddle_clear_workspace(&exec_, &workspace_));
}

// Activations x [n, k] row-major are B [k, n] of order col, and y [n, m] is D.
void Packed::run(int index, int n) const {
  const heddle_packed_desc& a = blobs_[index].desc;
  heddle_matmul_buffers buffers;
  need(heddle_matmul_buffers_init(&buffers, sizeof buffers));
  buffers.a = blobs_[index];
  buffers.b = {x_, a.cols, n, a.cols, a.type, HEDDLE_COL};
  buffers.d = {y_, a.rows, n, a.rows, HEDDLE_F32, HEDDLE_COL};
  need(heddle_run(&exec_, plans_[index % kLinears].get(), &buffers, &workspace_));
}

void Packed::operator()(int index, const Floats& x, int n, Floats& y) const {
  copy(x, blobs_[index].desc.type, x_);
  run(index, n);
#ifdef HEDDLE_EXAMPLE_CUDA
  if (exec_.kind == HEDDLE_CUDA) need_cuda(cudaStreamSynchronize(cudaStream_t(exec_.stream)));
#endif
  const auto* out = static_cast<const float*>(y_);
  y.assign(out, out + n * blobs_[index].desc.rows);
}

std::size_t Packed::bytes() const {
  std::size_t sum = 0;
  for (const heddle_packed& blob : blobs_) sum += blob.bytes;
  return sum;
}

#ifdef HEDDLE_EXAMPLE_CUDA
bool on_cuda(heddle_exec& exec) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) return false;
  static const auto stream = [] {
    cudaStream_t made;
    need_cuda(cudaStreamCreate(&made));
    return made;
  }();
  exec = on_cpu(0);
  exec.kind = HEDDLE_CUDA;
  exec.stream = stream;
  return true;
}

double Packed::graph_seconds() const {
  const auto stream = cudaStream_t(exec_.stream);
  cudaGraph_t graph;
  cudaGraphExec_t step;
  need_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  for (int i = 0; i < kLayers * kLinears; ++i) run(i, 1);
  need_cuda(cudaStreamEndCapture(stream, &graph));
  need_cuda(cudaGraphInstantiate(&step, graph, 0));
  constexpr int kSteps = 1000;
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 2 * kSteps; ++i) {  // the first half warms up
    if (i == kSteps) need_cuda(cudaStreamSynchronize(stream));
    if (i == kSteps) start = std::chrono::steady_clock::now();
    need_cuda(cudaGraphLaunch(step, stream));
  }
  need_cuda(cudaStreamSynchronize(stream));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  need_cuda(cudaGraphExecDestroy(step));
  need_cuda(cudaGraphDestroy(graph));
  return seconds.count() / kSteps;
}
#else
bool on_cuda(heddle_exec&) { return false; }
double Packed::graph_seconds() const { return 0; }
#endif

}  // namespace transformer
