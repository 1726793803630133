#pragma once
// Scores of a weight matrix, f32, from the weights and a value per column. docs/kernels/score.md.

#include <cstddef>
#include <cstdint>

#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"
#include "kernels/number.hpp"

namespace heddle {

inline constexpr int kScoreThreads = 256;
inline constexpr int kScoreRun = 4;  // elements of a lane in a row: 16 bytes of scores
inline constexpr int kScoreCols = 32 * kScoreRun;  // of a warp
inline constexpr int kScoreRows = 8;               // of a warp, all in flight at once
inline constexpr int kScoreSquare = 32;            // of a warp where the orders differ

enum class ScoreFormula { magnitude, product, squared_ratio };  // |w|, |w| c, (w / c)^2

struct ScoreArgs {
  ConstMatrix weight;        // [rows, cols], columns adjacent (the host transposes order col away)
  Matrix scores;             // [rows, cols] f32, columns or rows adjacent
  const std::byte* columns;  // f32, one for each of the caller's columns
  int columns_align;
  ScoreFormula formula;
  bool by_row;                 // the caller's columns are these rows
  std::int64_t across, tiles;  // of a warp; across: those side by side along a row
};

Kernel score_runs_kernel(Number type);    // scores have adjacent columns
Kernel score_turned_kernel(Number type);  // scores have adjacent rows

}  // namespace heddle
