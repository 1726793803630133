#pragma once
// heddle prune --permute: which tensors of a file share channels, and the order found for them.

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/permute.hpp"
#include "heddle/status.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/options.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/score_file.hpp"
#include "host/cli/selection.hpp"
#include "host/cli/shards.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::cli {

/// Tensors with channels in common. The network computes the same function in any order of the
/// channels if these are all the tensors that have them.
struct Wire {
  std::vector<std::string> consumers;  // have them in dimension 1
  std::vector<std::string> producers;  // in dimension 0: weights, and vectors such as a bias
  std::int64_t channels = 0;
  PermutationResult found;
  bool searched = false;    // no consumer is pruned otherwise
  bool kept_as_is = false;  // the method keeps no more in the order found
};

/// "CONSUMER[,CONSUMER...] <- PRODUCER[,PRODUCER...]"
Result<Wire> parse_wire(const std::string& text);

/// Every --permute of a command line.
class Wiring {
 public:
  /// Reads the options and holds them against the file.
  static Result<Wiring> make(const Options& options, const io::SafetensorsReader& reader);

  bool empty() const { return wires_.empty(); }
  /// Finds the orders, by the consumers that are selected.
  Status search(const Options& options, const io::SafetensorsReader& reader,
                const Selection& selection, const ScoreFile& scores);
  /// The order of a tensor's dimension 0 or 1; null: as it is. Stays valid with the object.
  const Permutation* rows(const std::string& name) const;
  const Permutation* cols(const std::string& name) const;
  /// Notes the order in the metadata of the output file of a consumer NAME, under
  /// heddle.NAME.permutation: the columns of the original, in the order in which they now stand.
  /// Nothing for another tensor.
  Status describe(const std::string& name, io::Metadata& metadata) const;
  /// The orders decide what is written.
  void add_to(Recipe& recipe) const;
  void describe(Outcome& outcome) const;

 private:
  Status add(const std::string& option);
  Status check(const io::SafetensorsReader& reader);
  std::vector<Wire> wires_;
};

/// The options of a search for an order, as the command line has them.
PermutationOptions search_options(const Options& options, Progress& progress);

}  // namespace heddle::cli
