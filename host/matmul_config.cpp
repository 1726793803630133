// Configurations of the sparse GEMM as text, and their values.

#include "host/matmul_config.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>

#include "host/message.hpp"
#include "host/validate.hpp"
#include "kernels/matmul/schedule.hpp"

namespace heddle {
namespace {

Status bad(const char* field, std::int64_t value, const char* requirement) {
  return {StatusCode::invalid_argument, message(field, " = ", value, ": must be ", requirement)};
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
    HEDDLE_TRY(expect("warps=", "warps"));
    HEDDLE_TRY(number(c.warps_m, "warps_m"));
    HEDDLE_TRY(expect("x", "warps"));
    HEDDLE_TRY(number(c.warps_n, "warps_n"));
    HEDDLE_TRY(expect("x", "warps"));
    HEDDLE_TRY(number(c.warps_k, "warps_k"));
    HEDDLE_TRY(expect(" tiles=", "tiles"));
    HEDDLE_TRY(number(c.tiles, "tiles"));
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
  std::string_view rest_;
};

}  // namespace

Status check_values(const MatmulConfig& c) {
  if (c.warps_m < 1 || c.warps_m > kMatmulWarps) return bad("warps_m", c.warps_m, "1 to 8");
  if (c.warps_n < 1 || c.warps_n > kMatmulWarps) return bad("warps_n", c.warps_n, "1 to 8");
  if (c.warps_k < 1 || c.warps_k > kMatmulWarps) return bad("warps_k", c.warps_k, "1 to 8");
  if (c.warps_m * c.warps_n * c.warps_k != kMatmulWarps)
    return {StatusCode::invalid_argument, message("warps = ", c.warps_m, "x", c.warps_n, "x",
                                                  c.warps_k, ": the product must be 8")};
  if (c.tiles != 1 && c.tiles != 2 && c.tiles != 4 && c.tiles != 8)
    return bad("tiles", c.tiles, "1, 2, 4 or 8");
  static_assert(kMinStages == 2 && kMaxStages == 4 && kMaxSplitTiles == 4096);  // as below
  if (c.stages < kMinStages || c.stages > kMaxStages) return bad("stages", c.stages, "2 to 4");
  if (c.raster < 1) return bad("raster", c.raster, ">= 1");
  if (c.blocks < 0) return bad("blocks", c.blocks, ">= 0");
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
  return "warps=" + to_string(c.warps_m) + "x" + to_string(c.warps_n) + "x" + to_string(c.warps_k) +
         " tiles=" + to_string(c.tiles) + " stages=" + to_string(c.stages) +
         " raster=" + to_string(c.raster) + " blocks=" + to_string(c.blocks) +
         " split=" + to_string(c.split_tiles) + "/" + to_string(c.split_blocks);
}

Result<MatmulConfig> parse_matmul_config(const std::string& text) {
  MatmulConfig config;
  if (Status status = FieldReader(text).config(config); !status.ok()) return status;
  return config;
}

std::string to_string(const MatmulTuning& tuning) {
  std::string text;
  for (const MatmulTuning::Entry& entry : tuning.entries)
    text += "n<=" + std::to_string(entry.max_n) + " " + to_string(entry.config) + "\n";
  return text;
}

Result<MatmulTuning> parse_matmul_tuning(const std::string& text) {
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
}

}  // namespace heddle
