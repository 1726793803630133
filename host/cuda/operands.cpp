#include "host/cuda/operands.hpp"

#include <algorithm>
#include <limits>

#include "host/cuda/arguments.hpp"
#include "host/message.hpp"
#include "host/packed_header.hpp"

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

// A matrix of which `step` bytes further lies the next of a batch.
template <class Result>
Result batched(Result matrix, std::int64_t step) {
  matrix.align = std::min(matrix.align, common_alignment(nullptr, step));
  return matrix;
}

}  // namespace

MatmulWeights weights_of(const ConstPackedView& a, bool read_once) {
  const layout::DeviceGeometry geo = device_geometry(a.desc);
  MatmulWeights w = {};
  w.blocks = static_cast<const std::byte*>(a.data) + kHeaderBytes;
  w.align = common_alignment(a.data, 0);
  w.read_once = read_once;
  w.row_blocks = geo.row_blocks();
  w.col_blocks = geo.col_blocks();
  w.e4m3 = a.desc.type == DataType::f8e4m3;
  return w;
}

ConstMatrixView b_view(const MatmulBuffers& buffers) {
  ConstMatrixView b = buffers.b;
  if (b.cols == 1 && b.order == Order::row && b.ld == 1) b.order = Order::col, b.ld = b.rows;
  return b;
}

MatmulTokens tokens_of(const MatmulBuffers& buffers) {
  const ConstMatrixView& b = buffers.b;
  const std::int64_t step = bytes_of(buffers.batch.b_stride, b.type);
  return {batched(argument(b_view(buffers)), buffers.batch.count > 1 ? step : 0), step,
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

Schedule schedule_of(const ScheduleSizes& z, const ScheduleWish& w) {
  const std::int64_t units = unit_count(z.k, static_cast<int>(size_of(z.type)));
  Schedule s = {};
  s.tiles = tiles_of(z.m, w.tile_m) * tiles_of(z.n, w.tile_n) * z.batch;
  s.steps = std::max<std::int64_t>(1, tiles_of(units, w.step_units));
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  s.split_tiles = std::min({w.split_tiles, s.tiles, w.most_split, kMost / s.steps});
  s.split_blocks = std::min<std::int64_t>({w.split, w.workers, s.split_tiles * s.steps});
  if (s.split_blocks <= 0) s.split_tiles = s.split_blocks = 0;
  return s;
}

Raster raster_of(const ScheduleSizes& z, const ScheduleWish& w, std::int64_t raster) {
  const std::int64_t along_m = tiles_of(z.m, w.tile_m);
  return {along_m, tiles_of(z.n, w.tile_n), std::min(raster, along_m)};
}

Status check_tiles(const Schedule& schedule, const ScheduleSizes& z) {
  if (schedule.tiles <= std::numeric_limits<std::int32_t>::max()) return {};
  return {StatusCode::unsupported, message("m x n x batch = ", z.m, " x ", z.n, " x ", z.batch,
                                           ": at most 2^31 - 1 output tiles")};
}

}  // namespace heddle::cuda
