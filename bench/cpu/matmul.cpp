#include "bench/cpu/matmul.hpp"

#include <cmath>

namespace heddle::bench {

Product::Product(Buffers buffers)
    : buffers_(std::move(buffers)),
      out_type_(buffers_.problem.type == DataType::i8 ? DataType::i32 : DataType::f32),
      b_(static_cast<std::size_t>(buffers_.problem.cols * buffers_.problem.n) *
         size_of(buffers_.problem.type)),
      d_(static_cast<std::size_t>(buffers_.problem.rows * buffers_.problem.n) *
         size_of(out_type_)) {
  const Case& problem = buffers_.problem;
  fill_normal(b_.data(), problem.cols * problem.n, problem.type);
}

Status Product::run(const Exec& exec) const {
  const Case& p = buffers_.problem;
  const MatrixView b = {b_.data(), p.cols, p.n, p.cols, p.type, Order::col};
  const MatrixView d = {d_.data(), p.rows, p.n, p.rows, out_type_, Order::col};
  return matmul(exec, buffers_.operands().blob(Part::packed), b, d);
}

std::string Product::verify() const {
  const Case& problem = buffers_.problem;
  const std::int64_t outputs = problem.rows * problem.n;
  const std::int64_t stride = outputs / 64 + 1;
  for (std::int64_t index = 0; index < outputs; index += stride) {
    std::string wrong = verify_output(index % problem.rows, index / problem.rows);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string Product::verify_output(std::int64_t row, std::int64_t column) const {
  const Case& problem = buffers_.problem;
  double sum = 0;
  double magnitude = 0;
  for (std::int64_t k = 0; k < problem.cols; ++k) {
    const std::int64_t at =
        problem.order == Order::row ? row * problem.ld() + k : k * problem.ld() + row;
    const double a = load_as_float(buffers_.pruned.data(), at, problem.type);
    const double b = load_as_float(b_.data(), column * problem.cols + k, problem.type);
    sum += a * b;
    magnitude += std::fabs(a * b);
  }
  const double got = load_as_float(d_.data(), column * problem.rows + row, out_type_);
  // f32 accumulation of k terms, and load_as_float's own rounding of a large i32.
  const double bound = (static_cast<double>(problem.cols) + 2) * 0x1p-24 * magnitude;
  if (std::fabs(got - sum) <= bound) return {};
  return "D(" + std::to_string(row) + ", " + std::to_string(column) + ") = " + std::to_string(got) +
         ": must be " + std::to_string(sum);
}

double Product::operations() const {
  const Case& problem = buffers_.problem;
  const auto groups = (problem.cols + problem.pattern.group - 1) / problem.pattern.group;
  return 2.0 * static_cast<double>(problem.rows) * static_cast<double>(problem.n) *
         static_cast<double>(groups * problem.pattern.keep);
}

}  // namespace heddle::bench
