// Configurations of the sparse GEMM as text, and their values.

#include "host/matmul_config.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>

#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/validate.hpp"
#include "kernels/hopper/hopper.hpp"
#include "kernels/matmul/schedule.hpp"

namespace heddle {
namespace {

Status bad(const char* field, std::int64_t value, const char* requirement) {
  return {StatusCode::invalid_argument, message(field, " = ", value, ": must be ", requirement)};
}

constexpr std::string_view kWgmma = "wgmma=";

std::string shape_text(std::int64_t groups, std::int64_t rows, std::int64_t tokens) {
  return std::to_string(groups) + "x" + std::to_string(rows) + "x" + std::to_string(tokens);
}

Status bad_shape(std::int64_t groups, std::int64_t rows, std::int64_t tokens) {
  std::string shapes;
  for (const HopperShape& s : kHopperShapeList)
    shapes += (shapes.empty() ? "" : ", ") + shape_text(s.groups, s.group_rows(), s.tokens);
  return {StatusCode::invalid_argument,
          message("wgmma = ", shape_text(groups, rows, tokens), ": must be one of ", shapes)};
}

// Reads "name=1x2x4"-like fields from the front of a line.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  // The literal `text`, which belongs to `field`.
  Status expect(std::string_view text, const char* field) {
    if (rest_.substr(0, text.size()) != text)
      return {StatusCode::invalid_argument,
              message(field, ": expected '", text, "' before '", rest_.substr(0, 24), "'")};
    rest_.remove_prefix(text.size());
    return {};
  }

  template <class Int>
  Status number(Int& value, const char* field) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc())
      return {StatusCode::invalid_argument,
              message(field, ": expected a number of ", 8 * sizeof(Int), " bits before '",
                      rest_.substr(0, 24), "'")};
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return {};
  }

  Status config(MatmulConfig& c) {
    if (rest_.substr(0, kWgmma.size()) == kWgmma) {
      HEDDLE_TRY(wgmma_shape(c));
    } else {
      HEDDLE_TRY(mma_shape(c));
    }
    HEDDLE_TRY(expect(" stages=", "stages"));
    HEDDLE_TRY(number(c.stages, "stages"));
    HEDDLE_TRY(expect(" raster=", "raster"));
    HEDDLE_TRY(number(c.raster, "raster"));
    HEDDLE_TRY(expect(" blocks=", "blocks"));
    HEDDLE_TRY(number(c.blocks, "blocks"));
    HEDDLE_TRY(expect(" split=", "split"));
    HEDDLE_TRY(number(c.split_tiles, "split_tiles"));
    HEDDLE_TRY(expect("/", "split"));
    HEDDLE_TRY(number(c.split_blocks, "split_blocks"));
    if (!rest_.empty())
      return {StatusCode::invalid_argument,
              message("split_blocks: expected the end before '", rest_.substr(0, 24), "'")};
    return check_values(c);
  }

 private:
  Status mma_shape(MatmulConfig& c) {
    c.kernel = MatmulKernel::mma;
    HEDDLE_TRY(expect("warps=", "warps"));
    HEDDLE_TRY(number(c.warps_m, "warps_m"));
    HEDDLE_TRY(expect("x", "warps"));
    HEDDLE_TRY(number(c.warps_n, "warps_n"));
    HEDDLE_TRY(expect("x", "warps"));
    HEDDLE_TRY(number(c.warps_k, "warps_k"));
    HEDDLE_TRY(expect(" tiles=", "tiles"));
    return number(c.tiles, "tiles");
  }
  Status wgmma_shape(MatmulConfig& c) {
    int rows = 0, tokens = 0;
    c.kernel = MatmulKernel::wgmma;
    HEDDLE_TRY(expect(kWgmma, "wgmma"));
    HEDDLE_TRY(number(c.groups, "wgmma"));
    HEDDLE_TRY(expect("x", "wgmma"));
    HEDDLE_TRY(number(rows, "wgmma"));
    HEDDLE_TRY(expect("x", "wgmma"));
    HEDDLE_TRY(number(tokens, "wgmma"));
    if (rows % 64 != 0 || tokens % 8 != 0) return bad_shape(c.groups, rows, tokens);
    c.row_blocks = rows / 64, c.tiles = tokens / 8;
    HEDDLE_TRY(expect(" cluster=", "cluster"));
    HEDDLE_TRY(number(c.cluster, "cluster"));
    HEDDLE_TRY(expect(" a=", "a"));
    c.staged = rest_.substr(0, 6) == "staged";
    return expect(c.staged ? "staged" : "global", "a");
  }

  std::string_view rest_;
};

}  // namespace

namespace {

Status check_mma(const MatmulConfig& c) {
  if (c.warps_m < 1 || c.warps_m > kMatmulWarps) return bad("warps_m", c.warps_m, "1 to 8");
  if (c.warps_n < 1 || c.warps_n > kMatmulWarps) return bad("warps_n", c.warps_n, "1 to 8");
  if (c.warps_k < 1 || c.warps_k > kMatmulWarps) return bad("warps_k", c.warps_k, "1 to 8");
  if (c.warps_m * c.warps_n * c.warps_k != kMatmulWarps)
    return {StatusCode::invalid_argument, message("warps = ", c.warps_m, "x", c.warps_n, "x",
                                                  c.warps_k, ": the product must be 8")};
  if (c.tiles != 1 && c.tiles != 2 && c.tiles != 4 && c.tiles != 8)
    return bad("tiles", c.tiles, "1, 2, 4 or 8");
  static_assert(kMinStages == 2 && kMaxStages == 4);  // as below
  if (c.stages < kMinStages || c.stages > kMaxStages) return bad("stages", c.stages, "2 to 4");
  return {};
}

Status check_wgmma(const MatmulConfig& c) {
  bool listed = false;
  for (const HopperShape& s : kHopperShapeList)
    listed |= s.groups == c.groups && s.row_blocks == c.row_blocks && s.tokens == c.tile_n();
  if (!listed) return bad_shape(c.groups, 64 * std::int64_t{c.row_blocks}, c.tile_n());
  static_assert(kHopperMaxCluster == 4);  // as below
  if (c.cluster != 1 && c.cluster != 2 && c.cluster != 4)
    return bad("cluster", c.cluster, "1, 2 or 4");
  if (c.tiles % c.cluster != 0)
    return bad("cluster", c.cluster, "a divisor of the groups of 8 tokens");
  if (c.staged && c.tile_n() != 256)
    return {StatusCode::invalid_argument, "a = staged: must be global but for 256 tokens"};
  static_assert(kHopperMinStages == 2 && kHopperMaxStages == 16);  // as below
  if (c.stages < kHopperMinStages || c.stages > kHopperMaxStages)
    return bad("stages", c.stages, "2 to 16");
  if (c.blocks % c.cluster != 0) return bad("blocks", c.blocks, "a multiple of cluster");
  if (c.split_blocks % c.cluster != 0)
    return bad("split_blocks", c.split_blocks, "a multiple of cluster");
  if (const std::int64_t most = hopper_max_split_tiles(hopper_shape_of(c)); c.split_tiles > most)
    return {StatusCode::invalid_argument,
            message("split_tiles = ", c.split_tiles, ": must be at most ", most, ", as groups x ",
                    "cluster is ", c.groups * c.cluster)};
  return {};
}

}  // namespace

Status check_values(const MatmulConfig& c) {
  switch (c.kernel) {
    case MatmulKernel::mma: HEDDLE_TRY(check_mma(c)); break;
    case MatmulKernel::wgmma: HEDDLE_TRY(check_wgmma(c)); break;
    default: return bad("kernel", static_cast<int>(c.kernel), "mma or wgmma");
  }
  if (c.raster < 1) return bad("raster", c.raster, ">= 1");
  if (c.blocks < 0) return bad("blocks", c.blocks, ">= 0");
  static_assert(kMaxSplitTiles == 4096);  // as below
  if (c.split_tiles < 0 || c.split_tiles > kMaxSplitTiles)
    return bad("split_tiles", c.split_tiles, "0 to 4096");
  constexpr int kMost = 1 << 20;  // split tiles x steps x split blocks then fits 63 bits
  if (c.split_blocks < 0 || c.split_blocks > kMost)
    return bad("split_blocks", c.split_blocks, "0 to 2^20");
  if (c.split_blocks > c.blocks) return bad("split_blocks", c.split_blocks, "at most blocks");
  if ((c.split_tiles == 0) != (c.split_blocks == 0))
    return bad("split_blocks", c.split_blocks, "0 where split_tiles is 0, and only there");
  return {};
}

// std::to_string and not a stream: a stream groups digits where the program's locale does.
std::string to_string(const MatmulConfig& c) {
  using std::to_string;
  const std::string shape =
      c.kernel == MatmulKernel::mma
          ? "warps=" + shape_text(c.warps_m, c.warps_n, c.warps_k) + " tiles=" + to_string(c.tiles)
          : std::string(kWgmma) +
                shape_text(c.groups, 64 * std::int64_t{c.row_blocks}, c.tile_n()) +
                " cluster=" + to_string(c.cluster) + (c.staged ? " a=staged" : " a=global");
  return shape + " stages=" + to_string(c.stages) + " raster=" + to_string(c.raster) +
         " blocks=" + to_string(c.blocks) + " split=" + to_string(c.split_tiles) + "/" +
         to_string(c.split_blocks);
}

Result<MatmulConfig> parse_matmul_config(const std::string& text) try {
  MatmulConfig config;
  if (Status status = FieldReader(text).config(config); !status.ok()) return status;
  return config;
} catch (...) {
  return caught();
}

std::string to_string(const MatmulTuning& tuning) {
  std::string text;
  for (const MatmulTuning::Entry& entry : tuning.entries)
    text += "n<=" + std::to_string(entry.max_n) + " " + to_string(entry.config) + "\n";
  return text;
}

Result<MatmulTuning> parse_matmul_tuning(const std::string& text) try {
  MatmulTuning tuning;
  std::string_view rest = text;
  for (int line = 1; !rest.empty(); ++line) {
    const std::string_view here = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(here.size() == rest.size() ? here.size() : here.size() + 1);
    if (here.empty()) continue;
    MatmulTuning::Entry entry;
    const auto read = [&]() -> Status {
      FieldReader reader(here);
      HEDDLE_TRY(reader.expect("n<=", "max_n"));
      HEDDLE_TRY(reader.number(entry.max_n, "max_n"));
      HEDDLE_TRY(reader.expect(" ", "max_n"));
      HEDDLE_TRY(reader.config(entry.config));
      if (!tuning.entries.empty() && entry.max_n <= tuning.entries.back().max_n)
        return bad("max_n", entry.max_n, "more than the line before has");
      if (entry.max_n < 0) return bad("max_n", entry.max_n, ">= 0");
      return {};
    };
    if (const Status status = read(); !status.ok())
      return Status(status.code(), message("line ", line, ": ", status.message()));
    tuning.entries.push_back(entry);
  }
  return tuning;
} catch (...) {
  return caught();
}

}  // namespace heddle
