// Checkpoints in a library without files.
#include "heddle/c/checkpoint.h"

#if !HEDDLE_C_FILES
#include "host/c/abi.hpp"

namespace {

heddle_status unavailable() {
  return heddle::c::guard([]() -> heddle::Status {
    return {heddle::StatusCode::unavailable,
            "checkpoints: this library was built without files (HEDDLE_BUILD_IO)"};
  });
}

}  // namespace

void heddle_checkpoint_destroy(heddle_checkpoint* /*checkpoint*/) {}

heddle_status heddle_checkpoint_open(const char* /*path*/, heddle_checkpoint** /*checkpoint*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_file_count(const heddle_checkpoint* /*checkpoint*/,
                                           int64_t* /*count*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_file(const heddle_checkpoint* /*checkpoint*/, int64_t /*index*/,
                                     const char** /*name*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_tensor_count(const heddle_checkpoint* /*checkpoint*/,
                                             int64_t* /*count*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_tensor(const heddle_checkpoint* /*checkpoint*/, int64_t /*index*/,
                                       heddle_stored_tensor* /*tensor*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_find_tensor(const heddle_checkpoint* /*checkpoint*/,
                                            const char* /*name*/,
                                            heddle_stored_tensor* /*tensor*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_matrix_count(const heddle_checkpoint* /*checkpoint*/,
                                             int64_t* /*count*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_matrix(const heddle_checkpoint* /*checkpoint*/, int64_t /*index*/,
                                       heddle_stored_matrix* /*matrix*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_find_matrix(const heddle_checkpoint* /*checkpoint*/,
                                            const char* /*name*/,
                                            heddle_stored_matrix* /*matrix*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_metadata(const heddle_checkpoint* /*checkpoint*/,
                                         const char* /*key*/, const char** /*value*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_stated_bytes(const heddle_checkpoint* /*checkpoint*/,
                                             int64_t* /*bytes*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_release(const heddle_checkpoint* /*checkpoint*/,
                                        const char* /*name*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_read(const heddle_exec* /*exec*/,
                                     const heddle_checkpoint* /*checkpoint*/, const char* /*name*/,
                                     const heddle_packed* /*out*/) {
  return unavailable();
}
heddle_status heddle_checkpoint_read_slice(const heddle_exec* /*exec*/,
                                           const heddle_checkpoint* /*checkpoint*/,
                                           const char* /*name*/,
                                           const heddle_matrix_slice* /*slice*/,
                                           const heddle_packed* /*out*/) {
  return unavailable();
}
#endif
