#include "bench/case.hpp"

#include <fstream>
#include <regex>
#include <sstream>

namespace heddle::bench {
namespace {

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> words;
  std::istringstream stream(list);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

Status parse_shape(const std::string& text, Case& out) {
  static const std::regex form("m([0-9]{1,9})(?:n([0-9]{1,9}))?k([0-9]{1,9})");
  std::smatch match;
  if (!std::regex_match(text, match, form))
    return {StatusCode::invalid_argument,
            "shape = '" + text + "': must be like m64k64 or m64n8k64"};
  out.rows = std::stoll(match[1]);
  out.n = match[2].matched ? std::stoll(match[2]) : 0;
  out.cols = std::stoll(match[3]);
  return {};
}

Status parse_order(const std::string& text, Case& out) {
  static const std::regex form("(row|col)(?::ld\\+([0-9]{1,6}))?");
  std::smatch match;
  if (!std::regex_match(text, match, form))
    return {StatusCode::invalid_argument,
            "order = '" + text + "': must be row or col, or like row:ld+3"};
  out.order = match[1] == "row" ? Order::row : Order::col;
  out.ld_extra = match[2].matched ? std::stoll(match[2]) : 0;
  return {};
}

Status parse_tokens(const std::string& list, const Case& problem, std::vector<std::int64_t>& out) {
  static const std::regex form("[1-9][0-9]{0,8}");
  if (list.empty()) {
    out = {problem.n};
    return {};
  }
  if (problem.n > 0)
    return {StatusCode::invalid_argument,
            "tokens = '" + list + "': the shape has n = " + std::to_string(problem.n) + " already"};
  for (const std::string& word : split(list)) {
    if (!std::regex_match(word, form))
      return {StatusCode::invalid_argument, "tokens = '" + list + "': must be like 1,8,64"};
    out.push_back(std::stoll(word));
  }
  return {};
}

}  // namespace

std::string to_string(const Case& problem) {
  std::string text = "m" + std::to_string(problem.rows);
  if (problem.n > 0) text += "n" + std::to_string(problem.n);
  text += "k" + std::to_string(problem.cols);
  text += ":" + heddle::to_string(problem.pattern) + ":" + heddle::to_string(problem.type) + ":" +
          heddle::to_string(problem.order);
  if (problem.ld_extra > 0) text += ":ld+" + std::to_string(problem.ld_extra);
  return text;
}

Status read_case_line(const std::string& line, std::vector<Case>& cases) {
  std::istringstream words(line);
  std::string shape, order, patterns, types, token_list, extra;
  if (!(words >> shape)) return {};
  Case problem;
  if (!(words >> order >> patterns >> types) ||
      (words >> token_list && words >> problem.layer && words >> extra))
    return {StatusCode::invalid_argument, "must be SHAPE ORDER PATTERNS TYPES [TOKENS [LAYER]]"};
  if (Status status = parse_shape(shape, problem); !status.ok()) return status;
  if (Status status = parse_order(order, problem); !status.ok()) return status;
  std::vector<std::int64_t> tokens;
  if (Status status = parse_tokens(token_list, problem, tokens); !status.ok()) return status;
  for (const std::string& pattern_name : split(patterns)) {
    const auto pattern = find_pattern(pattern_name);
    if (!pattern) return pattern.status();
    problem.pattern = *pattern;
    for (const std::string& type_name : split(types)) {
      const auto type = parse_data_type(type_name);
      if (!type) return type.status();
      problem.type = *type;
      for (const std::int64_t n : tokens) {
        problem.n = n;
        cases.push_back(problem);
      }
    }
  }
  return {};
}

Result<std::vector<Case>> read_cases(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Status(StatusCode::io_error, "shapes = '" + path + "': cannot be opened");
  std::vector<Case> cases;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    line.resize(std::min(line.size(), line.find('#')));
    if (Status status = read_case_line(line, cases); !status.ok())
      return Status(status.code(), path + ":" + std::to_string(number) + ": " + status.message());
  }
  return cases;
}

}  // namespace heddle::bench
