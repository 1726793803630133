#include "bench/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "bench/roof.hpp"

namespace heddle::bench {
namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Status wrong(const std::string& why) { return {StatusCode::invalid_argument, why}; }

Status set_problems(const std::string& text, std::vector<Case>& problems) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line, ';');)
    if (Status status = read_case_line(line, problems); !status.ok()) return status;
  return {};
}

Status set_sides(const std::string& text, Experiment& to) {
  const std::string between = " vs ";
  const auto at = text.find(between);
  if (at == std::string::npos) return wrong("compare = '" + text + "': must be FIRST vs SECOND");
  to.first = trimmed(text.substr(0, at));
  to.second = trimmed(text.substr(at + between.size()));
  return {};
}

Status set_predicted(const std::string& text, Experiment& to) {
  if (text == "model") return {};
  char* end = nullptr;
  to.predicted = std::strtod(text.c_str(), &end);
  if (*end != 0 || !(*to.predicted > 0))
    return wrong("predicted = '" + text + "': must be a ratio above 0 or model");
  return {};
}

Status set(const std::string& key, const std::string& text, Experiment& to) {
  if (key == "hypothesis") return to.hypothesis = text, Status();
  if (key == "decides") return to.decides = text, Status();
  if (key == "problems") return set_problems(text, to.problems);
  if (key == "compare") return set_sides(text, to);
  if (key == "predicted") return set_predicted(text, to);
  return wrong("key = '" + key +
               "': must be experiment, hypothesis, problems, compare, predicted or decides");
}

Status check_whole(const Experiment& e) {
  const bool by_model = !e.predicted;
  for (const auto& [key, text] : {std::pair("hypothesis", e.hypothesis),
                                  std::pair("decides", e.decides), std::pair("compare", e.first)})
    if (text.empty()) return wrong("experiment " + e.name + ": " + key + " is missing");
  if (by_model && (!is_heddle(e.first) || !is_heddle(e.second)))
    return wrong("experiment " + e.name + ": the model knows two configurations alone");
  const bool machine = e.first.rfind("rate ", 0) == 0 || e.first.rfind("peak ", 0) == 0;
  if (machine != e.problems.empty())
    return wrong("experiment " + e.name + ": rates have no problem, all else has");
  return {};
}

using Fields = std::vector<std::pair<std::string, std::string>>;
Fields fields_of(const std::string& text) {
  Fields fields;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const auto at = word.find('=');
    fields.emplace_back(word.substr(0, at), at == std::string::npos ? "" : word.substr(at + 1));
  }
  return fields;
}

std::string* find(Fields& fields, const std::string& name) {
  for (auto& [key, value] : fields)
    if (key == name) return &value;
  return nullptr;
}

}  // namespace

Result<std::vector<Experiment>> read_experiments(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Status(StatusCode::io_error, "experiments = '" + path + "': cannot be opened");
  // Whole entries first: a key and all its lines.
  struct Entry {
    int line;
    std::string key, text;
  };
  std::vector<Entry> entries;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (trimmed(line).empty() || line[0] == '#') continue;
    const bool goes_on = line[0] == ' ';
    const auto colon = line.find(':');
    if (goes_on ? entries.empty() : colon == std::string::npos)
      return wrong(path + ":" + std::to_string(number) + ": must be KEY: TEXT");
    if (goes_on)
      entries.back().text += " " + trimmed(line);
    else
      entries.push_back({number, line.substr(0, colon), trimmed(line.substr(colon + 1))});
  }
  std::vector<Experiment> all;
  for (const Entry& entry : entries) {
    Status status;
    if (entry.key == "experiment")
      all.emplace_back().name = entry.text;
    else if (all.empty())
      status = wrong("the first key must be experiment");
    else
      status = set(entry.key, entry.text, all.back());
    if (!status.ok())
      return wrong(path + ":" + std::to_string(entry.line) + ": " + status.message());
  }
  for (const Experiment& experiment : all)
    if (Status status = check_whole(experiment); !status.ok())
      return wrong(path + ": " + status.message());
  return all;
}

ProductSide product_side(const std::string& side) {
  ProductSide found;
  std::istringstream words(side);
  for (std::string word; words >> word;) {
    if (word == "overlap")
      found.overlap = true;
    else
      found.text += (found.text.empty() ? "" : " ") + word;
  }
  return found;
}

bool is_heddle(const std::string& side) {
  return side.rfind("chosen", 0) == 0 || side.find('=') != std::string::npos;
}

SelectProblem select_problem(const Case& problem) {
  SelectProblem p;
  p.m = problem.rows;
  p.n = problem.n;
  p.k = problem.cols;
  p.a_type = p.b_type = problem.type;
  p.d_type = product_type(problem.type);
  return p;
}

Result<MatmulConfig> configuration_with(const std::string& parts, const SelectProblem& problem,
                                        const DeviceDescription& device) {
  const Fields wanted = fields_of(parts);
  DeviceDescription narrowed = device;  // where wgmma may be chosen, mma may have no candidate
  narrowed.wgmma &= wanted.front().first != "warps";
  auto all = candidates(problem, narrowed, std::numeric_limits<std::size_t>::max());
  if (!all.ok()) return all.status();
  std::size_t most = 0;
  Fields best;
  for (const Selection& candidate : *all) {  // the best comes first
    Fields fields = fields_of(to_string(candidate.config));
    std::size_t agreeing = 0;
    const std::string* tile = find(fields, wanted.front().first);
    if (tile == nullptr || *tile != wanted.front().second) continue;
    for (const auto& [key, want] : wanted) {
      const std::string* value = find(fields, key);
      if (value == nullptr)
        return wrong("field = '" + key + "': not one of " + to_string(candidate.config));
      agreeing += *value == want;
    }
    if (agreeing <= most) continue;
    most = agreeing;
    best = fields;
    if (agreeing == wanted.size()) break;
  }
  if (best.empty())
    return Status(StatusCode::not_found,
                  "no candidate has " + wanted.front().first + "=" + wanted.front().second);
  std::string text;
  for (const auto& [key, value] : wanted) *find(best, key) = value;
  for (const auto& [key, value] : best)
    text.append(text.empty() ? "" : " ").append(key).append("=").append(value);
  return parse_matmul_config(text);
}

Result<Selection> selection_of(const std::string& side, const SelectProblem& problem,
                               const DeviceDescription& device) {
  const std::string text = product_side(side).text;
  if (text == "chosen") return select(problem, device);
  const auto config = configuration_with(text, problem, device);
  if (!config.ok()) return config.status();
  return predict(problem, device, *config);
}

Result<double> model_ratio(const Experiment& experiment, const Case& problem,
                           const DeviceDescription& device) {
  const SelectProblem asked = select_problem(problem);
  const auto first = selection_of(experiment.first, asked, device);
  if (!first.ok()) return first.status();
  const auto second = selection_of(experiment.second, asked, device);
  if (!second.ok()) return second.status();
  return second->predicted_us / first->predicted_us;
}

Measured together(const std::vector<Measured>& all) {
  const auto mean = [&](double Measured::*what) {
    std::vector<double> values;
    for (const Measured& one : all) values.push_back(one.*what);
    return geometric_mean(values);
  };
  return {mean(&Measured::ratio), mean(&Measured::q1), mean(&Measured::q3)};
}

const char* verdict(double predicted, const Measured& measured) {
  const double noise = std::log1p(kNoise);
  const double gain = std::log(measured.ratio), wanted = std::log(predicted);
  const bool undecided = std::fabs(gain) <= noise || (measured.q1 <= 1 && measured.q3 >= 1);
  if (std::fabs(wanted) <= noise) return undecided ? "confirmed" : "refuted";
  if (undecided) return "within noise";
  const double share = gain / wanted;
  const bool close = std::fabs(gain - wanted) <= std::log(1.1);
  return share >= 0.5 && (share <= 2 || close) ? "confirmed" : "refuted";
}

std::string experiment_table(const std::vector<ExperimentRow>& rows) {
  std::string text;
  for (const ExperimentRow& row : rows) {
    const std::string& name = row.experiment->name;
    char line[512];
    if (row.measured.empty()) {
      std::snprintf(line, sizeof line, "%-26s not measured: %.200s\n", name.c_str(),
                    row.why_not.c_str());
    } else {
      const Measured m = together(row.measured);
      const double predicted = geometric_mean(row.predicted);
      std::snprintf(line, sizeof line, "%-26s predicted %5.2f  measured %5.2f (%.2f-%.2f)  %-12s  ",
                    name.c_str(), predicted, m.ratio, m.q1, m.q3, verdict(predicted, m));
    }
    text += line;
    if (!row.measured.empty()) text += row.experiment->decides + "\n";
  }
  return text;
}

}  // namespace heddle::bench
