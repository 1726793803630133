#include "host/cpu/epilogue.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "heddle/numeric.hpp"

namespace heddle::cpu {
namespace {

std::int64_t index_of(const ConstMatrixView& m, std::int64_t row, std::int64_t col) {
  return m.order == Order::row ? row * m.ld + col : col * m.ld + row;
}

float activate(Activation activation, float x) {
  switch (activation) {
    case Activation::none: break;
    case Activation::relu: return x < 0.0f ? 0.0f : x;  // NaN stays NaN
    case Activation::gelu_erf: return 0.5f * x * (1.0f + std::erf(x * 0.70710678f));
    case Activation::gelu_tanh:
      return 0.5f * x * (1.0f + std::tanh(0.79788456f * (x + 0.044715f * x * x * x)));
    case Activation::silu: return x / (1.0f + std::exp(-x));
  }
  return x;
}

std::int32_t load_i32(const ConstMatrixView& m, std::int64_t row, std::int64_t col) {
  std::int32_t value;
  std::memcpy(&value, static_cast<const std::byte*>(m.data) + index_of(m, row, col) * 4, 4);
  return value;
}

}  // namespace

Epilogue::Epilogue(const MatrixView& d, const MatmulOptions& options)
    : d_(d), c_(options.c ? *options.c : ConstMatrixView(d)), options_(options) {
  const bool integral = (options.alpha == 1.0f || options.alpha == 0.0f) &&
                        (options.beta == 0.0f || options.beta == 1.0f);
  exact_ = d.type == DataType::i32 && integral && !options.bias &&
           (options.activation == Activation::none || options.activation == Activation::relu);
}

float Epilogue::finish(float product, float c, float bias) const {
  float sum = options_.alpha * product;
  if (options_.beta != 0.0f) sum += options_.beta * c;
  return activate(options_.activation, sum + bias);
}

void Epilogue::store(std::int64_t row, std::int64_t col, std::int64_t count,
                     const float* acc) const {
  const float bias =
      options_.bias ? load_as_float(options_.bias->data, row, options_.bias->type) : 0.0f;
  for (std::int64_t j = 0; j < count; ++j) {
    const float c =
        options_.beta != 0.0f ? load_as_float(c_.data, index_of(c_, row, col + j), c_.type) : 0.0f;
    const float product = options_.alpha != 0.0f ? acc[j] : 0.0f;
    store_from_float(d_.data, index_of(d_, row, col + j), d_.type, finish(product, c, bias));
  }
}

void Epilogue::store(std::int64_t row, std::int64_t col, std::int64_t count,
                     const std::int32_t* acc) const {
  if (!exact_) {
    float converted[64];
    for (std::int64_t first = 0; first < count; first += 64) {
      const std::int64_t some = std::min<std::int64_t>(64, count - first);
      for (std::int64_t j = 0; j < some; ++j) converted[j] = static_cast<float>(acc[first + j]);
      store(row, col + first, some, converted);
    }
    return;
  }
  for (std::int64_t j = 0; j < count; ++j) {
    std::int64_t sum = acc[j];
    if (options_.beta != 0.0f) sum += load_i32(c_, row, col + j);
    if (options_.activation == Activation::relu) sum = std::max<std::int64_t>(sum, 0);
    sum = std::clamp<std::int64_t>(sum, std::numeric_limits<std::int32_t>::min(),
                                   std::numeric_limits<std::int32_t>::max());
    const auto value = static_cast<std::int32_t>(sum);
    std::memcpy(static_cast<std::byte*>(d_.data) + index_of(d_, row, col + j) * 4, &value, 4);
  }
}

}  // namespace heddle::cpu
