#include "test/oracle/problem.hpp"

#include <sstream>

#include "test/oracle/codes.hpp"

namespace heddle::oracle {

std::string pattern_text(Pattern pattern) {
  return std::to_string(pattern.keep) + ":" + std::to_string(pattern.group);
}

std::string problem(std::int64_t rows, std::int64_t cols, Pattern pattern, DataType type,
                    const Placement& placement) {
  std::ostringstream text;
  text << "m" << rows << "k" << cols << ":" << pattern_text(pattern) << ":" << type_name(type)
       << ":" << to_string(placement);
  return text.str();
}

std::string problem(const Matrix& m, Pattern pattern, const Placement& placement) {
  return problem(m.rows(), m.cols(), pattern, m.type(), placement);
}

std::string problem(const PackedDesc& desc) {
  return problem(desc.rows, desc.cols, desc.pattern, desc.type, {}) +
         (desc.order == PackedOrder::device ? ":device" : ":canonical");
}

std::string to_string(const MatmulProblem& p) {
  static const char* const kActivations[] = {"", ":relu", ":gelu_erf", ":gelu_tanh", ":silu"};
  std::ostringstream text;
  text << "m" << p.m << "n" << p.n << "k" << p.k << ":" << pattern_text(p.pattern) << ":"
       << type_name(p.a);
  if (p.b != p.a) text << "x" << type_name(p.b);
  text << ":" << type_name(p.d) << ":" << to_string(p.d_place);
  if (p.packed == PackedOrder::device) text << ":device";
  text << ":B=" << to_string(p.b_place);
  if (p.separate_c) text << ":C=" << to_string(p.c_place);
  if (p.alpha != 1) text << ":alpha=" << p.alpha;
  if (p.beta != 0) text << ":beta=" << p.beta;
  if (p.bias) text << ":bias";
  if (p.scale_m) text << ":scale_m";
  if (p.scale_n) text << ":scale_n";
  if (p.batch != 1) text << ":batch=" << p.batch;
  text << kActivations[static_cast<int>(p.activation)];
  return text.str();
}

}  // namespace heddle::oracle
