#pragma once
// What can be said of one weight: `heddle inspect` and `heddle report` show the same.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "heddle/mask.hpp"
#include "heddle/permute.hpp"
#include "heddle/tensor.hpp"
#include "heddle/tile.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/options.hpp"
#include "host/cli/packed_matrix.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/selection.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::cli {

/// One line of a listing: a tensor that stands for itself, or a packed matrix.
struct Item {
  const io::TensorInfo* tensor = nullptr;
  const io::PackedMatrix* packed = nullptr;

  const std::string& name() const { return tensor != nullptr ? tensor->name : packed->name; }
  std::vector<std::int64_t> shape() const;  // of the dense tensor
  std::string dtype() const;                // the file's word
  Json json() const;
};

/// Every item that --tensor and the name filter leave. To look, every size and type is fine.
std::vector<Item> list_items(const Options& options, const Selection& selection);

/// An item's elements. `view.data` is null where there are none or the type is not the library's;
/// a tensor of another rank than a weight's is seen as one row.
struct Elements {
  DenseMatrix unpacked;  // the memory of a packed matrix
  ConstTensorView view;
  bool weight = false;  // has masks: of rank 2 to 5
};
Result<Elements> load(const Options& options, const io::SafetensorsReader& reader,
                      const Item& item);

/// Drops the item's pages of the file from memory.
void release(const io::SafetensorsReader& reader, const Item& item);

/// The three tile rules, in the order in which they are shown.
inline constexpr std::array<TileRule, 3> kTileRules = {TileRule::exact, TileRule::at_most,
                                                       TileRule::greedy};
/// "tile_exact", "tile_at_most", "tile_greedy".
const char* key_of(TileRule rule) noexcept;
/// The method of a rule: groups above four by the fast solver.
TilePattern tile_pattern(Pattern pattern, TileRule rule);

struct LayerNumbers {
  Pattern pattern;
  MaskStats rows;                          // by best_mask along rows
  CheckReport check;                       // of the weight as it is
  std::array<MaskStats, 3> tiles;          // of a weight: by kTileRules
  std::optional<MaskStats> method;         // with --method or --transposable
  std::optional<PermutationResult> order;  // with --permutation; absent too if not all are finite

  double zeros() const { return static_cast<double>(rows.elements - rows.nonzeros); }
};

/// Of a weight everything, of other elements `rows` alone, and of that only what knows no mask.
Result<LayerNumbers> measure(const Options& options, const Elements& elements, Pattern pattern,
                             Progress& progress);

/// Adds the numbers to an item's object.
void add_json(const LayerNumbers& numbers, bool weight, const Options& options, Json& entry);

}  // namespace heddle::cli
