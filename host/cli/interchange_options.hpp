#pragma once
// The options of commands that exchange packed matrices with other tools, and that cut them.

#include <CLI/CLI.hpp>

#include "heddle/status.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/options.hpp"

namespace heddle::cli {

void declare_import(CLI::App& pack, Options& options);
void declare_export(CLI::App& unpack, Options& options);
void declare_slice(CLI::App& slice, Options& options);

/// heddle slice: one of n pieces of every selected packed matrix, for tensor parallelism.
Result<Outcome> run_slice(const Options& options);

}  // namespace heddle::cli
