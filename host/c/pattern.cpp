#include "heddle/c/pattern.h"

#include "heddle/pattern.hpp"
#include "host/c/abi.hpp"
#include "host/message.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;

heddle_status heddle_find_pattern(const char* name, heddle_pattern* pattern) {
  return guard([&]() -> Status {
    std::string text;
    HEDDLE_TRY(read("name", name, text));
    HEDDLE_TRY(need("pattern", pattern));
    const Result<Pattern> found = find_pattern(text);
    if (!found.ok()) return found.status();
    *pattern = heddle::c::write(*found);
    return {};
  });
}

heddle_status heddle_register_pattern(const char* name, const heddle_pattern* pattern) {
  return guard([&]() -> Status {
    std::string text;
    HEDDLE_TRY(read("name", name, text));
    Pattern meant;
    HEDDLE_TRY(read("pattern", pattern, meant));
    return register_pattern(text, meant);
  });
}

heddle_status heddle_registered_patterns(size_t* count) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("count", count));
    *count = registered_patterns().size();
    return {};
  });
}

heddle_status heddle_registered_pattern(size_t index, char* name, size_t capacity, size_t* length,
                                        heddle_pattern* pattern) {
  return guard([&]() -> Status {
    const std::vector<NamedPattern> all = registered_patterns();
    if (index >= all.size())
      return {StatusCode::invalid_argument,
              message("index = ", index, ": must be < ", all.size(), ", the registered patterns")};
    HEDDLE_TRY(heddle::c::write_text(all[index].name, name, capacity, length));
    if (pattern != nullptr) *pattern = heddle::c::write(all[index].pattern);
    return {};
  });
}

heddle_status heddle_pattern_name(const heddle_pattern* pattern, char* name, size_t capacity,
                                  size_t* length) {
  return guard([&]() -> Status {
    Pattern meant;
    HEDDLE_TRY(read("pattern", pattern, meant));
    return heddle::c::write_text(to_string(meant), name, capacity, length);
  });
}
