#pragma once
// heddle pack of what is sparse in another way: a compressed-tensors checkpoint, or a dense file
// whose mask lies in another.

#include "heddle/status.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/options.hpp"

namespace heddle::cli {

/// True if --mask is given or the input has compressed-tensors' matrices.
Result<bool> needs_import(const Options& options);

/// Packs those; everything else passes through.
Result<Outcome> run_import(const Options& options);

}  // namespace heddle::cli
