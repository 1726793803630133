// The command `heddle`: reads the command line, runs one command, prints what it has to say.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "heddle/heddle.hpp"
#include "host/cli/command_line.hpp"
#include "host/cli/method_choice.hpp"
#include "host/cli/partial_file.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

constexpr int kExitError = 2;
constexpr char kPermuteNeeds[] =
    "--permute: needs WIRING: a file does not say which tensors share channels, and reordering "
    "some "
    "of them without the others breaks the network; see docs/command.md";

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
  const std::string words = error.what();
  if (words.rfind("--permute:", 0) == 0) return kPermuteNeeds;
  if (first.empty() || first[0] == '-' || is_command) {
    return words + "; see heddle --help";
  }
  return "command " + io::quote(first) + ": must be one of " + known;
}

int run_program(int argc, char** argv) {
  CLI::App app("Prunes, packs and checks N:M sparse weights in safetensors files.", "heddle");
  app.set_version_flag("--version", "heddle " HEDDLE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Weights are the tensors of F32, F16, BF16, F8_E4M3, F8_E5M2 or I8: matrices [K, C] and\n"
      "convolutions [K, C, taps ...], at least 32 x 32 with at most 31 taps a dimension unless\n"
      "--include names them. pack takes matrices alone. Everything else passes through untouched.\n"
      "Exit codes: 0 fine, 1 check found violations, 2 error.");
  CommandLine line;
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return report_error("invalid_argument", usage_message(app, error, argc, argv),
                        wants_json(argc, argv));
  }
  const bool json = line.options.json;
  if (const Status status = choose_method(line.pattern, line.method, line.options); !status.ok()) {
    return report_error(status, json);
  }
  ignore_file_size_signal();
  const Result<Outcome> outcome = line.run(line.options);
  return outcome.ok() ? print(*outcome, json) : report_error(outcome.status(), json);
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
