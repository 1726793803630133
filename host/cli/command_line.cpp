#include "host/cli/command_line.hpp"

#include "host/cli/interchange_options.hpp"

namespace heddle::cli {
namespace {

constexpr char kShapeHelp[] =
    "The product, like m4096n16k4096:2:4:bf16, with the type of D and the order of B and D behind "
    "it where they are not the usual ones: m64n8k64:2:4:i8:f16:row";
constexpr char kOutputHelp[] =
    "The file to write; may be the input. Replaced at the end, in one step. For an index or a "
    "folder: the folder to write, another one";
constexpr char kPermuteHelp[] =
    "Which tensors share channels, 'fc2.weight <- fc1.weight, fc1.bias' (those that read them <- "
    "those that make them), or a .json file of such; finds their best order and writes the "
    "network in it (repeatable)";

void add_common(CLI::App& command, Options& options) {
  command.add_flag("--json", options.json, "Print one JSON object on stdout, nothing else");
}

void add_threads(CLI::App& command, Options& options, const char* help) {
  command.add_option("--threads", options.threads, help)->type_name("N");
}

void add_input(CLI::App& command, Options& options) {
  command
      .add_option("input", options.input,
                  "The safetensors file, index (.index.json) or folder to read")
      ->required();
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
  add_threads(command, options, "Threads to use; 0 is one per hardware thread");
  add_common(command, options);
}

void add_output(CLI::App& command, Options& options, const char* help) {
  command.add_option("-o,--output,output", options.output, help)->required();
}

void add_shard(CLI::App& command, Options& options) {
  command
      .add_option(
          "--shard", options.shard,
          "Only the files of worker i of n, 1/n to n/n: they share the work of a checkpoint")
      ->type_name("i/n");
}

void add_pattern(CLI::App& command, CommandLine& line, const char* help) {
  command.add_option("--pattern", line.pattern, help)->type_name("KEEP:GROUP");
}

void add_method(CLI::App& command, CommandLine& line) {
  command
      .add_option("--method", line.method,
                  "How masks are made: 2:4, m4n2_2d_best, tile-exact-2:4, tile-at-most-2:4, "
                  "tile-greedy-2:4, a plugin's ...")
      ->type_name("NAME");
  command.add_flag("--transposable", line.options.transposable,
                   "Masks that follow the pattern along rows and columns: short for --method "
                   "tile-exact-KEEP:GROUP");
  command
      .add_option("--plugin", line.options.plugins,
                  "A shared object that adds methods (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE.so");
}

void add_search(CLI::App& command, Options& options) {
  command
      .add_option("--budget", options.budget,
                  "Seconds of each search for an order of channels (default 10); 0 searches until "
                  "nothing better is found, with the same result everywhere")
      ->check(CLI::NonNegativeNumber)
      ->type_name("SECONDS");
  command.add_option("--seed", options.seed, "Seed of the searches (default 0)")->type_name("N");
}

void declare_prune(CLI::App& prune, CommandLine& line) {
  Options& options = line.options;
  add_input(prune, options);
  add_output(prune, options, kOutputHelp);
  add_shard(prune, options);
  add_pattern(prune, line, "Keep how many of every group (default 2:4): the short --method");
  add_method(prune, line);
  prune
      .add_option("--score", options.score,
                  "Rank by the tensors of this file: scores under a weight's own name, norms of "
                  "its input channels under NAME.norms")
      ->type_name("FILE");
  prune.add_option("--permute", options.permute, kPermuteHelp)
      ->allow_extra_args(false)
      ->type_name("WIRING");
  add_search(prune, options);
}

void declare_inspect(CLI::App& inspect, CommandLine& line) {
  Options& options = line.options;
  add_input(inspect, options);
  add_shard(inspect, options);
  add_pattern(inspect, line, "The pattern (default 2:4; of a packed matrix, its own)");
  add_method(inspect, line);
  inspect.add_flag("--permutation", options.permutation,
                   "Also search for the order of input channels that keeps the most");
  add_search(inspect, options);
  inspect.add_option("--tensor", options.tensor, "Only this tensor")->type_name("NAME");
  inspect.add_option("--image", options.image, "Draw the mask of --tensor by --method: kept black")
      ->type_name("PNG");
}

void declare_report(CLI::App& report, CommandLine& line) {
  Options& options = line.options;
  add_input(report, options);
  add_output(report, options, "The HTML page to write. Replaced at the end, in one step");
  add_pattern(report, line, "The pattern (default 2:4)");
  add_method(report, line);
  report.add_flag("--permutation", options.permutation,
                  "Also search for the order of input channels that keeps the most");
  add_search(report, options);
}

void declare_bench(CLI::App& bench, Options& options) {
  bench.add_option("--shape", options.shape, kShapeHelp)->required()->type_name("SHAPE");
  bench.add_option("--exec", options.where, "cpu, cuda, or auto: cuda where it can run")
      ->check(CLI::IsMember({"cpu", "cuda", "auto"}))
      ->type_name("EXEC");
  add_threads(bench, options, "Threads of the CPU; 0 is one per hardware thread");
  bench.add_option("--rounds", options.rounds, "How often to time it (default 11)")->type_name("N");
  add_common(bench, options);
}

}  // namespace

void declare(CLI::App& app, CommandLine& line) {
  Options& options = line.options;
  const auto command = [&](const char* name, const char* help, Command function) {
    CLI::App* const sub = app.add_subcommand(name, help);
    sub->callback([&line, function] { line.run = function; });
    return sub;
  };
  declare_prune(*command("prune", "Prune the weights of a file", run_prune), line);

  CLI::App* const pack = command("pack", "Pack the matrices of a pruned file", run_pack);
  add_input(*pack, options);
  add_output(*pack, options, kOutputHelp);
  add_shard(*pack, options);
  add_pattern(*pack, line, "The pattern they follow (default 2:4)");
  pack->add_flag("--prune", options.prune, "Prune them first instead of refusing violations");
  declare_import(*pack, options);

  CLI::App* const unpack = command("unpack", "Make packed matrices dense again", run_unpack);
  add_input(*unpack, options);
  add_output(*unpack, options, kOutputHelp);
  add_shard(*unpack, options);
  declare_export(*unpack, options);

  CLI::App* const slice = command("slice", "Cut packed matrices for tensor parallelism", run_slice);
  add_input(*slice, options);
  add_output(*slice, options,
             "The file to write; may be the input. Replaced at the end, in one step");
  declare_slice(*slice, options);

  CLI::App* const check =
      command("check", "Check the pattern; exit code 1 if it is violated", run_check);
  add_input(*check, options);
  add_shard(*check, options);
  add_pattern(*check, line, "The pattern (default 2:4; of a packed matrix, its own)");
  check->add_flag("--transposable", options.transposable, "Along columns too");

  declare_inspect(*command("inspect", "Show what is in a file", run_inspect), line);
  declare_report(*command("report", "Write a page about a file", run_report), line);
  declare_bench(*command("bench", "Check and time one product here", run_bench), options);
  add_common(*command("info", "Show what this build can do here", run_info), options);
}

}  // namespace heddle::cli
