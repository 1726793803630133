#include "host/cli/bench_case.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <regex>

#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 34;  // of any matrix
constexpr std::int64_t kRandomValues = 65'537;                 // made once, then repeated
constexpr std::int64_t kMostChecked = 4099;

Status in_shape(const Status& status) { return {status.code(), "--shape: " + status.message()}; }

DataType usual_output(DataType type) {
  if (type == DataType::i8) return DataType::i32;
  return size_of(type) == 1 ? DataType::bf16 : type;
}

double unit_of(DataType type) {  // of rounding to it
  switch (type) {
    case DataType::bf16: return 0x1p-8;
    case DataType::f16: return 0x1p-11;
    case DataType::f32: return 0x1p-24;
    default: return 0;
  }
}

// Normal values; for f32 without the bits that tf32 drops. `seed` tells operands apart.
void fill_random(std::vector<std::byte>& out, DataType type, unsigned seed) {
  const auto elements = static_cast<std::int64_t>(out.size() / size_of(type));
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  const std::int64_t made = std::min(elements, kRandomValues);
  for (std::int64_t i = 0; i < made; ++i) {
    float value = normal(random);
    if (type == DataType::i8) value = std::round(value * 30);
    if (type == DataType::f32) value = bf16_to_float(float_to_bf16(value));
    store_from_float(out.data(), i, type, value);
  }
  for (std::size_t done = static_cast<std::size_t>(made) * size_of(type); done < out.size();) {
    const std::size_t step = std::min(done, out.size() - done);
    std::memcpy(out.data() + done, out.data(), step);
    done += step;
  }
}

// An i32 beyond 2^24 is not a float.
double element(const std::byte* data, std::int64_t at, DataType type) {
  if (type != DataType::i32) return static_cast<double>(load_as_float(data, at, type));
  std::int32_t value = 0;
  std::memcpy(&value, data + 4 * at, 4);
  return value;
}

}  // namespace

MatmulDesc BenchCase::desc(PackedOrder packed_order) const {
  MatmulDesc desc;
  desc.a = {m, k, pattern, type, packed_order};
  desc.max_n = n;
  desc.b_type = type;
  desc.d_type = out;
  desc.b_order = desc.c_order = desc.d_order = order;
  return desc;
}

Result<BenchCase> parse_bench_case(const std::string& text) {
  static const std::regex form(
      "m([0-9]{1,9})n([0-9]{1,9})k([0-9]{1,9}):([0-9]+:[0-9]+):([a-z0-9]+?)(?::(?!row$|col$)([a-z0-"
      "9]+"
      "))?(?::(row|col))?");
  std::smatch match;
  if (!std::regex_match(text, match, form))
    return Status(
        StatusCode::invalid_argument,
        "--shape " + io::quote(text) + ": must be like m4096n16k4096:2:4:bf16[:d_type][:row|col]");
  BenchCase problem;
  problem.m = std::stoll(match[1]);
  problem.n = std::stoll(match[2]);
  problem.k = std::stoll(match[3]);
  for (const std::int64_t elements :
       {problem.m * problem.k, problem.k * problem.n, problem.m * problem.n})
    if (elements < 1 || elements > kMostElements)
      return Status(StatusCode::invalid_argument,
                    "--shape " + io::quote(text) + ": every matrix must have 1 to 2^34 elements");
  const auto pattern = find_pattern(match[4]);
  if (!pattern) return in_shape(pattern.status());
  const auto type = parse_data_type(match[5]);
  if (!type) return in_shape(type.status());
  problem.pattern = *pattern;
  problem.type = *type;
  problem.out = usual_output(*type);
  if (match[6].matched) {
    const auto out = parse_data_type(match[6]);
    if (!out) return in_shape(out.status());
    problem.out = *out;
  }
  problem.order = match[7] == "row" ? Order::row : Order::col;
  return problem;
}

std::string to_string(const BenchCase& problem) {
  return "m" + std::to_string(problem.m) + "n" + std::to_string(problem.n) + "k" +
         std::to_string(problem.k) + ":" + heddle::to_string(problem.pattern) + ":" +
         heddle::to_string(problem.type) + ":" + heddle::to_string(problem.out) + ":" +
         heddle::to_string(problem.order);
}

Result<BenchOperands> make_operands(const BenchCase& problem, PackedOrder order, int threads) {
  const PackedDesc desc = problem.desc(order).a;
  const auto size = packed_size(desc);
  if (!size) return in_shape(size.status());
  BenchOperands made;
  made.blob.resize(*size);
  made.dense.resize(static_cast<std::size_t>(problem.m * problem.k) * size_of(problem.type));
  made.b.resize(problem.b_bytes());
  fill_random(made.dense, problem.type, 1);
  fill_random(made.b, problem.type, 2);
  const Exec exec = Exec::cpu(threads);
  const MatrixView matrix = row_major(made.dense.data(), problem.m, problem.k, problem.type);
  const PackedView blob = {desc, made.blob.data(), made.blob.size()};
  if (const Status status = pack(exec, matrix, blob); !status.ok()) return status;
  if (const Status status = unpack(exec, blob, matrix); !status.ok()) return status;
  return made;
}

Result<std::int64_t> check_result(const BenchCase& problem, const BenchOperands& operands,
                                  const std::byte* d) {
  const auto [m, n, k] = std::tuple(problem.m, problem.n, problem.k);
  const bool col = problem.order == Order::col;
  const std::int64_t step = (m * n + kMostChecked - 1) / kMostChecked;
  // Each of k additions rounds, to f32.
  const double unit_sum = problem.type == DataType::i8 ? 0 : (static_cast<double>(k) + 2) * 0x1p-23;
  // From the last element down: edges are where kernels go wrong.
  std::int64_t checked = 0;
  for (std::int64_t at = m * n - 1; at >= 0; at -= step, ++checked) {
    const std::int64_t row = at % m, token = at / m;
    double sum = 0, magnitude = 0;
    for (std::int64_t i = 0; i < k; ++i) {
      const double product =
          element(operands.dense.data(), row * k + i, problem.type) *
          element(operands.b.data(), col ? token * k + i : i * n + token, problem.type);
      sum += product;
      magnitude += std::fabs(product);
    }
    if (problem.out == DataType::i8) sum = std::clamp(sum, -128.0, 127.0);
    const double got = element(d, col ? token * m + row : row * n + token, problem.out);
    const double unit =
        problem.type == DataType::i8 && problem.out != DataType::i32 && problem.out != DataType::i8
            ? unit_of(problem.out) + 0x1p-24
            : unit_of(problem.out);
    const double most = problem.out == DataType::f16 ? 65504.0 : INFINITY;
    if (std::fabs(sum) > most) continue;  // infinity, or the largest: not this check's business
    if (std::fabs(got - sum) <= unit * std::fabs(sum) + unit_sum * magnitude) continue;
    return Status(StatusCode::corrupt, "wrong result: D(" + std::to_string(row) + ", " +
                                           std::to_string(token) + ") = " + std::to_string(got) +
                                           ": must be " + std::to_string(sum));
  }
  return checked;
}

double quantile(std::vector<double> values, double fraction) {
  std::sort(values.begin(), values.end());
  const double at = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (at - static_cast<double>(below));
}

}  // namespace heddle::cli
