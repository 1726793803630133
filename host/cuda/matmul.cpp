#include "host/cuda/matmul.hpp"

#include <algorithm>
#include <limits>

#include "host/cuda/arguments.hpp"
#include "host/cuda/runtime.hpp"
#include "host/message.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle::cuda {
namespace {

static_assert(static_cast<int>(Activation::silu) == static_cast<int>(MatmulActivation::silu) &&
              static_cast<int>(Activation::gelu_tanh) ==
                  static_cast<int>(MatmulActivation::gelu_tanh));

ElementType element_type(DataType type) {
  switch (type) {
    case DataType::f16: return ElementType::f16;
    case DataType::bf16: return ElementType::bf16;
    case DataType::i8: return ElementType::i8;
    case DataType::i32: return ElementType::i32;
    default: return ElementType::f32;
  }
}

bool is_fp8(DataType type) { return type == DataType::f8e4m3 || type == DataType::f8e5m2; }

// The instruction where every one is native.
Multiply native_multiply(DataType a, DataType b) {
  switch (a) {
    case DataType::f16: return Multiply::f16;
    case DataType::bf16: return Multiply::bf16;
    case DataType::f32: return Multiply::tf32;
    case DataType::i8: return Multiply::s8;
    case DataType::f8e4m3: return b == DataType::f8e4m3 ? Multiply::e4m3_e4m3 : Multiply::e4m3_e5m2;
    default: return b == DataType::f8e4m3 ? Multiply::e5m2_e4m3 : Multiply::e5m2_e5m2;
  }
}

std::int64_t tiles_of(std::int64_t size, std::int64_t tile) { return (size + tile - 1) / tile; }

TileShape shape_of(const MatmulConfig& config) {
  return {config.warps_m, config.warps_n, config.warps_k, config.tiles};
}

std::int64_t bytes_of(std::int64_t elements, DataType type) {
  return elements * static_cast<std::int64_t>(size_of(type));
}

// A matrix of which `step` bytes further lies the next of a batch.
template <class Result>
Result batched(Result matrix, std::int64_t step) {
  matrix.align = std::min(matrix.align, common_alignment(nullptr, step));
  return matrix;
}

MatmulWeights weights_of(const ConstPackedView& a, const Raster& raster, const TileShape& shape) {
  const layout::DeviceGeometry geo = device_geometry(a.desc);
  MatmulWeights w = {};
  w.blocks = static_cast<const std::byte*>(a.data) + kHeaderBytes;
  w.align = common_alignment(a.data, 0);
  w.read_once = raster.along_n == 1 && shape.warps_n == 1;
  w.row_blocks = geo.row_blocks();
  w.col_blocks = geo.col_blocks();
  w.e4m3 = a.desc.type == DataType::f8e4m3;
  return w;
}

MatmulTokens tokens_of(const MatmulBuffers& buffers) {
  const ConstMatrixView& b = buffers.b;
  const std::int64_t step = bytes_of(buffers.batch.b_stride, b.type);
  // One token without gaps is contiguous along k, whatever its order says.
  const bool one_column = b.cols == 1 && b.order == Order::row && b.ld == 1;
  ConstMatrixView view = b;
  if (one_column) view.order = Order::col, view.ld = b.rows;
  return {batched(argument(view), buffers.batch.count > 1 ? step : 0), step,
          b.type == DataType::f8e4m3};
}

MatmulOutput output_of(const MatmulBuffers& buffers, Activation activation) {
  const MatrixView& d = buffers.d;
  const MatmulBatch& batch = buffers.batch;
  const bool several = batch.count > 1;
  MatmulOutput out = {};
  out.type = element_type(d.type);
  out.d_batch_step = bytes_of(batch.d_stride, d.type);
  out.d = batched(argument(d), several ? out.d_batch_step : 0);
  out.contiguous_m = d.order == Order::col;
  out.c_batch_step = buffers.c ? bytes_of(batch.c_stride, d.type) : out.d_batch_step;
  out.c = batched(argument(buffers.c ? *buffers.c : ConstMatrixView(d)),
                  several ? out.c_batch_step : 0);
  out.alpha = buffers.alpha;
  out.beta = buffers.beta;
  const auto vector = [](const std::optional<ConstVectorView>& v, const std::byte*& data,
                         int& align) {
    if (!v) return;
    data = static_cast<const std::byte*>(v->data);
    align = common_alignment(v->data, 0);
  };
  vector(buffers.bias, out.bias, out.bias_align);
  vector(buffers.scale_m, out.scale_m, out.scale_m_align);
  vector(buffers.scale_n, out.scale_n, out.scale_n_align);
  if (buffers.bias) out.bias_type = element_type(buffers.bias->type);
  out.activation = static_cast<MatmulActivation>(activation);
  const auto zero_or_one = [](float x) { return x == 0.0f || x == 1.0f; };
  out.exact = d.type == DataType::i32 && zero_or_one(out.alpha) && zero_or_one(out.beta) &&
              !buffers.bias && !buffers.scale_m && !buffers.scale_n &&
              (activation == Activation::none || activation == Activation::relu);
  return out;
}

// The split is cut to what the tiles and steps allow.
Schedule schedule_of(const MatmulConfig& config, std::int64_t m, std::int64_t n, std::int64_t k,
                     std::int64_t batch, DataType type) {
  const std::int64_t units = unit_count(k, static_cast<int>(size_of(type)));
  Schedule s = {};
  s.tiles = tiles_of(m, config.tile_m()) * tiles_of(n, config.tile_n()) * batch;
  s.steps = std::max<std::int64_t>(1, tiles_of(units, config.warps_k));
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  s.split_tiles = std::min({config.split_tiles, s.tiles, kMaxSplitTiles, kMost / s.steps});
  s.split_blocks =
      std::min<std::int64_t>({config.split_blocks, config.blocks, s.split_tiles * s.steps});
  if (s.split_blocks <= 0) s.split_tiles = s.split_blocks = 0;
  return s;
}

}  // namespace

Result<Multiply> prepare_matmul(const MatmulDesc& desc, const DeviceDescription& device) {
  Multiply multiply = native_multiply(desc.a.type, desc.b_type);
  if (is_fp8(desc.a.type)) {
    // What counts is the code that runs here, which a build may have made for an older device.
    const Result<int> built = built_for(matmul_kernel(multiply, 1, false));
    if (!built.ok()) return built.status();
    if (*built != 89 && *built != 120) multiply = Multiply::widened;
  }
  for (const int tiles : {1, 2, 4, 8})
    for (const bool n_major : {false, true})
      HEDDLE_TRY(allow_dynamic_shared(matmul_kernel(multiply, tiles, n_major),
                                      device.shared_bytes_per_block));
  return multiply;
}

Status launch_matmul(const Exec& exec, const MatmulDesc& desc, Multiply multiply,
                     const MatmulConfig& config, const MatmulBuffers& buffers,
                     const Workspace& workspace) {
  const PackedDesc& a = buffers.a.desc;
  const std::int64_t n = buffers.b.cols, batch = buffers.batch.count;
  const bool product = buffers.alpha != 0.0f;  // else neither A nor B is read
  MatmulArgs args = {};
  args.shape = shape_of(config);
  while (1 << args.token_bits < args.shape.tokens()) ++args.token_bits;
  args.stage_bytes = args.shape.stage_bytes();
  args.stages = config.stages;
  args.schedule = schedule_of(config, a.rows, n, product ? a.cols : 0, batch, a.type);
  const std::int64_t along_m = tiles_of(a.rows, config.tile_m());
  args.raster = {along_m, tiles_of(n, config.tile_n()),
                 std::min<std::int64_t>(config.raster, along_m)};
  if (args.schedule.tiles > std::numeric_limits<std::int32_t>::max())
    return {StatusCode::unsupported, message("m x n x batch = ", a.rows, " x ", n, " x ", batch,
                                             ": at most 2^31 - 1 output tiles")};
  args.a = weights_of(buffers.a, args.raster, args.shape);
  args.b = tokens_of(buffers);
  if (!product) args.a.col_blocks = args.b.matrix.rows = 0;
  args.out = output_of(buffers, desc.activation);
  args.counters = static_cast<std::uint32_t*>(workspace.data);
  args.slots = static_cast<std::byte*>(workspace.data) + kCounterBytes;
  const ConstMatrix& b = args.b.matrix;
  const bool n_major = size_of(a.type) == 2 && b.align == 16 && b.row_step != 2;
  const std::int64_t most =
      args.schedule.split_blocks + (args.schedule.tiles - args.schedule.split_tiles);
  LaunchShape shape;
  shape.blocks = std::clamp<std::int64_t>(config.blocks, 1, most);
  shape.threads = kMatmulThreads;
  shape.dynamic_shared = static_cast<std::size_t>(matmul_shared_bytes(args.shape, config.stages));
  shape.overlap_previous = desc.overlap_previous;
  return launch(exec, matmul_kernel(multiply, config.tiles, n_major), shape, args);
}

}  // namespace heddle::cuda
