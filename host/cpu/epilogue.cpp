#include "host/cpu/epilogue.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "heddle/numeric.hpp"
#include "host/batch.hpp"

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

Epilogue::Epilogue(const MatmulBuffers& x, Activation activation, std::int64_t index)
    : d_(item(x.d, index, x.batch.d_stride)),
      c_(x.c ? item(*x.c, index, x.batch.c_stride) : ConstMatrixView(d_)),
      alpha_(x.alpha),
      beta_(x.beta),
      bias_(x.bias),
      scale_m_(x.scale_m),
      scale_n_(x.scale_n),
      activation_(activation) {
  const bool integral = (alpha_ == 1.0f || alpha_ == 0.0f) && (beta_ == 0.0f || beta_ == 1.0f);
  exact_ = d_.type == DataType::i32 && integral && !bias_ && !scale_m_ && !scale_n_ &&
           (activation == Activation::none || activation == Activation::relu);
}

void Epilogue::store(std::int64_t row, std::int64_t col, std::int64_t count,
                     const float* acc) const {
  const auto element = [](const std::optional<ConstVectorView>& v, std::int64_t i, float none) {
    return v ? load_as_float(v->data, i, v->type) : none;
  };
  const float bias = element(bias_, row, 0.0f);
  const float scale = alpha_ != 0.0f ? alpha_ * element(scale_m_, row, 1.0f) : 0.0f;
  for (std::int64_t j = 0; j < count; ++j) {
    float sum = 0.0f;  // of alpha 0: scales are not read either
    if (alpha_ != 0.0f) sum = scale * element(scale_n_, col + j, 1.0f) * acc[j];
    if (beta_ != 0.0f) sum += beta_ * load_as_float(c_.data, index_of(c_, row, col + j), c_.type);
    store_from_float(d_.data, index_of(d_, row, col + j), d_.type,
                     activate(activation_, bias_ ? sum + bias : sum));
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
    if (beta_ != 0.0f) sum += load_i32(c_, row, col + j);
    if (activation_ == Activation::relu) sum = std::max<std::int64_t>(sum, 0);
    sum = std::clamp<std::int64_t>(sum, std::numeric_limits<std::int32_t>::min(),
                                   std::numeric_limits<std::int32_t>::max());
    const auto value = static_cast<std::int32_t>(sum);
    std::memcpy(static_cast<std::byte*>(d_.data) + index_of(d_, row, col + j) * 4, &value, 4);
  }
}

}  // namespace heddle::cpu
