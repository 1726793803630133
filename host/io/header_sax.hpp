#pragma once
// What the JSON parser calls while it reads a safetensors header. A DOM would hide duplicate names
// and could be made to nest without bound; here anything but the format's own four levels ends the
// parse at once.

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "heddle/status.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::io {

/// A tensor as the header states it, not yet compared with the file.
struct HeaderEntry {
  TensorInfo info;
  std::array<std::size_t, 2> offsets{};  ///< data_offsets
};

/// Why the parser gave up, on one line, printable, of bounded length.
std::string parse_reason(const nlohmann::json::exception& error);

class HeaderSax final : public nlohmann::json_sax<nlohmann::json> {
 public:
  /// Why the parse ended early.
  const Status& status() const { return status_; }
  std::vector<HeaderEntry> take_entries() { return std::move(entries_); }
  Metadata take_metadata() { return std::move(metadata_); }

  bool null() override;
  bool boolean(bool value) override;
  bool number_integer(number_integer_t value) override;
  bool number_unsigned(number_unsigned_t value) override;
  bool number_float(number_float_t value, const string_t& text) override;
  bool string(string_t& value) override;
  bool binary(binary_t& value) override;
  bool start_object(std::size_t elements) override;
  bool key(string_t& name) override;
  bool end_object() override;
  bool start_array(std::size_t elements) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string& last_token,
                   const nlohmann::json::exception& error) override;

 private:
  // What the next event has to be; `name` stands for a key or the end of the object.
  enum class Expect {
    header,
    tensor_name,
    metadata,
    metadata_key,
    metadata_value,
    tensor,
    field_name,
    dtype,
    shape,
    dimension,
    offsets,
    offset,
  };

  bool fail(const std::string& message);
  bool mismatch(const std::string& found);
  std::string place() const;
  bool field(const string_t& name);

  Expect expect_ = Expect::header;
  bool has_metadata_ = false;
  std::set<std::string> names_;
  std::vector<HeaderEntry> entries_;
  Metadata metadata_;
  std::string metadata_key_;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  std::size_t offset_count_ = 0;
  Status status_;
};

}  // namespace heddle::io
