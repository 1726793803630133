// The command `heddle`: reads the command line, runs one command, prints what it has to say.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/options.hpp"
#include "host/cli/partial_file.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

constexpr int kExitError = 2;
constexpr char kShapeHelp[] =
    "The product, like m4096n16k4096:2:4:bf16, with the type of D and the order of B and D behind "
    "it where they are not the usual ones: m64n8k64:2:4:i8:f16:row";

using Command = Result<Outcome> (*)(const Options&);

// An object on one line. Names and paths may hold anything: what is not UTF-8 is replaced.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// One line on stderr whatever the message holds, and an object on stdout where --json asked.
int report_error(const std::string& code, std::string message, bool json) {
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  std::fprintf(stderr, "heddle: %s: %s\n", code.c_str(), message.c_str());
  if (json) {
    const Json error = {{"error", {{"code", code}, {"message", message}}}};
    std::fputs(dump(error).c_str(), stdout);
    std::fflush(stdout);
  }
  return kExitError;
}

int report_error(const Status& status, bool json) {
  return report_error(to_string(status.code()), status.message(), json);
}

int print(const Outcome& outcome, bool json) {
  const std::string text = json ? dump(outcome.json) : outcome.text;
  const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (!written) return report_error("io_error", "writing to standard output failed", false);
  return outcome.exit_code;
}

// Before or without a successful parse.
bool wants_json(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) return true;
  }
  return false;
}

void add_common(CLI::App& command, Options& options) {
  command.add_flag("--json", options.json, "Print one JSON object on stdout, nothing else");
}

void add_input(CLI::App& command, Options& options) {
  command.add_option("input", options.input, "The safetensors file to read")->required();
  command
      .add_option("--include", options.include,
                  "Only tensors whose name matches this regular expression anywhere, whatever "
                  "their size (repeatable)")
      ->allow_extra_args(false)
      ->type_name("REGEX");
  command
      .add_option("--exclude", options.exclude,
                  "Not the tensors whose name matches; stronger than --include (repeatable)")
      ->allow_extra_args(false)
      ->type_name("REGEX");
  command.add_option("--threads", options.threads, "Threads to use; 0 is one per hardware thread")
      ->type_name("N");
  add_common(command, options);
}

void add_output(CLI::App& command, Options& options) {
  command
      .add_option("-o,--output,output", options.output,
                  "The file to write; may be the input. Replaced at the end, in one step")
      ->required();
}

void add_pattern(CLI::App& command, std::string& pattern, const char* help) {
  command.add_option("--pattern", pattern, help)->type_name("KEEP:GROUP");
}

// The commands and their options. `run` gets the function of the one that was called.
void declare(CLI::App& app, Options& options, std::string& pattern, Command& run) {
  const auto command = [&](const char* name, const char* help, Command function) {
    CLI::App* const sub = app.add_subcommand(name, help);
    sub->callback([&run, function] { run = function; });
    return sub;
  };
  CLI::App* const prune = command("prune", "Prune the matrices of a file", run_prune);
  add_input(*prune, options);
  add_output(*prune, options);
  add_pattern(*prune, pattern, "Keep how many of every group (default 2:4)");

  CLI::App* const pack = command("pack", "Pack the matrices of a pruned file", run_pack);
  add_input(*pack, options);
  add_output(*pack, options);
  add_pattern(*pack, pattern, "The pattern they follow (default 2:4)");
  pack->add_flag("--prune", options.prune, "Prune them first instead of refusing violations");

  CLI::App* const unpack = command("unpack", "Make packed matrices dense again", run_unpack);
  add_input(*unpack, options);
  add_output(*unpack, options);

  CLI::App* const check =
      command("check", "Check the pattern; exit code 1 if it is violated", run_check);
  add_input(*check, options);
  add_pattern(*check, pattern, "The pattern (default 2:4; of a packed matrix, its own)");

  CLI::App* const inspect = command("inspect", "Show what is in a file", run_inspect);
  add_input(*inspect, options);
  add_pattern(*inspect, pattern, "The pattern (default 2:4; of a packed matrix, its own)");
  inspect->add_option("--tensor", options.tensor, "Only this tensor")->type_name("NAME");
  inspect->add_option("--image", options.image, "Draw the mask of --tensor: kept black")
      ->type_name("PNG");

  CLI::App* const bench = command("bench", "Check and time one product here", run_bench);
  bench->add_option("--shape", options.shape, kShapeHelp)->required()->type_name("SHAPE");
  bench->add_option("--exec", options.where, "cpu, cuda, or auto: cuda where it can run")
      ->check(CLI::IsMember({"cpu", "cuda", "auto"}))
      ->type_name("EXEC");
  bench
      ->add_option("--threads", options.threads, "Threads of the CPU; 0 is one per hardware thread")
      ->type_name("N");
  bench->add_option("--rounds", options.rounds, "How often to time it (default 11)")
      ->type_name("N");
  add_common(*bench, options);

  CLI::App* const info = command("info", "Show what this build can do here", run_info);
  add_common(*info, options);
}

Status resolve_pattern(const std::string& name, Options& options) {
  if (name.empty()) return {};
  const Result<Pattern> pattern = find_pattern(name);
  if (!pattern.ok()) return {pattern.status().code(), "--pattern: " + pattern.status().message()};
  options.pattern = *pattern;
  options.pattern_given = true;
  return {};
}

// What CLI11 found wrong, or the more helpful thing to say where the first word is no command.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error, int argc,
                          char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  std::string known;
  bool is_command = false;
  for (const CLI::App* const command : app.get_subcommands(nullptr)) {
    is_command = is_command || command->get_name() == first;
    known += (known.empty() ? "" : ", ") + command->get_name();
  }
  if (first.empty() || first[0] == '-' || is_command) {
    return std::string(error.what()) + "; see heddle --help";
  }
  return "command " + io::quote(first) + ": must be one of " + known;
}

int run_program(int argc, char** argv) {
  CLI::App app("Prunes, packs and checks N:M sparse weights in safetensors files.", "heddle");
  app.set_version_flag("--version", "heddle " HEDDLE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Matrices are the 2-D tensors of F32, F16, BF16, F8_E4M3, F8_E5M2 or I8, at least 32 x 32\n"
      "unless --include names them; everything else passes through untouched.\n"
      "Exit codes: 0 fine, 1 check found violations, 2 error.");
  Options options;
  std::string pattern;
  Command run = nullptr;
  declare(app, options, pattern, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return report_error("invalid_argument", usage_message(app, error, argc, argv),
                        wants_json(argc, argv));
  }
  if (const Status status = resolve_pattern(pattern, options); !status.ok()) {
    return report_error(status, options.json);
  }
  ignore_file_size_signal();
  const Result<Outcome> outcome = run(options);
  return outcome.ok() ? print(*outcome, options.json)
                      : report_error(outcome.status(), options.json);
}

}  // namespace
}  // namespace heddle::cli

int main(int argc, char** argv) {
  using namespace heddle::cli;
  try {
    return run_program(argc, argv);
  } catch (const std::bad_alloc&) {
    return report_error("out_of_memory", "not enough memory", wants_json(argc, argv));
  } catch (const std::exception& error) {
    return report_error("internal", error.what(), wants_json(argc, argv));
  }
}
