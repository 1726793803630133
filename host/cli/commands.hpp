#pragma once
// The commands. Each is in the file of its name and prints nothing itself.

#include <nlohmann/json.hpp>
#include <string>

#include "heddle/status.hpp"
#include "host/cli/options.hpp"

namespace heddle::cli {

using Json = nlohmann::ordered_json;

/// What a command that ran has to say: the same thing for people and for programs.
struct Outcome {
  std::string text;   // whole lines
  Json json;          // one object
  int exit_code = 0;  // 0, or 1 where `check` found violations
};

Result<Outcome> run_prune(const Options& options);
Result<Outcome> run_pack(const Options& options);
Result<Outcome> run_unpack(const Options& options);
Result<Outcome> run_check(const Options& options);
Result<Outcome> run_inspect(const Options& options);
Result<Outcome> run_report(const Options& options);
Result<Outcome> run_info(const Options& options);
Result<Outcome> run_bench(const Options& options);

}  // namespace heddle::cli
