// Arbitrary bytes as the index of a checkpoint of many files.

#include <string>

#include "host/io/shard_index.hpp"
#include "test/fuzz/input.hpp"

using namespace heddle;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto index = io::parse_index(text);
  if (!index.ok()) {
    require(!index.status().message().empty(), "a failure says why");
    return 0;
  }
  std::map<std::string, std::string> files;
  for (const auto& [name, file] : index->tensors) {
    require(file < index->files.size(), "a tensor lies in a file of the index");
    // No way out of the folder.
    require(index->files[file].find('/') == std::string::npos, "a shard's name is no path");
    require(io::check_shard_name(index->files[file]).ok(), "a shard's name is one");
    files[name] = index->files[file];
  }
  const auto again = io::parse_index(io::format_index(files, 1));
  require(again.ok() && again->tensors.size() == index->tensors.size(), "an index reads back");
  return 0;
}
