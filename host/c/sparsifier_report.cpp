// What a Sparsifier tells about itself, and its state.

#include <iterator>
#include <map>
#include <vector>

#include "host/c/abi.hpp"
#include "host/c/sparsifier.hpp"
#include "host/message.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::write;
using heddle::c::write_text;

namespace {

Status check_index(size_t index, size_t count, const char* what) {
  if (index < count) return {};
  return {StatusCode::invalid_argument,
          message("index = ", index, ": must be below the ", count, " ", what)};
}

// One value of a sparsifier.
template <class T, class F>
heddle_status tell(const heddle_sparsifier* sparsifier, const char* name, T* to, const F& value) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    HEDDLE_TRY(need(name, to));
    *to = static_cast<T>(value(sparsifier->value));
    return {};
  });
}

// Something of the parameter's report.
template <class F>
heddle_status tell_of(const heddle_sparsifier* sparsifier, size_t index, const F& give) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    HEDDLE_TRY(check_index(index, sparsifier->value.size(), "parameters"));
    return give(sparsifier->value.report()[index]);
  });
}

}  // namespace

heddle_status heddle_sparsifier_size(const heddle_sparsifier* sparsifier, size_t* size) {
  return tell(sparsifier, "size", size, [](const Sparsifier& s) { return s.size(); });
}

heddle_status heddle_sparsifier_sparse(const heddle_sparsifier* sparsifier, size_t index,
                                       int32_t* sparse) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    HEDDLE_TRY(check_index(index, sparsifier->value.size(), "parameters"));
    HEDDLE_TRY(need("sparse", sparse));
    *sparse = sparsifier->value.sparse(index) ? 1 : 0;
    return {};
  });
}

heddle_status heddle_sparsifier_find(const heddle_sparsifier* sparsifier, const char* name,
                                     size_t* index) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    HEDDLE_TRY(need("name", name));
    HEDDLE_TRY(need("index", index));
    *index = sparsifier->value.find(name);
    return {};
  });
}

heddle_status heddle_sparsifier_frozen(const heddle_sparsifier* sparsifier, int32_t* frozen) {
  return tell(sparsifier, "frozen", frozen, [](const Sparsifier& s) { return s.frozen(); });
}

heddle_status heddle_sparsifier_has_masks(const heddle_sparsifier* sparsifier, int32_t* has_masks) {
  return tell(sparsifier, "has_masks", has_masks,
              [](const Sparsifier& s) { return s.has_masks(); });
}

heddle_status heddle_sparsifier_pruned(const heddle_sparsifier* sparsifier, int32_t* pruned) {
  return tell(sparsifier, "pruned", pruned, [](const Sparsifier& s) { return s.pruned(); });
}

heddle_status heddle_sparsifier_mask(const heddle_sparsifier* sparsifier, size_t index,
                                     heddle_tensor_mask* mask) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    HEDDLE_TRY(check_index(index, sparsifier->value.size(), "parameters"));
    HEDDLE_TRY(need("mask", mask));
    const std::optional<ConstTensorMask> found = sparsifier->value.mask(index);
    *mask = found ? write(*found) : heddle_tensor_mask{};
    return {};
  });
}

heddle_status heddle_sparsifier_report(const heddle_sparsifier* sparsifier, size_t index,
                                       heddle_parameter_report* report) {
  return tell_of(sparsifier, index, [&](const ParameterReport& r) -> Status {
    HEDDLE_TRY(need("report", report));
    *report = {r.sparse ? 1 : 0, 0,
               r.stats.elements, r.stats.kept,
               r.stats.nonzeros, r.stats.l1_total,
               r.stats.l1_kept,  r.fill(),
               r.l1_share()};
    return {};
  });
}

heddle_status heddle_sparsifier_name(const heddle_sparsifier* sparsifier, size_t index,
                                     char* buffer, size_t capacity, size_t* length) {
  return tell_of(sparsifier, index, [&](const ParameterReport& r) {
    return write_text(r.name, buffer, capacity, length);
  });
}

heddle_status heddle_sparsifier_method(const heddle_sparsifier* sparsifier, size_t index,
                                       char* buffer, size_t capacity, size_t* length) {
  return tell_of(sparsifier, index, [&](const ParameterReport& r) {
    return write_text(r.method, buffer, capacity, length);
  });
}

heddle_status heddle_sparsifier_reason(const heddle_sparsifier* sparsifier, size_t index,
                                       char* buffer, size_t capacity, size_t* length) {
  return tell_of(sparsifier, index, [&](const ParameterReport& r) {
    return write_text(r.reason, buffer, capacity, length);
  });
}

// ---- state --------------------------------------------------------------------------------------

heddle_status heddle_sparsifier_state_size(const heddle_sparsifier* sparsifier, size_t* size) {
  return tell(sparsifier, "size", size, [](const Sparsifier& s) { return s.state().size(); });
}

heddle_status heddle_sparsifier_state(const heddle_sparsifier* sparsifier, size_t index,
                                      heddle_tensor* tensor, char* buffer, size_t capacity,
                                      size_t* length) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    const std::vector<StateTensor> state = sparsifier->value.state();
    HEDDLE_TRY(check_index(index, state.size(), "tensors of the state"));
    HEDDLE_TRY(write_text(state[index].name, buffer, capacity, length));
    if (tensor != nullptr) *tensor = write(state[index].view);
    return {};
  });
}

heddle_status heddle_sparsifier_state_word_count(const heddle_sparsifier* sparsifier,
                                                 size_t* count) {
  return tell(sparsifier, "count", count,
              [](const Sparsifier& s) { return s.state_words().size(); });
}

heddle_status heddle_sparsifier_state_word(const heddle_sparsifier* sparsifier, size_t index,
                                           char* key, size_t key_capacity, size_t* key_length,
                                           char* value, size_t value_capacity,
                                           size_t* value_length) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    const std::map<std::string, std::string> words = sparsifier->value.state_words();
    HEDDLE_TRY(check_index(index, words.size(), "words of the state"));
    const auto word = std::next(words.begin(), static_cast<std::ptrdiff_t>(index));
    if (value_capacity != 0) HEDDLE_TRY(need("value", value));
    HEDDLE_TRY(write_text(word->first, key, key_capacity, key_length));
    return write_text(word->second, value, value_capacity, value_length);
  });
}

heddle_status heddle_sparsifier_resume(heddle_sparsifier* sparsifier,
                                       const heddle_state_word* words, size_t count) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    if (count != 0) HEDDLE_TRY(need("words", words));
    std::map<std::string, std::string> known;
    for (size_t i = 0; i < count; ++i) {
      HEDDLE_TRY(need(message("words[", i, "].key").c_str(), words[i].key));
      HEDDLE_TRY(need(message("words[", i, "].value").c_str(), words[i].value));
      if (!known.emplace(words[i].key, words[i].value).second)
        return {StatusCode::invalid_argument,
                message("words[", i, "].key = ", words[i].key, ": must stand there once")};
    }
    return sparsifier->value.resume(known);
  });
}
