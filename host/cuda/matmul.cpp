#include "host/cuda/matmul.hpp"

#include <algorithm>

#include "host/cuda/hopper.hpp"
#include "host/cuda/operands.hpp"
#include "host/cuda/runtime.hpp"
#include "host/matmul_config.hpp"
#include "host/multiply.hpp"
#include "host/validate.hpp"

namespace heddle::cuda {

Result<Prepared> prepare_matmul(const MatmulDesc& desc, const DeviceDescription& device) {
  Multiply multiply = native_multiply(desc.a.type, desc.b_type);
  if (is_eight_bit_float(desc.a.type)) {
    // What counts is the code that runs here, which a build may have made for an older device.
    const Result<int> built = built_for(matmul_kernel(multiply, 1, false));
    if (!built.ok()) return built.status();
    if (*built != 89 && *built != 120) multiply = Multiply::widened;
  }
  for (const int tiles : {1, 2, 4, 8})
    for (const bool n_major : {false, true})
      HEDDLE_TRY(allow_dynamic_shared(matmul_kernel(multiply, tiles, n_major),
                                      device.shared_bytes_per_block));
  const Result<bool> wgmma = prepare_hopper(desc, device);
  if (!wgmma.ok()) return wgmma.status();
  return Prepared{multiply, *wgmma};
}

namespace {

Status launch_mma(const Exec& exec, const MatmulDesc& desc, Multiply multiply,
                  const MatmulConfig& config, const MatmulBuffers& buffers,
                  const Workspace& workspace) {
  const PackedDesc& a = buffers.a.desc;
  const bool product = buffers.alpha != 0.0f;  // else neither A nor B is read
  MatmulArgs args = {};
  args.shape = shape_of(config);
  while (1 << args.token_bits < args.shape.tokens()) ++args.token_bits;
  args.stage_bytes = args.shape.stage_bytes();
  args.stages = config.stages;
  const ScheduleSizes sizes = {a.rows, buffers.b.cols, product ? a.cols : 0, buffers.batch.count,
                               a.type};
  const ScheduleWish wish = {config.tile_m(),    config.tile_n(),     config.warps_k, config.blocks,
                             config.split_tiles, config.split_blocks, kMaxSplitTiles};
  args.schedule = schedule_of(sizes, wish);
  args.raster = raster_of(sizes, wish, config.raster);
  HEDDLE_TRY(check_tiles(args.schedule, sizes));
  args.a = weights_of(buffers.a, args.raster.along_n == 1 && config.warps_n == 1);
  args.b = tokens_of(buffers);
  if (!product) args.a.col_blocks = args.b.matrix.rows = 0;
  args.out = output_of(buffers, desc.activation);
  args.counters = static_cast<std::uint32_t*>(workspace.data);
  args.slots = static_cast<std::byte*>(workspace.data) + kCounterBytes;
  const ConstMatrix& b = args.b.matrix;
  const bool n_major = size_of(a.type) == 2 && b.align == 16 && b.row_step != 2;
  LaunchShape shape;
  shape.blocks = std::clamp<std::int64_t>(config.blocks, 1, useful_workers(args.schedule));
  shape.threads = kMatmulThreads;
  shape.dynamic_shared = static_cast<std::size_t>(matmul_shared_bytes(args.shape, config.stages));
  shape.overlap_previous = desc.overlap_previous;
  return launch(exec, matmul_kernel(multiply, config.tiles, n_major), shape, args);
}

}  // namespace

Status launch_matmul(const Exec& exec, const MatmulDesc& desc, Multiply multiply,
                     const MatmulConfig& config, const MatmulBuffers& buffers,
                     const Workspace& workspace) {
  return config.kernel == MatmulKernel::mma
             ? launch_mma(exec, desc, multiply, config, buffers, workspace)
             : launch_hopper(exec, desc, config, buffers, workspace);
}

}  // namespace heddle::cuda
