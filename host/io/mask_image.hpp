#pragma once
// A picture of a mask, as the N:M literature draws it: kept black, dropped white.

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/pattern.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"
#include "host/io/png.hpp"

namespace heddle::io {

/// A drawn mask, and a sentence that says what the picture shows.
struct MaskImage {
  Image image;
  std::string caption;
};

/// Draws mask [m, k], at least one entry, with a gap between groups; of a tile mask between groups
/// of rows as well.
///
/// A mask that fits in 1280 x 1024 pixels at 4 pixels an entry or more is drawn whole, one square
/// an entry (up to 16 pixels). A larger one gives two panels. Above, its top left corner at 8
/// pixels an entry. Below, an overview. Plain averaging would turn every N:M mask into the same
/// even grey, because every block keeps the same share: so a column of pixels stays one column of
/// the matrix (where they do not all fit, whole groups are left out at an even pace) and only the
/// rows are averaged. Grey is the share of those rows that keep the column; columns that matter
/// show as dark lines.
Result<MaskImage> draw_mask(const ConstMaskView& mask, Pattern pattern, bool tiles = false);

/// The top left corner of a mask, at most `side` entries either way, as the bytes of a PNG: one
/// pixel an entry, kept black, dropped transparent. Empty for a mask without entries.
Result<std::vector<std::uint8_t>> mask_thumbnail(const ConstMaskView& mask, int side);

}  // namespace heddle::io
