#include "host/c/select.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "host/message.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;
using heddle::c::write;

namespace heddle::c {

Status read(const char* name, const heddle_matmul_config* config, MatmulConfig& out) {
  HEDDLE_TRY(need(name, config));
  const auto in_config = [name](Status status) -> Status {
    if (status.ok()) return status;
    return {status.code(), message(name, ".", status.message())};
  };
  MatmulKernel kernel{};
  bool staged = false;
  HEDDLE_TRY(in_config(read_enum("kernel", config->kernel, HEDDLE_KERNEL_MMA, 2, kernel)));
  HEDDLE_TRY(in_config(read("staged", config->staged, staged)));
  for (const std::int32_t reserved : config->reserved)
    HEDDLE_TRY(in_config(read_reserved("reserved", reserved)));
  out.kernel = kernel;
  out.warps_m = config->warps_m;
  out.warps_n = config->warps_n;
  out.warps_k = config->warps_k;
  out.groups = config->groups;
  out.row_blocks = config->row_blocks;
  out.cluster = config->cluster;
  out.staged = staged;
  out.tiles = config->tiles;
  out.stages = config->stages;
  out.raster = config->raster;
  out.blocks = config->blocks;
  out.split_tiles = config->split_tiles;
  out.split_blocks = config->split_blocks;
  return {};
}

heddle_matmul_config write(const MatmulConfig& config) {
  heddle_matmul_config to{};
  to.kernel = static_cast<std::int32_t>(config.kernel);
  to.warps_m = config.warps_m;
  to.warps_n = config.warps_n;
  to.warps_k = config.warps_k;
  to.groups = config.groups;
  to.row_blocks = config.row_blocks;
  to.cluster = config.cluster;
  to.staged = config.staged ? 1 : 0;
  to.tiles = config.tiles;
  to.stages = config.stages;
  to.raster = config.raster;
  to.blocks = config.blocks;
  to.split_blocks = config.split_blocks;
  to.split_tiles = config.split_tiles;
  return to;
}

heddle_selection write(const Selection& selection) {
  heddle_selection to{};
  to.config = write(selection.config);
  to.predicted_us = selection.predicted_us;
  to.memory_us = selection.memory_us;
  to.l2_us = selection.l2_us;
  to.shared_us = selection.shared_us;
  to.math_us = selection.math_us;
  to.wait_us = selection.wait_us;
  to.fill_us = selection.fill_us;
  to.fixup_us = selection.fixup_us;
  to.balance = selection.balance;
  return to;
}

}  // namespace heddle::c

namespace {

heddle_select_problem write_problem(const SelectProblem& problem) {
  heddle_select_problem to{};
  to.size = sizeof(to);
  to.m = problem.m;
  to.n = problem.n;
  to.k = problem.k;
  to.batch = problem.batch;
  to.a_type = static_cast<std::int32_t>(problem.a_type);
  to.b_type = static_cast<std::int32_t>(problem.b_type);
  to.d_type = static_cast<std::int32_t>(problem.d_type);
  to.b_n_major = problem.b_n_major ? 1 : 0;
  return to;
}

Status read_problem(const heddle_select_problem* from, SelectProblem& to) {
  heddle_select_problem known = write_problem(SelectProblem{});
  HEDDLE_TRY(c::read_struct("problem", from, known));
  to.m = known.m;
  to.n = known.n;
  to.k = known.k;
  to.batch = known.batch;
  HEDDLE_TRY(read("problem.a_type", known.a_type, to.a_type));
  HEDDLE_TRY(read("problem.b_type", known.b_type, to.b_type));
  HEDDLE_TRY(read("problem.d_type", known.d_type, to.d_type));
  return read("problem.b_n_major", known.b_n_major, to.b_n_major);
}

heddle_device_description write_device(const DeviceDescription& device) {
  heddle_device_description to{};
  to.size = sizeof(to);
  device.name.copy(to.name, sizeof(to.name) - 1);
  to.compute_capability = device.compute_capability;
  to.multiprocessors = device.multiprocessors;
  to.clock_ghz = device.clock_ghz;
  to.memory_gbytes_per_s = device.memory_gbytes_per_s;
  to.l2_gbytes_per_s = device.l2_gbytes_per_s;
  to.l2_bytes = device.l2_bytes;
  to.shared_bytes_per_block = device.shared_bytes_per_block;
  to.shared_bytes_per_multiprocessor = device.shared_bytes_per_multiprocessor;
  to.launch_us = device.launch_us;
  to.wgmma = device.wgmma ? 1 : 0;
  return to;
}

Status read_device(const heddle_device_description* from, DeviceDescription& to) {
  heddle_device_description known = write_device(DeviceDescription{});
  HEDDLE_TRY(c::read_struct("device", from, known));
  const std::string_view name(known.name, sizeof(known.name));
  const std::size_t length = name.find('\0');
  if (length == name.npos)
    return {StatusCode::invalid_argument,
            message("device.name: must end in 0 within ", sizeof(known.name), " bytes")};
  to.name = name.substr(0, length);
  to.compute_capability = known.compute_capability;
  to.multiprocessors = known.multiprocessors;
  to.clock_ghz = known.clock_ghz;
  to.memory_gbytes_per_s = known.memory_gbytes_per_s;
  to.l2_gbytes_per_s = known.l2_gbytes_per_s;
  to.l2_bytes = known.l2_bytes;
  to.shared_bytes_per_block = known.shared_bytes_per_block;
  to.shared_bytes_per_multiprocessor = known.shared_bytes_per_multiprocessor;
  to.launch_us = known.launch_us;
  HEDDLE_TRY(read("device.wgmma", known.wgmma, to.wgmma));
  return c::read_reserved("device.reserved", known.reserved);
}

Status give_device(const Result<DeviceDescription>& device, heddle_device_description* to,
                   size_t size) {
  if (!device.ok()) return device.status();
  return c::write_struct("device", write_device(*device), to, size);
}

Status give(const Result<Selection>& made, heddle_selection* selection) {
  if (!made.ok()) return made.status();
  *selection = write(*made);
  return {};
}

}  // namespace

heddle_status heddle_matmul_config_init(heddle_matmul_config* config) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("config", config));
    *config = write(MatmulConfig{});
    return {};
  });
}

heddle_status heddle_matmul_config_tile(const heddle_matmul_config* config, int64_t* tile_m,
                                        int64_t* tile_n) {
  return guard([&]() -> Status {
    MatmulConfig known;
    HEDDLE_TRY(read("config", config, known));
    HEDDLE_TRY(need("tile_m", tile_m));
    HEDDLE_TRY(need("tile_n", tile_n));
    *tile_m = known.tile_m();
    *tile_n = known.tile_n();
    return {};
  });
}

heddle_status heddle_matmul_config_to_string(const heddle_matmul_config* config, char* buffer,
                                             size_t capacity, size_t* length) {
  return guard([&]() -> Status {
    MatmulConfig known;
    HEDDLE_TRY(read("config", config, known));
    return c::write_text(to_string(known), buffer, capacity, length);
  });
}

heddle_status heddle_parse_matmul_config(const char* text, heddle_matmul_config* config) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("text", text));
    HEDDLE_TRY(need("config", config));
    const Result<MatmulConfig> parsed = parse_matmul_config(text);
    if (!parsed.ok()) return parsed.status();
    *config = write(*parsed);
    return {};
  });
}

heddle_status heddle_matmul_tuning_to_string(const heddle_matmul_tuning_entry* entries,
                                             size_t entry_count, char* buffer, size_t capacity,
                                             size_t* length) {
  return guard([&]() -> Status {
    if (entry_count != 0) HEDDLE_TRY(need("entries", entries));
    MatmulTuning tuning;
    for (size_t i = 0; i < entry_count; ++i) {
      MatmulTuning::Entry& entry = tuning.entries.emplace_back();
      entry.max_n = entries[i].max_n;
      HEDDLE_TRY(
          read(message("entries[", i, "].config").c_str(), &entries[i].config, entry.config));
    }
    return c::write_text(to_string(tuning), buffer, capacity, length);
  });
}

heddle_status heddle_parse_matmul_tuning(const char* text, heddle_matmul_tuning_entry* entries,
                                         size_t capacity, size_t* count) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("text", text));
    if (capacity != 0) HEDDLE_TRY(need("entries", entries));
    HEDDLE_TRY(need("count", count));
    const Result<MatmulTuning> parsed = parse_matmul_tuning(text);
    if (!parsed.ok()) return parsed.status();
    const size_t room = std::min(capacity, parsed->entries.size());
    for (size_t i = 0; i < room; ++i)
      entries[i] = {parsed->entries[i].max_n, write(parsed->entries[i].config)};
    *count = parsed->entries.size();
    return {};
  });
}

heddle_status heddle_select_problem_init(heddle_select_problem* problem, size_t size) {
  return guard(
      [&]() { return c::write_struct("problem", write_problem(SelectProblem{}), problem, size); });
}

heddle_status heddle_device_description_init(heddle_device_description* device, size_t size) {
  return guard(
      [&]() { return c::write_struct("device", write_device(DeviceDescription{}), device, size); });
}

heddle_status heddle_find_device(const char* name, heddle_device_description* device, size_t size) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("name", name));
    return give_device(find_device(name), device, size);
  });
}

heddle_status heddle_describe_device(const heddle_exec* exec, heddle_device_description* device,
                                     size_t size) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    return give_device(describe_device(on), device, size);
  });
}

heddle_status heddle_select(const heddle_select_problem* problem,
                            const heddle_device_description* device, heddle_selection* selection) {
  return guard([&]() -> Status {
    SelectProblem asked;
    HEDDLE_TRY(read_problem(problem, asked));
    DeviceDescription on;
    HEDDLE_TRY(read_device(device, on));
    HEDDLE_TRY(need("selection", selection));
    return give(select(asked, on), selection);
  });
}

heddle_status heddle_predict(const heddle_select_problem* problem,
                             const heddle_device_description* device,
                             const heddle_matmul_config* config, heddle_selection* selection) {
  return guard([&]() -> Status {
    SelectProblem asked;
    HEDDLE_TRY(read_problem(problem, asked));
    DeviceDescription on;
    HEDDLE_TRY(read_device(device, on));
    MatmulConfig with;
    HEDDLE_TRY(read("config", config, with));
    HEDDLE_TRY(need("selection", selection));
    return give(predict(asked, on, with), selection);
  });
}

heddle_status heddle_candidates(const heddle_select_problem* problem,
                                const heddle_device_description* device, size_t most,
                                heddle_selection* selections, size_t* count) {
  return guard([&]() -> Status {
    SelectProblem asked;
    HEDDLE_TRY(read_problem(problem, asked));
    DeviceDescription on;
    HEDDLE_TRY(read_device(device, on));
    if (most != 0) HEDDLE_TRY(need("selections", selections));
    HEDDLE_TRY(need("count", count));
    const Result<std::vector<Selection>> worth = candidates(asked, on, most);
    if (!worth.ok()) return worth.status();
    std::transform(worth->begin(), worth->end(), selections,
                   [](const Selection& selection) { return write(selection); });
    *count = worth->size();
    return {};
  });
}
