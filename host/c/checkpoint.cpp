#include "heddle/c/checkpoint.h"

#if HEDDLE_C_FILES
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "heddle/checkpoint.hpp"
#include "host/c/abi.hpp"
#include "host/io/dtype.hpp"
#include "host/io/text.hpp"
#include "host/message.hpp"

struct heddle_checkpoint {
  heddle::Checkpoint value;
};

namespace heddle::c {
namespace {

Status check_index(std::int64_t index, std::size_t count) {
  if (index >= 0 && static_cast<std::uint64_t>(index) < count) return {};
  return {StatusCode::invalid_argument,
          message("index = ", index, ": must be in [0, ", count, ")")};
}

Status unknown(const char* what, const char* name) {
  return {StatusCode::not_found, message(what, " ", io::quote(name), ": is not in the checkpoint")};
}

heddle_stored_tensor stored(const Checkpoint& checkpoint, const StoredTensor& tensor) {
  const auto type = io::data_type_of(tensor.dtype);
  return {tensor.name.c_str(),
          tensor.dtype.c_str(),
          tensor.shape.data(),
          checkpoint.data(tensor),
          tensor.bytes,
          static_cast<std::int32_t>(tensor.shape.size()),
          type ? static_cast<std::int32_t>(*type) : -1,
          static_cast<std::int64_t>(tensor.file)};
}

heddle_stored_matrix stored(const StoredMatrix& matrix) {
  return {matrix.name.c_str(), write(matrix.desc), static_cast<std::int64_t>(matrix.file)};
}

// The arguments that every function of a name has.
Status find(const heddle_checkpoint* checkpoint, const char* name, const StoredTensor*& found) {
  HEDDLE_TRY(need("checkpoint", checkpoint));
  HEDDLE_TRY(need("name", name));
  found = checkpoint->value.find_tensor(name);
  return found != nullptr ? Status() : unknown("tensor", name);
}
Status find(const heddle_checkpoint* checkpoint, const char* name, const StoredMatrix*& found) {
  HEDDLE_TRY(need("checkpoint", checkpoint));
  HEDDLE_TRY(need("name", name));
  found = checkpoint->value.find_matrix(name);
  return found != nullptr ? Status() : unknown("packed matrix", name);
}

heddle_status give_count(const heddle_checkpoint* checkpoint, std::int64_t* count,
                         std::size_t (*of)(const Checkpoint&)) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("checkpoint", checkpoint));
    HEDDLE_TRY(need("count", count));
    *count = static_cast<std::int64_t>(of(checkpoint->value));
    return {};
  });
}

}  // namespace
}  // namespace heddle::c

using heddle::Checkpoint;
using heddle::Status;
using heddle::c::guard;
using heddle::c::need;

heddle_status heddle_checkpoint_open(const char* path, heddle_checkpoint** checkpoint) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("checkpoint", checkpoint));
    std::string text;
    HEDDLE_TRY(heddle::c::read("path", path, text));
    heddle::Result<Checkpoint> opened = Checkpoint::open(text);
    if (!opened.ok()) return opened.status();
    *checkpoint = new heddle_checkpoint{std::move(*opened)};
    return {};
  });
}

void heddle_checkpoint_destroy(heddle_checkpoint* checkpoint) { delete checkpoint; }

heddle_status heddle_checkpoint_file_count(const heddle_checkpoint* checkpoint, int64_t* count) {
  return heddle::c::give_count(checkpoint, count,
                               [](const Checkpoint& value) { return value.files().size(); });
}

heddle_status heddle_checkpoint_file(const heddle_checkpoint* checkpoint, int64_t index,
                                     const char** name) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("checkpoint", checkpoint));
    HEDDLE_TRY(need("name", name));
    HEDDLE_TRY(heddle::c::check_index(index, checkpoint->value.files().size()));
    *name = checkpoint->value.files()[static_cast<std::size_t>(index)].c_str();
    return {};
  });
}

heddle_status heddle_checkpoint_tensor_count(const heddle_checkpoint* checkpoint, int64_t* count) {
  return heddle::c::give_count(checkpoint, count,
                               [](const Checkpoint& value) { return value.tensors().size(); });
}

heddle_status heddle_checkpoint_tensor(const heddle_checkpoint* checkpoint, int64_t index,
                                       heddle_stored_tensor* tensor) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("checkpoint", checkpoint));
    HEDDLE_TRY(need("tensor", tensor));
    const Checkpoint& value = checkpoint->value;
    HEDDLE_TRY(heddle::c::check_index(index, value.tensors().size()));
    *tensor = heddle::c::stored(value, value.tensors()[static_cast<std::size_t>(index)]);
    return {};
  });
}

heddle_status heddle_checkpoint_find_tensor(const heddle_checkpoint* checkpoint, const char* name,
                                            heddle_stored_tensor* tensor) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("tensor", tensor));
    const heddle::StoredTensor* found = nullptr;
    HEDDLE_TRY(heddle::c::find(checkpoint, name, found));
    *tensor = heddle::c::stored(checkpoint->value, *found);
    return {};
  });
}

heddle_status heddle_checkpoint_matrix_count(const heddle_checkpoint* checkpoint, int64_t* count) {
  return heddle::c::give_count(checkpoint, count,
                               [](const Checkpoint& value) { return value.matrices().size(); });
}

heddle_status heddle_checkpoint_matrix(const heddle_checkpoint* checkpoint, int64_t index,
                                       heddle_stored_matrix* matrix) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("checkpoint", checkpoint));
    HEDDLE_TRY(need("matrix", matrix));
    const Checkpoint& value = checkpoint->value;
    HEDDLE_TRY(heddle::c::check_index(index, value.matrices().size()));
    *matrix = heddle::c::stored(value.matrices()[static_cast<std::size_t>(index)]);
    return {};
  });
}

heddle_status heddle_checkpoint_find_matrix(const heddle_checkpoint* checkpoint, const char* name,
                                            heddle_stored_matrix* matrix) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("matrix", matrix));
    const heddle::StoredMatrix* found = nullptr;
    HEDDLE_TRY(heddle::c::find(checkpoint, name, found));
    *matrix = heddle::c::stored(*found);
    return {};
  });
}

heddle_status heddle_checkpoint_metadata(const heddle_checkpoint* checkpoint, const char* key,
                                         const char** value) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("checkpoint", checkpoint));
    HEDDLE_TRY(need("value", value));
    HEDDLE_TRY(need("key", key));
    const auto entry = checkpoint->value.metadata().find(key);
    if (entry == checkpoint->value.metadata().end()) {
      return heddle::c::unknown("metadata key", key);
    }
    *value = entry->second.c_str();
    return {};
  });
}

heddle_status heddle_checkpoint_stated_bytes(const heddle_checkpoint* checkpoint, int64_t* bytes) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("checkpoint", checkpoint));
    HEDDLE_TRY(need("bytes", bytes));
    *bytes = checkpoint->value.stated_bytes();
    return {};
  });
}

heddle_status heddle_checkpoint_release(const heddle_checkpoint* checkpoint, const char* name) {
  return guard([&]() -> Status {
    const heddle::StoredTensor* found = nullptr;
    HEDDLE_TRY(heddle::c::find(checkpoint, name, found));
    checkpoint->value.release(*found);
    return {};
  });
}

heddle_status heddle_checkpoint_read(const heddle_exec* exec, const heddle_checkpoint* checkpoint,
                                     const char* name, const heddle_packed* out) {
  return guard([&]() -> Status {
    heddle::Exec where = heddle::Exec::cpu();
    HEDDLE_TRY(heddle::c::read("exec", exec, where));
    const heddle::StoredMatrix* found = nullptr;
    HEDDLE_TRY(heddle::c::find(checkpoint, name, found));
    heddle::PackedView view;
    HEDDLE_TRY(heddle::c::read("out", out, view));
    return checkpoint->value.read(where, *found, view);
  });
}

heddle_status heddle_checkpoint_read_slice(const heddle_exec* exec,
                                           const heddle_checkpoint* checkpoint, const char* name,
                                           const heddle_matrix_slice* slice,
                                           const heddle_packed* out) {
  return guard([&]() -> Status {
    heddle::Exec where = heddle::Exec::cpu();
    HEDDLE_TRY(heddle::c::read("exec", exec, where));
    const heddle::StoredMatrix* found = nullptr;
    HEDDLE_TRY(heddle::c::find(checkpoint, name, found));
    HEDDLE_TRY(need("slice", slice));
    heddle::PackedView view;
    HEDDLE_TRY(heddle::c::read("out", out, view));
    return checkpoint->value.read(
        where, *found, {slice->row_begin, slice->row_end, slice->col_begin, slice->col_end}, view);
  });
}
#endif
