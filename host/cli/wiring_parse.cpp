// The words of --permute.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "host/cli/wiring.hpp"
#include "host/io/dtype.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

constexpr char kArrow[] = "<-";

Status refuse(const std::string& text, const std::string& why) {
  return {StatusCode::invalid_argument, "--permute " + io::quote(text) + ": " + why};
}

// The names between the commas, without the blanks around them. False if one is empty.
bool split(const std::string& text, std::vector<std::string>& names) {
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, end - at);
    const std::size_t first = part.find_first_not_of(" \t\n\r");
    if (first == std::string::npos) return false;
    names.push_back(part.substr(first, part.find_last_not_of(" \t\n\r") - first + 1));
    at = end + 1;
  }
  return true;
}

bool string_list(const Json& json, std::vector<std::string>& names) {
  if (!json.is_array() || json.empty()) return false;
  for (const Json& name : json) {
    if (!name.is_string()) return false;
    names.push_back(name);
  }
  return true;
}

// [{"consumers": [...], "producers": [...]}, ...]
Status read_json(const std::string& path, std::vector<Wire>& wires) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return {StatusCode::io_error, "--permute " + io::quote_path(path) + ": cannot be read"};
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const Json json = Json::parse(text, nullptr, false);
  const char* const wanted =
      "must be a JSON array of {\"consumers\": [names], \"producers\": [names]}";
  if (!json.is_array() || json.empty()) return refuse(path, wanted);
  for (const Json& entry : json) {
    Wire wire;
    if (!entry.is_object() || entry.size() != 2 || !entry.contains("consumers") ||
        !entry.contains("producers") || !string_list(entry["consumers"], wire.consumers) ||
        !string_list(entry["producers"], wire.producers)) {
      return refuse(path, wanted);
    }
    wires.push_back(std::move(wire));
  }
  return {};
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// One tensor of a wire and the dimension in which it has the channels.
Status check_member(const io::SafetensorsReader& reader, const std::string& name,
                    std::size_t dimension, Wire& wire) {
  const io::TensorInfo* const tensor = reader.find(name);
  if (tensor == nullptr) {
    return {StatusCode::not_found, "--permute: the file has no tensor " + io::quote(name)};
  }
  const std::string who =
      "--permute: " + std::string(dimension == 1 ? "consumer " : "producer ") + io::quote(name);
  if (tensor->shape.size() <= dimension) {
    return {StatusCode::invalid_argument, who + " is " + io::shape_text(tensor->shape) +
                                              ": must have a dimension " +
                                              std::to_string(dimension) + " of channels"};
  }
  if (io::dtype_bits(tensor->dtype) < 8) {
    return {StatusCode::invalid_argument,
            who + " is of type " + tensor->dtype + ": must have elements of whole bytes"};
  }
  const std::int64_t channels = tensor->shape[dimension];
  if (wire.channels < 0) wire.channels = channels;
  if (channels != wire.channels) {
    return {StatusCode::invalid_argument,
            who + " has " + std::to_string(channels) + " channels: must have the " +
                std::to_string(wire.channels) + " of " + io::quote(wire.consumers.front())};
  }
  return {};
}

Status check_once(const std::vector<Wire>& wires, std::vector<std::string> Wire::*list,
                  const char* role) {
  std::map<std::string, int> uses;
  for (const Wire& wire : wires) {
    for (const std::string& name : wire.*list) {
      if (++uses[name] > 1) {
        return {StatusCode::invalid_argument,
                "--permute: " + io::quote(name) + " is a " + role + " twice"};
      }
    }
  }
  return {};
}

}  // namespace

Result<Wire> parse_wire(const std::string& text) {
  const std::size_t arrow = text.find(kArrow);
  Wire wire;
  if (arrow == std::string::npos || text.find(kArrow, arrow + 2) != std::string::npos ||
      !split(text.substr(0, arrow), wire.consumers) ||
      !split(text.substr(arrow + 2), wire.producers)) {
    return refuse(text, "must be 'CONSUMER[,CONSUMER...] <- PRODUCER[,PRODUCER...]'");
  }
  return wire;
}

Status Wiring::add(const std::string& option) {
  if (option.find(kArrow) != std::string::npos) {
    Result<Wire> wire = parse_wire(option);
    if (!wire.ok()) return wire.status();
    wires_.push_back(std::move(*wire));
    return {};
  }
  if (ends_with(option, ".json")) return read_json(option, wires_);
  return refuse(option,
                "no wiring. A file does not say which tensors share channels, and reordering some "
                "of them without the others breaks the network: must be "
                "'CONSUMER[,CONSUMER...] <- PRODUCER[,PRODUCER...]' or a .json file of such");
}

Status Wiring::check(const io::SafetensorsReader& reader) {
  for (Wire& wire : wires_) {
    wire.channels = -1;
    for (const std::string& name : wire.consumers) {
      if (Status s = check_member(reader, name, 1, wire); !s.ok()) return s;
    }
    for (const std::string& name : wire.producers) {
      if (Status s = check_member(reader, name, 0, wire); !s.ok()) return s;
    }
  }
  if (Status s = check_once(wires_, &Wire::consumers, "consumer"); !s.ok()) return s;
  return check_once(wires_, &Wire::producers, "producer");
}

Result<Wiring> Wiring::make(const Options& options, const io::SafetensorsReader& reader) {
  Wiring wiring;
  for (const std::string& option : options.permute) {
    if (Status status = wiring.add(option); !status.ok()) return status;
  }
  if (Status status = wiring.check(reader); !status.ok()) return status;
  return wiring;
}

}  // namespace heddle::cli
