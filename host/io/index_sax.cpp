#include "host/io/index_sax.hpp"

#include <limits>
#include <utility>

#include "host/io/header_sax.hpp"
#include "host/io/text.hpp"

namespace heddle::io {
namespace {

constexpr char kTotal[] = "total_size";
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

}  // namespace

bool IndexSax::fail(const std::string& message) {
  status_ = Status(StatusCode::corrupt, message);
  return false;
}

// A value that is no object and no array.
bool IndexSax::scalar(const std::string& found) {
  switch (place_) {
    case Place::start: return fail("must be an object, found " + found);
    case Place::weight_map:
      return fail("weight_map: tensor " + quote(key_) + ": must be a file name, found " + found);
    case Place::top:
      if (key_ == "metadata" || key_ == "weight_map") {
        return fail(key_ + ": must be an object, found " + found);
      }
      return true;
    case Place::metadata:
      if (key_ == kTotal) {
        return fail("metadata: total_size: must be an integer from 0 to 2^63 - 1, found " + found);
      }
      return true;
    case Place::other: return true;
  }
  return true;
}

bool IndexSax::null() { return scalar("null"); }
bool IndexSax::boolean(bool value) { return scalar(value ? "true" : "false"); }
bool IndexSax::number_integer(number_integer_t value) { return scalar(std::to_string(value)); }
bool IndexSax::binary(binary_t& /*value*/) { return scalar("binary data"); }

bool IndexSax::number_unsigned(number_unsigned_t value) {
  constexpr auto kMost = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
  if (place_ != Place::metadata || key_ != kTotal || value > kMost) {
    return scalar(std::to_string(value));
  }
  total_bytes_ = static_cast<std::int64_t>(value);
  return true;
}

// Some writers compute the size in floating point.
bool IndexSax::number_float(number_float_t value, const string_t& text) {
  const bool whole = value >= 0 && value <= kExactIntegers &&
                     static_cast<double>(static_cast<std::int64_t>(value)) == value;
  if (place_ != Place::metadata || key_ != kTotal || !whole) return scalar(quote(text));
  total_bytes_ = static_cast<std::int64_t>(value);
  return true;
}

bool IndexSax::string(string_t& value) {
  if (place_ != Place::weight_map) return scalar("the string " + quote(value));
  weight_map_[key_] = std::move(value);
  return true;
}

bool IndexSax::key(string_t& name) {
  key_ = std::move(name);
  if (place_ == Place::weight_map && !weight_map_.emplace(key_, std::string()).second) {
    return fail("weight_map: tensor " + quote(key_) + ": given twice");
  }
  bool* const seen = place_ == Place::metadata && key_ == kTotal    ? &has_total_
                     : place_ == Place::top && key_ == "metadata"   ? &has_metadata_
                     : place_ == Place::top && key_ == "weight_map" ? &has_weight_map_
                                                                    : nullptr;
  if (seen == nullptr) return true;
  if (*seen) return fail(key_ + ": given twice");
  *seen = true;
  return true;
}

bool IndexSax::enter(bool object) {
  const std::string found = object ? "an object" : "an array";
  if (place_ == Place::start && object) {
    place_ = Place::top;
    return true;
  }
  if (place_ == Place::top && object && (key_ == "metadata" || key_ == "weight_map")) {
    place_ = key_ == "metadata" ? Place::metadata : Place::weight_map;
    return true;
  }
  if (!scalar(found)) return false;  // not where a scalar had to stand either
  if (place_ != Place::other) before_other_ = std::exchange(place_, Place::other);
  ++depth_of_other_;
  return true;
}

bool IndexSax::leave() {
  if (place_ == Place::other) {
    if (--depth_of_other_ == 0) place_ = before_other_;
    return true;
  }
  place_ = Place::top;  // behind the outermost object the parser takes nothing more
  return true;
}

bool IndexSax::start_object(std::size_t /*elements*/) { return enter(true); }
bool IndexSax::end_object() { return leave(); }
bool IndexSax::start_array(std::size_t /*elements*/) { return enter(false); }
bool IndexSax::end_array() { return leave(); }

bool IndexSax::parse_error(std::size_t position, const std::string& /*last_token*/,
                           const nlohmann::json::exception& error) {
  return fail("byte " + std::to_string(position) + ": " + parse_reason(error));
}

}  // namespace heddle::io
