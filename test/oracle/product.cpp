#include "test/oracle/product.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "test/oracle/codes.hpp"

namespace heddle::oracle {
namespace {

// Bad elements, with what is needed to find the cause.
struct Findings {
  std::int64_t count = 0;
  std::int64_t first_row = 0, first_col = 0;
  double worst = 0;  // error in units of the bound
  std::int64_t worst_row = 0, worst_col = 0;
  std::set<std::int64_t> rows, cols, tiles;

  void add(std::int64_t r, std::int64_t c, double excess, std::int64_t tiles_per_row) {
    if (count++ == 0) first_row = r, first_col = c;
    if (count == 1 || excess > worst) worst = excess, worst_row = r, worst_col = c;
    rows.insert(r);
    cols.insert(c);
    tiles.insert(r / 16 * tiles_per_row + c / 8);
  }
};

// The place in the m16n8 tile of a sparse mma: accumulators lie at row lane / 4 (+ 8), columns
// 2 * (lane % 4) and the next.
std::string place(std::int64_t r, std::int64_t c) {
  std::ostringstream text;
  text << "(" << r << ", " << c << ") in m16n8 tile (" << r / 16 << ", " << c / 8 << ") lane "
       << 4 * (r % 8) + c % 8 / 2;
  return text.str();
}

testing::AssertionResult report(const char* what, const Matrix& got, const Reference& ref,
                                const Findings& f) {
  return testing::AssertionFailure()
         << what << ": " << f.count << " of " << ref.value.size() << " elements, in "
         << f.rows.size() << " rows, " << f.cols.size() << " columns, " << f.tiles.size()
         << " m16n8 tiles; first " << place(f.first_row, f.first_col) << ": got "
         << got.at(f.first_row, f.first_col) << ", reference " << ref.at(f.first_row, f.first_col)
         << "; worst " << place(f.worst_row, f.worst_col) << ": got "
         << got.at(f.worst_row, f.worst_col) << ", reference " << ref.at(f.worst_row, f.worst_col)
         << ", " << f.worst << " bounds off";
}

testing::AssertionResult trust(const Matrix& got, const Reference& ref, bool zeros_expected) {
  if (got.rows() != ref.rows || got.cols() != ref.cols)
    return testing::AssertionFailure() << "shapes differ: a defect of the test";
  const auto zeros = std::count(ref.value.begin(), ref.value.end(), 0.0);
  if (!zeros_expected && zeros * 4 > static_cast<std::int64_t>(ref.value.size()) * 3)
    return testing::AssertionFailure() << "MISTRUSTED: " << zeros << " of " << ref.value.size()
                                       << " reference elements are zero";
  return testing::AssertionSuccess();
}

// 0 finite, 1 NaN, 2 +inf, 3 -inf
int class_of(double x) { return std::isnan(x) ? 1 : std::isinf(x) ? (x > 0 ? 2 : 3) : 0; }
double rounded(DataType type, double x) { return decode(type, encode(type, x)); }

// Where a value ends up if it is no float's: in range, not yet rounded.
double in_range(DataType type, double x) {
  if (!is_integer(type)) return x;
  const double limit = std::ldexp(1.0, bits_of(type) - 1);
  return std::isnan(x) ? 0 : std::clamp(x, -limit, limit - 1);
}

}  // namespace

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::none: return x;
    case Activation::relu: return x < 0 ? 0 : x;
    case Activation::gelu_erf: return x * (1 + std::erf(x / std::sqrt(2.0))) / 2;
    case Activation::gelu_tanh: {
      const double inner = std::sqrt(2.0 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
      return x / 2 * (1 + std::tanh(inner));
    }
    case Activation::silu: return x / (1 + std::exp(-x));
  }
  return x;
}

Reference product(const Matrix& a, const Mask& stored, const Matrix& b, const Epilogue& e) {
  Reference ref;
  ref.rows = a.rows();
  ref.cols = b.cols();
  ref.value.reserve(static_cast<std::size_t>(ref.rows * ref.cols));
  ref.scale.reserve(ref.value.capacity());
  std::vector<double> bt(static_cast<std::size_t>(b.rows() * b.cols()));  // B, column by column
  for (std::int64_t j = 0; j < b.cols(); ++j)
    for (std::int64_t i = 0; i < b.rows(); ++i)
      bt[static_cast<std::size_t>(j * b.rows() + i)] = b.at(i, j);
  std::vector<std::pair<std::int64_t, double>> row;
  for (std::int64_t r = 0; r < a.rows(); ++r) {
    row.clear();
    for (std::int64_t i = 0; i < a.cols(); ++i)
      if (stored.kept(r, i)) row.emplace_back(i, a.at(r, i));
    ref.terms = std::max(ref.terms, static_cast<std::int64_t>(row.size()));
    for (std::int64_t j = 0; j < b.cols(); ++j) {
      double sum = 0, scale = 0;
      for (const auto& [i, x] : row) {
        const double term = x * bt[static_cast<std::size_t>(j * b.rows() + i)];
        sum += term;
        scale += std::fabs(term);
      }
      double factor = e.alpha;
      if (e.scale_m != nullptr) factor *= (*e.scale_m)[static_cast<std::size_t>(r)];
      if (e.scale_n != nullptr) factor *= (*e.scale_n)[static_cast<std::size_t>(j)];
      double value = e.alpha == 0 ? 0 : factor * sum;
      scale = e.alpha == 0 ? 0 : scale * std::fabs(factor);
      if (e.beta != 0) value += e.beta * e.c->at(r, j), scale += std::fabs(e.beta * e.c->at(r, j));
      if (e.bias != nullptr) {
        const double bias = (*e.bias)[static_cast<std::size_t>(r)];
        value += bias, scale += std::fabs(bias);
      }
      ref.value.push_back(activate(e.activation, value));
      ref.scale.push_back(scale);
    }
  }
  return ref;
}

testing::AssertionResult compare(const Matrix& got, const Reference& ref, const Bound& bound) {
  if (auto trusted = trust(got, ref, bound.zeros_expected); !trusted) return trusted;
  const std::int64_t tiles_per_row = (ref.cols + 7) / 8;
  Findings wrong_class, out_of_bound;
  for (std::int64_t r = 0; r < ref.rows; ++r)
    for (std::int64_t c = 0; c < ref.cols; ++c) {
      const auto i = static_cast<std::size_t>(r * ref.cols + c);
      const double x = got.at(r, c), y = in_range(got.type(), ref.value[i]);
      const double u_out = is_integer(got.type()) ? 0 : unit_roundoff(got.type());
      const double grain = is_integer(got.type()) ? 0.5 : smallest_subnormal(got.type());
      const double allowed =
          !std::isfinite(y) ? 0.0
                            : u_out * std::fabs(y) + grain +
                                  bound.accumulator *
                                      (static_cast<double>(ref.terms) + bound.slack) * ref.scale[i];
      const int low = class_of(rounded(got.type(), y - allowed));
      const int high = class_of(rounded(got.type(), y + allowed));
      if (class_of(x) != low && class_of(x) != high)
        wrong_class.add(r, c, 0, tiles_per_row);
      else if (class_of(x) == 0 && low == 0 && high == 0 && !(std::fabs(x - y) <= allowed))
        out_of_bound.add(r, c, std::fabs(x - y) / allowed, tiles_per_row);
    }
  if (wrong_class.count != 0) return report("class (NaN, inf, finite)", got, ref, wrong_class);
  if (out_of_bound.count != 0) return report("beyond the bound", got, ref, out_of_bound);
  return testing::AssertionSuccess();
}

testing::AssertionResult compare_exact(const Matrix& got, const Reference& ref,
                                       bool zeros_expected) {
  if (auto trusted = trust(got, ref, zeros_expected); !trusted) return trusted;
  Findings bad;
  for (std::int64_t r = 0; r < ref.rows; ++r)
    for (std::int64_t c = 0; c < ref.cols; ++c) {
      const double x = got.at(r, c), y = rounded(got.type(), ref.at(r, c));
      const bool equal = x == y || (std::isnan(x) && std::isnan(y));
      if (!equal) bad.add(r, c, std::fabs(x - y), (ref.cols + 7) / 8);
    }
  if (bad.count != 0) return report("not exact", got, ref, bad);
  return testing::AssertionSuccess();
}

}  // namespace heddle::oracle
