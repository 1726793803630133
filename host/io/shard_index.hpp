#pragma once
// The files of a checkpoint: which they are, and the index that says which tensor is in which.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/status.hpp"

namespace heddle::io {

/// An index is read whole; published ones take some hundred bytes per tensor.
inline constexpr std::size_t kMaxIndexBytes = 100'000'000;
/// Every shard is a mapping, of which Linux gives a process 65530.
inline constexpr std::size_t kMaxShards = 16384;

/// {"metadata": {"total_size": N, ...}, "weight_map": {TENSOR: FILE, ...}}
struct ShardIndex {
  std::vector<std::string> files;              ///< ascending
  std::map<std::string, std::size_t> tensors;  ///< name -> its place in `files`
  std::int64_t total_bytes = -1;               ///< total_size; -1 if there is none
};

/// The text of an index. `corrupt` names what is wrong: no JSON object, a name given twice, a
/// weight_map that is missing or empty, a file name that check_shard_name refuses. Other keys are
/// passed over.
Result<ShardIndex> parse_index(std::string_view text);

/// The text of the index of these tensors; ends with a newline. The same tensors give the same
/// bytes.
std::string format_index(const std::map<std::string, std::string>& file_of_tensor,
                         std::uint64_t total_bytes);

/// A shard lies in the folder of its index: its name has no separators, is not hidden, ends with
/// .safetensors and has at most 255 bytes of printable UTF-8. `corrupt` otherwise.
Status check_shard_name(const std::string& name);

/// The files that a path leads to.
struct CheckpointFiles {
  std::string folder;              ///< where they lie; "." for a bare file name
  bool is_folder = false;          ///< the path was a folder
  std::string index_name;          ///< in it; empty for a single file
  ShardIndex index;                ///< empty for a single file
  std::vector<std::string> names;  ///< in the folder, ascending
};

/// What Checkpoint::open finds at `path`; no shard is opened yet.
Result<CheckpointFiles> find_checkpoint(const std::string& path);

/// folder/name
std::string path_in(const std::string& folder, const std::string& name);

}  // namespace heddle::io
