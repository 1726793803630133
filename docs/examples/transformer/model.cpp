#include "transformer.hpp"

#include <algorithm>
#include <cmath>

namespace transformer {
namespace {

// ---- products of one thread: 4 x 16 sums in registers -------------------------------------------

using Unaligned [[gnu::vector_size(32), gnu::aligned(4)]] = float;
struct [[gnu::may_alias]] Eight {
  Unaligned v;
};
struct [[gnu::may_alias]] One {
  float v;
};

template <int kRows, int kVectors, class V>
[[gnu::always_inline]] inline void block(const Product& p, int row, int col) {
  V sum[kRows][kVectors];
  float* c = p.c + row * p.cols + col;
  for (int r = 0; r < kRows; ++r)
    for (int j = 0; j < kVectors; ++j) sum[r][j].v = reinterpret_cast<V*>(c + r * p.cols)[j].v;
  const float *a = p.a + row * p.a_row, *b = p.b + col;
  for (int i = 0; i < p.depth; ++i, a += p.a_depth, b += p.cols)
    for (int r = 0; r < kRows; ++r)
      for (int j = 0; j < kVectors; ++j)
        sum[r][j].v += a[r * p.a_row] * reinterpret_cast<const V*>(b)[j].v;
  for (int r = 0; r < kRows; ++r)
    for (int j = 0; j < kVectors; ++j) reinterpret_cast<V*>(c + r * p.cols)[j].v = sum[r][j].v;
}

template <int kRows>
[[gnu::always_inline]] inline int band(const Product& p, int row) {
  int col = 0;
  for (; col + 16 <= p.cols; col += 16) block<kRows, 2, Eight>(p, row, col);
  for (; col < p.cols; ++col) block<kRows, 1, One>(p, row, col);
  return kRows;
}

[[gnu::always_inline]] inline void bands(const Product& p) {
  for (int row = 0; row < p.rows;) row += p.rows - row >= 4 ? band<4>(p, row) : band<1>(p, row);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void fused_bands(const Product& p) { bands(p); }
#endif

Floats transpose(const Floats& in, int rows, int cols) {
  Floats out(in.size());
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) out[c * rows + r] = in[r * cols + c];
  return out;
}

}  // namespace

void multiply_add(const Product& product) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return fused_bands(product);
#endif
  bands(product);
}

void dense_product(const Matrix& w, const Floats& x, int n, Floats& y) {
  const Floats xt = transpose(x, n, w.cols);
  Floats yt(w.rows * n);
  multiply_add({w.rows, n, w.cols, w.values.data(), w.cols, 1, xt.data(), yt.data()});
  y = transpose(yt, w.rows, n);
}

// ---- the model ----------------------------------------------------------------------------------

namespace {

Matrix random_matrix(int rows, int cols, double deviation, std::mt19937_64& random) {
  Matrix m{rows, cols, Floats(rows * cols), {}};
  for (float& v : m.values)  // uniform; the distributions of <random> differ between libraries
    v = float(deviation * std::sqrt(3.0) * (double(random() >> 11) * 0x1p-52 - 1));
  return m;
}

// y = x / rms(x) * gain, a token a row.
void normalize(const Matrix& gain, const Floats& x, int n, Floats& y) {
  y.resize(n * kWidth);
  for (int t = 0; t < n; ++t) {
    const float inverse = inverse_rms(&x[t * kWidth]);
    for (int i = 0; i < kWidth; ++i)
      y[t * kWidth + i] = x[t * kWidth + i] * inverse * gain.values[i];
  }
}

void attend(const Floats& qkv, int n, int start, const Floats& keys, const Floats& values,
            Floats& out) {
  out.assign(n * kWidth, 0);
  float weights[kContext];
  for (int t = 0; t < n; ++t)
    for (int head = 0; head < kWidth; head += kHead) {
      attention_weights(&qkv[t * 3 * kWidth + head], &keys[head], start + t + 1, weights);
      for (int j = 0; j <= start + t; ++j)
        for (int i = head; i < head + kHead; ++i)
          out[t * kWidth + i] += weights[j] * values[j * kWidth + i];
    }
}

}  // namespace

Model make_model(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const double in = 1 / std::sqrt(double(kWidth)), out = in / std::sqrt(2.0 * kLayers);
  Model m;
  m.embedding = random_matrix(kVocabulary, kWidth, in, random);
  for (Matrix& gain : m.gains) gain = {1, kWidth, Floats(kWidth, 1), {}};
  for (Matrix* w = m.linears; w != std::end(m.linears); w += kLinears) {
    w[kQkv] = random_matrix(3 * kWidth, kWidth, in, random);
    w[kOut] = random_matrix(kWidth, kWidth, out, random);
    w[kGateUp] = random_matrix(2 * kHidden, kWidth, in, random);
    w[kDown] = random_matrix(kWidth, kHidden, out, random);
  }
  return m;
}

std::vector<Matrix*> parameters(Model& model) {
  std::vector<Matrix*> list{&model.embedding};
  for (Matrix& gain : model.gains) list.push_back(&gain);
  for (Matrix& linear : model.linears) list.push_back(&linear);
  return list;
}

void add(const Floats& y, Floats& x) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

float inverse_rms(const float* x) {
  float sum = 0;
  for (int i = 0; i < kWidth; ++i) sum += x[i] * x[i];
  return 1 / std::sqrt(sum / kWidth + 1e-5f);
}

void rotate(float* vector, int position, float sign) {
  for (int i = 0; i < kHead / 2; ++i) {
    const float angle = float(position) * std::pow(10000.0f, -2.0f * float(i) / kHead);
    const float c = std::cos(angle), s = sign * std::sin(angle);
    for (float* head = vector; head < vector + kWidth; head += kHead) {
      const float a = head[i], b = head[i + kHead / 2];
      head[i] = a * c - b * s;
      head[i + kHead / 2] = a * s + b * c;
    }
  }
}

// The softmax of q * k / sqrt(kHead) over `count` keys, kWidth apart.
void attention_weights(const float* q, const float* keys, int count, float* weights) {
  float top = -INFINITY, sum = 0;
  for (int j = 0; j < count; ++j) {
    float dot = 0;
    for (int i = 0; i < kHead; ++i) dot += q[i] * keys[j * kWidth + i];
    weights[j] = dot / std::sqrt(float(kHead));
    top = std::max(top, weights[j]);
  }
  for (int j = 0; j < count; ++j) sum += weights[j] = std::exp(weights[j] - top);
  for (int j = 0; j < count; ++j) weights[j] /= sum;
}

void forward(const Model& model, const Linears& linears, const int* tokens, int n, Cache& cache,
             Trace& trace) {
  Floats x, y;
  for (int t = 0; t < n; ++t) {
    const float* row = &model.embedding.values[tokens[t] * kWidth];
    x.insert(x.end(), row, row + kWidth);
  }
  for (int l = 0; l < kLayers; ++l) {
    auto& a = trace.layers[l];
    a.x1 = x;
    normalize(model.gains[2 * l], x, n, a.h1);
    linears(l * kLinears + kQkv, a.h1, n, a.qkv);
    for (int t = 0; t < n; ++t) {
      float *q = &a.qkv[t * 3 * kWidth], *k = q + kWidth, *v = k + kWidth;
      rotate(q, cache.length + t, 1);
      rotate(k, cache.length + t, 1);
      cache.keys[l].insert(cache.keys[l].end(), k, v);
      cache.values[l].insert(cache.values[l].end(), v, v + kWidth);
    }
    attend(a.qkv, n, cache.length, cache.keys[l], cache.values[l], a.attention);
    linears(l * kLinears + kOut, a.attention, n, y);
    add(y, x);
    a.x2 = x;
    normalize(model.gains[2 * l + 1], x, n, a.h2);
    linears(l * kLinears + kGateUp, a.h2, n, a.gate_up);
    a.hidden.resize(n * kHidden);
    for (int i = 0; i < n * kHidden; ++i) {
      const float* gate = &a.gate_up[i + i / kHidden * kHidden];
      a.hidden[i] = gate[0] / (1 + std::exp(-gate[0])) * gate[kHidden];
    }
    linears(l * kLinears + kDown, a.hidden, n, y);
    add(y, x);
  }
  cache.length += n;
  trace.x = x;
  normalize(model.gains[2 * kLayers], x, n, trace.h);
  dense_product(model.embedding, trace.h, n, trace.logits);
}

}  // namespace transformer
