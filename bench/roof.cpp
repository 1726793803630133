#include "bench/roof.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace heddle::bench {
namespace {

constexpr double kMostProducts = 0x1p34;  // of a check: a tenth of a second in f64 on a small card

std::string number(double value, int digits) {
  if (value == 0) return "-";
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string percent(double share) { return share > 0 ? number(100 * share, 0) + "%" : "-"; }

// Columns as wide as their widest cell; the first is aligned left, the others right.
std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - row[i].size(), ' ');
      const bool last = i + 1 == row.size();  // the configuration
      text += i == 0 || last ? row[i] + (last ? "" : pad) : pad + row[i];
      text += last ? "\n" : "  ";
    }
  }
  return text;
}

const char* band_of(std::int64_t n) {
  if (n <= 16) return "n <= 16";
  if (n <= 64) return "n <= 64";
  return n <= 512 ? "n <= 512" : "n > 512";
}

}  // namespace

DataType product_type(DataType type) {
  switch (type) {
    case DataType::i8: return DataType::i32;
    case DataType::f8e4m3:
    case DataType::f8e5m2: return DataType::bf16;
    default: return type;
  }
}

ProductWork product_work(const Case& problem, std::size_t packed_bytes) {
  const auto m = static_cast<double>(problem.rows), n = static_cast<double>(problem.n);
  const auto k = static_cast<double>(problem.cols);
  const auto groups = (problem.cols + problem.pattern.group - 1) / problem.pattern.group;
  const auto kept = static_cast<double>(groups * problem.pattern.keep);
  const auto in = static_cast<double>(size_of(problem.type));
  const auto out = static_cast<double>(size_of(product_type(problem.type)));
  const double around = k * n * in + m * n * out;
  return {2 * m * n * k, 2 * m * n * kept, static_cast<double>(packed_bytes) + around,
          m * k * in + around};
}

Roof roof(double bytes, double bytes_per_s, double flops, double flops_per_s,
          const char* math_name) {
  const double memory = bytes_per_s > 0 ? bytes / bytes_per_s : 0;
  const double math = flops_per_s > 0 ? flops / flops_per_s : 0;
  if (memory == 0 && math == 0) return {};
  return memory >= math ? Roof{memory, "memory"} : Roof{math, math_name};
}

SampleSteps sample_steps(std::int64_t m, std::int64_t n, std::int64_t k) {
  const double share =
      static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) / kMostProducts;
  if (share <= 1) return {};
  const auto odd = [](double least) { return static_cast<std::int64_t>(std::ceil(least)) | 1; };
  SampleSteps steps;
  steps.col = std::min(odd(std::sqrt(share)), n);
  steps.row = odd(share / static_cast<double>(steps.col));
  return steps;
}

double geometric_mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    if (!(value > 0)) return 0;
    sum += std::log(value);
  }
  return values.empty() ? 0 : std::exp(sum / static_cast<double>(values.size()));
}

std::string variant_table(const std::vector<ProductRow>& rows) {
  std::vector<std::vector<std::string>> body = {{"variant of", "us", "TFLOP/s", "x chosen",
                                                 "x cuBLASLt", "x cuSPARSELt", "of roof", "bound",
                                                 "configuration"}};
  for (const ProductRow& r : rows)
    body.push_back({r.problem, number(r.us, 2), number(r.dense_tflops, 1), number(r.over_chosen, 2),
                    number(r.over_dense, 2), number(r.over_sparse, 2), percent(r.roof_share),
                    r.bound, r.config});
  return aligned(body);
}

std::string product_table(const std::vector<ProductRow>& rows, const std::vector<Case>& cases) {
  std::vector<std::vector<std::string>> body = {{"product", "us", "TFLOP/s", "stored", "GB/s",
                                                 "x cuBLASLt", "x cuSPARSELt", "of roof", "bound",
                                                 "configuration"}};
  using Speeds = std::pair<std::vector<double>, std::vector<double>>;
  std::map<std::pair<std::string, std::string>, Speeds> means;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ProductRow& r = rows[i];
    body.push_back({r.problem, number(r.us, 2), number(r.dense_tflops, 1),
                    number(r.stored_tflops, 1), number(r.gbytes_per_s, 0), number(r.over_dense, 2),
                    number(r.over_sparse, 2), percent(r.roof_share), r.bound, r.config});
    Speeds& speeds = means[{to_string(cases[i].type), band_of(cases[i].n)}];
    if (r.over_dense > 0) speeds.first.push_back(r.over_dense);
    if (r.over_sparse > 0) speeds.second.push_back(r.over_sparse);
  }
  std::vector<std::vector<std::string>> closing = {
      {"geometric mean", "x cuBLASLt", "of", "x cuSPARSELt", "of", ""}};
  for (const auto& [what, speeds] : means)
    closing.push_back({what.first + ", " + what.second, number(geometric_mean(speeds.first), 2),
                       std::to_string(speeds.first.size()),
                       number(geometric_mean(speeds.second), 2),
                       std::to_string(speeds.second.size()), ""});
  return aligned(body) + "\n" + aligned(closing);
}

}  // namespace heddle::bench
