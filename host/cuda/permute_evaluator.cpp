// The evaluation of a search on the device: magnitudes stay there, sets go in, integers come out.

#include <algorithm>
#include <cmath>
#include <vector>

#include "host/cuda/arguments.hpp"
#include "host/cuda/number.hpp"
#include "host/cuda/permute.hpp"
#include "host/cuda/runtime.hpp"
#include "host/validate.hpp"
#include "kernels/permute/evaluate.hpp"

namespace heddle::cuda {
namespace {

std::int64_t pieces(std::int64_t whole, std::int64_t piece) {
  return whole / piece + (whole % piece != 0);
}

class CudaEvaluator final : public PermuteEvaluator {
 public:
  CudaEvaluator(const Exec& exec, std::int64_t rows, std::int64_t cols)
      : exec_(exec), stride_(pieces(rows, kPermuteRowPad) * kPermuteRowPad) {
    rows_ = rows;
    cols_ = cols;
  }

  Status load(const ConstMatrixView* matrices, std::size_t count);
  Status values(const std::int32_t* sets, std::int64_t count, int size, int keep,
                std::int64_t* out) override;
  Status best_splits(const std::int32_t* windows, std::int64_t count, SplitChoice* out) override;
  Status kept(const std::int32_t* order, Pattern pattern, double* out) override;

 private:
  // One allocation for what a call brings in and what it takes back.
  template <class Out, class Launch>
  Status exchange(const std::int32_t* in, std::int64_t in_count, Out* out, std::int64_t out_count,
                  const Launch& launch_kernel) const {
    if (in_count == 0 || out_count == 0) return {};
    const auto in_bytes = static_cast<std::size_t>(pieces(in_count, 64) * 256);
    const auto out_bytes = static_cast<std::size_t>(out_count) * sizeof(Out);
    const Result<StreamMemory> memory = StreamMemory::allocate(exec_, in_bytes + out_bytes);
    if (!memory.ok()) return memory.status();
    auto* base = static_cast<std::byte*>(memory->data());
    HEDDLE_TRY(write_out(exec_, base, in, static_cast<std::size_t>(in_count) * 4));
    HEDDLE_TRY(launch_kernel(reinterpret_cast<const std::int32_t*>(base),
                             reinterpret_cast<Out*>(base + in_bytes)));
    return read_back(exec_, out, base + in_bytes, out_bytes);
  }

  Status decode(const ConstMatrixView& matrix, std::int64_t first_row, MagnitudeReport* report);
  float* magnitude() const { return static_cast<float*>(memory_[0].data()); }
  std::int32_t* quantised() const { return static_cast<std::int32_t*>(memory_[1].data()); }

  Exec exec_;
  std::int64_t stride_;
  std::vector<StreamMemory> memory_;  // [cols, stride] each: magnitudes, quanta
};

Status CudaEvaluator::decode(const ConstMatrixView& matrix, std::int64_t first_row,
                             MagnitudeReport* report) {
  const std::int64_t across = pieces(matrix.cols, kMagnitudeSide);
  const MagnitudeArgs args{argument(matrix), magnitude() + first_row,
                           stride_,          report,
                           across,           across * pieces(matrix.rows, kMagnitudeSide)};
  return launch(exec_, magnitude_kernel(number_of(matrix.type)),
                {pieces(args.squares, kPermuteWarps), kPermuteThreads}, args);
}

Status CudaEvaluator::load(const ConstMatrixView* matrices, std::size_t count) {
  const auto bytes = static_cast<std::size_t>(std::max<std::int64_t>(stride_ * cols_, 1)) * 4;
  memory_.reserve(2);
  for (int i = 0; i < 2; ++i) {
    Result<StreamMemory> memory = StreamMemory::allocate(exec_, bytes);
    if (!memory.ok()) return memory.status();
    memory_.push_back(std::move(*memory));
  }
  if (stride_ * cols_ == 0) return {};
  HEDDLE_TRY(clear(exec_, magnitude(), bytes));
  const Result<StreamMemory> place = StreamMemory::allocate(exec_, sizeof(MagnitudeReport));
  if (!place.ok()) return place.status();
  auto* report = static_cast<MagnitudeReport*>(place->data());
  MagnitudeReport found{~0ull, 0, 0};
  HEDDLE_TRY(write_out(exec_, report, &found, sizeof found));
  std::int64_t first_row = 0;
  for (std::size_t i = 0; i < count; ++i) {
    HEDDLE_TRY(decode(matrices[i], first_row, report));
    HEDDLE_TRY(read_back(exec_, &found, report, sizeof found));
    if (found.first_bad != ~0ull) {
      const auto at = static_cast<std::int64_t>(found.first_bad);
      return {StatusCode::invalid_argument, not_finite(i, at / cols_, at % cols_)};
    }
    first_row += matrices[i].rows;
  }
  float largest;
  static_assert(sizeof largest == sizeof found.largest);
  __builtin_memcpy(&largest, &found.largest, sizeof largest);
  const double power = power_above(largest);
  quantum_ = power / (1 << 24);
  QuantiseArgs args{magnitude(), quantised(), stride_ * cols_, {0, 0}};
  if (power > 0) {  // two factors: one of a subnormal would be infinite
    const int exponent = -std::ilogb(quantum_);
    args.scale[0] = std::ldexp(1.0f, exponent / 2);
    args.scale[1] = std::ldexp(1.0f, exponent - exponent / 2);
  }
  return launch(exec_, quantise_kernel(),
                {pieces(args.count / 4, kPermuteThreads), kPermuteThreads}, args);
}

Status CudaEvaluator::values(const std::int32_t* sets, std::int64_t count, int size, int keep,
                             std::int64_t* out) {
  const auto run = [&](const std::int32_t* in, long long* to) {
    const SetArgs args{quantised(), stride_, in, to, count, size, keep};
    return launch(exec_, set_values_kernel(size, keep),
                  {pieces(count, kPermuteWarps), kPermuteThreads}, args);
  };
  static_assert(sizeof(long long) == sizeof(std::int64_t));
  return exchange(sets, count * size, reinterpret_cast<long long*>(out), count, run);
}

Status CudaEvaluator::best_splits(const std::int32_t* windows, std::int64_t count,
                                  SplitChoice* out) {
  return exchange(windows, count * 8, out, count, [&](const std::int32_t* in, auto* to) {
    const WindowArgs args{quantised(), stride_, in, to, count};
    return launch(exec_, best_splits_kernel(), {pieces(count, kPermuteWarps), kPermuteThreads},
                  args);
  });
}

Status CudaEvaluator::kept(const std::int32_t* order, Pattern pattern, double* out) {
  std::vector<double> rows(static_cast<std::size_t>(rows_));
  HEDDLE_TRY(exchange(order, cols_, rows.data(), rows_, [&](const std::int32_t* in, auto* to) {
    const KeptArgs args{magnitude(), stride_, in, to, rows_, cols_, pattern.keep, pattern.group};
    return launch(exec_, kept_kernel(pattern.keep),
                  {pieces(rows_, kPermuteThreads), kPermuteThreads}, args);
  }));
  *out = 0;
  for (const double sum : rows) *out += sum;
  return {};
}

}  // namespace

Result<std::unique_ptr<PermuteEvaluator>> permute_evaluator(const Exec& exec,
                                                            const ConstMatrixView* matrices,
                                                            std::size_t count) {
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < count; ++i) rows += matrices[i].rows;
  auto evaluator = std::make_unique<CudaEvaluator>(exec, rows, matrices[0].cols);
  if (Status s = evaluator->load(matrices, count); !s.ok()) return s;
  return std::unique_ptr<PermuteEvaluator>(std::move(evaluator));
}

}  // namespace heddle::cuda
