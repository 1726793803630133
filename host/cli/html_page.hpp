#pragma once
// The page of `heddle report`: one self-contained HTML document that is well-formed XML too.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/cli/layer_numbers.hpp"

namespace heddle::cli {

/// One weight of the page.
struct PageLayer {
  std::string name, dtype;
  std::vector<std::int64_t> shape;
  bool packed = false;
  LayerNumbers numbers;
  std::vector<std::uint8_t> thumbnail;  // PNG of the mask's corner; empty for none

  /// Under the page's method.
  const MaskStats& stats() const { return numbers.method ? *numbers.method : numbers.rows; }
};

struct PageSkipped {
  std::string name, dtype, reason;
  std::vector<std::int64_t> shape;
};

/// How many entries have which magnitude: bin i holds [2^(i/2), 2^((i+1)/2)) * 2^kLowest.
struct Magnitudes {
  static constexpr int kLowest = -40, kHighest = 40;  // exponents of two; beyond them the last bin
  static constexpr std::size_t kBins = 2 * (kHighest - kLowest);
  std::array<double, kBins> kept{}, dropped{};
  double zeros = 0, not_finite = 0;
  bool sampled = false;
};

struct Page {
  std::string file;
  std::size_t file_bytes = 0, tensors = 0;
  std::size_t packed_bytes = 0;  // of the file once its matrices are packed
  Pattern pattern;
  std::string method;
  bool permutation = false;
  std::vector<PageLayer> layers;
  std::vector<PageSkipped> skipped;
  Magnitudes magnitudes;
};

/// How many masks a page shows: of the layers with the most entries.
inline constexpr std::size_t kMostThumbnails = 48;
inline constexpr int kThumbnailSide = 32;  // entries

std::string html_page(const Page& page);

/// What is kept of all layers together; of those with a NaN or infinity, which has no share, only
/// the entries count.
struct PageTotals {
  std::size_t not_finite = 0;  // layers
  double elements = 0, nonzeros = 0, total = 0, rows = 0, method = 0, permuted = 0;
  std::array<double, 3> tiles{};  // by kTileRules
};
PageTotals totals_of(const Page& page);

// The parts that have files of their own.
const char* html_style() noexcept;
std::string layer_chart(const Page& page);
std::string magnitude_chart(const Page& page);
/// "74.47 %", or a dash.
std::string exact_percent(double part, double whole);

}  // namespace heddle::cli
