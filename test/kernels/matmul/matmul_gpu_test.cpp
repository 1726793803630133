// What only a real device shows: graphs, streams and threads at once, dependent launches, several
// devices. Skipped, counted, without one.

#include <cuda_runtime_api.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "heddle/matmul.hpp"
#include "test/device/device.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/packed.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceBytes;
using test::DeviceMatrix;

constexpr std::int64_t kSize = 2048;  // m and k: one layer feeds the next
constexpr std::int64_t kTokens = 24;
constexpr int kDependentLaunch = 90;  // compute capability

void need(cudaError_t error, const char* doing) {
  if (error != cudaSuccess)
    throw std::runtime_error(std::string(doing) + ": " + cudaGetErrorString(error));
}

class Stream {
 public:
  Stream() { need(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "create stream"); }
  ~Stream() { (void)cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  cudaStream_t get() const { return stream_; }
  Exec exec() const { return Exec::cuda(stream_); }
  void wait() const { need(cudaStreamSynchronize(stream_), "cudaStreamSynchronize"); }

 private:
  cudaStream_t stream_ = nullptr;
};

// What `work` puts into the stream, as a graph that can be launched again and again.
class Graph {
 public:
  template <class Work>
  Graph(const Stream& stream, const Work& work) {
    // The strictest mode: any call of this thread that may wait or allocate ends the capture.
    need(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeGlobal), "begin capture");
    work();
    need(cudaStreamEndCapture(stream.get(), &graph_), "cudaStreamEndCapture");
    need(cudaGraphInstantiate(&ready_, graph_, 0), "cudaGraphInstantiate");
  }
  ~Graph() {
    if (ready_ != nullptr) (void)cudaGraphExecDestroy(ready_);
    if (graph_ != nullptr) (void)cudaGraphDestroy(graph_);
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  std::size_t nodes() const {
    std::size_t count = 0;
    need(cudaGraphGetNodes(graph_, nullptr, &count), "cudaGraphGetNodes");
    return count;
  }
  void launch(const Stream& stream) const {
    need(cudaGraphLaunch(ready_, stream.get()), "cudaGraphLaunch");
  }

 private:
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t ready_ = nullptr;
};

MatmulDesc desc_of(bool overlap = false) {
  MatmulDesc x;
  x.a = {kSize, kSize, {2, 4}, DataType::bf16, PackedOrder::device};
  x.b_type = x.d_type = DataType::bf16;
  x.max_n = kTokens;
  x.overlap_previous = overlap;
  return x;
}

Matrix tokens_of(std::uint64_t seed, std::int64_t n = kTokens) {
  Matrix b(DataType::bf16, kSize, n, {Order::col, 0, 0});
  Random random(seed);
  fill_normal(b, random);
  return b;
}

// A layer's weights in memory of the current device; results stay about as large as tokens are.
class Weights {
 public:
  explicit Weights(std::uint64_t seed) : bytes_(packed(seed)) {}
  ConstPackedView view() const { return {desc_of().a, bytes_.data(), bytes_.size()}; }

 private:
  static DeviceBytes packed(std::uint64_t seed) {
    Random random(seed);
    Matrix a(DataType::bf16, kSize, kSize);
    fill_normal(a, random, 1.0 / 32);
    Blob blob(desc_of().a);
    EXPECT_TRUE(succeeds(pack(Exec::cpu(), a.view(), blob.view())));
    return DeviceBytes(blob.data(), blob.size());
  }
  DeviceBytes bytes_;
};

// D of a product, NaN until it is written, and the workspace of its run.
struct Place {
  DeviceMatrix out;
  DeviceBytes memory;

  Place(const Stream& stream, const MatmulPlan& plan, std::int64_t n = kTokens)
      : out(poisoned(n).view()), memory(plan.workspace_size()) {
    EXPECT_TRUE(succeeds(clear_workspace(stream.exec(), workspace())));
    stream.wait();
  }
  Workspace workspace() const { return {memory.data(), memory.size()}; }
  static Matrix poisoned(std::int64_t n) {
    Matrix d(DataType::bf16, kSize, n, {Order::col, 0, 0});
    d.poison();
    return d;
  }
  Matrix read() const {
    Matrix d = poisoned(out.view().cols);
    out.read_into(d.view());
    return d;
  }
};

MatmulBuffers buffers_of(const Weights& a, const ConstMatrixView& b, const Place& place) {
  MatmulBuffers x;
  x.a = a.view();
  x.b = b;
  x.d = place.out.view();
  return x;
}

Matrix plain_run(const MatmulPlan& plan, const Weights& a, const Matrix& tokens) {
  const Stream stream;
  const DeviceMatrix b(tokens.view());
  const Place place(stream, plan, tokens.cols());
  EXPECT_TRUE(
      succeeds(run(stream.exec(), plan, buffers_of(a, b.cview(), place), place.workspace())));
  stream.wait();
  return place.read();
}

void put(const Stream& stream, const DeviceMatrix& there, const Matrix& here) {
  const auto bytes = static_cast<std::size_t>(here.rows() * here.cols()) * 2;
  need(cudaMemcpyAsync(there.view().data, here.view().data, bytes, cudaMemcpyHostToDevice,
                       stream.get()),
       "cudaMemcpyAsync");
}

std::string too_old() {
  const Result<DeviceDescription> device = describe_device(Exec::cuda());
  if (!device.ok()) return device.status().to_string();
  if (device->compute_capability >= kDependentLaunch) return "";
  return "dependent launches need compute capability 90; this device has " +
         std::to_string(device->compute_capability);
}

TEST(MatmulGpu, ARunIsOneNodeOfAGraphThatCanBeReplayed) {
  HEDDLE_NEED_DEVICE();
  const Stream stream;
  const Result<MatmulPlan> plan = make_plan(stream.exec(), desc_of());
  ASSERT_TRUE(succeeds(plan.status()));
  const Weights a(1);
  const DeviceMatrix b(tokens_of(0).view());
  const Place place(stream, *plan);
  const Graph graph(stream, [&] {
    EXPECT_TRUE(
        succeeds(run(stream.exec(), *plan, buffers_of(a, b.cview(), place), place.workspace())));
  });
  EXPECT_EQ(graph.nodes(), 1u);
  for (std::uint64_t replay = 1; replay <= 3; ++replay) {
    const Matrix tokens = tokens_of(replay);
    put(stream, b, tokens);
    graph.launch(stream);
    stream.wait();
    EXPECT_TRUE(same_bits(place.read(), plain_run(*plan, a, tokens))) << "replay " << replay;
  }
}

TEST(MatmulGpu, ThreadsShareAPlanOnTheirOwnStreams) {
  HEDDLE_NEED_DEVICE();
  constexpr std::size_t kThreads = 8;
  constexpr int kRepeats = 20;
  const Stream stream;
  const Result<MatmulPlan> plan = make_plan(stream.exec(), desc_of());
  ASSERT_TRUE(succeeds(plan.status()));
  const Weights a(2);
  const auto tokens = [](std::size_t i) {
    return tokens_of(100 + i, 3 * (static_cast<std::int64_t>(i) + 1));
  };
  std::vector<Matrix> wanted;
  for (std::size_t i = 0; i < kThreads; ++i) wanted.push_back(plain_run(*plan, a, tokens(i)));
  std::vector<std::string> wrong(kThreads);
  const auto work = [&](std::size_t i) {
    const Stream own;
    const DeviceMatrix b(tokens(i).view());
    const Place place(own, *plan, wanted[i].cols());
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
      const Status status =
          run(own.exec(), *plan, buffers_of(a, b.cview(), place), place.workspace());
      if (!status.ok()) wrong[i] = status.to_string();
    }
    own.wait();
    if (const auto same = same_bits(place.read(), wanted[i]); !same) wrong[i] = same.message();
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      try {
        work(i);
      } catch (const std::exception& failure) {
        wrong[i] = failure.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& what : wrong) EXPECT_EQ(what, "");
}

// Four layers, each the tokens of the next, with one workspace.
class Chain {
 public:
  static constexpr int kLayers = 4;

  Chain(const Stream& stream, const MatmulPlan& plan) : stream_(stream), plan_(plan) {
    for (int i = 0; i < kLayers; ++i) {
      weights_.emplace_back(10 + static_cast<std::uint64_t>(i));
      places_.emplace_back(stream, plan);
    }
  }
  void put_tokens(const Matrix& tokens) const {
    put(stream_, first_, tokens);
    for (const Place& place : places_)  // NaN: a layer that reads too early shows
      need(cudaMemsetAsync(place.out.view().data, 0xFF, kSize * kTokens * 2, stream_.get()),
           "cudaMemsetAsync");
  }
  void start() const {
    ConstMatrixView tokens = first_.cview();
    for (std::size_t i = 0; i < kLayers; ++i) {
      EXPECT_TRUE(succeeds(run(stream_.exec(), plan_, buffers_of(weights_[i], tokens, places_[i]),
                               places_[0].workspace())));
      tokens = places_[i].out.cview();
    }
  }
  Matrix result() const {
    stream_.wait();
    return places_.back().read();
  }

 private:
  const Stream& stream_;
  const MatmulPlan& plan_;
  std::vector<Weights> weights_;
  std::vector<Place> places_;
  DeviceMatrix first_{tokens_of(0).view()};
};

TEST(MatmulGpu, DependentLaunchesGiveTheBitsOfPlainOnes) {
  HEDDLE_NEED_DEVICE();
  if (const std::string why = too_old(); !why.empty()) GTEST_SKIP() << why;
  const Stream stream;
  const Result<MatmulPlan> plain = make_plan(stream.exec(), desc_of()),
                           overlapped = make_plan(stream.exec(), desc_of(true));
  ASSERT_TRUE(succeeds(plain.status()));
  ASSERT_TRUE(succeeds(overlapped.status()));
  EXPECT_EQ(plain->selection(kTokens)->config, overlapped->selection(kTokens)->config);
  const Chain one(stream, *plain), other(stream, *overlapped);
  const Graph graph(stream, [&] { other.start(); });
  EXPECT_EQ(graph.nodes(), std::size_t{Chain::kLayers});
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Matrix tokens = tokens_of(seed);
    one.put_tokens(tokens);
    one.start();
    const Matrix want = one.result();
    other.put_tokens(tokens);
    other.start();
    EXPECT_TRUE(same_bits(other.result(), want)) << "seed " << seed;
    other.put_tokens(tokens);
    graph.launch(stream);
    EXPECT_TRUE(same_bits(other.result(), want)) << "graph, seed " << seed;
  }
}

TEST(MatmulGpu, PlansOfTwoDevicesSideBySide) {
  HEDDLE_NEED_DEVICE();
  int devices = 0;
  need(cudaGetDeviceCount(&devices), "cudaGetDeviceCount");
  if (devices < 2) GTEST_SKIP() << "one device";
  const Matrix tokens = tokens_of(5);
  std::vector<MatmulPlan> plans;
  std::vector<Weights> weights;
  for (int device : {0, 1}) {
    need(cudaSetDevice(device), "cudaSetDevice");
    const Result<MatmulPlan> plan = make_plan(Exec::cuda(), desc_of());
    ASSERT_TRUE(succeeds(plan.status()));
    plans.push_back(*plan);
    weights.emplace_back(6);
  }
  for (int device : {1, 0, 1}) {
    need(cudaSetDevice(device), "cudaSetDevice");
    const Stream stream;
    const auto i = static_cast<std::size_t>(device);
    const DeviceMatrix b(tokens.view());
    const Place place(stream, plans[i]), foreign(stream, plans[1 - i]);
    EXPECT_TRUE(fails(run(stream.exec(), plans[1 - i], buffers_of(weights[i], b.cview(), foreign),
                          foreign.workspace()),
                      StatusCode::invalid_argument, {"current device"}));
    ASSERT_TRUE(succeeds(
        run(stream.exec(), plans[i], buffers_of(weights[i], b.cview(), place), place.workspace())));
    stream.wait();
    EXPECT_TRUE(same_bits(place.read(), plain_run(plans[i], weights[i], tokens)));
  }
  need(cudaSetDevice(0), "cudaSetDevice");
}

}  // namespace
}  // namespace heddle
