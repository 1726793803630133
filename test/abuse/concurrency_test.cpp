// Sixteen threads at once on what may be shared: plans, the registry, a const Sparsifier; and each
// on its own of what may not. ThreadSanitizer runs it too.

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "heddle/heddle.hpp"
#include "test/oracle/effort.hpp"

namespace heddle::abuse {
namespace {

constexpr int kThreads = 16;
constexpr int kRounds = oracle::kSmall ? 6 : 40;
constexpr std::int64_t kRows = 96, kCols = 64;

// Runs body(thread) in every thread; they begin together.
template <class Body>
void together(const Body& body) {
  std::atomic<int> waiting{kThreads};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      body(i);
    });
  for (std::thread& thread : threads) thread.join();
}

Exec exec_of(int i) { return Exec::cpu(i % 4 + 1); }

struct Weight {
  explicit Weight(std::uint32_t seed) : values(kRows * kCols) {
    for (float& value : values) {
      seed = seed * 1664525u + 1013904223u;
      value = static_cast<float>(static_cast<int>(seed >> 24) - 128) / 4;
    }
  }
  MatrixView view() {
    return row_major(static_cast<void*>(values.data()), kRows, kCols, DataType::f32);
  }
  std::vector<float> values;
};

TEST(Concurrency, APlanIsShared) {
  Weight weight(1), x(2);
  const PackedDesc desc = {kRows, kCols, {2, 4}, DataType::f32, PackedOrder::canonical};
  std::vector<std::byte> blob(*packed_size(desc));
  ASSERT_TRUE(pack(Exec::cpu(1), weight.view(), {desc, blob.data(), blob.size()}).ok());
  MatmulDesc what;
  what.a = desc;
  what.max_n = 7;
  what.b_type = what.d_type = DataType::f32;
  const Result<MatmulPlan> plan = make_plan(Exec::cpu(), what);
  ASSERT_TRUE(plan.ok());
  const auto product = [&](const Exec& exec, std::vector<float>& out) {
    MatmulBuffers buffers;
    buffers.a = {desc, blob.data(), blob.size()};
    buffers.b = transposed(ConstMatrixView(
        row_major(static_cast<const void*>(x.values.data()), 7, kCols, DataType::f32)));
    buffers.d = transposed(row_major(static_cast<void*>(out.data()), 7, kRows, DataType::f32));
    return run(exec, *plan, buffers);
  };
  std::vector<float> want(7 * kRows);
  ASSERT_TRUE(product(Exec::cpu(1), want).ok());
  std::atomic<int> wrong{0};
  together([&](int i) {
    for (int round = 0; round < kRounds; ++round) {
      std::vector<float> out(want.size(), -1.0f);
      wrong += !product(exec_of(i), out).ok() ||
               std::memcmp(out.data(), want.data(), out.size() * 4) != 0;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Concurrency, OneRegistersWhatOthersUse) {
  std::atomic<int> registered{0}, wrong{0};
  const auto name_of = [](const char* kind, int i) {
    return std::string("concurrent ") + kind + std::to_string(i);
  };
  together([&](int i) {
    for (int round = 0; round < kRounds; ++round) {
      if (i == 0) {
        wrong += !register_pattern(name_of("pattern", round), {2, 6}).ok();
        wrong += !register_method(name_of("method", round), {2, 4},
                                  [](const Exec& exec, const ConstMatrixView& matrix,
                                     Ranking ranking, const MaskView& mask) {
                                    return best_mask(exec, matrix, Pattern{2, 4}, mask, ranking);
                                  })
                      .ok();
        ++registered;
        continue;
      }
      Weight weight(static_cast<std::uint32_t>(i));
      std::vector<std::uint8_t> mask(kRows * kCols), want(mask.size());
      const MaskView view = row_major_mask(mask.data(), kRows, kCols);
      wrong += !best_mask(Exec::cpu(1), weight.view(), Pattern{2, 4},
                          row_major_mask(want.data(), kRows, kCols))
                    .ok();
      const int known = registered;
      const Result<MaskMethod> method =
          find_method(known > 0 ? name_of("method", known - 1) : std::string("2:4"));
      wrong += !method.ok() || !best_mask(exec_of(i), weight.view(), *method, view).ok();
      wrong += mask != want;
      wrong += known > 0 && !find_pattern(name_of("pattern", known - 1)).ok();
      wrong += registered_patterns().empty() || registered_methods().empty();
      wrong += find_pattern("of nobody").status().code() != StatusCode::not_found;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Concurrency, EachHasASparsifierAndAllReadOne) {
  struct Own {
    Own() : weight(3), mask(kRows * kCols), dropped(kRows * kCols) {
      SparseParameter p;
      p.name = "w";
      p.weight = as_tensor(weight.view());
      p.mask = as_tensor(row_major_mask(mask.data(), kRows, kCols));
      p.dropped =
          as_tensor(row_major(static_cast<void*>(dropped.data()), kRows, kCols, DataType::f32));
      added = sparsifier.add(p).ok();
    }
    Weight weight;
    std::vector<std::uint8_t> mask;
    std::vector<float> dropped;
    Sparsifier sparsifier;
    bool added = false;
  };
  Own shared;
  ASSERT_TRUE(shared.added && shared.sparsifier.compute_masks(Exec::cpu(2)).ok());
  const Sparsifier& read_only = shared.sparsifier;
  const std::vector<float> pruned = shared.weight.values;
  std::atomic<int> wrong{0};
  together([&](int i) {
    for (int round = 0; round < kRounds; ++round) {
      Own own;
      wrong += !own.sparsifier.compute_masks(exec_of(i)).ok() || own.weight.values != pruned;
      wrong += !own.sparsifier.restore(exec_of(i)).ok() || own.weight.values == pruned;
      wrong += read_only.report().size() != 1 || read_only.state_words().empty();
      wrong += !read_only.mask(0).has_value() || read_only.find("w") != 0;
    }
  });
  EXPECT_EQ(wrong, 0);
}

// Every thread has its own sentence, whatever the others do.
TEST(Concurrency, ErrorsOfTheCAbiAreTheThreadsOwn) {
  std::atomic<int> wrong{0};
  together([&](int i) {
    heddle_pattern pattern = {2, 4};
    for (int round = 0; round < kRounds * 10; ++round) {
      const std::string name = "no pattern of thread " + std::to_string(i);
      wrong += heddle_find_pattern(name.c_str(), &pattern) != HEDDLE_NOT_FOUND;
      wrong += std::string(heddle_last_error()).find("\"" + name + "\"") == std::string::npos;
    }
  });
  EXPECT_EQ(wrong, 0);
}

// A stream of a device that is not there, beside the CPU's work.
TEST(Concurrency, ExecutionsAreMixed) {
  if (describe_device(Exec::cuda()).ok()) GTEST_SKIP() << "a GPU is there: host memory is no use";
  std::atomic<int> wrong{0};
  together([&](int i) {
    Weight weight(static_cast<std::uint32_t>(i));
    std::vector<std::uint8_t> mask(kRows * kCols);
    const MaskView view = row_major_mask(mask.data(), kRows, kCols);
    for (int round = 0; round < kRounds; ++round) {
      const bool cuda = (i + round) % 3 == 0;
      const auto stream = reinterpret_cast<cudaStream_t>(std::uintptr_t(i) + 1);  // NOLINT
      const Status status =
          best_mask(cuda ? Exec::cuda(stream) : exec_of(i), weight.view(), Pattern{2, 4}, view);
      wrong += status.code() != (cuda ? StatusCode::unavailable : StatusCode::ok);
    }
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace heddle::abuse
