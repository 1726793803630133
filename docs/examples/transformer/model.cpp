#include <algorithm>
#include <cmath>

#include "transformer.hpp"

namespace transformer {
namespace {

// ---- dense products of one thread: 4 x 16 sums in registers -------------------------------------

using Unaligned [[gnu::vector_size(32), gnu::aligned(4)]] = float;
struct [[gnu::may_alias]] Eight {
  Unaligned v;
};
struct [[gnu::may_alias]] One {
  float v;
};

// c[r, :] += sum over i of a[r * a_row + i * a_depth] * b[i, :]; b [depth, cols], c [rows, cols].
// Ascending in i, by fused multiply-add where the processor has it, as Heddle's CPU path sums: so
// that masked dense and packed weights give the same bits.
struct Product {
  int rows, cols, depth;
  const float* a;
  std::ptrdiff_t a_row, a_depth;
  const float* b;
  float* c;
};

template <int kRows, int kVectors, class V>
[[gnu::always_inline]] inline void block(const Product& p, int row, int col) {
  V sum[kRows][kVectors];
  const auto c = [&](int r) { return reinterpret_cast<V*>(p.c + (row + r) * p.cols + col); };
  for (int r = 0; r < kRows; ++r)
    for (int j = 0; j < kVectors; ++j) sum[r][j].v = c(r)[j].v;
  const float *a = p.a + row * p.a_row, *b = p.b + col;
  for (int i = 0; i < p.depth; ++i, a += p.a_depth, b += p.cols)
    for (int r = 0; r < kRows; ++r)
      for (int j = 0; j < kVectors; ++j)
        sum[r][j].v += a[r * p.a_row] * reinterpret_cast<const V*>(b)[j].v;
  for (int r = 0; r < kRows; ++r)
    for (int j = 0; j < kVectors; ++j) c(r)[j].v = sum[r][j].v;
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

void multiply_add(const Product& product) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return fused_bands(product);
#endif
  bands(product);
}

Floats transpose(const Floats& in, int rows, int cols) {
  Floats out(in.size());
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) out[c * rows + r] = in[r * cols + c];
  return out;
}

// ---- the operations, each with its gradient -----------------------------------------------------

struct Value {
  Floats x, d;  // d: the gradient, in training
};
using Ref = std::shared_ptr<Value>;

// q or k of a token, turned forth (sign 1) or back (-1).
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

void add(const Floats& y, Floats& x) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

float dot(const float* a, const float* b) {  // of a head
  float lanes[8] = {}, sum = 0;  // eight sums at once: the compiler makes a vector of them
  for (int i = 0; i < kHead; i += 8)
    for (int j = 0; j < 8; ++j) lanes[j] += a[i + j] * b[i + j];
  for (const float lane : lanes) sum += lane;
  return sum;
}

// The softmax of q * k / sqrt(kHead) over `count` keys.
void attention_weights(const float* q, const float* keys, int stride, int count, float* weights) {
  float top = -INFINITY, sum = 0;
  for (int j = 0; j < count; ++j)
    top = std::max(top, weights[j] = dot(q, keys + j * stride) / std::sqrt(float(kHead)));
  for (int j = 0; j < count; ++j) sum += weights[j] = std::exp(weights[j] - top);
  for (int j = 0; j < count; ++j) weights[j] /= sum;
}

// One pass over n tokens. In training every operation leaves behind how to go back through it.
class Pass {
 public:
  Pass(const Model& model, const Linears& linears, int n, Cache& cache, Model* gradient)
      : model_(model), linears_(linears), n_(n), cache_(cache), gradient_(gradient) {}

  Ref run(const int* tokens) {
    Ref x = embed(tokens);
    for (int l = 0; l < kLayers; ++l) {
      const int first = l * kLinears;
      x = linear(first + kOut, attend(l, linear(first + kQkv, norm(2 * l, x))), x);
      x = linear(first + kDown, swiglu(linear(first + kGateUp, norm(2 * l + 1, x))), x);
    }
    cache_.length += n_;
    return head(norm(2 * kLayers, x));
  }

  void backward() {
    for (; !back_.empty(); back_.pop_back()) back_.back()();
  }

 private:
  // A result of n rows, and (in training) the way back from it.
  Ref result(int cols) const {
    const std::size_t size = n_ * cols;
    return std::make_shared<Value>(Value{Floats(size), Floats(gradient_ != nullptr ? size : 0)});
  }
  template <class Back>
  void later(const Back& back) {
    if (gradient_ != nullptr) back_.emplace_back(back);
  }

  Ref embed(const int* tokens) {
    Ref y = result(kWidth);
    const auto entry = [=](int i) { return tokens[i / kWidth] * kWidth + i % kWidth; };
    for (int i = 0; i < n_ * kWidth; ++i) y->x[i] = model_.embedding.values[entry(i)];
    later([=, this] {
      for (int i = 0; i < n_ * kWidth; ++i) gradient_->embedding.values[entry(i)] += y->d[i];
    });
    return y;
  }

  // x / rms(x) * gain
  Ref norm(int index, const Ref& x) {
    const float* gain = model_.gains[index].values.data();
    Ref y = result(kWidth);
    Floats scales(n_);
    for (int t = 0; t < n_; ++t) {
      const float* in = &x->x[t * kWidth];
      float sum = 0;
      for (int i = 0; i < kWidth; ++i) sum += in[i] * in[i];
      scales[t] = 1 / std::sqrt(sum / kWidth + 1e-5f);
      for (int i = 0; i < kWidth; ++i) y->x[t * kWidth + i] = in[i] * scales[t] * gain[i];
    }
    later([=, this] {
      for (int t = 0; t < n_; ++t) {
        const float *in = &x->x[t * kWidth], *dy = &y->d[t * kWidth];
        float sum = 0;
        for (int i = 0; i < kWidth; ++i) {
          gradient_->gains[index].values[i] += dy[i] * in[i] * scales[t];
          sum += gain[i] * dy[i] * in[i];
        }
        const float pull = sum * scales[t] * scales[t] / kWidth;
        for (int i = 0; i < kWidth; ++i)
          x->d[t * kWidth + i] += scales[t] * (gain[i] * dy[i] - pull * in[i]);
      }
    });
    return y;
  }

  // x * w^T, plus what passes by.
  Ref linear(int index, const Ref& x, const Ref& residual = nullptr) {
    Ref y = result(model_.linears[index].rows);
    linears_(index, x->x, n_, y->x);
    if (residual) add(residual->x, y->x);
    later([=, this] {
      if (residual) add(y->d, residual->d);
      product_back(model_.linears[index], *x, *y, gradient_->linears[index]);
    });
    return y;
  }
  Ref head(const Ref& x) {
    Ref y = result(kVocabulary);
    dense_product(model_.embedding, x->x, n_, y->x);
    later([=, this] { product_back(model_.embedding, *x, *y, gradient_->embedding); });
    return y;
  }
  void product_back(const Matrix& w, Value& x, const Value& y, Matrix& dw) const {
    multiply_add({n_, w.cols, w.rows, y.d.data(), w.rows, 1, w.values.data(), x.d.data()});
    multiply_add({w.rows, w.cols, n_, y.d.data(), 1, w.rows, x.x.data(), dw.values.data()});
  }

  Ref swiglu(const Ref& x) {
    Ref y = result(kHidden);
    for (int i = 0; i < n_ * kHidden; ++i) {
      const float *gate = &x->x[i + i / kHidden * kHidden], *up = gate + kHidden;
      y->x[i] = *gate / (1 + std::exp(-*gate)) * *up;
    }
    later([=, this] {
      for (int i = 0; i < n_ * kHidden; ++i) {
        const int g = i + i / kHidden * kHidden, u = g + kHidden;
        const float sigmoid = 1 / (1 + std::exp(-x->x[g]));
        x->d[g] += y->d[i] * x->x[u] * sigmoid * (1 + x->x[g] * (1 - sigmoid));
        x->d[u] += y->d[i] * x->x[g] * sigmoid;
      }
    });
    return y;
  }

  Ref attend(int layer, const Ref& x) {
    Ref y = result(kWidth);
    Floats &keys = cache_.keys[layer], &values = cache_.values[layer];
    const int start = cache_.length;
    for (int t = 0; t < n_; ++t) {
      float *q = &x->x[t * 3 * kWidth], *k = q + kWidth, *v = k + kWidth;
      rotate(q, start + t, 1);
      rotate(k, start + t, 1);
      keys.insert(keys.end(), k, v);
      values.insert(values.end(), v, v + kWidth);
      float p[kContext];
      for (int h = 0; h < kWidth; h += kHead) {
        attention_weights(q + h, &keys[h], kWidth, start + t + 1, p);
        for (int j = 0; j <= start + t; ++j)
          for (int i = h; i < h + kHead; ++i) y->x[t * kWidth + i] += p[j] * values[j * kWidth + i];
      }
    }
    later([=, this] {
      for (int t = n_ - 1; t >= 0; --t) {
        for (int h = 0; h < kWidth; h += kHead) attend_back(*x, &y->d[t * kWidth + h], t, h);
        rotate(&x->d[t * 3 * kWidth], t, -1);  // no later token is left to add to k
        rotate(&x->d[t * 3 * kWidth + kWidth], t, -1);
      }
    });
    return y;
  }

  // One token t and head: from dy to q, and to k and v of all tokens before. No cache before them.
  void attend_back(Value& x, const float* dy, int t, int head) const {
    const auto at = [=](Floats& v, int j, int part) { return &v[(3 * j + part) * kWidth + head]; };
    float p[kContext], dp[kContext], mean = 0;
    attention_weights(at(x.x, t, 0), at(x.x, 0, 1), 3 * kWidth, t + 1, p);
    for (int j = 0; j <= t; ++j) mean += p[j] * (dp[j] = dot(dy, at(x.x, j, 2)));
    for (int j = 0; j <= t; ++j) {
      const float ds = p[j] * (dp[j] - mean) / std::sqrt(float(kHead));
      for (int i = 0; i < kHead; ++i) {
        at(x.d, j, 2)[i] += p[j] * dy[i];
        at(x.d, t, 0)[i] += ds * at(x.x, j, 1)[i];
        at(x.d, j, 1)[i] += ds * at(x.x, t, 0)[i];
      }
    }
  }

  const Model& model_;
  const Linears& linears_;
  int n_;
  Cache& cache_;
  Model* gradient_;
  std::vector<std::function<void()>> back_;
};

Matrix random_matrix(int rows, int cols, double deviation, std::mt19937_64& random) {
  Matrix m{rows, cols, Floats(rows * cols), {}, {}, {}};
  for (float& v : m.values)  // uniform; the distributions of <random> differ between libraries
    v = float(deviation * std::sqrt(3.0) * (double(random() >> 11) * 0x1p-52 - 1));
  return m;
}

}  // namespace

Model make_model(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const double in = 1 / std::sqrt(double(kWidth)), out = in / std::sqrt(2.0 * kLayers);
  Model m;
  m.embedding = random_matrix(kVocabulary, kWidth, in, random);
  for (Matrix& gain : m.gains) gain = {1, kWidth, Floats(kWidth, 1), {}, {}, {}};
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

void dense_product(const Matrix& w, const Floats& x, int n, Floats& y) {
  const Floats xt = transpose(x, n, w.cols);
  Floats yt(w.rows * n);
  multiply_add({w.rows, n, w.cols, w.values.data(), w.cols, 1, xt.data(), yt.data()});
  y = transpose(yt, w.rows, n);
}

Floats forward(const Model& model, const Linears& linears, const int* tokens, int n, Cache& cache) {
  return Pass(model, linears, n, cache, nullptr).run(tokens)->x;
}

double document_loss(const Model& model, const int* tokens, int n, float scale, Model& gradient) {
  Cache cache;
  const Linears linears = dense(model);
  Pass pass(model, linears, n, cache, &gradient);
  const Ref logits = pass.run(tokens);
  double sum = 0;
  for (int t = 0; t < n; ++t) {
    const float* row = &logits->x[t * kVocabulary];
    const float top = *std::max_element(row, row + kVocabulary);
    float total = 0, *d = &logits->d[t * kVocabulary];
    for (int c = 0; c < kVocabulary; ++c) total += d[c] = std::exp(row[c] - top);
    for (int c = 0; c < kVocabulary; ++c) d[c] *= scale / total;
    d[tokens[t + 1]] -= scale;
    sum += std::log(total) + top - row[tokens[t + 1]];
  }
  pass.backward();
  return sum;
}

}  // namespace transformer
