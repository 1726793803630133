// Masks of matrices and tensors.

#include "heddle/mask.hpp"

#include "heddle/method.hpp"
#include "heddle/score.hpp"
#include "heddle/tensor.hpp"
#include "heddle/tile.hpp"
#include "test/abuse/stage.hpp"

namespace heddle::abuse {
namespace {

constexpr std::int64_t kRows = 200, kCols = 96;
constexpr Dims kShape = {24, 16, 3, 3};  // a convolution's weight

// The weight and, first in memory, its channels last: taps lie apart.
ConstTensorView conv(Stage& stage) {
  ConstTensorView view =
      contiguous(static_cast<const void*>(stage.floats(24 * 16 * 9)), 4, kShape, DataType::f32);
  view.stride = {16 * 9, 1, 16 * 3, 16};
  return view;
}
TensorMask conv_mask(Stage& stage) {
  return contiguous_mask(reinterpret_cast<std::uint8_t*>(stage.take(24 * 16 * 9)), 4, kShape);
}

MaskMethod own_method() {
  MaskMethod method;
  method.kind = MaskMethod::Kind::function;
  method.name = "of these tests";
  method.function = [](const Exec& exec, const ConstMatrixView& matrix, Ranking ranking,
                       const MaskView& mask) {
    return best_mask(exec, matrix, Pattern{2, 4}, mask, ranking);
  };
  return method;
}

void add_tiles(std::vector<Scenario>& list) {
  const struct {
    const char* name;
    TilePattern pattern;
  } kinds[] = {{"tile exact", {{2, 4}, TileRule::exact, TileSolver::optimal}},
               {"tile exact fast", {{2, 4}, TileRule::exact, TileSolver::fast}},
               {"tile at most", {{2, 4}, TileRule::at_most, TileSolver::optimal}},
               {"tile at most fast", {{2, 4}, TileRule::at_most, TileSolver::fast}},
               {"tile greedy", {{2, 4}, TileRule::greedy, TileSolver::optimal}},
               {"tile exact 4:8", {{4, 8}, TileRule::exact, TileSolver::optimal}},
               {"tile exact fast 4:8", {{4, 8}, TileRule::exact, TileSolver::fast}}};
  for (const auto& kind : kinds) {
    list.push_back(scenario(kind.name, [pattern = kind.pattern](Stage& s) -> Act {
      const MatrixView m = s.matrix(kRows, kCols);
      const MaskView mask = s.mask(kRows, kCols);
      return [=] { return best_tile_mask(threads(), m, pattern, mask); };
    }));
  }
  list.push_back(scenario("tile of a tensor", [](Stage& s) -> Act {
    const ConstTensorView weight = conv(s);
    const TensorMask mask = conv_mask(s);
    return [=] { return best_tile_mask(threads(), weight, TilePattern{}, mask); };
  }));
  list.push_back(scenario("check_tiles", [](Stage& s) -> Act {
    const MatrixView m = s.matrix(kRows, kCols);
    return [=] { return check_tiles(threads(), m, Pattern{2, 4}).status(); };
  }));
  list.push_back(scenario(
      "check_tiles into a report",
      [](Stage& s) -> Act {
        const MatrixView m = s.matrix(kRows, kCols);
        auto* const report = reinterpret_cast<TileCheckReport*>(s.take(sizeof(TileCheckReport)));
        return [=] { return check_tiles(threads(), m, Pattern{2, 4}, report); };
      },
      StatusCode::ok, false));
  list.push_back(scenario("check_tiles of a tensor", [](Stage& s) -> Act {
    const ConstTensorView weight = conv(s);
    return [=] { return check_tiles(threads(), weight, Pattern{2, 4}).status(); };
  }));
}

void add_tensors(std::vector<Scenario>& list) {
  list.push_back(scenario("best_mask of a tensor", [](Stage& s) -> Act {
    const ConstTensorView weight = conv(s);
    const TensorMask mask = conv_mask(s);
    return [=] { return best_mask(threads(), weight, Pattern{2, 4}, mask); };
  }));
  list.push_back(scenario("apply_mask to a tensor", [](Stage& s) -> Act {
    const ConstTensorView weight = conv(s);
    const TensorMask mask = conv_mask(s);
    const TensorView out =
        contiguous(static_cast<void*>(s.take(24 * 16 * 9 * 4)), 4, kShape, DataType::f32);
    for (int i = 0; i < 24 * 16 * 9; i += 3) mask.data[i] = 1;
    return [=] { return apply_mask(threads(), weight, mask, out); };
  }));
  list.push_back(scenario("check and stats of a tensor", [](Stage& s) -> Act {
    const ConstTensorView weight = conv(s);
    const TensorMask mask = conv_mask(s);
    return [=] {
      auto report = check(threads(), weight, Pattern{2, 4});
      if (!report.ok()) return std::move(report).status();
      return mask_stats(threads(), weight, mask).status();
    };
  }));
  // Taps are copied for a function.
  list.push_back(scenario(
      "method on a tensor",
      [](Stage& s) -> Act {
        const ConstTensorView weight = conv(s);
        const TensorMask mask = conv_mask(s);
        return [=, method = own_method()] { return best_mask(threads(), weight, method, mask); };
      },
      StatusCode::ok, false));
}

}  // namespace

std::vector<Scenario> mask_scenarios() {
  std::vector<Scenario> list;
  for (const Pattern pattern : {Pattern{2, 4}, Pattern{4, 8}, Pattern{3, 5}})
    list.push_back(scenario("best_mask " + to_string(pattern), [=](Stage& s) -> Act {
      const MatrixView m = s.matrix(kRows, kCols);
      const MaskView mask = s.mask(kRows, kCols);
      return [=] { return best_mask(threads(), transposed(m), pattern, transposed(mask)); };
    }));
  list.push_back(scenario(
      "apply_masks",
      [](Stage& s) -> Act {
        const MatrixView m = s.matrix(kRows, kCols), out = s.zeros(kRows, kCols);
        const MaskView mask = s.kept_mask(kRows, kCols);
        return [=] {
          const MaskedMatrix items[] = {{m, mask, m}, {m, mask, out}};
          return apply_masks(threads(), items, 2);
        };
      },
      StatusCode::ok, false));
  list.push_back(scenario("apply_mask", [](Stage& s) -> Act {
    const MatrixView m = s.matrix(kRows, kCols), out = s.zeros(kRows, kCols);
    const MaskView mask = s.kept_mask(kRows, kCols);
    return [=] { return apply_mask(threads(), m, mask, out); };
  }));
  list.push_back(scenario(
      "check",
      [](Stage& s) -> Act {
        const MatrixView m = s.matrix(kRows, kCols);
        auto* const report = reinterpret_cast<CheckReport*>(s.take(sizeof(CheckReport)));
        return [=] {
          if (Status status = check(threads(), m, Pattern{2, 4}, report); !status.ok())
            return status;
          return check(threads(), m, Pattern{2, 4}).status();
        };
      },
      StatusCode::ok, false));
  list.push_back(scenario("mask_stats", [](Stage& s) -> Act {
    const MatrixView m = s.matrix(kRows, kCols);
    const MaskView mask = s.kept_mask(kRows, kCols);
    return [=] { return mask_stats(threads(), m, mask).status(); };
  }));
  list.push_back(scenario(
      "method",
      [](Stage& s) -> Act {
        const MatrixView m = s.matrix(kRows, kCols);
        const MaskView mask = s.mask(kRows, kCols);
        return [=, method = own_method()] { return best_mask(threads(), m, method, mask); };
      },
      StatusCode::ok, false));
  // The message tells the group, so that a failure takes memory too.
  list.push_back(scenario(
      "method that breaks its pattern",
      [](Stage& s) -> Act {
        const MatrixView m = s.matrix(kRows, kCols);
        const MaskView mask = s.mask(kRows, kCols);
        MaskMethod method = own_method();
        method.pattern = {1, 4};
        return [=] { return best_mask(threads(), m, method, mask); };
      },
      StatusCode::not_compliant, false));
  list.push_back(scenario(
      "invalid matrix",
      [](Stage& s) -> Act {
        MatrixView m = s.matrix(kRows, kCols);
        const MaskView mask = s.mask(kRows, kCols);
        m.ld = 1;
        return [=] { return best_mask(threads(), m, Pattern{2, 4}, mask); };
      },
      StatusCode::invalid_argument));
  list.push_back(scenario(
      "score",
      [](Stage& s) -> Act {
        const MatrixView m = s.matrix(kRows, kCols), x = s.matrix(300, kCols, 7);
        const MatrixView scores = s.zeros(kRows, kCols);
        auto* const sums = reinterpret_cast<double*>(s.take(kCols * 8));
        auto* const norms = reinterpret_cast<float*>(s.take(kCols * 4));
        return [=] {
          if (Status t = accumulate_squares(threads(), x, sums); !t.ok()) return t;
          if (Status t = norms_of_squares(threads(), sums, kCols, norms); !t.ok()) return t;
          return score(threads(), m, Score::activation_norm, {norms, kCols, DataType::f32}, scores);
        };
      },
      StatusCode::ok, false));
  add_tiles(list);
  add_tensors(list);
  return list;
}

}  // namespace heddle::abuse
