// heddle info: what this build can do on this machine.

#include <thread>
#include <utility>

#include "heddle/heddle.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/report.hpp"

namespace heddle::cli {
namespace {

// Whether an operation can run on the CUDA path: asked of the library itself, with an empty matrix.
Status cuda_status() {
  ConstMatrixView nothing;
  nothing.type = DataType::f16;
  return best_mask(Exec::cuda(), nothing, {2, 4}, MaskView{});
}

}  // namespace

Result<Outcome> run_info(const Options& /*options*/) {
  Outcome outcome;
  outcome.json = {{"command", "info"}, {"version", HEDDLE_VERSION}};
  outcome.text =
      "heddle " HEDDLE_VERSION ", packed format " + std::to_string(kPackedFormatVersion) + "\n";
  outcome.json["packed_format"] = kPackedFormatVersion;

  std::string patterns;
  outcome.json["patterns"] = Json::array();
  for (const NamedPattern& named : registered_patterns()) {
    outcome.json["patterns"].push_back(
        {{"name", named.name}, {"pattern", to_string(named.pattern)}});
    patterns += (patterns.empty() ? "" : ", ") + named.name;
  }
  outcome.text += "patterns: " + patterns + "; any keep:group up to 32\n";

  std::string types;
  outcome.json["types"] = Json::array();
  for (const DataType type : {DataType::f32, DataType::f16, DataType::bf16, DataType::f8e4m3,
                              DataType::f8e5m2, DataType::i8}) {
    outcome.json["types"].push_back(to_string(type));
    types += (types.empty() ? "" : ", ") + std::string(to_string(type));
  }
  outcome.text += "types: " + types + "\n";

  const unsigned threads = std::thread::hardware_concurrency();
  outcome.json["cpu"] = {{"available", true}, {"threads", threads}};
  outcome.text += "cpu: available, " + count_words(threads, "hardware thread") + "\n";
  const Status cuda = cuda_status();
  outcome.json["cuda"] = {{"available", cuda.ok()}};
  if (!cuda.ok()) outcome.json["cuda"]["reason"] = cuda.message();
  outcome.text += "cuda: " + (cuda.ok() ? "available" : "not available, " + cuda.message()) + "\n";
  return outcome;
}

}  // namespace heddle::cli
