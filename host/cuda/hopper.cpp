#include "host/cuda/hopper.hpp"

#include <algorithm>

#include "host/cuda/operands.hpp"
#include "host/cuda/runtime.hpp"
#include "host/matmul_config.hpp"
#include "host/multiply.hpp"
#include "host/validate.hpp"
#include "kernels/hopper/hopper.hpp"

namespace heddle::cuda {
namespace {

constexpr std::int64_t kCopyAlign = 16;                            // of addresses and strides
constexpr std::int64_t kMostStride = (std::int64_t{1} << 40) - 1;  // bytes
// Coordinates are 32-bit numbers, and those of boxes past the end must be too.
constexpr std::int64_t kMostSize = std::int64_t{1} << 30;
constexpr int kBoxTokens = 64;  // of 16 bits: 128 bytes

bool is_aligned(const void* data, std::int64_t offset = 0) {
  return (reinterpret_cast<std::uintptr_t>(data) + static_cast<std::uintptr_t>(offset)) %
             kCopyAlign ==
         0;
}

// A line's step in bytes; of a lone line, which has none, one that is legal.
std::int64_t line_bytes(const ConstMatrixView& b) {
  const bool row = b.order == Order::row;
  const std::int64_t lines = row ? b.rows : b.cols, length = row ? b.cols : b.rows;
  if (lines > 1) return bytes_of(b.ld, b.type);
  return tiles_of(bytes_of(length, b.type), kCopyAlign) * kCopyAlign;
}

bool has_own_b(const MatmulBatch& batch) { return batch.count > 1 && batch.b_stride != 0; }

bool is_stride(std::int64_t bytes) {
  return bytes > 0 && bytes % kCopyAlign == 0 && bytes <= kMostStride;
}

}  // namespace

Result<bool> prepare_hopper(const MatmulDesc& desc, const DeviceDescription& device) {
  if (device.compute_capability != kWgmmaCapability) return false;
  const Multiply multiply = native_multiply(desc.a.type, desc.b_type);
  bool checked = false;
  for (HopperShape shape : kHopperShapeList)  // an instance serves clusters of any size
    for (const bool staged : {false, true})
      for (const bool n_major : {false, true}) {
        shape.staged = staged;
        if (!hopper_exists(multiply, shape, n_major)) continue;
        const Kernel kernel = hopper_kernel(multiply, shape, n_major);
        if (kernel.entry == nullptr) return false;
        if (!checked) {
          // A build without sm_90a has them for another device, where they do nothing.
          const Result<int> built = built_for(kernel);
          if (!built.ok() && built.status().code() == StatusCode::unavailable) return false;
          if (!built.ok()) return built.status();
          if (*built != kWgmmaCapability) return false;
          checked = true;
        }
        HEDDLE_TRY(allow_dynamic_shared(kernel, device.shared_bytes_per_block));
      }
  return checked;
}

bool hopper_takes(const MatmulBuffers& x) {
  const ConstMatrixView b = b_view(x);
  if (x.alpha == 0.0f || b.rows == 0) return false;
  if (!is_aligned(weights_of(x.a, false).blocks) || !is_aligned(b.data)) return false;
  if (b.order == Order::row && size_of(b.type) != 2) return false;
  if (std::max({b.rows, b.cols, x.batch.count}) > kMostSize) return false;
  return is_stride(line_bytes(b)) &&
         (!has_own_b(x.batch) || is_stride(bytes_of(x.batch.b_stride, b.type)));
}

TensorMapShape b_tensor(const MatmulBuffers& x, int tokens, int cluster) {
  const ConstMatrixView b = b_view(x);
  const int elem_bytes = static_cast<int>(size_of(b.type));
  const int unit = kHopperUnitBytes / elem_bytes;  // rows of B
  const bool n_major = b.order == Order::row, own = has_own_b(x.batch);
  const auto size = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  const auto box = [](int value) { return static_cast<std::uint32_t>(value); };
  TensorMapShape t = {};
  t.base = b.data;
  t.elem_bytes = elem_bytes;
  t.rank = 3;
  t.size[0] = size(n_major ? b.cols : b.rows);
  t.size[1] = size(n_major ? b.rows : b.cols);
  t.size[2] = size(own ? x.batch.count : 1);
  t.stride_bytes[0] = size(line_bytes(b));
  t.stride_bytes[1] = own ? size(bytes_of(x.batch.b_stride, b.type)) : t.stride_bytes[0];
  t.box[0] = box(n_major ? kBoxTokens : unit);
  t.box[1] = box((n_major ? unit : tokens) / cluster);
  t.box[2] = 1;
  t.swizzle = TensorSwizzle::b128;
  return t;
}

Status launch_hopper(const Exec& exec, const MatmulDesc& desc, const MatmulConfig& config,
                     const MatmulBuffers& x, const Workspace& workspace) {
  const PackedDesc& a = x.a.desc;
  const HopperShape hopper = hopper_shape_of(config);
  const ScheduleSizes sizes = {a.rows, x.b.cols, a.cols, x.batch.count, a.type};
  const int cluster = config.cluster;
  const ScheduleWish wish = {config.tile_m(),
                             config.tile_n(),
                             1,
                             config.blocks / cluster,
                             config.split_tiles,
                             config.split_blocks / cluster,
                             hopper_max_split_tiles(hopper)};
  HopperArgs args = {};
  args.schedule = schedule_of(sizes, wish);
  args.raster = raster_of(sizes, wish, config.raster);
  HEDDLE_TRY(check_tiles(args.schedule, sizes));
  HEDDLE_TRY(encode_tensor_map(b_tensor(x, hopper.tokens, cluster), args.b));
  args.a = weights_of(x.a, args.raster.along_n == 1);
  args.out = output_of(x, desc.activation);
  args.counters = static_cast<std::uint32_t*>(workspace.data);
  args.slots = static_cast<std::byte*>(workspace.data) + kCounterBytes;
  args.stages = config.stages;
  args.cluster = cluster;
  args.batched = has_own_b(x.batch);
  LaunchShape shape;
  shape.blocks = cluster * std::clamp<std::int64_t>(wish.workers, 1, useful_workers(args.schedule));
  shape.threads = static_cast<unsigned>(hopper.threads());
  shape.dynamic_shared = static_cast<std::size_t>(
      hopper_shared_bytes(hopper, config.stages, static_cast<int>(size_of(a.type))));
  shape.cluster = static_cast<unsigned>(cluster);
  shape.overlap_previous = desc.overlap_previous;
  const bool n_major = b_view(x).order == Order::row;
  return launch(exec, hopper_kernel(native_multiply(a.type, x.b.type), hopper, n_major), shape,
                args);
}

}  // namespace heddle::cuda
