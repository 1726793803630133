#pragma once
/// \file
/// Mask methods by name: rows, tiles, and the caller's own functions. Whatever takes a method takes
/// any of them: best_mask below, the Sparsifier, the command.

#include <functional>
#include <string>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/mask.hpp"
#include "heddle/pattern.hpp"
#include "heddle/status.hpp"
#include "heddle/tensor.hpp"
#include "heddle/tile.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// A mask function of the caller's: writes the mask of `matrix` [m, k], neither empty, as best_mask
/// would. With Exec::cuda both are device memory. Must be safe to call from several threads and
/// must not throw. A failure reaches the caller with the method's name in front.
using MaskFunction = std::function<Status(const Exec& exec, const ConstMatrixView& matrix,
                                          Ranking ranking, const MaskView& mask)>;

/// A way to make a mask.
struct MaskMethod {
  /// Where the mask comes from.
  enum class Kind {
    rows,      ///< best_mask: groups along rows
    tiles,     ///< best_tile_mask
    function,  ///< the caller's
  };
  Kind kind = Kind::rows;  ///< where the mask comes from
  /// What its masks obey along rows, and with `transposable` along columns too. On the CPU a
  /// function's result is checked against it: not_compliant where it does not.
  Pattern pattern{2, 4};
  TileRule rule = TileRule::exact;          ///< of tiles
  TileSolver solver = TileSolver::optimal;  ///< of tiles
  bool transposable = false;                ///< tiles: always; functions: as registered
  MaskFunction function;                    ///< of Kind::function
  std::string name;                         ///< of Kind::function: for messages, may be empty
};

/// A registry entry.
struct NamedMethod {
  std::string name;   ///< as find_method takes it
  MaskMethod method;  ///< what it stands for
};

/// The method of a name: whatever find_pattern takes ("2:4", "m4n2_1d", "m6n3_1d", a registered
/// pattern); what to_string(TilePattern) writes, for any valid keep:group ("tile-exact-2:4",
/// "tile-at-most-2:4", "tile-greedy-2:4", "tile-exact-fast-8:16"); the apex forms
/// "m<group>n<keep>_2d_best" (tile-exact) and "m<group>n<keep>_2d_greedy" (tile-greedy); a
/// registered function. The pairs of apex count the group first and then what is kept. A name means
/// one thing: patterns and methods share their names. not_found lists them.
HEDDLE_API Result<MaskMethod> find_method(const std::string& name);

/// Adds a function under a name for the whole process. invalid_argument if the pattern is not
/// valid, the function is empty, or the name is empty or taken. Thread-safe.
HEDDLE_API Status register_method(const std::string& name, Pattern pattern, MaskFunction function,
                                  bool transposable = false);

/// Every name that is not just a form: the built-in ones, then the registered functions.
HEDDLE_API std::vector<NamedMethod> registered_methods();

/// The mask of a matrix by any method.
HEDDLE_API Status best_mask(const Exec& exec, const ConstMatrixView& matrix,
                            const MaskMethod& method, const MaskView& mask,
                            Ranking ranking = Ranking::magnitude);

/// The mask of a weight of any rank by any method. A function is called with the weight itself where
/// it is a matrix, else (any rank above 2) once per tap with a dense row-major copy [K, C], taps
/// row-major; with CUDA the copies take memory in stream order.
HEDDLE_API Status best_mask(const Exec& exec, const ConstTensorView& weight,
                            const MaskMethod& method, const TensorMask& mask,
                            Ranking ranking = Ranking::magnitude);

}  // namespace heddle
