#include "host/io/mask_image.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>

#include "host/validate.hpp"

namespace heddle::io {
namespace {

constexpr int kMaxWidth = 1280;  // of a panel, in pixels
constexpr int kMaxHeight = 1024;
constexpr int kLargestCell = 16;  // pixels an entry
constexpr int kSmallestCell = 4;  // below it, single entries are hard to tell apart
constexpr int kWindowCell = 8;
constexpr int kWindowHeight = 512;
constexpr int kOverviewHeight = 512;
constexpr int kMargin = 16;

constexpr std::uint32_t kKept = 0x000000;
constexpr std::uint32_t kDropped = 0xffffff;
constexpr std::uint32_t kCellLine = 0xd8d8d8;  // right and lower edge of an entry
constexpr std::uint32_t kGroupGap = 0x8fb4e3;  // between groups
constexpr std::uint32_t kPaper = 0xeef2f7;     // around and between the panels

// Where entries lie in a panel that draws each of them.
struct Grid {
  int cell;    // pixels an entry
  int group;   // entries a group
  bool tiles;  // groups of rows have gaps too

  int gap() const { return group > 1 ? cell / 4 : 0; }
  std::int64_t left(std::int64_t col) const { return col * cell + col / group * gap(); }
  std::int64_t width(std::int64_t cols) const { return left(cols - 1) + cell; }
  std::int64_t top(std::int64_t row) const { return tiles ? left(row) : row * cell; }
  std::int64_t height(std::int64_t rows) const { return top(rows - 1) + cell; }
};

bool kept(const ConstMaskView& mask, std::int64_t row, std::int64_t col) {
  return mask.data[mask.order == Order::row ? row * mask.ld + col : col * mask.ld + row] != 0;
}

// The top left rows x cols of the mask at (x, y).
void draw_cells(Image& image, int x, int y, const ConstMaskView& mask, Grid grid, int rows,
                int cols) {
  fill_rect(image, x, y, static_cast<int>(grid.width(cols)), static_cast<int>(grid.height(rows)),
            kGroupGap);
  for (int row = 0; row < rows; ++row) {
    for (int col = 0; col < cols; ++col) {
      const int left = x + static_cast<int>(grid.left(col));
      const int top = y + static_cast<int>(grid.top(row));
      fill_rect(image, left, top, grid.cell, grid.cell, kCellLine);
      fill_rect(image, left, top, grid.cell - 1, grid.cell - 1,
                kept(mask, row, col) ? kKept : kDropped);
    }
  }
}

// Which columns of the matrix the overview shows: whole groups, evenly spaced, in order.
std::vector<std::int64_t> overview_columns(std::int64_t cols, Pattern pattern) {
  const std::int64_t groups = cols / pattern.group + (cols % pattern.group != 0);
  const std::int64_t shown = std::min<std::int64_t>(groups, kMaxWidth / pattern.group);
  std::vector<std::int64_t> columns;
  for (std::int64_t i = 0; i < shown; ++i) {
    // groups * shown < 2^63 for any mask that exists in memory.
    const std::int64_t first = i * groups / shown * pattern.group;
    const std::int64_t last = std::min(first + pattern.group, cols);
    for (std::int64_t col = first; col < last; ++col) columns.push_back(col);
  }
  return columns;
}

// Each pixel is the share of a block of rows that keeps the column.
void draw_overview(Image& image, int x, int y, const ConstMaskView& mask,
                   const std::vector<std::int64_t>& columns, int height, int scale) {
  for (int line = 0; line < height; ++line) {
    const std::int64_t begin = mask.rows * line / height, end = mask.rows * (line + 1) / height;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      std::int64_t count = 0;
      for (std::int64_t row = begin; row < end; ++row) count += kept(mask, row, columns[i]);
      const double share = static_cast<double>(count) / static_cast<double>(end - begin);
      const auto grey = static_cast<std::uint32_t>(std::lround(255.0 * (1.0 - share)));
      fill_rect(image, x + static_cast<int>(i) * scale, y + line * scale, scale, scale,
                grey << 16 | grey << 8 | grey);
    }
  }
}

std::string range_text(const char* what, std::int64_t count, std::int64_t total) {
  if (count == total) return "all " + std::to_string(total) + " " + what;
  return std::string(what) + " 0 to " + std::to_string(count - 1) + " of " + std::to_string(total);
}

MaskImage draw_whole(const ConstMaskView& mask, Grid grid) {
  const int rows = static_cast<int>(mask.rows), cols = static_cast<int>(mask.cols);
  const int width = static_cast<int>(grid.width(cols)),
            height = static_cast<int>(grid.height(rows));
  MaskImage drawn{blank_image(width + 2 * kMargin, height + 2 * kMargin, kPaper), {}};
  draw_cells(drawn.image, kMargin, kMargin, mask, grid, rows, cols);
  drawn.caption = range_text("rows", rows, rows) + ", " + range_text("columns", cols, cols) + ", " +
                  std::to_string(grid.cell) + " pixels an entry";
  return drawn;
}

MaskImage draw_panels(const ConstMaskView& mask, Pattern pattern, bool tiles) {
  const Grid grid{kWindowCell, pattern.group, tiles};
  const int rows = static_cast<int>(std::min<std::int64_t>(mask.rows, kWindowHeight / kWindowCell));
  int cols = 1;
  while (cols < mask.cols && grid.width(cols + 1) <= kMaxWidth) ++cols;
  const std::vector<std::int64_t> columns = overview_columns(mask.cols, pattern);
  const int shown = static_cast<int>(columns.size());
  const int scale = std::clamp(kMaxWidth / shown, 1, kWindowCell);
  const int height =
      static_cast<int>(std::min<std::int64_t>(mask.rows, std::max(1, kOverviewHeight / scale)));

  const int window_height = static_cast<int>(grid.height(rows));
  const int width = std::max(static_cast<int>(grid.width(cols)), shown * scale) + 2 * kMargin;
  MaskImage drawn{blank_image(width, window_height + height * scale + 3 * kMargin, kPaper), {}};
  draw_cells(drawn.image, kMargin, kMargin, mask, grid, rows, cols);
  draw_overview(drawn.image, kMargin, window_height + 2 * kMargin, mask, columns, height, scale);

  drawn.caption = "above, " + range_text("rows", rows, mask.rows) + ", " +
                  range_text("columns", cols, mask.cols) + ", " + std::to_string(kWindowCell) +
                  " pixels an entry; below, " +
                  (shown == mask.cols ? "every column"
                                      : std::to_string(shown) + " of " + std::to_string(mask.cols) +
                                            " columns (whole groups, evenly spaced)") +
                  ", the rows averaged into " + std::to_string(height) + " lines";
  return drawn;
}

}  // namespace

Result<MaskImage> draw_mask(const ConstMaskView& mask, Pattern pattern, bool tiles) {
  if (Status status = check_view("mask", mask); !status.ok()) return status;
  if (Status status = check_pattern(pattern); !status.ok()) return status;
  if (mask.rows == 0 || mask.cols == 0) {
    return Status(StatusCode::invalid_argument, "mask: " + std::to_string(mask.rows) + " x " +
                                                    std::to_string(mask.cols) +
                                                    ": must have an entry to draw");
  }
  try {
    for (int cell = kLargestCell; cell >= kSmallestCell; --cell) {
      const Grid grid{cell, pattern.group, tiles};
      // The first two comparisons keep the products of the others small.
      if (mask.rows <= kMaxHeight && mask.cols <= kMaxWidth &&
          grid.height(mask.rows) <= kMaxHeight && grid.width(mask.cols) <= kMaxWidth) {
        return draw_whole(mask, grid);
      }
    }
    return draw_panels(mask, pattern, tiles);
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::out_of_memory, "mask: not enough memory for its picture");
  }
}

Result<std::vector<std::uint8_t>> mask_thumbnail(const ConstMaskView& mask, int side) {
  if (Status status = check_view("mask", mask); !status.ok()) return status;
  const int rows = static_cast<int>(std::min<std::int64_t>(mask.rows, side));
  const int cols = static_cast<int>(std::min<std::int64_t>(mask.cols, side));
  if (rows < 1 || cols < 1) return std::vector<std::uint8_t>();
  std::vector<std::uint8_t> marks;
  for (int row = 0; row < rows; ++row) {
    for (int col = 0; col < cols; ++col) marks.push_back(kept(mask, row, col) ? 1 : 0);
  }
  return encode_stencil(cols, rows, marks);
}

}  // namespace heddle::io
