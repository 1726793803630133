// One decode step of a transformer layer's linear layers on a GPU, captured in a CUDA graph:
// packed weights through the C ABI, launched one by one and replayed as one graph. The two must give
// the same bytes. Exit status 77 where there is no device.
#include <cuda_runtime_api.h>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <utility>
#include <vector>

#include "heddle/heddle.h"

namespace {

constexpr heddle_pattern kPattern{2, 4};

void need(heddle_status status) {
  if (status != HEDDLE_OK) throw std::runtime_error(heddle_last_error());
}
void need(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

// Device memory that starts as zeros, which is also how a workspace starts.
void* device_zeros(std::size_t bytes) {
  void* data = nullptr;
  need(cudaMalloc(&data, bytes));
  need(cudaMemset(data, 0, bytes));
  return data;
}

// bf16 of small integers: products of them are exact.
std::vector<std::uint16_t> small_integers(std::size_t count, std::uint32_t seed) {
  static constexpr std::uint16_t kCodes[] = {0xBF80, 0, 0x3F80, 0x4000};  // -1, 0, 1, 2
  std::vector<std::uint16_t> values(count);
  for (std::uint16_t& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = kCodes[seed >> 30];
  }
  return values;
}

// A linear layer y[1, m] = x[1, k] W^T: a packed weight, its plan, and what a run takes. The weight is
// packed on the CPU in device order; one plan would serve any number of tokens up to max_n.
struct Linear {
  Linear(std::int64_t m, std::int64_t k, std::uint32_t seed, const heddle_exec& gpu) {
    heddle_exec cpu;
    need(heddle_exec_init(&cpu, sizeof cpu));
    std::vector<std::uint16_t> dense = small_integers(static_cast<std::size_t>(m * k), seed);
    const heddle_matrix weight = {dense.data(), m, k, k, HEDDLE_BF16, HEDDLE_ROW};
    heddle_packed host = {{m, k, kPattern, HEDDLE_BF16, HEDDLE_DEVICE}, nullptr, 0};
    need(heddle_packed_size(&host.desc, &host.bytes));
    std::vector<std::uint8_t> blob(host.bytes);
    host.data = blob.data();
    need(heddle_pack(&cpu, &weight, &host));

    need(heddle_matmul_buffers_init(&buffers, sizeof buffers));
    buffers.a = host;
    buffers.a.data = device_zeros(host.bytes);
    need(cudaMemcpy(buffers.a.data, host.data, host.bytes, cudaMemcpyHostToDevice));
    const std::vector<std::uint16_t> x = small_integers(static_cast<std::size_t>(k), seed + 1);
    buffers.b = {device_zeros(x.size() * 2), k, 1, k, HEDDLE_BF16, HEDDLE_COL};
    need(cudaMemcpy(buffers.b.data, x.data(), x.size() * 2, cudaMemcpyHostToDevice));
    buffers.d = {device_zeros(static_cast<std::size_t>(m) * 2), m, 1, m, HEDDLE_BF16, HEDDLE_COL};

    heddle_matmul_desc desc;
    need(heddle_matmul_desc_init(&desc, sizeof desc));
    desc.a = host.desc;
    desc.b_type = desc.d_type = HEDDLE_BF16;
    need(heddle_plan_create(&gpu, &desc, &plan));
    need(heddle_plan_workspace_size(plan, &workspace.bytes));
    if (workspace.bytes > 0) workspace.data = device_zeros(workspace.bytes);
    if (workspace.bytes > 0) need(heddle_clear_workspace(&gpu, &workspace));
  }
  void run(const heddle_exec& gpu) const { need(heddle_run(&gpu, plan, &buffers, &workspace)); }
  std::vector<std::uint16_t> result() const {
    std::vector<std::uint16_t> y(static_cast<std::size_t>(buffers.d.rows));
    need(cudaMemcpy(y.data(), buffers.d.data, y.size() * 2, cudaMemcpyDeviceToHost));
    return y;
  }

  heddle_matmul_buffers buffers;
  heddle_plan* plan = nullptr;  // memory and plans live until the end of the program
  heddle_workspace workspace{};
};

// Microseconds of one step, over `rounds` of them.
template <class Step>
float time_us(cudaStream_t stream, int rounds, const Step& step) {
  cudaEvent_t begin, end;
  need(cudaEventCreate(&begin));
  need(cudaEventCreate(&end));
  step();
  need(cudaEventRecord(begin, stream));
  for (int i = 0; i < rounds; ++i) step();
  need(cudaEventRecord(end, stream));
  need(cudaEventSynchronize(end));
  float ms = 0;
  need(cudaEventElapsedTime(&ms, begin, end));
  return ms * 1000 / static_cast<float>(rounds);
}

int decode() {
  cudaStream_t stream = nullptr;
  need(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  heddle_exec gpu;
  need(heddle_exec_init(&gpu, sizeof gpu));
  gpu.kind = HEDDLE_CUDA;
  gpu.stream = stream;

  // The linear layers of one layer of a model of 8 billion parameters: qkv, o, gate and up, down.
  std::vector<Linear> layers;
  for (const auto& [m, k] : {std::pair{6144, 4096}, {4096, 4096}, {28672, 4096}, {4096, 14336}})
    layers.emplace_back(m, k, static_cast<std::uint32_t>(m + k), gpu);
  const auto step = [&] {
    for (const Linear& layer : layers) layer.run(gpu);
  };

  step();
  need(cudaStreamSynchronize(stream));
  std::vector<std::vector<std::uint16_t>> want;
  for (const Linear& layer : layers) want.push_back(layer.result());

  cudaGraph_t graph = nullptr;
  cudaGraphExec_t replay = nullptr;
  need(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  step();
  need(cudaStreamEndCapture(stream, &graph));
  need(cudaGraphInstantiate(&replay, graph, 0));
  for (const Linear& layer : layers)
    need(
        cudaMemset(layer.buffers.d.data, 0xFF, static_cast<std::size_t>(layer.buffers.d.rows) * 2));
  need(cudaGraphLaunch(replay, stream));
  need(cudaStreamSynchronize(stream));
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].result() != want[i]) return std::puts("the graph's bytes differ"), 1;

  std::size_t bytes = 0;
  for (const Linear& layer : layers) bytes += layer.buffers.a.bytes;
  const float launched = time_us(stream, 100, step);
  const float graphed = time_us(stream, 100, [&] { need(cudaGraphLaunch(replay, stream)); });
  std::printf("packed weights of one layer: %zu bytes\n", bytes);
  std::printf("launched one by one: %.1f us a token\n", launched);
  std::printf("as a graph:          %.1f us a token, %.0f GB/s of weights\n", graphed,
              static_cast<double>(bytes) / graphed / 1000);
  return 0;
}

}  // namespace

int main() {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0)
    return std::puts("skipped: no device"), 77;
  try {
    return decode();
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}
