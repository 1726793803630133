#include "host/io/header_sax.hpp"

#include <limits>
#include <utility>

#include "host/io/dtype.hpp"
#include "host/io/text.hpp"

namespace heddle::io {

bool HeaderSax::fail(const std::string& message) {
  status_ = Status(StatusCode::corrupt, message);
  return false;
}

// Where the parser is, in the reader's terms.
std::string HeaderSax::place() const {
  switch (expect_) {
    case Expect::header: return "header";
    case Expect::tensor_name: return "header";
    case Expect::metadata:
    case Expect::metadata_key: return "__metadata__";
    case Expect::metadata_value: return "__metadata__ key " + quote(metadata_key_);
    default: break;
  }
  std::string text = "tensor " + quote(entries_.back().info.name);
  if (expect_ == Expect::dtype) text += ": dtype";
  if (expect_ == Expect::shape || expect_ == Expect::dimension) text += ": shape";
  if (expect_ == Expect::offsets || expect_ == Expect::offset) text += ": data_offsets";
  return text;
}

bool HeaderSax::mismatch(const std::string& found) {
  const char* wanted = "";
  switch (expect_) {
    case Expect::header:
    case Expect::metadata:
    case Expect::tensor: wanted = "an object"; break;
    case Expect::tensor_name:
    case Expect::metadata_key:
    case Expect::field_name: wanted = "a key"; break;
    case Expect::metadata_value:
    case Expect::dtype: wanted = "a string"; break;
    case Expect::shape: wanted = "an array"; break;
    case Expect::offsets: wanted = "an array of two integers"; break;
    case Expect::dimension:
    case Expect::offset: wanted = "an integer from 0 to 2^63 - 1"; break;
  }
  return fail(place() + ": must be " + wanted + ", found " + found);
}

bool HeaderSax::null() { return mismatch("null"); }

bool HeaderSax::boolean(bool value) { return mismatch(value ? "true" : "false"); }

// Only called for numbers with a minus sign.
bool HeaderSax::number_integer(number_integer_t value) {
  return mismatch(value == 0 ? "-0" : std::to_string(value));
}

bool HeaderSax::number_float(number_float_t /*value*/, const string_t& text) {
  return mismatch(quote(text));
}

bool HeaderSax::binary(binary_t& /*value*/) { return mismatch("binary data"); }

bool HeaderSax::number_unsigned(number_unsigned_t value) {
  if (expect_ != Expect::dimension && expect_ != Expect::offset) {
    return mismatch(std::to_string(value));
  }
  if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
    return mismatch(std::to_string(value));
  }
  HeaderEntry& entry = entries_.back();
  if (expect_ == Expect::dimension) {
    entry.info.shape.push_back(static_cast<std::int64_t>(value));
    return true;
  }
  if (offset_count_ == entry.offsets.size()) return fail(place() + ": more than two integers");
  entry.offsets[offset_count_++] = static_cast<std::size_t>(value);
  return true;
}

bool HeaderSax::string(string_t& value) {
  if (expect_ == Expect::metadata_value) {
    if (!metadata_.emplace(metadata_key_, std::move(value)).second) {
      return fail(place() + ": given twice");
    }
    expect_ = Expect::metadata_key;
    return true;
  }
  if (expect_ != Expect::dtype) return mismatch("the string " + quote(value));
  if (dtype_bits(value) == 0) {
    return fail(place() + " " + quote(value) + ": must be one of " + known_dtypes());
  }
  entries_.back().info.dtype = std::move(value);
  expect_ = Expect::field_name;
  return true;
}

bool HeaderSax::start_object(std::size_t /*elements*/) {
  switch (expect_) {
    case Expect::header: expect_ = Expect::tensor_name; return true;
    case Expect::metadata: expect_ = Expect::metadata_key; return true;
    case Expect::tensor: expect_ = Expect::field_name; return true;
    default: return mismatch("an object");
  }
}

bool HeaderSax::key(string_t& name) {
  if (expect_ == Expect::metadata_key) {
    metadata_key_ = std::move(name);
    expect_ = Expect::metadata_value;
    return true;
  }
  if (expect_ == Expect::field_name) return field(name);
  if (name == "__metadata__") {
    if (has_metadata_) return fail("header: __metadata__ is given twice");
    has_metadata_ = true;
    expect_ = Expect::metadata;
    return true;
  }
  if (!names_.insert(name).second) return fail("tensor " + quote(name) + ": given twice");
  entries_.emplace_back();
  entries_.back().info.name = std::move(name);
  has_dtype_ = has_shape_ = has_offsets_ = false;
  offset_count_ = 0;
  expect_ = Expect::tensor;
  return true;
}

// A key inside a tensor's object.
bool HeaderSax::field(const string_t& name) {
  bool* seen = nullptr;
  Expect next = Expect::field_name;
  if (name == "dtype") {
    seen = &has_dtype_;
    next = Expect::dtype;
  } else if (name == "shape") {
    seen = &has_shape_;
    next = Expect::shape;
  } else if (name == "data_offsets") {
    seen = &has_offsets_;
    next = Expect::offsets;
  } else {
    return fail(place() + ": unknown key " + quote(name) +
                ", must be dtype, shape or data_offsets");
  }
  if (*seen) return fail(place() + ": key " + quote(name) + " is given twice");
  *seen = true;
  expect_ = next;
  return true;
}

bool HeaderSax::end_object() {
  if (expect_ == Expect::field_name) {
    const char* missing = !has_dtype_ ? "dtype" : !has_shape_ ? "shape" : "data_offsets";
    if (!has_dtype_ || !has_shape_ || !has_offsets_) {
      return fail(place() + ": key '" + missing + "' is missing");
    }
  }
  // The end of a tensor, of the metadata, or of the header: then the parser is done anyway.
  expect_ = Expect::tensor_name;
  return true;
}

bool HeaderSax::start_array(std::size_t /*elements*/) {
  if (expect_ == Expect::shape) {
    expect_ = Expect::dimension;
  } else if (expect_ == Expect::offsets) {
    expect_ = Expect::offset;
  } else {
    return mismatch("an array");
  }
  return true;
}

bool HeaderSax::end_array() {
  if (expect_ == Expect::offset && offset_count_ != 2) {
    return fail(place() + ": " + std::to_string(offset_count_) + " integers, must be two");
  }
  expect_ = Expect::field_name;
  return true;
}

std::string parse_reason(const nlohmann::json::exception& error) {
  // The parser's sentence quotes the last token, however long and in whatever encoding: keep only
  // the reason in front of it.
  std::string reason = error.what();
  if (const std::size_t at = reason.find("; last read"); at != std::string::npos) {
    reason.resize(at);
  }
  if (const std::size_t at = reason.find("syntax error"); at != std::string::npos) {
    reason.erase(0, at);
  }
  constexpr std::size_t kMaxReason = 200;
  if (reason.size() > kMaxReason) reason.resize(kMaxReason);
  return printable(reason);
}

bool HeaderSax::parse_error(std::size_t position, const std::string& /*last_token*/,
                            const nlohmann::json::exception& error) {
  return fail("header: byte " + std::to_string(position) + ": " + parse_reason(error));
}

}  // namespace heddle::io
