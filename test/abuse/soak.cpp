// Prunes, packs, plans, runs, saves and frees in a loop over random shapes and numbers of threads,
// for so many minutes: soak [MINUTES]. Each round goes over the same shapes and must end with the
// same bytes, as many blocks of memory and as many open files as the first.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "heddle/heddle.hpp"
#include "heddle/sparsifier_file.hpp"
#include "test/abuse/faults.hpp"

namespace heddle::abuse {
namespace {

constexpr int kShapes = 40;

void require(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "soak: %s\n", status.to_string().c_str());
  std::exit(1);
}

class Round {
 public:
  // Another number of threads each time: the bits do not depend on it.
  explicit Round(unsigned threads_seed) : threads_(threads_seed) {}

  std::uint64_t go(const std::string& path) {
    for (int shape = 0; shape < kShapes; ++shape) product();
    training(path);
    return digest_;
  }

 private:
  Exec exec() { return Exec::cpu(static_cast<int>(threads_() % 5)); }
  std::int64_t up_to(unsigned most) { return 1 + random_() % most; }
  void mix(const void* data, std::size_t bytes) {
    const auto* const at = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < bytes; ++i) digest_ = (digest_ ^ at[i]) * 1099511628211u;
  }
  std::vector<float> floats(std::int64_t count) {
    std::vector<float> out(static_cast<std::size_t>(count));
    for (float& value : out) value = static_cast<float>(static_cast<int>(random_() % 17) - 8);
    return out;
  }

  void product() {
    const std::int64_t m = up_to(300), k = up_to(300), n = up_to(20);
    std::vector<float> weight = floats(m * k), x = floats(n * k), y = floats(n * m);
    const MatrixView matrix = row_major(static_cast<void*>(weight.data()), m, k, DataType::f32);
    std::vector<std::uint8_t> mask(weight.size());
    require(best_mask(exec(), matrix, Pattern{2, 4}, row_major_mask(mask.data(), m, k)));
    const PackedDesc desc = {m, k, {2, 4}, DataType::f32, PackedOrder::canonical};
    std::vector<std::byte> blob(*packed_size(desc));
    const PackedView packed = {desc, blob.data(), blob.size()};
    require(pack(exec(), matrix, row_major_mask(mask.data(), m, k), packed));
    require(verify(exec(), packed));
    MatmulDesc what;
    what.a = desc;
    what.max_n = n;
    what.b_type = what.d_type = DataType::f32;
    const Result<MatmulPlan> plan = make_plan(exec(), what);
    require(plan.status());
    MatmulBuffers buffers;
    buffers.a = packed;
    buffers.b = transposed(row_major(static_cast<void*>(x.data()), n, k, DataType::f32));
    buffers.d = transposed(row_major(static_cast<void*>(y.data()), n, m, DataType::f32));
    require(run(exec(), *plan, buffers));
    mix(blob.data(), blob.size());
    mix(y.data(), y.size() * sizeof(float));
  }

  void training(const std::string& path) {
    const std::int64_t rows = 8 * up_to(20), cols = 16 * up_to(10);
    std::vector<float> weight = floats(rows * cols), dropped(weight.size());
    std::vector<std::uint8_t> mask(weight.size());
    SparseParameter p;
    p.name = "w";
    p.weight = as_tensor(row_major(static_cast<void*>(weight.data()), rows, cols, DataType::f32));
    p.mask = as_tensor(row_major_mask(mask.data(), rows, cols));
    p.dropped = as_tensor(row_major(static_cast<void*>(dropped.data()), rows, cols, DataType::f32));
    Sparsifier first, second;
    require(first.add(p));
    require(second.add(p));
    require(first.compute_masks(exec()));
    require(save_sparsifier(exec(), first, path));
    require(load_sparsifier(exec(), second, path));
    require(second.restore(exec()));
    mix(weight.data(), weight.size() * sizeof(float));
  }

  std::mt19937 random_{7}, threads_;
  std::uint64_t digest_ = 14695981039346656037u;
};

int soak(double minutes) {
  const std::string path = "/tmp/heddle-soak-" + std::to_string(::getpid()) + ".safetensors";
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t want = Round(0).go(path);
  const std::int64_t blocks = live_blocks(), bytes = live_bytes();
  const int descriptors = open_descriptors();
  unsigned rounds = 1;
  const char* wrong = nullptr;
  while (wrong == nullptr) {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (rounds > 1 && spent.count() >= minutes * 60) break;
    if (Round(rounds).go(path) != want) wrong = "other bytes";
    if (live_blocks() != blocks || live_bytes() != bytes) wrong = "memory grows";
    if (open_descriptors() != descriptors) wrong = "open files grow";
    ++rounds;
  }
  ::unlink(path.c_str());
  if (wrong != nullptr) {
    std::fprintf(stderr, "soak: round %u: %s\n", rounds, wrong);
    return 1;
  }
  std::printf("soak: %u rounds of %d shapes, digest %016llx, %lld blocks of memory throughout\n",
              rounds, kShapes, static_cast<unsigned long long>(want),
              static_cast<long long>(blocks));
  return 0;
}

}  // namespace
}  // namespace heddle::abuse

int main(int argc, char** argv) {
  return heddle::abuse::soak(argc > 1 ? std::atof(argv[1]) : 0.05);
}
