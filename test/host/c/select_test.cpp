// Configurations, devices and selections through the C ABI against the C++ functions.

#include <cstddef>
#include <string>
#include <vector>

#include "heddle/select.hpp"
#include "test/host/c/c_case.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

heddle_matmul_config parsed(const std::string& text) {
  heddle_matmul_config config;
  std::memset(&config, 0xff, sizeof(config));
  EXPECT_TRUE(c_succeeds(heddle_parse_matmul_config(text.c_str(), &config)));
  return config;
}

std::string line(const heddle_matmul_config& config) {
  return text_of([&](char* buffer, std::size_t capacity, std::size_t* length) {
    return heddle_matmul_config_to_string(&config, buffer, capacity, length);
  });
}

const char* const kLines[] = {
    "warps=2x1x4 tiles=1 stages=4 raster=3 blocks=132 split=32/130",
    "warps=1x8x1 tiles=8 stages=2 raster=1 blocks=7 split=0/0",
    "wgmma=2x64x256 cluster=2 a=global stages=5 raster=4 blocks=132 split=6/128",
    "wgmma=2x64x256 cluster=4 a=staged stages=2 raster=2 blocks=128 split=0/0",
};

TEST(CSelect, LinesAreConfigurations) {
  for (const std::string text : kLines) {
    const Result<MatmulConfig> read = parse_matmul_config(text);
    ASSERT_TRUE(succeeds(read.status()));
    const MatmulConfig cpp = *read;
    const heddle_matmul_config config = parsed(text);
    EXPECT_EQ(line(config), text);
    EXPECT_EQ(config.kernel, static_cast<int>(cpp.kernel));
    EXPECT_EQ(config.warps_m, cpp.warps_m);
    EXPECT_EQ(config.warps_n, cpp.warps_n);
    EXPECT_EQ(config.warps_k, cpp.warps_k);
    EXPECT_EQ(config.groups, cpp.groups);
    EXPECT_EQ(config.row_blocks, cpp.row_blocks);
    EXPECT_EQ(config.cluster, cpp.cluster);
    EXPECT_EQ(config.staged, cpp.staged ? 1 : 0);
    EXPECT_EQ(config.tiles, cpp.tiles);
    EXPECT_EQ(config.stages, cpp.stages);
    EXPECT_EQ(config.raster, cpp.raster);
    EXPECT_EQ(config.blocks, cpp.blocks);
    EXPECT_EQ(config.split_tiles, cpp.split_tiles);
    EXPECT_EQ(config.split_blocks, cpp.split_blocks);
    std::int64_t m = 0, n = 0;
    ASSERT_TRUE(c_succeeds(heddle_matmul_config_tile(&config, &m, &n)));
    EXPECT_EQ(m, cpp.tile_m());
    EXPECT_EQ(n, cpp.tile_n());
    expect_nulls_refused(heddle_matmul_config_tile, {"config", "tile_m", "tile_n"}, &config, &m,
                         &n);
    for (const std::int32_t reserved : config.reserved) EXPECT_EQ(reserved, 0);
  }
  heddle_matmul_config config;
  ASSERT_TRUE(c_succeeds(heddle_matmul_config_init(&config)));
  EXPECT_EQ(line(config), to_string(MatmulConfig{}));
  EXPECT_TRUE(c_fails(heddle_parse_matmul_config(
                          "warps=2x1x4 tiles=9 stages=4 raster=1 blocks=1 split=0/0", &config),
                      HEDDLE_INVALID_ARGUMENT, {"tiles"}));
  expect_nulls_refused(heddle_matmul_config_init, {"config"}, &config);
  expect_nulls_refused(heddle_parse_matmul_config, {"text", "config"}, kLines[0], &config);
}

TEST(CSelect, NumbersThatAreNoValues) {
  const auto refused = [](heddle_matmul_config config, heddle_status code, const char* part) {
    EXPECT_TRUE(c_fails(heddle_matmul_config_to_string(&config, nullptr, 0, nullptr), code,
                        {"config.", part}));
  };
  heddle_matmul_config config = parsed(kLines[0]);
  config.kernel = 2;
  refused(config, HEDDLE_INVALID_ARGUMENT, "kernel = 2");
  config = parsed(kLines[0]);
  config.staged = -1;
  refused(config, HEDDLE_INVALID_ARGUMENT, "staged = -1");
  config = parsed(kLines[0]);
  config.reserved[4] = 3;
  refused(config, HEDDLE_UNSUPPORTED, "reserved = 3");
}

TEST(CSelect, TuningsAreLists) {
  const std::string text =
      std::string("n<=16 ") + kLines[0] + "\nn<=64 " + kLines[1] + "\nn<=4096 " + kLines[2] + "\n";
  std::size_t count = 0;
  ASSERT_TRUE(c_succeeds(heddle_parse_matmul_tuning(text.c_str(), nullptr, 0, &count)));
  ASSERT_EQ(count, 3u);
  heddle_matmul_tuning_entry entries[4] = {};
  entries[2].max_n = -7;
  ASSERT_TRUE(c_succeeds(heddle_parse_matmul_tuning(text.c_str(), entries, 2, &count)));
  EXPECT_EQ(count, 3u);
  EXPECT_EQ(entries[1].max_n, 64);
  EXPECT_EQ(entries[2].max_n, -7);
  ASSERT_TRUE(c_succeeds(heddle_parse_matmul_tuning(text.c_str(), entries, 4, &count)));
  EXPECT_EQ(line(entries[2].config), kLines[2]);
  const auto write = [&](char* buffer, std::size_t capacity, std::size_t* length) {
    return heddle_matmul_tuning_to_string(entries, 3, buffer, capacity, length);
  };
  EXPECT_EQ(text_of(write), to_string(*parse_matmul_tuning(text)));
  EXPECT_TRUE(c_fails(heddle_parse_matmul_tuning("n<=1 x", entries, 4, &count),
                      HEDDLE_INVALID_ARGUMENT, {}));
  expect_nulls_refused(heddle_parse_matmul_tuning, {"text", "entries", "", "count"}, text.c_str(),
                       entries, 4, &count);
  EXPECT_TRUE(c_fails(heddle_matmul_tuning_to_string(nullptr, 1, nullptr, 0, nullptr),
                      HEDDLE_INVALID_ARGUMENT, {"entries = null"}));
  entries[1].config.kernel = 9;
  EXPECT_TRUE(c_fails(write(nullptr, 0, nullptr), HEDDLE_INVALID_ARGUMENT,
                      {"entries[1].config.kernel = 9"}));
}

TEST(CSelect, TuningLinesFitTheirConstant) {
  heddle_matmul_tuning_entry entry{};
  entry.max_n = INT64_MAX;
  entry.config.kernel = HEDDLE_KERNEL_WGMMA;
  std::int32_t* const fields[] = {
      &entry.config.warps_m, &entry.config.warps_n,     &entry.config.warps_k,
      &entry.config.groups,  &entry.config.row_blocks,  &entry.config.cluster,
      &entry.config.tiles,   &entry.config.stages,      &entry.config.raster,
      &entry.config.blocks,  &entry.config.split_blocks};
  for (std::int32_t* field : fields) *field = 1000000000;
  entry.config.split_tiles = INT64_MAX;
  for (const std::int32_t kernel : {HEDDLE_KERNEL_MMA, HEDDLE_KERNEL_WGMMA}) {
    entry.config.kernel = kernel;
    std::size_t length = 0;
    ASSERT_TRUE(c_succeeds(heddle_matmul_tuning_to_string(&entry, 1, nullptr, 0, &length)));
    EXPECT_LT(length, std::size_t{HEDDLE_TUNING_LINE});
  }
}

heddle_device_description device_of(const char* name) {
  heddle_device_description device;
  std::memset(&device, 0xff, sizeof(device));
  EXPECT_TRUE(c_succeeds(heddle_find_device(name, &device, sizeof(device))));
  return device;
}

TEST(CSelect, DevicesHaveEveryField) {
  for (const char* name : {"A100", "H200", "RTX 4090"}) {
    const heddle_device_description device = device_of(name);
    const DeviceDescription cpp = *find_device(name);
    EXPECT_EQ(device.size, sizeof(device));
    EXPECT_EQ(device.name, cpp.name);
    EXPECT_EQ(device.compute_capability, cpp.compute_capability);
    EXPECT_EQ(device.multiprocessors, cpp.multiprocessors);
    EXPECT_EQ(device.clock_ghz, cpp.clock_ghz);
    EXPECT_EQ(device.memory_gbytes_per_s, cpp.memory_gbytes_per_s);
    EXPECT_EQ(device.l2_gbytes_per_s, cpp.l2_gbytes_per_s);
    EXPECT_EQ(device.l2_bytes, cpp.l2_bytes);
    EXPECT_EQ(device.shared_bytes_per_block, cpp.shared_bytes_per_block);
    EXPECT_EQ(device.shared_bytes_per_multiprocessor, cpp.shared_bytes_per_multiprocessor);
    EXPECT_EQ(device.launch_us, cpp.launch_us);
    EXPECT_EQ(device.wgmma, cpp.wgmma ? 1 : 0);
    EXPECT_EQ(device.reserved, 0);
  }
  heddle_device_description device;
  EXPECT_TRUE(c_fails(heddle_find_device("abacus", &device, sizeof(device)), HEDDLE_NOT_FOUND,
                      {"abacus", "H200"}));
  const heddle_exec exec = c_cpu();
  EXPECT_TRUE(
      c_fails(heddle_describe_device(&exec, &device, sizeof(device)), HEDDLE_UNAVAILABLE, {}));
  expect_nulls_refused(heddle_find_device, {"name", "device", ""}, "A100", &device, sizeof(device));
  expect_nulls_refused(heddle_describe_device, {"exec", "", ""}, &exec, &device, sizeof(device));
  ASSERT_TRUE(c_succeeds(heddle_device_description_init(&device, sizeof(device))));
  EXPECT_EQ(device.compute_capability, DeviceDescription{}.compute_capability);
  EXPECT_EQ(device.launch_us, DeviceDescription{}.launch_us);
  EXPECT_EQ(device.wgmma, 1);
}

heddle_select_problem problem_of(std::int64_t m, std::int64_t n, std::int64_t k) {
  heddle_select_problem problem;
  std::memset(&problem, 0xff, sizeof(problem));
  EXPECT_TRUE(c_succeeds(heddle_select_problem_init(&problem, sizeof(problem))));
  EXPECT_EQ(problem.batch, 1);
  problem.m = m, problem.n = n, problem.k = k;
  return problem;
}

void expect_same(const heddle_selection& got, const Selection& want) {
  EXPECT_EQ(line(got.config), to_string(want.config));
  EXPECT_EQ(got.predicted_us, want.predicted_us);
  EXPECT_EQ(got.memory_us, want.memory_us);
  EXPECT_EQ(got.l2_us, want.l2_us);
  EXPECT_EQ(got.shared_us, want.shared_us);
  EXPECT_EQ(got.math_us, want.math_us);
  EXPECT_EQ(got.wait_us, want.wait_us);
  EXPECT_EQ(got.fill_us, want.fill_us);
  EXPECT_EQ(got.fixup_us, want.fixup_us);
  EXPECT_EQ(got.balance, want.balance);
}

TEST(CSelect, SelectionsAreThoseOfCpp) {
  struct Asked {
    const char* device;
    SelectProblem problem;
  };
  const Asked cases[] = {
      {"A100", {4096, 16, 4096, 1, DataType::f16, DataType::f16, DataType::f32, true}},
      {"H200", {4096, 2048, 8192, 2, DataType::bf16, DataType::bf16, DataType::bf16, false}},
      {"RTX 4090", {1000, 77, 512, 1, DataType::i8, DataType::i8, DataType::i32, false}},
      {"H200", {512, 8, 512, 3, DataType::f8e4m3, DataType::f8e5m2, DataType::f16, false}},
      {"H200", {0, 8, 512}},
  };
  for (const Asked& asked : cases) {
    const heddle_device_description device = device_of(asked.device);
    const DeviceDescription cpp = *find_device(asked.device);
    heddle_select_problem problem = problem_of(asked.problem.m, asked.problem.n, asked.problem.k);
    problem.batch = asked.problem.batch;
    problem.a_type = static_cast<std::int32_t>(asked.problem.a_type);
    problem.b_type = static_cast<std::int32_t>(asked.problem.b_type);
    problem.d_type = static_cast<std::int32_t>(asked.problem.d_type);
    problem.b_n_major = asked.problem.b_n_major ? 1 : 0;

    heddle_selection selection;
    ASSERT_TRUE(c_succeeds(heddle_select(&problem, &device, &selection)));
    expect_same(selection, *select(asked.problem, cpp));
    if (asked.problem.m == 0) continue;
    const std::vector<Selection> worth = *candidates(asked.problem, cpp, 5);
    std::vector<heddle_selection> got(5);
    std::size_t count = 0;
    ASSERT_TRUE(c_succeeds(heddle_candidates(&problem, &device, 5, got.data(), &count)));
    ASSERT_EQ(count, worth.size());
    for (std::size_t i = 0; i < count; ++i) {
      expect_same(got[i], worth[i]);
      ASSERT_TRUE(c_succeeds(heddle_predict(&problem, &device, &got[i].config, &selection)));
      expect_same(selection, *predict(asked.problem, cpp, worth[i].config));
    }
    expect_nulls_refused(heddle_select, {"problem", "device", "selection"}, &problem, &device,
                         &selection);
    expect_nulls_refused(heddle_predict, {"problem", "device", "config", "selection"}, &problem,
                         &device, &got[0].config, &selection);
    expect_nulls_refused(heddle_candidates, {"problem", "device", "", "selections", "count"},
                         &problem, &device, 5, got.data(), &count);
  }
}

TEST(CSelect, FieldsThatAreNoValues) {
  const heddle_device_description device = device_of("A100");
  heddle_selection selection;
  using Problem = heddle_select_problem;
  const auto refused = [&](std::int32_t Problem::*field, std::int32_t value, const char* name) {
    Problem problem = problem_of(64, 64, 64);
    problem.*field = value;
    EXPECT_TRUE(
        c_fails(heddle_select(&problem, &device, &selection), HEDDLE_INVALID_ARGUMENT, {name}));
  };
  refused(&Problem::a_type, 7, "problem.a_type = 7");
  refused(&Problem::b_type, -1, "problem.b_type = -1");
  refused(&Problem::d_type, 99, "problem.d_type = 99");
  refused(&Problem::b_n_major, 2, "problem.b_n_major = 2");
  const Problem problem = problem_of(64, 64, 64);
  heddle_device_description bad = device;
  bad.wgmma = 2;
  EXPECT_TRUE(c_fails(heddle_select(&problem, &bad, &selection), HEDDLE_INVALID_ARGUMENT,
                      {"device.wgmma = 2"}));
  bad = device;
  bad.reserved = 1;
  EXPECT_TRUE(
      c_fails(heddle_select(&problem, &bad, &selection), HEDDLE_UNSUPPORTED, {"device.reserved"}));
  bad = device;
  std::memset(bad.name, 'x', sizeof(bad.name));
  EXPECT_TRUE(
      c_fails(heddle_select(&problem, &bad, &selection), HEDDLE_INVALID_ARGUMENT, {"device.name"}));
}

}  // namespace
}  // namespace heddle::oracle
