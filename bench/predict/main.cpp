// heddle_predict: what the cost model predicts beside what a third party measured of the vendor's
// libraries, as the page docs/kernels/prediction.md.
//
//     heddle_predict vendor_timings.csv               writes the page to stdout
//     heddle_predict vendor_timings.csv --check PAGE  1 if PAGE is not that
//     heddle_predict --terms                          the model's terms and devices, as CSV

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "heddle/select.hpp"

namespace {

struct Row {
  std::string gpu, type;
  std::int64_t m = 0, k = 0, n = 0;
  double dense_us = 0, sparse_us = 0;
  heddle::Selection ours;
};

const std::map<std::string, std::string> kDevices = {{"A100", "A100 PCIe"},
                                                     {"H100", "H100 PCIe"},
                                                     {"B200", "B200"},
                                                     {"RTX4090", "RTX 4090"},
                                                     {"RTX5080", "RTX 5080"}};
const std::map<std::string, heddle::DataType> kTypes = {{"bf16", heddle::DataType::bf16},
                                                        {"int8", heddle::DataType::i8},
                                                        {"fp8", heddle::DataType::f8e4m3}};
const std::vector<std::string> kGpus = {"A100", "H100", "B200", "RTX4090", "RTX5080"};
const std::vector<std::string> kTypeNames = {"bf16", "fp8", "int8"};
const std::vector<std::int64_t> kTokens = {64, 128, 256, 512, 1024, 4096, 16384};

std::string format(const char* pattern, double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), pattern, value);
  return text.data();
}

std::string microseconds(double us) { return format(us < 100 ? "%.1f" : "%.0f", us); }

// A line of the file with its prediction; nothing where the line is a heading or broken.
std::optional<Row> read_row(const std::string& line) {
  std::istringstream in(line);
  std::string fields[7];
  for (std::string& field : fields)
    if (!std::getline(in, field, ',')) return {};
  Row row;
  row.gpu = fields[0];
  row.type = fields[1];
  const auto device = kDevices.find(row.gpu);
  const auto type = kTypes.find(row.type);
  if (device == kDevices.end() || type == kTypes.end()) return {};
  row.m = std::stoll(fields[2]);
  row.k = std::stoll(fields[3]);
  row.n = std::stoll(fields[4]);
  row.dense_us = std::stod(fields[5]);
  row.sparse_us = std::stod(fields[6]);
  heddle::SelectProblem problem;
  problem.m = row.m;
  problem.n = row.n;
  problem.k = row.k;
  problem.a_type = problem.b_type = type->second;
  problem.d_type = heddle::DataType::bf16;
  const auto description = heddle::find_device(device->second);
  if (!description.ok()) return {};
  const auto selection = heddle::select(problem, *description);
  if (!selection.ok()) return {};
  row.ours = *selection;
  return row;
}

std::vector<Row> read_rows(std::istream& file) {
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);)
    if (const std::optional<Row> row = read_row(line)) rows.push_back(*row);
  return rows;
}

// Squares were measured at one n; layers at many.
std::set<std::pair<std::int64_t, std::int64_t>> layers_of(const std::vector<Row>& rows) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::set<std::int64_t>> tokens;
  for (const Row& row : rows) tokens[{row.m, row.k}].insert(row.n);
  std::set<std::pair<std::int64_t, std::int64_t>> layers;
  for (const auto& [shape, counts] : tokens)
    if (counts.size() > 4) layers.insert(shape);
  return layers;
}

void write_means(std::ostream& out, const std::vector<Row>& rows, double Row::*theirs) {
  const auto layers = layers_of(rows);
  out << "| GPU | type | shapes |";
  for (const std::int64_t n : kTokens) out << " n = " << n << " |";
  out << "\n| --- | --- | --- |";
  for (std::size_t i = 0; i < kTokens.size(); ++i) out << " --- |";
  out << "\n";
  for (const std::string& gpu : kGpus)
    for (const std::string& type : kTypeNames) {
      std::map<std::int64_t, std::vector<double>> logs;
      for (const Row& row : rows)
        if (row.gpu == gpu && row.type == type && layers.count({row.m, row.k}) != 0)
          logs[row.n].push_back(std::log(row.*theirs / row.ours.predicted_us));
      if (logs.empty()) continue;
      out << "| " << kDevices.at(gpu) << " | " << type << " | " << logs[kTokens[0]].size() << " |";
      for (const std::int64_t n : kTokens) {
        double sum = 0;
        for (const double value : logs[n]) sum += value;
        out << " "
            << (logs[n].empty() ? "-" : format("%.2f", std::exp(sum / double(logs[n].size()))))
            << " |";
      }
      out << "\n";
    }
}

const char* bound(const heddle::Selection& s) {
  const std::pair<double, const char*> bounds[] = {{s.balance * s.memory_us, "memory"},
                                                   {s.balance * s.l2_us, "L2"},
                                                   {s.shared_us, "shared"},
                                                   {s.math_us, "math"},
                                                   {s.wait_us, "wait"}};
  const auto* most = std::begin(bounds);
  for (const auto& one : bounds)
    if (one.first > most->first) most = &one;
  return most->second;
}

void write_cases(std::ostream& out, const std::vector<Row>& rows) {
  const std::set<std::tuple<std::int64_t, std::int64_t, std::int64_t>> shown = {
      {4608, 3584, 64},   {4608, 3584, 512},  {4608, 3584, 4096},
      {3584, 18944, 64},  {3584, 18944, 512}, {3584, 18944, 4096},
      {1024, 1024, 1024}, {4096, 4096, 4096}, {8192, 8192, 8192}};
  out << "| GPU | type | m | k | n | vendor dense | vendor 2:4 | predicted | bound | configuration "
         "|\n"
         "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const std::string& gpu : kGpus)
    for (const Row& row : rows) {
      if (row.gpu != gpu || shown.count({row.m, row.k, row.n}) == 0) continue;
      if (row.type == "int8" && gpu != "A100") continue;
      out << "| " << kDevices.at(gpu) << " | " << row.type << " | " << row.m << " | " << row.k
          << " | " << row.n << " | " << microseconds(row.dense_us) << " | "
          << microseconds(row.sparse_us) << " | " << microseconds(row.ours.predicted_us) << " | "
          << bound(row.ours) << " | `" << to_string(row.ours.config) << "` |\n";
    }
}

// The first n of a square layer for which `found` holds.
template <class Found>
std::string first_tokens(const heddle::DeviceDescription& device, heddle::DataType type,
                         Found found) {
  for (std::int64_t n = 8; n <= 4096; n += 8) {
    heddle::SelectProblem problem;
    problem.m = problem.k = 8192;
    problem.n = n;
    problem.a_type = problem.b_type = type;
    problem.d_type = heddle::DataType::bf16;
    const auto selection = heddle::select(problem, device);
    if (selection.ok() && found(*selection)) return std::to_string(n);
  }
  return "-";
}

bool is_mma(const heddle::Selection& s) { return s.config.kernel == heddle::MatmulKernel::mma; }

void write_crossovers(std::ostream& out) {
  out << "| GPU | type | memory is no longer the bound | math is the bound | one warp along k | "
         "wgmma |\n"
         "| --- | --- | --- | --- | --- | --- |\n";
  for (const char* name : {"A100", "H100", "H200", "B200", "RTX 3090", "RTX 4090", "RTX 5090"})
    for (const std::string& type : kTypeNames) {
      const auto device = heddle::find_device(name);
      if (!device.ok()) continue;
      const auto first = [&](auto found) { return first_tokens(*device, kTypes.at(type), found); };
      using S = heddle::Selection;
      out << "| " << name << " | " << type << " | "
          << first([](const S& s) { return std::string(bound(s)) != "memory"; }) << " | "
          << first([](const S& s) { return std::string(bound(s)) == "math"; }) << " | "
          << first([](const S& s) { return is_mma(s) && s.config.warps_k == 1; }) << " | "
          << first([](const S& s) { return !is_mma(s); }) << " |\n";
    }
}

std::string page(const std::vector<Row>& rows) {
  std::ostringstream out;
  out << "# Predictions of the cost model beside the vendor's libraries\n\n"
         "Generated by `heddle_predict bench/predict/vendor_timings.csv` (bench/predict/main.cpp); "
         "a "
         "test compares.\n\n"
         "**Every time of Heddle on this page is a PREDICTION** of the model in "
         "[selection.md](selection.md); no GPU has run it.\n"
         "The vendor's times are third-party measurements (SlideSparse, arXiv 2603.05232, "
         "repository "
         "bcacdwk/vllmbench,\nApache-2.0): cuBLASLt and cuSPARSELt 0.8.1, best of an algorithm "
         "search, "
         "warm L2, back to back, unlocked clocks.\nThe model has A cold in device memory and "
         "counts a "
         "launch (2 us). The two are not one experiment.\n\n"
         "## Vendor's dense time over predicted time\n\n"
         "Geometric mean over linear-layer shapes; above 1, the prediction is the shorter "
         "time.\n\n";
  write_means(out, rows, &Row::dense_us);
  out << "\n## Vendor's 2:4 time over predicted time\n\n";
  write_means(out, rows, &Row::sparse_us);
  out << "\n## Crossovers\n\nThe least number of tokens, in eights, for m = k = 8192.\n"
         "One warp along k: of an mma configuration. wgmma: of one of those.\n\n";
  write_crossovers(out);
  out << "\n## Some cases\n\nMicroseconds.\n\n";
  write_cases(out, rows);
  return out.str();
}

// What bounds.py joins with the tables of instructions: a line `device,...` for each device and
// `case,...` for each product, with the names of its fields before the first of them.
void write_terms(std::ostream& out) {
  constexpr std::pair<std::int64_t, std::int64_t> kLayers[] = {{4096, 4096}, {28672, 8192}};
  const std::vector<std::pair<std::string, heddle::DataType>> types = {
      {"bf16", heddle::DataType::bf16},
      {"s8", heddle::DataType::i8},
      {"e4m3_e4m3", heddle::DataType::f8e4m3}};
  out << "device,name,capability,multiprocessors,clock_ghz,memory_gbytes_per_s,l2_gbytes_per_s,"
         "shared_bytes_per_multiprocessor\n";
  out << "case,device,multiply,m,k,n,predicted_us,memory_us,l2_us,shared_us,math_us,wait_us,"
         "fill_us,fixup_us,launch_us,balance,tile_m,tile_n,config\n";
  for (const char* name : {"A100", "RTX 4090", "H100", "H200", "B200", "RTX 5090"}) {
    const auto device = heddle::find_device(name);
    if (!device.ok()) continue;
    out << "device," << name << ',' << device->compute_capability << ',' << device->multiprocessors
        << ',' << device->clock_ghz << ',' << device->memory_gbytes_per_s << ','
        << device->l2_gbytes_per_s << ',' << device->shared_bytes_per_multiprocessor << '\n';
    for (const auto& [multiply, type] : types)
      for (const auto& [m, k] : kLayers)
        for (const std::int64_t n : {1, 8, 16, 64, 128, 256, 1024, 4096, 16384}) {
          heddle::SelectProblem problem;
          problem.m = m;
          problem.n = n;
          problem.k = k;
          problem.a_type = problem.b_type = type;
          problem.d_type = heddle::DataType::bf16;
          const auto s = heddle::select(problem, *device);
          if (!s.ok()) continue;  // a type that the device has not
          out << "case," << name << ',' << multiply << ',' << m << ',' << k << ',' << n;
          for (const double us :
               {s->predicted_us, s->memory_us, s->l2_us, s->shared_us, s->math_us, s->wait_us,
                s->fill_us, s->fixup_us, device->launch_us, s->balance})
            out << ',' << format("%.4f", us);
          out << ',' << s->config.tile_m() << ',' << s->config.tile_n() << ','
              << to_string(s->config) << '\n';
        }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--terms") {
    write_terms(std::cout);
    return 0;
  }
  const bool check = argc == 4 && std::string(argv[2]) == "--check";
  if (argc != 2 && !check) {
    std::cerr << "usage: heddle_predict vendor_timings.csv [--check PAGE] | --terms\n";
    return 2;
  }
  std::ifstream file(argv[1]);
  const std::vector<Row> rows = read_rows(file);
  if (rows.empty()) {
    std::cerr << argv[1] << ": no timings\n";
    return 2;
  }
  if (!check) {
    std::cout << page(rows);
    return 0;
  }
  std::ifstream written(argv[3]);
  const std::string text((std::istreambuf_iterator<char>(written)), {});
  if (text == page(rows)) return 0;
  std::cerr << argv[3] << " is not what the model predicts now: heddle_predict " << argv[1] << " > "
            << argv[3] << "\n";
  return 1;
}
