#pragma once
// What the JSON parser calls while it reads an index. A DOM would hide names given twice; here only
// what counts is kept, whatever else the file holds and however deep.

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "heddle/status.hpp"

namespace heddle::io {

class IndexSax final : public nlohmann::json_sax<nlohmann::json> {
 public:
  /// Why the parse ended early.
  const Status& status() const { return status_; }
  const std::map<std::string, std::string>& weight_map() const { return weight_map_; }
  std::int64_t total_bytes() const { return total_bytes_; }

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
  // The object the parser is in, as far as it counts; `other` is everything that is passed over.
  enum class Place { start, top, metadata, weight_map, other };

  bool fail(const std::string& message);
  bool scalar(const std::string& found);
  bool enter(bool object);
  bool leave();

  Place place_ = Place::start;
  std::string key_;  // the last one
  Place before_other_ = Place::top;
  std::size_t depth_of_other_ = 0;
  bool has_metadata_ = false, has_weight_map_ = false;
  std::map<std::string, std::string> weight_map_;
  std::int64_t total_bytes_ = -1;
  bool has_total_ = false;
  Status status_;
};

}  // namespace heddle::io
