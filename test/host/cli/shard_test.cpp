// Commands on checkpoints of many files.

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/cli/shard_model.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

namespace fs = std::filesystem;

Ran run_ok(const std::vector<std::string>& arguments) {
  Ran run = heddle_run(arguments);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return run;
}

// The tensors of every shard are those of the file by itself.
TEST(Shards, EveryShardIsTheFileByItself) {
  const TempDir dir;
  const auto shards = five_shards();
  write_model(dir / "in", shards);
  run_ok({"prune", dir / "in", dir / "out"});
  EXPECT_EQ(contents(dir / "out").size(), 6u);
  for (int i = 0; i < 5; ++i) {
    const std::string shard = dir / ("out/" + shard_name(i, 5));
    for (const Tensor& tensor : shards[static_cast<std::size_t>(i)]) {
      const Tensor want = tensor.shape.size() == 2 ? pruned(tensor, 2, 4) : tensor;
      EXPECT_TRUE(read_tensor(shard, tensor.name).bytes == want.bytes) << tensor.name;
    }
    EXPECT_EQ(tensor_names(shard).size(), shards[static_cast<std::size_t>(i)].size());
    EXPECT_EQ(io::SafetensorsReader::open(shard)->metadata().at("format"), "pt");
  }
  // The index: as the input's, in bytes too, since pruning changes no name and no size.
  const auto index = nlohmann::json::parse(read_file(dir / (std::string("out/") + kIndexName)));
  EXPECT_EQ(index, nlohmann::json::parse(read_file(dir / (std::string("in/") + kIndexName))));
}

TEST(Shards, PackWritesARightIndexAndKeysInEachShard) {
  const TempDir dir;
  write_model(dir / "in", five_shards());
  run_ok({"pack", "--prune", dir / ("in/" + std::string(kIndexName)), dir / "out"});
  const auto index = nlohmann::json::parse(read_file(dir / (std::string("out/") + kIndexName)));
  std::size_t total = 0, tensors = 0;
  for (int i = 0; i < 5; ++i) {
    const auto shard = io::SafetensorsReader::open(dir / ("out/" + shard_name(i, 5)));
    ASSERT_TRUE(shard.ok());
    EXPECT_EQ(shard->metadata().at("heddle.format_version"), "1");
    for (const io::TensorInfo& tensor : shard->tensors()) {
      total += tensor.bytes;
      ++tensors;
      EXPECT_EQ(index["weight_map"][tensor.name], shard_name(i, 5)) << tensor.name;
      const std::string suffix = ".values";
      if (tensor.name.size() < suffix.size() ||
          tensor.name.substr(tensor.name.size() - suffix.size()) != suffix) {
        continue;
      }
      const std::string name = tensor.name.substr(0, tensor.name.size() - suffix.size());
      EXPECT_EQ(shard->metadata().at("heddle." + name + ".pattern"), "2:4");
    }
  }
  EXPECT_EQ(index["weight_map"].size(), tensors);
  EXPECT_EQ(index["metadata"]["total_size"], total);
}

TEST(Shards, PruneCheckPackCheckUnpackInspectReport) {
  const TempDir dir;
  write_model(dir / "in", five_shards());
  EXPECT_EQ(heddle_run({"check", dir / "in"}).exit_code, 1);
  run_ok({"prune", dir / "in", dir / "pruned"});
  EXPECT_EQ(run_ok({"check", dir / "pruned", "--json"}).json()["tensors"].size(), 14u);
  run_ok({"pack", dir / "pruned", dir / "packed"});
  EXPECT_EQ(run_ok({"check", dir / "packed", "--json"}).json()["tensors"].size(), 14u);
  EXPECT_EQ(run_ok({"inspect", dir / "packed", "--json"}).json()["tensors"].size(), 19u);
  run_ok({"report", dir / "packed", dir / "page.html"});
  run_ok({"unpack", dir / "packed", dir / "unpacked"});
  for (int i = 0; i < 5; ++i) {
    for (const std::string& name : tensor_names(dir / ("pruned/" + shard_name(i, 5)))) {
      EXPECT_TRUE(read_tensor(dir / ("unpacked/" + shard_name(i, 5)), name).bytes ==
                  read_tensor(dir / ("pruned/" + shard_name(i, 5)), name).bytes)
          << name;
    }
  }
  EXPECT_EQ(read_file(dir / (std::string("unpacked/") + kIndexName)),
            read_file(dir / (std::string("pruned/") + kIndexName)));
}

TEST(Shards, WorkersTogetherAreOneRun) {
  const TempDir dir;
  write_model(dir / "in", five_shards());
  run_ok({"pack", "--prune", dir / "in", dir / "one"});
  for (const int n : {1, 2, 3, 5, 7}) {
    const std::string out = dir / ("out" + std::to_string(n));
    std::set<std::string> seen;
    for (int i = n; i >= 1; --i) {
      const std::string shard = std::to_string(i) + "/" + std::to_string(n);
      const auto json =
          run_ok({"pack", "--prune", dir / "in", out, "--shard", shard, "--json"}).json();
      for (const auto& entry : json["shards"]) {
        EXPECT_TRUE(seen.insert(entry["file"]).second) << "two workers have " << entry["file"];
      }
      EXPECT_EQ(json["index"].is_null(), seen.size() < 5) << "the last one writes the index";
    }
    expect_same_folder(out, dir / "one");
  }
}

// Files of one to nine units by three workers.
TEST(Shards, WorkIsBalancedByBytes) {
  const TempDir dir;
  std::vector<std::vector<Tensor>> shards;
  for (int i = 1; i <= 9; ++i) {
    shards.push_back({random_tensor("w" + std::to_string(i), "F32", {32 * i, 64})});
  }
  write_model(dir / "in", shards);
  std::vector<double> bytes;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    const auto json = run_ok({"prune", dir / "in", dir / "out", "--shard", shard, "--json"}).json();
    double sum = 0;
    for (const auto& entry : json["shards"]) {
      sum += static_cast<double>(fs::file_size(dir / ("in/" + entry["file"].get<std::string>())));
    }
    bytes.push_back(sum);
  }
  // 45 units in all: 16, 15 and 14.
  for (const double sum : bytes) EXPECT_NEAR(sum / (15 * 32 * 64 * 4), 1.0, 0.08);
}

TEST(Shards, CompleteShardsAreLeftAlone) {
  const TempDir dir;
  write_model(dir / "in", five_shards());
  run_ok({"prune", dir / "in", dir / "out"});
  const auto before = contents(dir / "out");
  const auto inode = [&](int i) { return fs::last_write_time(dir / ("out/" + shard_name(i, 5))); };
  const auto time = inode(0);
  const auto states = [](const nlohmann::json& json) {
    std::vector<std::string> list;
    for (const auto& entry : json["shards"]) list.push_back(entry["state"]);
    return list;
  };
  const std::string done = "already complete", fresh = "written";
  EXPECT_EQ(states(run_ok({"prune", dir / "in", dir / "out", "--json"}).json()),
            std::vector<std::string>(5, done));
  EXPECT_EQ(inode(0), time);
  // Another recipe, another input: not the same any more.
  EXPECT_EQ(states(run_ok({"prune", dir / "in", dir / "out", "--json", "--pattern", "1:4"}).json()),
            std::vector<std::string>(5, fresh));
  EXPECT_EQ(
      states(run_ok({"prune", dir / "in", dir / "out", "--json", "--exclude", "layer4.0"}).json()),
      std::vector<std::string>(5, fresh));
  EXPECT_EQ(states(run_ok({"prune", dir / "in", dir / "out", "--json"}).json()),
            std::vector<std::string>(5, fresh));
  EXPECT_TRUE(contents(dir / "out") == before);
  std::string bytes = read_file(dir / ("in/" + shard_name(2, 5)));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file(dir / ("in/" + shard_name(2, 5)), bytes);
  EXPECT_EQ(states(run_ok({"prune", dir / "in", dir / "out", "--json"}).json()),
            (std::vector<std::string>{done, done, fresh, done, done}));
  // An output that is cut short or something else is made again.
  write_file(dir / ("out/" + shard_name(1, 5)), before.at(shard_name(1, 5)).substr(0, 1000));
  write_file(dir / ("out/" + shard_name(3, 5)), before.at(shard_name(4, 5)));
  EXPECT_EQ(states(run_ok({"prune", dir / "in", dir / "out", "--json"}).json()),
            (std::vector<std::string>{done, fresh, done, fresh, done}));
  EXPECT_EQ(contents(dir / "out").at(shard_name(1, 5)), before.at(shard_name(1, 5)));
}

TEST(Shards, NoIndexBeforeEveryShardIsThere) {
  const TempDir dir;
  write_model(dir / "in", five_shards());
  run_ok({"prune", dir / "in", dir / "out"});
  EXPECT_TRUE(fs::exists(dir / (std::string("out/") + kIndexName)));
  run_ok({"prune", dir / "in", dir / "out", "--pattern", "1:4", "--shard", "1/5"});
  EXPECT_FALSE(fs::exists(dir / (std::string("out/") + kIndexName)))
      << "shards of two recipes are no checkpoint";
}

TEST(Shards, ScoresAndPermutationsSpanShards) {
  const TempDir dir;
  const Tensor fc1 = random_tensor("fc1.weight", "I8", {64, 64});
  const Tensor fc2 = random_tensor("fc2.weight", "I8", {64, 64});
  write_model(dir / "in", {{fc1}, {fc2}});
  write_tensors(dir / "whole", {fc1, fc2});
  Tensor norms{"fc2.norms", "I8", {64}, std::string(64, '\1')};
  norms.bytes[3] = '\7';
  write_tensors(dir / "scores", {norms});
  const std::vector<std::string> how = {
      "--permute", "fc2.weight <- fc1.weight", "--budget", "0", "--score", dir / "scores"};
  const auto prune = [&](const std::string& in, const std::string& out) {
    std::vector<std::string> arguments = {"prune", in, out};
    arguments.insert(arguments.end(), how.begin(), how.end());
    run_ok(arguments);
  };
  prune(dir / "in", dir / "out");
  prune(dir / "whole", dir / "one");
  EXPECT_TRUE(read_tensor(dir / ("out/" + shard_name(0, 2)), "fc1.weight").bytes ==
              read_tensor(dir / "one", "fc1.weight").bytes);
  EXPECT_TRUE(read_tensor(dir / ("out/" + shard_name(1, 2)), "fc2.weight").bytes ==
              read_tensor(dir / "one", "fc2.weight").bytes);
  const Ran refused =
      heddle_run({"prune", dir / "in", dir / "out", "--permute", "fc2.weight <- fc1.weight"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("--budget 0"), std::string::npos) << refused.err;
}

TEST(Shards, WhatIsRefused) {
  const TempDir dir;
  write_model(dir / "in", five_shards());
  write_file(dir / "file", "precious");
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& words) {
    const Ran run = heddle_run(arguments);
    EXPECT_EQ(run.exit_code, 2) << words;
    EXPECT_NE(run.err.find(words), std::string::npos) << run.err;
  };
  refused({"prune", dir / "in", dir / "in"}, "is the folder of the input");
  refused({"prune", dir / "in", dir / "file"}, "must be a folder");
  refused({"prune", dir / "in", dir / "new.index.json"}, "must be a folder");
  for (const char* shard : {"0/3", "4/3", "1", "1/0", "a/b", "1/3x", "-1/3", "1/", "/2"}) {
    refused({"prune", dir / "in", dir / "out", std::string("--shard=") + shard}, "--shard");
  }
  fs::create_directory(dir / "links");
  fs::create_symlink(dir / ("in/" + shard_name(1, 5)), dir / ("links/" + shard_name(1, 5)));
  refused({"prune", dir / "in", dir / "links"}, "is a file of the input");
  refused({"prune", dir / "in", dir / "out", "--include", "nothing"}, "matches no tensor");
  EXPECT_EQ(read_file(dir / "file"), "precious");
}

TEST(Shards, AFolderWithOneFile) {
  const TempDir dir;
  fs::create_directory(dir / "in");
  write_tensors(dir / "in/model.safetensors", {random_tensor("w", "F16", {64, 64})});
  run_ok({"prune", dir / "in", dir / "out"});
  run_ok({"prune", dir / "in/model.safetensors", dir / "one"});
  EXPECT_EQ(read_file(dir / "out/model.safetensors"), read_file(dir / "one"));
  EXPECT_EQ(run_ok({"prune", dir / "in", dir / "two", "--shard", "2/2", "--json"})
                .json()["tensors"]
                .size(),
            0u);
  EXPECT_EQ(contents(dir / "two").size(), 0u);
}

}  // namespace
}  // namespace heddle::test
