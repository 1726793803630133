// The matrix as the search sees it: magnitudes column by column, in float and in quanta.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <vector>

#include "host/cpu/decode.hpp"
#include "host/cpu/first_place.hpp"
#include "host/cpu/parallel.hpp"
#include "host/cpu/permute.hpp"
#include "host/cpu/permute_ops.hpp"
#include "host/cpu/simd.hpp"
#include "host/cpu/tile.hpp"
#include "host/message.hpp"
#include "host/validate.hpp"

namespace heddle::cpu {
namespace {

constexpr Pattern kAnyGroup{1, 1};
constexpr std::int64_t kPieceCols = 1024;
constexpr std::int64_t kTaskSets = 256;        // of one thread at a time
constexpr std::int64_t kThreadWork = 1 << 21;  // magnitudes worth starting a thread for
constexpr std::int64_t kSumRows = 16;          // one cache line of a column

class CpuEvaluator final : public PermuteEvaluator {
 public:
  CpuEvaluator(const Exec& exec, std::int64_t rows, std::int64_t cols) : exec_(exec) {
    rows_ = rows;
    cols_ = cols;
    stride_ = (rows + kRowPad - 1) / kRowPad * kRowPad;
    magnitude_.resize(static_cast<std::size_t>(stride_ * cols));
    quantised_.resize(static_cast<std::size_t>(stride_ * cols));
  }

  Status quantise();
  Status values(const std::int32_t* sets, std::int64_t count, int size, int keep,
                std::int64_t* out) override;
  Status best_splits(const std::int32_t* windows, std::int64_t count, SplitChoice* out) override;
  Status kept(const std::int32_t* order, Pattern pattern, double* out) override;

  Status decode(const ConstMatrixView& matrix, std::int64_t first_row, FirstPlace& bad);

 private:
  QuantisedColumns columns() const { return {quantised_.data(), stride_}; }
  // Alone where threads would cost more than they bring.
  Exec exec_for(std::int64_t magnitudes) const {
    return magnitudes < kThreadWork ? Exec::cpu(1) : exec_;
  }

  Exec exec_;
  std::int64_t stride_;
  std::vector<float> magnitude_;         // [cols, stride]
  std::vector<std::int32_t> quantised_;  // [cols, stride]
};

Status CpuEvaluator::decode(const ConstMatrixView& matrix, std::int64_t first_row,
                            FirstPlace& bad) {
  const Units units(matrix.rows, matrix.cols, kAnyGroup, kPieceCols);
  const std::size_t bytes =
      tile_bytes(kUnitRows, kPieceCols, 4) + tile_bytes(kUnitRows, kPieceCols, 4);
  return parallel_for(exec_, units.count(), bytes, [&](std::int64_t index, Arena& arena) {
    const Unit u = units[index];
    const ConstTile in = load_tile(matrix, u.row, u.rows, u.col, u.cols, arena);
    auto* x = arena.take<float>(u.rows * u.cols);  // [rows, cols]
    for (std::int64_t r = 0; r < u.rows; ++r) {
      float* row = x + r * u.cols;
      decode_row(matrix.type, in.row(r), u.cols, row);
      for (std::int64_t c = 0; c < u.cols; ++c) {
        row[c] = std::fabs(row[c]);
        if (!std::isfinite(row[c])) bad.report(u.row + r, u.col + c);
      }
    }
    transpose_ops().transpose(
        4, reinterpret_cast<const std::byte*>(x), u.cols * 4,
        reinterpret_cast<std::byte*>(magnitude_.data() + u.col * stride_ + first_row + u.row),
        stride_ * 4, u.rows, u.cols);
  });
}

Status CpuEvaluator::quantise() {
  const float largest =
      magnitude_.empty() ? 0 : *std::max_element(magnitude_.begin(), magnitude_.end());
  const double power = power_above(largest);
  quantum_ = power / (1 << 24);
  const double per_quantum = power > 0 ? 1 / quantum_ : 0;
  return parallel_for(exec_, cols_, 0, [&](std::int64_t c, Arena&) {
    for (std::int64_t i = c * stride_; i < (c + 1) * stride_; ++i) {
      const auto at = static_cast<std::size_t>(i);
      quantised_[at] =
          static_cast<std::int32_t>(std::nearbyint(double{magnitude_[at]} * per_quantum));
    }
  });
}

Status CpuEvaluator::values(const std::int32_t* sets, std::int64_t count, int size, int keep,
                            std::int64_t* out) {
  const std::int64_t tasks = (count + kTaskSets - 1) / kTaskSets;
  return parallel_for(exec_for(count * size * rows_), tasks, 0, [&](std::int64_t task, Arena&) {
    const std::int64_t first = task * kTaskSets;
    permute_ops().values(columns(), sets + first * size, std::min(kTaskSets, count - first), size,
                         keep, out + first);
  });
}

Status CpuEvaluator::best_splits(const std::int32_t* windows, std::int64_t count,
                                 SplitChoice* out) {
  constexpr std::int64_t kTaskWindows = 16;
  const std::int64_t tasks = (count + kTaskWindows - 1) / kTaskWindows;
  return parallel_for(exec_for(count * 64 * rows_), tasks, 0, [&](std::int64_t task, Arena&) {
    const std::int64_t first = task * kTaskWindows;
    permute_ops().best_splits(columns(), windows + first * 8, std::min(kTaskWindows, count - first),
                              out + first);
  });
}

Status CpuEvaluator::kept(const std::int32_t* order, Pattern pattern, double* out) {
  std::vector<double> row_sum(static_cast<std::size_t>(stride_));
  HEDDLE_TRY(
      parallel_for(exec_for(rows_ * cols_), stride_ / kSumRows, 0, [&](std::int64_t block, Arena&) {
        for (std::int64_t r = block * kSumRows; r < (block + 1) * kSumRows; ++r) {
          double sum = 0;
          for (std::int64_t c = 0; c < cols_; c += pattern.group) {
            const auto size = static_cast<int>(std::min<std::int64_t>(pattern.group, cols_ - c));
            float largest[32] = {};
            for (int i = 0; i < size; ++i) {
              float x = magnitude_[static_cast<std::size_t>(order[c + i] * stride_ + r)];
              for (int k = 0; k < pattern.keep; ++k) {
                const float at = largest[k];
                largest[k] = std::max(at, x);
                x = std::min(at, x);
              }
            }
            double group = 0;
            for (int k = 0; k < pattern.keep; ++k) group += double{largest[k]};
            sum += group;
          }
          row_sum[static_cast<std::size_t>(r)] = sum;
        }
      }));
  *out = 0;
  for (std::int64_t r = 0; r < rows_; ++r) *out += row_sum[static_cast<std::size_t>(r)];
  return {};
}

}  // namespace

Result<std::unique_ptr<PermuteEvaluator>> permute_evaluator(const Exec& exec,
                                                            const ConstMatrixView* matrices,
                                                            std::size_t count) {
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < count; ++i) rows += matrices[i].rows;
  auto evaluator = std::make_unique<CpuEvaluator>(exec, rows, matrices[0].cols);
  std::int64_t first_row = 0;
  for (std::size_t i = 0; i < count; ++i) {
    FirstPlace bad;
    if (Status s = evaluator->decode(matrices[i], first_row, bad); !s.ok()) return s;
    if (bad.row() >= 0)
      return Status(StatusCode::invalid_argument, not_finite(i, bad.row(), bad.group()));
    first_row += matrices[i].rows;
  }
  if (Status s = evaluator->quantise(); !s.ok()) return s;
  return std::unique_ptr<PermuteEvaluator>(std::move(evaluator));
}

}  // namespace heddle::cpu
