#pragma once
// A checkpoint of many files as input and output: who writes which shard, what is done already, and
// the index. docs/checkpoints.md says what a user can rely on.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/status.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/options.hpp"
#include "host/cli/partial_file.hpp"
#include "host/cli/selection.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/shard_digest.hpp"

namespace heddle::cli {

/// The files of one worker, ascending: all of them without --shard. invalid_argument if --shard is
/// not i/n with 1 <= i <= n.
Result<std::vector<std::size_t>> shard_work(const std::string& shard,
                                            const io::SafetensorsReader& reader);

/// The part of a selection that lies in these files.
Selection restrict_to(const Selection& selection, const io::SafetensorsReader& reader,
                      const std::vector<std::size_t>& files);

/// Drops a tensor's pages from memory when it goes out of scope.
class Released {
 public:
  Released(const io::SafetensorsReader& reader, const io::TensorInfo& tensor)
      : reader_(reader), tensor_(tensor) {}
  ~Released() { reader_.release(tensor_); }
  Released(const Released&) = delete;
  Released& operator=(const Released&) = delete;

 private:
  const io::SafetensorsReader& reader_;
  const io::TensorInfo& tensor_;
};

/// What becomes of one file of the input: the output's tensors, in the order in which they will be
/// written, and its metadata.
struct FilePlan {
  std::vector<io::TensorInfo> tensors;
  io::Metadata metadata;
};

/// A plan per file of the input, with its metadata and no tensors yet.
std::vector<FilePlan> start_plans(const io::SafetensorsReader& reader);

/// Everything but the input that decides what a run writes.
class Recipe {
 public:
  /// With the name of the command, the version of the library and the options of every command.
  Recipe(const char* command, const Options& options);

  void add(std::string_view text) { digest_.add_text(text); }
  /// The contents of every file of a checkpoint: scores.
  Status add_contents(const std::string& path);
  std::string text() const { return command_ + " " + digest_.text(); }

 private:
  std::string command_;
  io::Digest digest_;
};

/// The files that a command writes from those of the input: one file, or in a folder the shards of
/// the same names and at last the index.
class ShardedOutput {
 public:
  /// Checks output path and --shard; makes the folder.
  static Result<ShardedOutput> make(const Options& options, const io::SafetensorsReader& reader,
                                    std::vector<FilePlan> plans, Recipe recipe);

  /// The input's files that are this worker's.
  const std::vector<std::size_t>& work() const { return work_; }
  /// Those of them that begin() found to do.
  const std::vector<std::size_t>& written() const { return written_; }

  /// Opens the output of an input's file; false if it is complete already, from the same input by
  /// the same recipe.
  Result<bool> begin(std::size_t file);
  io::SafetensorsWriter& writer() { return *writer_; }
  /// The input's tensor is not needed any more. To be called for all of a file, in file order.
  void done_with(const io::TensorInfo& tensor);
  /// Finishes the file that begin() opened.
  Status end();
  /// Writes the index if every shard of every worker is complete.
  Status finish();

  /// Adds what became of the shards; nothing if the output is one file.
  void describe(Outcome& outcome) const;

 private:
  ShardedOutput(const Options& options, const io::SafetensorsReader& reader)
      : options_(&options), reader_(&reader) {}

  bool sharded() const;
  Status prepare_folder();
  std::string path_of(std::size_t file) const;
  io::Metadata metadata_of(std::size_t file, const std::string& source) const;
  std::optional<std::string> source_if_complete(std::size_t file) const;
  std::string digest_of_input(std::size_t file) const;
  void add_header(std::size_t file, io::Digest& digest) const;

  const Options* options_;
  const io::SafetensorsReader* reader_;
  std::vector<FilePlan> plans_;
  std::string recipe_;
  std::string output_folder_;  // empty: the output is one file at options_->output
  std::vector<std::size_t> work_, written_;
  bool index_written_ = false;
  std::size_t complete_ = 0;  // of all shards, at the end
  bool touched_ = false;      // an old index is gone

  std::optional<io::SafetensorsWriter> writer_;
  std::unique_ptr<PartialFile> partial_;
  std::size_t file_ = 0;  // that is being written
  io::Digest digest_;     // of its input so far
};

}  // namespace heddle::cli
