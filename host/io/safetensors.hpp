#pragma once
// Reading and writing safetensors files: 8 bytes of little-endian header length, a JSON header,
// then the tensors' bytes without holes.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "heddle/status.hpp"

namespace heddle::io {

/// One tensor of a file. `dtype` is the file's own word ("F32", "BF16", "I64", ...): a dtype the
/// library cannot compute with still passes through.
struct TensorInfo {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::size_t bytes = 0;
};

/// The __metadata__ of a file.
using Metadata = std::map<std::string, std::string>;

/// What a run over shards notes in the metadata of each that it writes (docs/checkpoints.md).
inline constexpr char kRecipeKey[] = "heddle.recipe";
inline constexpr char kSourceKey[] = "heddle.source";

/// One of the files of a reader.
struct ShardFile {
  std::string name;  ///< in its folder
  std::string path;
  Metadata metadata;
  std::size_t bytes = 0;         ///< of the whole file
  std::size_t first = 0;         ///< its first tensor, in the reader's tensors() ...
  std::size_t count = 0;         ///< ... and how many it has
  std::size_t header_bytes = 0;  ///< before the first tensor's data
};

struct CheckpointFiles;

/// A safetensors file, or the shards of a checkpoint as one, memory-mapped read only; tensors stay
/// on disk until touched. Movable; a moved-from reader may only be assigned to or destroyed. Reads
/// are thread-safe. As with every mapping, a file that another process truncates while it is read
/// raises SIGBUS; replacing it (as SafetensorsWriter does) is harmless.
class SafetensorsReader {
 public:
  /// Maps and validates `path`: io_error where the system refuses, `corrupt` with the place named
  /// where the file breaks the format.
  static Result<SafetensorsReader> open(const std::string& path);

  /// One file, an index with its shards, or a folder with either (find_checkpoint). `corrupt` also
  /// where the index and the shards contradict each other: a tensor that is not in the file that
  /// the weight_map names, one that the weight_map lacks, one in two files.
  static Result<SafetensorsReader> open_checkpoint(const std::string& path);

  /// The same over the bytes of a file in memory, which must outlive the reader.
  static Result<SafetensorsReader> from_memory(const void* data, std::size_t bytes);

  SafetensorsReader(SafetensorsReader&&) noexcept;
  SafetensorsReader& operator=(SafetensorsReader&&) noexcept;
  ~SafetensorsReader();

  const std::vector<TensorInfo>& tensors() const;  ///< file by file, in offset order
  /// The __metadata__ entries; of a key that several files have, the first file's.
  const Metadata& metadata() const;
  const TensorInfo* find(const std::string& name) const;  ///< null if absent
  /// Its bytes, any alignment; null for a tensor that the file does not hold in this size.
  const void* data(const TensorInfo& tensor) const;
  /// Drops pages from memory, those of the tensor or of its bytes [offset, offset + bytes); the
  /// next touch reads them again.
  void release(const TensorInfo& tensor) const { release(tensor, 0, tensor.bytes); }
  void release(const TensorInfo& tensor, std::size_t offset, std::size_t bytes) const;

  const std::vector<ShardFile>& files() const;
  /// Where in files() the tensor is; their number for one that no file holds.
  std::size_t file_of(const TensorInfo& tensor) const;
  /// The first header_bytes of a file.
  const void* header(std::size_t file) const;
  /// What open_checkpoint found; empty after open and from_memory.
  const CheckpointFiles& layout() const;

 private:
  struct Impl;
  explicit SafetensorsReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Writes a file beside `path` and renames it on `finish`: until then, and after any failure,
/// `path` is untouched and the partial file removed. Movable; not for use from two threads at once.
///
/// The tensors are laid out in the order of the format's reference writer (descending alignment of
/// the dtype, then name), whatever the order they are declared and written in: every tensor lies
/// aligned to its element size from the start of the file.
class SafetensorsWriter {
 public:
  /// Declares every tensor (`bytes` is derived; if not 0 it is checked) and the metadata, reserves
  /// the disk space and writes the header. invalid_argument for names or metadata that are not
  /// UTF-8, duplicate names, dtypes or shapes no file can hold, a path that is no regular file.
  static Result<SafetensorsWriter> create(const std::string& path, std::vector<TensorInfo> tensors,
                                          const Metadata& metadata);

  SafetensorsWriter(SafetensorsWriter&&) noexcept;
  SafetensorsWriter& operator=(SafetensorsWriter&&) noexcept;
  ~SafetensorsWriter();

  /// Writes the data of the next declared tensor, in declared order. After a failure the partial
  /// file is gone and every further call fails.
  Status write(const void* data, std::size_t bytes);
  /// For a tensor too large to have in memory: writes bytes [offset, offset + bytes) of the tensor
  /// `skip` after the next one, in any order. parts_done tells that the next `count` are complete.
  Status write_part(std::size_t skip, std::size_t offset, const void* data, std::size_t bytes);
  Status parts_done(std::size_t count);
  /// Replaces the metadata by others that take as many bytes: what is only known at the end.
  Status change_metadata(const Metadata& metadata);
  /// Flushes to disk and renames. Without it the destructor removes the partial file.
  Status finish();

  /// The partial file, for a signal handler to remove; empty once it is gone.
  const std::string& temporary_path() const;

 private:
  struct Impl;
  explicit SafetensorsWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace heddle::io
