// Selection on made-up devices: what is chosen is valid, fits, uses the device, and moves as it
// should.

#include "host/select.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "host/cost_model.hpp"
#include "host/hopper_cost.hpp"
#include "host/known_devices.hpp"
#include "host/matmul_config.hpp"
#include "kernels/matmul/schedule.hpp"
#include "select_case.hpp"

namespace heddle {
namespace {

const DataType kTypes[] = {DataType::f16,    DataType::bf16,   DataType::f32,
                           DataType::f8e4m3, DataType::f8e5m2, DataType::i8};

Selection chosen(const SelectProblem& p, const DeviceDescription& d) {
  const auto s = select(p, d);
  EXPECT_TRUE(s.ok()) << s.status().message();
  return s.ok() ? *s : Selection{};
}

std::string words(const SelectProblem& p, const DeviceDescription& d) {
  return "m " + std::to_string(p.m) + " n " + std::to_string(p.n) + " k " + std::to_string(p.k) +
         " batch " + std::to_string(p.batch) + " " + to_string(p.a_type) + " on " + d.name + " " +
         std::to_string(d.multiprocessors);
}

DeviceDescription random_device(std::mt19937& random) {
  const auto between = [&](int low, int high) {
    return low + static_cast<int>(random() % unsigned(high - low + 1));
  };
  const int capabilities[] = {80, 86, 87, 89, 90, 100, 103, 120};
  DeviceDescription d = made_up_device(capabilities[between(0, 7)]);
  d.multiprocessors = between(1, 200);
  d.memory_gbytes_per_s = between(50, 9000);
  d.l2_gbytes_per_s = between(100, 20000);
  d.l2_bytes = static_cast<std::size_t>(between(0, 200)) << 20;
  d.shared_bytes_per_block = static_cast<std::size_t>(between(48, 227)) * 1024;
  d.shared_bytes_per_multiprocessor = d.shared_bytes_per_block + 1024;
  return d;
}

SelectProblem random_problem(std::mt19937& random) {
  const auto size = [&] {  // every magnitude alike
    return static_cast<std::int64_t>(1 + random() % (std::uint64_t{2} << random() % 15));
  };
  SelectProblem p = problem(size(), size(), size(), kTypes[random() % 6]);
  p.batch = random() % 4 == 0 ? 1 + static_cast<std::int64_t>(random() % 5) : 1;
  return p;
}

std::size_t shared_bytes(const SelectProblem& p, const MatmulConfig& c) {
  if (c.kernel == MatmulKernel::mma)
    return static_cast<std::size_t>(matmul_shared_bytes(shape_of(c), c.stages));
  const int elem = static_cast<int>(size_of(p.a_type));
  return static_cast<std::size_t>(hopper_shared_bytes(hopper_shape_of(c), c.stages, elem));
}

TEST(Select, EveryCandidateIsValidAndFits) {
  std::mt19937 random(1);
  for (int i = 0; i < 400; ++i) {
    const DeviceDescription d = random_device(random);
    const SelectProblem p = random_problem(random);
    SCOPED_TRACE(words(p, d));
    const auto all = candidates(p, d, 10000);
    ASSERT_TRUE(all.ok()) << all.status().message();
    ASSERT_FALSE(all->empty());
    for (std::size_t at = 0; at < all->size(); ++at) {
      const Selection& s = (*all)[at];
      const Status status = check_config(p, d, s.config);
      ASSERT_TRUE(status.ok()) << to_string(s.config) << ": " << status.message();
      ASSERT_LE(shared_bytes(p, s.config), d.shared_bytes_per_block);
      ASSERT_LE(s.config.blocks, 2 * d.multiprocessors);
      ASSERT_GT(s.predicted_us, d.launch_us);
      if (at > 0) {
        ASSERT_GE(s.predicted_us, (*all)[at - 1].predicted_us);
      }
      ASSERT_EQ(predict(p, d, s.config)->predicted_us, s.predicted_us);
      ASSERT_EQ(fit_to(p, s.config), s.config) << to_string(s.config);
    }
    ASSERT_EQ(chosen(p, d).config, all->front().config);
    ASSERT_EQ(chosen(p, d).predicted_us, all->front().predicted_us);
  }
}

// Every step of every tile of the chosen schedule belongs to exactly one block.
TEST(Select, ChosenSchedulesCoverTheProduct) {
  std::mt19937 random(2);
  int wgmma = 0;
  for (int i = 0; i < 300; ++i) {
    DeviceDescription d = random_device(random);
    if (i % 3 == 0) d.compute_capability = 90;
    SelectProblem p = random_problem(random);
    p.m = 1 + p.m % 2000;
    p.n = 1 + p.n % 500;
    SCOPED_TRACE(words(p, d));
    const MatmulConfig c = chosen(p, d).config;
    const bool mma = c.kernel == MatmulKernel::mma;
    wgmma += !mma;
    const cost::Grid grid =
        mma ? cost::grid_of(p, shape_of(c)) : cost::hopper_grid(p, hopper_shape_of(c));
    EXPECT_GE(grid.along_m * c.tile_m(), p.m);
    EXPECT_GE(grid.along_n * c.tile_n(), p.n);
    const int each = mma ? 1 : c.cluster;  // blocks that work as one
    const std::int64_t workers = c.blocks / each;
    const Schedule s{grid.tiles, grid.steps, c.split_tiles, c.split_blocks / each};
    std::vector<int> seen(static_cast<std::size_t>(grid.tiles * grid.steps));
    std::int64_t most = 0;
    for (std::int64_t block = 0; block < workers; ++block) {
      std::int64_t steps = 0;
      for (Segment at = s.first_segment(block); at.begin != at.end;
           at = s.next_segment(at, block, workers)) {
        for (std::int64_t step = at.begin; step < at.end; ++step)
          ++seen[static_cast<std::size_t>(at.tile * grid.steps + step)];
        steps += at.end - at.begin;
      }
      EXPECT_GT(steps, 0) << "block " << block << " of " << to_string(c) << " has nothing to do";
      most = std::max(most, steps);
    }
    for (const int count : seen) ASSERT_EQ(count, 1) << to_string(c);
    EXPECT_NEAR(chosen(p, d).balance,
                double(most) * double(workers) / (double(grid.tiles) * double(grid.steps)), 1e-9);
  }
  EXPECT_GE(wgmma, 10);
}

TEST(Select, SmallMatricesOccupyEveryMultiprocessor) {
  for (const int multiprocessors : {80, 100, 132, 148})
    for (const DataType type : {DataType::bf16, DataType::i8, DataType::f8e4m3})
      for (std::int64_t m = 64; m <= 1024; m *= 2)
        for (const std::int64_t k : {4096, 8192, 14336, 28672}) {
          DeviceDescription d = made_up_device(90);
          d.wgmma = false;
          d.multiprocessors = multiprocessors;
          d.memory_gbytes_per_s = 20.0 * multiprocessors;
          const SelectProblem p = problem(m, 8, k, type);
          SCOPED_TRACE(words(p, d));
          const MatmulConfig c = chosen(p, d).config;
          // Units of k are as fine as it gets; 16 blocks on a row of blocks is where sums get long.
          // A seventh may idle where ranges without a remainder take as many steps.
          const cost::Grid finest = cost::grid_of(p, {1, 1, 8, 1});
          const std::int64_t most = finest.tiles * std::min<std::int64_t>(16, finest.steps);
          EXPECT_GE(c.blocks, std::min<std::int64_t>(multiprocessors, most) * 85 / 100)
              << to_string(c);
        }
}

TEST(Select, FewTilesAreSplit) {
  const DeviceDescription d = made_up_device();
  const MatmulConfig decode = chosen(problem(1024, 8, 16384), d).config;
  EXPECT_GT(decode.split_tiles, 0) << to_string(decode);
  const MatmulConfig prefill = chosen(problem(1024, 512, 16384), d).config;
  EXPECT_GT(prefill.split_tiles, 0) << to_string(prefill);
  const MatmulConfig even = chosen(problem(6400, 8, 8192), d).config;  // 100 rows of blocks
  EXPECT_EQ(even.split_tiles, 0) << to_string(even);
}

TEST(Select, OneTileCoversUpTo64Tokens) {
  for (const DataType type : kTypes)
    for (std::int64_t n = 1; n <= 64; ++n) {
      const auto all = candidates(problem(4096, n, 4096, type), made_up_device(), 1000);
      ASSERT_TRUE(all.ok());
      std::int64_t least = 8;
      while (least < n) least *= 2;
      for (const Selection& s : *all) EXPECT_EQ(s.config.tile_n(), least) << n;
    }
}

TEST(Select, MoreOfAnythingIsNeverSlower) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const DeviceDescription d = random_device(random);
    const SelectProblem p = random_problem(random);
    SCOPED_TRACE(words(p, d));
    const double before = chosen(p, d).predicted_us;
    DeviceDescription better = d;
    better.memory_gbytes_per_s *= 1.5;
    EXPECT_LE(chosen(p, better).predicted_us, before);
    better = d;
    better.l2_gbytes_per_s *= 1.5;
    EXPECT_LE(chosen(p, better).predicted_us, before);
    better = d;
    better.clock_ghz *= 1.5;
    EXPECT_LE(chosen(p, better).predicted_us, before);
    better = d;
    better.l2_bytes *= 2;
    EXPECT_LE(chosen(p, better).predicted_us, before);
    better = d;
    better.launch_us += 1;
    EXPECT_NEAR(chosen(p, better).predicted_us, before + 1, 1e-9 * before);
  }
}

TEST(Select, TwiceTheWorkTakesTwiceTheTime) {
  const DeviceDescription d = made_up_device();
  for (const std::int64_t n : {8, 64, 8192}) {
    const double once = chosen(problem(16384, n, 16384), d).predicted_us;
    EXPECT_NEAR(chosen(problem(16384, n, 32768), d).predicted_us / once, 2, 0.1) << n;
    EXPECT_NEAR(chosen(problem(32768, n, 16384), d).predicted_us / once, 2, 0.1) << n;
  }
}

// The number of tokens from which on something else than device memory is the limit.
std::int64_t end_of_memory_bound(const DeviceDescription& d) {
  for (std::int64_t n = 8; n <= 4096; n += 8) {
    const Selection s = chosen(problem(8192, n, 8192), d);
    if (std::max(s.l2_us, std::max(s.math_us, s.shared_us)) > s.memory_us) return n;
  }
  return 1 << 20;
}

// Decode shares k among warps; prefill has none left for that.
std::int64_t end_of_stream(const DeviceDescription& d) {
  for (std::int64_t n = 8; n <= 4096; n += 8)
    if (chosen(problem(8192, n, 8192), d).config.warps_k == 1) return n;
  return 1 << 20;
}

TEST(Select, TheCrossoverMovesWithTheDevice) {
  DeviceDescription d = made_up_device();
  d.l2_gbytes_per_s = 20000;
  const std::int64_t memory = end_of_memory_bound(d), stream = end_of_stream(d);
  EXPECT_GT(memory, 64);
  EXPECT_LT(memory, 1024);
  EXPECT_GT(stream, 16);
  EXPECT_LT(stream, 2048);
  EXPECT_GT(chosen(problem(8192, 8, 8192), d).config.warps_k, 1);
  DeviceDescription quick_memory = d;
  quick_memory.memory_gbytes_per_s *= 2;
  EXPECT_LT(end_of_memory_bound(quick_memory), memory);
  DeviceDescription slow_memory = d;
  slow_memory.memory_gbytes_per_s /= 2;
  EXPECT_GT(end_of_memory_bound(slow_memory), memory);
  DeviceDescription slow_math = d;  // an eighth of the rate: math is the limit sooner
  slow_math.clock_ghz /= 8;
  EXPECT_LT(end_of_memory_bound(slow_math), memory);
}

// ---- edges --------------------------------------------------------------------------------------

TEST(Select, EmptyProblemsNeedNoBlocks) {
  const DeviceDescription d = made_up_device();
  for (const SelectProblem& p :
       {problem(0, 8, 64), problem(64, 0, 64), problem(64, 8, 64, DataType::f16, 0)}) {
    const Selection s = chosen(p, d);
    EXPECT_EQ(s.config.blocks, 0);
    EXPECT_EQ(s.predicted_us, 0);
    EXPECT_TRUE(check_config(p, d, s.config).ok());
    EXPECT_EQ(predict(p, d, MatmulConfig{})->predicted_us, 0);
    EXPECT_TRUE(candidates(p, d, 10)->empty());
    EXPECT_EQ(fit_to(p, MatmulConfig{}).blocks, 0);
  }
}

TEST(Select, NoColumnsStillHaveAnEpilogue) {
  const Selection s = chosen(problem(4096, 8, 0), made_up_device());
  EXPECT_GE(s.config.blocks, 1);
  EXPECT_EQ(s.config.split_tiles, 0);
  EXPECT_GT(s.predicted_us, 0);
}

TEST(Select, VeryLargeProblemsAreRefusedOrChosen) {
  const DeviceDescription d = made_up_device();
  const std::int64_t large = std::int64_t{1} << 31;
  EXPECT_TRUE(select(problem(large, 8, 64), d).ok());
  EXPECT_TRUE(select(problem(1, large, 64), d).ok());
  EXPECT_TRUE(select(problem(64, 8, large), d).ok());
  const auto tiles = select(problem(1, 1, 1, DataType::i8, 2 * large), d);
  ASSERT_FALSE(tiles.ok());
  EXPECT_EQ(tiles.status().code(), StatusCode::invalid_argument);
  EXPECT_NE(tiles.status().message().find("2^31 output tiles"), std::string::npos);
  EXPECT_FALSE(select(problem(large, large, large), d).ok());
  EXPECT_FALSE(select(problem(INT64_MAX, 1, 1), d).ok());
}

TEST(Select, CandidatesAreAtMostAsMany) {
  const SelectProblem p = problem(4096, 512, 4096);
  EXPECT_EQ(candidates(p, made_up_device(), 5)->size(), 5u);
  EXPECT_EQ(candidates(p, made_up_device(), 0)->size(), 0u);
}

template <class Change>
std::string refused(Change change) {
  SelectProblem p = problem(4096, 512, 4096);
  DeviceDescription d = made_up_device();
  change(p, d);
  const auto s = select(p, d);
  if (s.ok()) return "ok";
  EXPECT_EQ(s.status().code(), StatusCode::invalid_argument);
  EXPECT_FALSE(candidates(p, d, 1).ok());
  EXPECT_FALSE(predict(p, d, MatmulConfig{}).ok());
  return s.status().message().substr(0, s.status().message().find(" = "));
}

TEST(Select, BadArgumentsAreNamed) {
  using P = SelectProblem;
  using D = DeviceDescription;
  EXPECT_EQ(refused([](P& p, D&) { p.m = -1; }), "problem.m");
  EXPECT_EQ(refused([](P& p, D&) { p.n = -1; }), "problem.n");
  EXPECT_EQ(refused([](P& p, D&) { p.k = -5; }), "problem.k");
  EXPECT_EQ(refused([](P& p, D&) { p.batch = -1; }), "problem.batch");
  EXPECT_EQ(refused([](P& p, D&) { p.a_type = p.b_type = DataType::i32; }), "problem.a_type");
  EXPECT_EQ(refused([](P& p, D&) { p.b_type = DataType::f16; }), "problem.b_type");
  EXPECT_EQ(refused([](P& p, D&) { p.d_type = static_cast<DataType>(9); }), "problem.d_type");
  EXPECT_EQ(refused([](P&, D& d) { d.compute_capability = 75; }), "device.compute_capability");
  EXPECT_EQ(refused([](P&, D& d) { d.multiprocessors = 0; }), "device.multiprocessors");
  EXPECT_EQ(refused([](P&, D& d) { d.clock_ghz = 0; }), "device.clock_ghz");
  EXPECT_EQ(refused([](P&, D& d) { d.memory_gbytes_per_s = -1; }), "device.memory_gbytes_per_s");
  EXPECT_EQ(refused([](P&, D& d) { d.l2_gbytes_per_s = 0.0 / 0.0 * d.clock_ghz; }),
            "device.l2_gbytes_per_s");
  EXPECT_EQ(refused([](P&, D& d) { d.launch_us = -1; }), "device.launch_us");
  EXPECT_EQ(refused([](P&, D& d) { d.shared_bytes_per_block = 100; }),
            "device.shared_bytes_per_block");
  EXPECT_EQ(refused([](P& p, D&) {
              p.a_type = DataType::f8e4m3;
              p.b_type = DataType::f8e5m2;
            }),
            "ok");
}

TEST(Predict, RefusesWhatCannotRun) {
  const SelectProblem p = problem(4096, 512, 4096);
  DeviceDescription d = made_up_device();
  const auto field = [&](auto change) {
    MatmulConfig c;
    c.warps_m = 4;
    c.warps_n = 2;
    c.warps_k = 1;
    c.tiles = 8;
    c.blocks = 64;
    c.split_tiles = 2;
    c.split_blocks = 4;  // of 64 tiles of 64 steps
    change(c);
    const auto s = predict(p, d, c);
    if (s.ok()) return std::string("ok");
    EXPECT_EQ(s.status().code(), StatusCode::invalid_argument);
    return s.status().message().substr(0, s.status().message().find(" = "));
  };
  using C = MatmulConfig;
  EXPECT_EQ(field([](C&) {}), "ok");
  EXPECT_EQ(field([](C& c) { c.warps_k = 2; }), "warps");
  EXPECT_EQ(field([](C& c) { c.tiles = 5; }), "tiles");
  EXPECT_EQ(field([](C& c) { c.stages = 1; }), "stages");
  EXPECT_EQ(field([](C& c) { c.stages = 5; }), "stages");
  EXPECT_EQ(field([](C& c) { c.stages = 4; }), "ok");  // 98 KiB
  EXPECT_EQ(field([](C& c) { c.raster = 0; }), "raster");
  EXPECT_EQ(field([](C& c) { c.blocks = 0, c.split_tiles = c.split_blocks = 0; }), "blocks");
  EXPECT_EQ(field([](C& c) { c.split_tiles = 65; }), "split_tiles");
  EXPECT_EQ(field([](C& c) { c.split_blocks = 65; }), "split_blocks");
  EXPECT_EQ(field([](C& c) { c.blocks = 1000, c.split_blocks = 129; }), "split_blocks");
  EXPECT_EQ(field([](C& c) { c.blocks = 1000, c.split_blocks = 128; }), "ok");
  d.shared_bytes_per_block = 98 * 1024;
  EXPECT_EQ(field([](C& c) { c.stages = 4; }), "stages");
  EXPECT_EQ(field([](C& c) { c.stages = 3; }), "ok");
}

TEST(FitTo, CutsASplitToTheProblem) {
  MatmulConfig c;  // 1 x 1 x 8 warps, 8 tokens
  c.blocks = 132;
  c.split_tiles = 64;
  c.split_blocks = 132;
  const MatmulConfig fitted = fit_to(problem(128, 8, 1024), c);  // 2 tiles of 2 steps
  EXPECT_EQ(fitted.split_tiles, 2);
  EXPECT_EQ(fitted.split_blocks, 4);
  EXPECT_EQ(fitted.blocks, 4);
  std::mt19937 random(4);
  for (int i = 0; i < 300; ++i) {
    const DeviceDescription d = random_device(random);
    SelectProblem other = random_problem(random);
    const SelectProblem made_for = random_problem(random);
    const MatmulConfig config = chosen(made_for, d).config;
    if (config.kernel == MatmulKernel::wgmma)  // the types are those of the kernel
      other.a_type = other.b_type = made_for.a_type;
    const MatmulConfig now = fit_to(other, config);
    const Status status = check_config(other, d, now);
    EXPECT_TRUE(status.ok()) << words(other, d) << " " << to_string(now) << status.message();
  }
}

// ---- devices ------------------------------------------------------------------------------------

TEST(Devices, KnownOnesByName) {
  for (const char* name : {"A100", "A100 PCIe", "H100", "H100 PCIe", "H200", "B200", "RTX 3090",
                           "RTX 4090", "RTX 5080", "RTX 5090"}) {
    const auto d = find_device(name);
    ASSERT_TRUE(d.ok()) << name;
    EXPECT_EQ(d->name, name);
    EXPECT_TRUE(select(problem(4096, 8, 4096), *d).ok()) << name;
  }
  EXPECT_EQ(find_device("H200")->multiprocessors, 132);
  const auto none = find_device("TPU");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().code(), StatusCode::not_found);
  EXPECT_NE(none.status().message().find("RTX 4090"), std::string::npos);
}

cuda::Device attributes(const char* name, int capability, int multiprocessors) {
  cuda::Device device;
  std::strncpy(device.name, name, sizeof device.name - 1);
  device.capability = capability;
  device.multiprocessors = multiprocessors;
  device.shared_per_block = 100 * 1024;
  device.shared_per_multiprocessor = 101 * 1024;
  device.l2_bytes = 123 << 20;
  device.clock_khz = 2000000;
  device.memory_clock_khz = 1000000;
  device.memory_bus_bits = 4096;  // 1024 GB/s
  return device;
}

TEST(Devices, KnownByTheDriversName) {
  const auto clock = [](const char* name, int capability, int multiprocessors) {
    return describe(attributes(name, capability, multiprocessors)).clock_ghz;
  };
  EXPECT_EQ(clock("NVIDIA A100-SXM4-80GB", 80, 108), 1.41);
  EXPECT_EQ(clock("NVIDIA A100 80GB PCIe", 80, 108), 1.41);
  EXPECT_EQ(clock("NVIDIA H100 80GB HBM3", 90, 132), 1.755);
  EXPECT_EQ(clock("NVIDIA H100 PCIe", 90, 114), 1.395);
  EXPECT_EQ(clock("NVIDIA H200", 90, 132), 1.755);
  EXPECT_EQ(clock("NVIDIA GeForce RTX 4090", 89, 128), 2.52);
  const DeviceDescription h200 = describe(attributes("NVIDIA H200", 90, 132));
  EXPECT_EQ(h200.memory_gbytes_per_s, find_device("H200")->memory_gbytes_per_s);
  EXPECT_EQ(h200.shared_bytes_per_block, 100u * 1024);  // the device's own word
  EXPECT_EQ(h200.name, "NVIDIA H200");
  // Like a known one, but not it: a slice, another memory, a laptop, a name that contains a name.
  EXPECT_EQ(clock("NVIDIA H200", 90, 16), 2.0);
  EXPECT_EQ(clock("NVIDIA A100-SXM4-40GB", 80, 108), 2.0);
  EXPECT_EQ(clock("NVIDIA GeForce RTX 4090 Laptop GPU", 89, 76), 2.0);
  EXPECT_EQ(clock("NVIDIA GH200 480GB", 90, 132), 2.0);
}

TEST(Devices, UnknownOnesByTheirAttributes) {
  const DeviceDescription d = describe(attributes("Some GPU", 86, 50));
  EXPECT_EQ(d.clock_ghz, 2.0);
  EXPECT_NEAR(d.memory_gbytes_per_s, 0.9 * 1024, 1e-6);
  EXPECT_NEAR(d.l2_gbytes_per_s, 16 * 50 * 2.0, 1e-6);
  EXPECT_EQ(d.l2_bytes, std::size_t{123} << 20);
  cuda::Device silent = attributes("", 80, 10);  // a driver that says little
  silent.clock_khz = silent.memory_clock_khz = silent.memory_bus_bits = 0;
  EXPECT_TRUE(select(problem(4096, 8, 4096), describe(silent)).ok());
}

TEST(Devices, OfAnExecution) {
  const auto cpu = describe_device(Exec::cpu());
  ASSERT_FALSE(cpu.ok());
  EXPECT_EQ(cpu.status().code(), StatusCode::unavailable);
}

}  // namespace
}  // namespace heddle
