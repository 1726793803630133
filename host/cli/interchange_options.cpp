#include "host/cli/interchange_options.hpp"

namespace heddle::cli {

void declare_import(CLI::App& pack, Options& options) {
  pack.add_option(
          "--mask", options.mask,
          "Keep what this file's masks keep, whatever the values: of weight W the tensor W, "
          "W.mask or W_mask, U8, BOOL or I8")
      ->type_name("FILE");
}

void declare_export(CLI::App& unpack, Options& options) {
  unpack
      .add_option("--to", options.to,
                  "dense (default), or bitmask: sparse-24-bitmask of compressed-tensors")
      ->check(CLI::IsMember({"dense", "bitmask"}))
      ->type_name("FORMAT");
}

void declare_slice(CLI::App& slice, Options& options) {
  slice
      .add_option("--rows", options.rows,
                  "Piece I of N along the rows (output features), 1/N to N/N")
      ->type_name("I/N");
  slice
      .add_option("--cols", options.cols,
                  "Piece I of N along the columns (input features), 1/N to N/N")
      ->type_name("I/N");
  slice
      .add_option("--align", options.align,
                  "Cut at multiples of this many rows (default 64, a block of device order) or "
                  "columns (default the group)")
      ->type_name("N");
}

}  // namespace heddle::cli
