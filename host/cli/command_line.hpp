#pragma once
// The commands and their options, as the command line spells them.

#include <CLI/CLI.hpp>
#include <string>

#include "host/cli/commands.hpp"
#include "host/cli/options.hpp"

namespace heddle::cli {

using Command = Result<Outcome> (*)(const Options&);

/// What a parse fills in.
struct CommandLine {
  Options options;
  std::string pattern;    // --pattern as given
  std::string method;     // --method as given
  Command run = nullptr;  // of the command that was called
};

/// Declares every command to `app`; `line` must outlive it.
void declare(CLI::App& app, CommandLine& line);

}  // namespace heddle::cli
