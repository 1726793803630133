// HEDDLE_C_FILES: 1 where the library has files.

#include "heddle/sparsifier_file.hpp"

#include "host/c/abi.hpp"
#include "host/c/sparsifier.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;

namespace {

#if !HEDDLE_C_FILES
Status no_files() {
  return {StatusCode::unavailable, "this library was built without files (HEDDLE_BUILD_IO)"};
}
#endif

}  // namespace

heddle_status heddle_sparsifier_save(const heddle_sparsifier* sparsifier, const heddle_exec* exec,
                                     const char* path) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    HEDDLE_TRY(need("path", path));
#if HEDDLE_C_FILES
    return save_sparsifier(on, sparsifier->value, path);
#else
    return no_files();
#endif
  });
}

heddle_status heddle_sparsifier_load(heddle_sparsifier* sparsifier, const heddle_exec* exec,
                                     const char* path) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    HEDDLE_TRY(need("path", path));
#if HEDDLE_C_FILES
    return load_sparsifier(on, sparsifier->value, path);
#else
    return no_files();
#endif
  });
}
