#pragma once
// heddle unpack --to bitmask: packed matrices as compressed-tensors reads them.

#include "heddle/status.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/options.hpp"

namespace heddle::cli {

Result<Outcome> run_export(const Options& options);

}  // namespace heddle::cli
