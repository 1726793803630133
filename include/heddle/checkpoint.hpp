#pragma once
/// \file
/// Loading: a checkpoint of one safetensors file or of many, its tensors where they lie, its packed
/// matrices in the order a kernel wants, whole or a rank's part. In libraries that
/// were built with files (HEDDLE_BUILD_IO).

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/pack.hpp"
#include "heddle/status.hpp"

namespace heddle {

/// A tensor of a checkpoint. The two parts of a packed matrix are tensors too.
struct StoredTensor {
  std::string name;                 ///< UTF-8
  std::string dtype;                ///< the file's word: "F32", "BF16", "I64", ...
  std::vector<std::int64_t> shape;  ///< row-major, without gaps
  std::size_t bytes = 0;            ///< of its data
  std::size_t file = 0;             ///< its place in Checkpoint::files()
};

/// A packed matrix of a checkpoint.
struct StoredMatrix {
  std::string name;      ///< of the dense matrix
  PackedDesc desc;       ///< its order is canonical, as always in a file
  std::size_t file = 0;  ///< of its values, in Checkpoint::files()
};

/// Rows [row_begin, row_end) and columns [col_begin, col_end) of a matrix.
struct MatrixSlice {
  std::int64_t row_begin = 0;  ///< first row
  std::int64_t row_end = 0;    ///< one past the last row
  std::int64_t col_begin = 0;  ///< first column, a multiple of the pattern's group
  std::int64_t col_end = 0;    ///< one past the last, a multiple too or the last of the matrix
};

/// Files on disk, mapped read only: opening reads headers, data are read when they are touched.
/// Movable; a moved-from object may only be assigned to or destroyed. Everything const may be
/// called from many threads at once. The data are trusted in nothing: what is opened has been
/// checked (docs/checkpoints.md says what), what is read as packed is verified. Replacing a file
/// while it is open is harmless; truncating it ends the program that reads it (SIGBUS).
class Checkpoint {
 public:
  /// `path` is a .safetensors file, an index (.index.json) beside its shards, or a folder: one that
  /// holds one index, else model.safetensors, else one .safetensors file. io_error where the system
  /// refuses, `corrupt` with the place named where a file breaks its format or the files contradict
  /// each other, not_found for a folder without a checkpoint.
  HEDDLE_API static Result<Checkpoint> open(const std::string& path);

  HEDDLE_API Checkpoint(Checkpoint&& other) noexcept;             ///< moves
  HEDDLE_API Checkpoint& operator=(Checkpoint&& other) noexcept;  ///< moves
  HEDDLE_API ~Checkpoint();                                       ///< unmaps the files

  /// The files' names in ascending order; without folders.
  HEDDLE_API const std::vector<std::string>& files() const noexcept;
  /// File by file, in the order of their data.
  HEDDLE_API const std::vector<StoredTensor>& tensors() const noexcept;
  /// By name.
  HEDDLE_API const std::vector<StoredMatrix>& matrices() const noexcept;
  /// The metadata of all files; of a key that several have, that of the first file.
  HEDDLE_API const std::map<std::string, std::string>& metadata() const noexcept;
  /// What the index says the bytes of all tensors are; -1 if it does not or there is none. Only
  /// information: a number that is wrong is no error.
  HEDDLE_API std::int64_t stated_bytes() const noexcept;

  /// The tensor or packed matrix of a name; null if there is none.
  HEDDLE_API const StoredTensor* find_tensor(const std::string& name) const noexcept;
  /// See find_tensor.
  HEDDLE_API const StoredMatrix* find_matrix(const std::string& name) const noexcept;

  /// A tensor's bytes in the mapped file, of any alignment; valid as long as this object. Null for
  /// a tensor without bytes and for one that is not of this checkpoint.
  HEDDLE_API const void* data(const StoredTensor& tensor) const noexcept;
  /// Gives the memory of a tensor's mapped pages back to the system; the next touch reads them
  /// again. For memory that stays small: after a tensor was copied elsewhere.
  HEDDLE_API void release(const StoredTensor& tensor) const noexcept;

  /// Reads a packed matrix into memory of the execution. out.desc equals the matrix's but for the
  /// order, which may be device too (`unsupported` if that order does not hold the pattern and
  /// type), and out.bytes >= packed_size(out.desc). Verifies everything it reads: `corrupt` names
  /// the place. Memory of its own: some 64 MiB, whatever the size. On failure the contents of out
  /// are unspecified. With CUDA this waits.
  HEDDLE_API Status read(const Exec& exec, const StoredMatrix& matrix, const PackedView& out) const;
  /// The same of a part: out.desc has the slice's rows and cols. Touches no other rows of the file.
  HEDDLE_API Status read(const Exec& exec, const StoredMatrix& matrix, const MatrixSlice& slice,
                         const PackedView& out) const;

 private:
  struct Impl;
  explicit Checkpoint(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heddle
