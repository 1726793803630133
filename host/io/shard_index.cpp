#include "host/io/shard_index.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "host/io/index_sax.hpp"
#include "host/io/text.hpp"

namespace heddle::io {
namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::string_view kShardSuffix = ".safetensors";

Status corrupt(std::string message) { return {StatusCode::corrupt, std::move(message)}; }

}  // namespace

Status check_shard_name(const std::string& name) {
  const auto refuse = [&](const char* wanted) {
    return corrupt("file name " + quote(name) + ": must " + wanted);
  };
  if (name.find_first_of("/\\") != std::string::npos) {
    return refuse("name a file in the folder of the index, without / and \\");
  }
  if (name.empty() || name.front() == '.') return refuse("not be empty or begin with a dot");
  if (name.size() > kMaxNameBytes) return refuse("have at most 255 bytes");
  if (name.size() <= kShardSuffix.size() ||
      name.compare(name.size() - kShardSuffix.size(), kShardSuffix.size(), kShardSuffix) != 0) {
    return refuse("end with .safetensors");
  }
  if (printable(name) != name) return refuse("be printable UTF-8");
  return {};
}

Result<ShardIndex> parse_index(std::string_view text) {
  // The JSON parser takes a zero byte for the end of its input and would not see what follows.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    return corrupt("byte " + std::to_string(zero) + " is zero");
  }
  IndexSax sax;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &sax)) return sax.status();
  if (sax.weight_map().empty()) return corrupt("weight_map: is missing or empty");

  ShardIndex index;
  index.total_bytes = sax.total_bytes();
  std::map<std::string, std::size_t> places;  // file name -> its place
  for (const auto& [tensor, file] : sax.weight_map()) places.emplace(file, 0);
  if (places.size() > kMaxShards) {
    return corrupt("weight_map: " + std::to_string(places.size()) + " files, at most " +
                   std::to_string(kMaxShards) + " are allowed");
  }
  for (auto& [file, place] : places) {
    if (Status s = check_shard_name(file); !s.ok()) return corrupt("weight_map: " + s.message());
    place = index.files.size();
    index.files.push_back(file);
  }
  for (const auto& [tensor, file] : sax.weight_map()) index.tensors[tensor] = places.at(file);
  return index;
}

std::string format_index(const std::map<std::string, std::string>& file_of_tensor,
                         std::uint64_t total_bytes) {
  // Word by word: the destructor of a json object allocates, and ends the program where it cannot.
  std::string map;
  for (const auto& [tensor, file] : file_of_tensor) {
    map += (map.empty() ? "\n    " : ",\n    ") + nlohmann::json(tensor).dump() + ": " +
           nlohmann::json(file).dump();
  }
  if (!map.empty()) map += "\n  ";
  return "{\n  \"metadata\": {\n    \"total_size\": " + std::to_string(total_bytes) +
         "\n  },\n  \"weight_map\": {" + map + "}\n}\n";
}

std::string path_in(const std::string& folder, const std::string& name) {
  return folder + (folder.empty() || folder.back() == '/' ? "" : "/") + name;
}

}  // namespace heddle::io
