#pragma once
// Checkpoints of several files for the tests.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {

inline constexpr char kIndexName[] = "model.safetensors.index.json";

inline std::string shard_name(int i, int n) {
  return "model-" + std::to_string(i + 1) + "-of-" + std::to_string(n) + ".safetensors";
}

/// Writes the shards and their index into `folder`.
inline void write_model(const std::string& folder, const std::vector<std::vector<Tensor>>& shards,
                        const io::Metadata& metadata = {{"format", "pt"}}) {
  std::filesystem::create_directories(folder);
  nlohmann::json index = {{"metadata", {{"total_size", 0}}}};
  std::size_t total = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string name = shard_name(static_cast<int>(i), static_cast<int>(shards.size()));
    write_tensors(folder + "/" + name, shards[i], metadata);
    for (const Tensor& tensor : shards[i]) {
      index["weight_map"][tensor.name] = name;
      total += tensor.bytes.size();
    }
  }
  index["metadata"]["total_size"] = total;
  write_file(folder + "/" + kIndexName, index.dump(2));
}

/// Five shards of different sizes, 14 matrices, a bias in each.
inline std::vector<std::vector<Tensor>> five_shards() {
  std::vector<std::vector<Tensor>> shards(5);
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 2 + i % 3; ++j) {
      shards[static_cast<std::size_t>(i)].push_back(
          random_tensor("layer" + std::to_string(i) + "." + std::to_string(j) + ".weight", "F16",
                        {64, 96 + 32 * i}));
    }
    shards[static_cast<std::size_t>(i)].push_back(
        random_tensor("layer" + std::to_string(i) + ".bias", "F32", {7}));
  }
  return shards;
}

/// Every file of a folder with its bytes.
inline std::map<std::string, std::string> contents(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename().string()] = read_file(entry.path().string());
  }
  return files;
}

/// The same files with the same bytes; says which differ.
inline void expect_same_folder(const std::string& got, const std::string& want) {
  const auto have = contents(got), expected = contents(want);
  for (const auto& [name, bytes] : expected) {
    const auto found = have.find(name);
    ASSERT_NE(found, have.end()) << name << " is missing in " << got;
    EXPECT_TRUE(found->second == bytes) << name << " differs";
  }
  for (const auto& [name, bytes] : have) EXPECT_EQ(expected.count(name), 1u) << name << " is extra";
}

}  // namespace heddle::test
