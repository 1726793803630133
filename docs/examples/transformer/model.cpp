#include <algorithm>
#include <cmath>
#include <numeric>

#include "transformer.hpp"

namespace transformer {
namespace {

using Eight [[gnu::vector_size(32), gnu::aligned(4), gnu::may_alias]] = float;

// c[r, :] += sum over i of a[r * a_row + i * a_depth] * b[i, :]; b [depth, cols], c [rows, cols],
// rows in fours, cols in sixteens. Ascending in i, by fused multiply-add where the processor has
// it: as Heddle's CPU path, so that masked dense and packed weights give the same bits.
#if defined(__x86_64__)
[[gnu::target_clones("fma", "default")]]
#endif
void multiply_add(int rows, int cols, int depth, const float* a, int a_row, int a_depth,
                  const float* b, float* c) {
  for (int row = 0; row < rows; row += 4, a += 4 * a_row, c += 4 * cols)
    for (int col = 0; col < cols; col += 16) {
      Eight sum[4][2];
      for (int r = 0; r < 4; ++r)
        for (int j = 0; j < 2; ++j) sum[r][j] = reinterpret_cast<Eight*>(c + r * cols + col)[j];
      for (int i = 0; i < depth; ++i)
        for (int r = 0; r < 4; ++r)
          for (int j = 0; j < 2; ++j)
            sum[r][j] +=
                a[r * a_row + i * a_depth] * reinterpret_cast<const Eight*>(b + i * cols + col)[j];
      for (int r = 0; r < 4; ++r)
        for (int j = 0; j < 2; ++j) reinterpret_cast<Eight*>(c + r * cols + col)[j] = sum[r][j];
    }
}

float dot(const float* a, const float* b, int n) { return std::inner_product(a, a + n, b, 0.0f); }
void add(float scale, const float* x, int size, float* sum) {
  for (int i = 0; i < size; ++i) sum[i] += scale * x[i];
}

// q and k of a token, turned forth (sign 1) or back (-1).
void rotate(float* qk, int position, float sign) {
  for (int i = 0; i < kHead / 2; ++i) {
    const float angle = float(position) * std::pow(10000.0f, -2.0f * float(i) / kHead);
    const float c = std::cos(angle), s = sign * std::sin(angle);
    for (float* head = qk; head < qk + 2 * kWidth; head += kHead) {
      const float a = head[i], b = head[i + kHead / 2];
      head[i] = a * c - b * s;
      head[i + kHead / 2] = a * s + b * c;
    }
  }
}

// The softmax of q * k / sqrt(kHead) over `count` keys.
void attention_weights(const float* q, const float* keys, int stride, int count, float* weights) {
  float top = -INFINITY, sum = 0;
  for (int j = 0; j < count; ++j)
    top = std::max(top, weights[j] = dot(q, keys + j * stride, kHead) / std::sqrt(float(kHead)));
  for (int j = 0; j < count; ++j) sum += weights[j] = std::exp(weights[j] - top);
  for (int j = 0; j < count; ++j) weights[j] /= sum;
}

struct Value {
  Floats x, d;  // d: its gradient
};
using Ref = std::shared_ptr<Value>;

// One pass over n tokens. Every operation leaves behind the way back through it.
struct Pass {
  const Model& model;
  const Linears& linears;
  int n;
  Cache& cache;
  Model* gradient;  // null: no training, there is no way back
  std::vector<std::function<void()>> back = {};

  Ref run(const int* tokens) {
    Ref x = embed(tokens);
    for (int l = 0, first = 0; l < kLayers; ++l, first += kLinears) {
      x = linear(first + kOut, attend(l, linear(first + kQkv, norm(2 * l, x))), x);
      x = linear(first + kDown, swiglu(linear(first + kGateUp, norm(2 * l + 1, x))), x);
    }
    cache.length += n;
    return linear(kLast, norm(2 * kLayers, x));
  }

  Ref result(int cols) const {
    return std::make_shared<Value>(Value{Floats(n * cols), Floats(gradient ? n * cols : 0)});
  }

  Ref embed(const int* tokens) {
    Ref y = result(kWidth);
    for (int t = 0; t < n; ++t)
      add(1, &model.embedding.values[tokens[t] * kWidth], kWidth, &y->x[t * kWidth]);
    back.push_back([=, this] {
      for (int t = 0; t < n; ++t)
        add(1, &y->d[t * kWidth], kWidth, &gradient->embedding.values[tokens[t] * kWidth]);
    });
    return y;
  }

  Ref norm(int index, const Ref& x) {  // x / rms(x) * gain
    const float* gain = model.gains[index].values.data();
    Ref y = result(kWidth);
    Floats scales;
    for (int t = 0; t < n; ++t) {
      const float* in = &x->x[t * kWidth];
      scales.push_back(1 / std::sqrt(dot(in, in, kWidth) / kWidth + 1e-5f));
      for (int i = 0; i < kWidth; ++i) y->x[t * kWidth + i] = in[i] * scales[t] * gain[i];
    }
    back.push_back([=, this] {
      for (int t = 0; t < n; ++t) {
        float sum = 0, *in = &x->x[t * kWidth], *dy = &y->d[t * kWidth];
        for (int i = 0; i < kWidth; ++i) {
          gradient->gains[index].values[i] += dy[i] * in[i] * scales[t];
          sum += gain[i] * dy[i] * in[i];
          x->d[t * kWidth + i] += scales[t] * gain[i] * dy[i];
        }
        add(-sum * scales[t] * scales[t] * scales[t] / kWidth, in, kWidth, &x->d[t * kWidth]);
      }
    });
    return y;
  }

  // x * w^T, plus what passes by.
  Ref linear(int index, const Ref& x, const Ref& residual = nullptr) {
    const Matrix& w = model.linears[index];
    Ref y = result(w.rows);
    linears(index, x->x, n, y->x);
    if (residual) add(1, residual->x.data(), n * w.rows, y->x.data());
    back.push_back([=, this, &w] {
      const float* dy = y->d.data();
      if (residual) add(1, dy, n * w.rows, residual->d.data());
      multiply_add(n, w.cols, w.rows, dy, w.rows, 1, w.values.data(), x->d.data());
      multiply_add(w.rows, w.cols, n, dy, 1, w.rows, x->x.data(),
                   gradient->linears[index].values.data());
    });
    return y;
  }

  Ref swiglu(const Ref& x) {
    Ref y = result(kHidden);
    for (int i = 0; i < n * kHidden; ++i) {
      const float *gate = &x->x[i + i / kHidden * kHidden], *up = gate + kHidden;
      y->x[i] = *gate / (1 + std::exp(-*gate)) * *up;
    }
    back.push_back([=, this] {
      for (int i = 0; i < n * kHidden; ++i) {
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
    Floats &keys = cache.keys[layer], &values = cache.values[layer];
    for (int t = 0; t < n; ++t) {
      const int count = cache.length + t + 1;
      float *q = &x->x[t * 3 * kWidth], *k = q + kWidth, *v = k + kWidth, p[kContext];
      rotate(q, count - 1, 1);
      keys.insert(keys.end(), k, v);
      values.insert(values.end(), v, v + kWidth);
      for (int h = 0; h < kWidth; h += kHead) {
        attention_weights(q + h, &keys[h], kWidth, count, p);
        for (int j = 0; j < count; ++j)
          add(p[j], &values[j * kWidth + h], kHead, &y->x[t * kWidth + h]);
      }
    }
    back.push_back([=, this] {  // after token t none adds to its key's gradient
      for (int t = n - 1; t >= 0; --t) {
        for (int h = 0; h < kWidth; h += kHead) {
          const auto at = [=](Floats& v, int j, int part) {
            return &v[(3 * j + part) * kWidth + h];
          };
          const float *q = at(x->x, t, 0), *dy = &y->d[t * kWidth + h];
          float p[kContext], dp[kContext], mean = 0;
          attention_weights(q, at(x->x, 0, 1), 3 * kWidth, t + 1, p);
          for (int j = 0; j <= t; ++j) mean += p[j] * (dp[j] = dot(dy, at(x->x, j, 2), kHead));
          for (int j = 0; j <= t; ++j) {
            const float ds = p[j] * (dp[j] - mean) / std::sqrt(float(kHead));
            add(ds, at(x->x, j, 1), kHead, at(x->d, t, 0));
            add(ds, q, kHead, at(x->d, j, 1));
            add(p[j], dy, kHead, at(x->d, j, 2));
          }
        }
        rotate(&x->d[t * 3 * kWidth], t, -1);
      }
    });
    return y;
  }
};

}  // namespace

Model make_model(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto matrix = [&](int rows, int cols, double deviation) {
    Matrix m{rows, cols, Floats(rows * cols), {}, {}, {}};
    for (float& v : m.values)  // uniform; the distributions of <random> differ between libraries
      v = float(deviation * std::sqrt(3.0) * (double(random() >> 11) * 0x1p-52 - 1));
    return m;
  };
  const double in = 1 / std::sqrt(double(kWidth)), out = in / std::sqrt(2.0 * kLayers);
  Model m{matrix(kVocabulary, kWidth, 1), {}, {}};
  for (Matrix& gain : m.gains) gain = {1, kWidth, Floats(kWidth, 1), {}, {}, {}};
  for (Matrix* w = m.linears.data(); w != &m.linears[kLast]; w += kLinears) {
    w[kQkv] = matrix(3 * kWidth, kWidth, in);
    w[kOut] = matrix(kWidth, kWidth, out);
    w[kGateUp] = matrix(2 * kHidden, kWidth, in);
    w[kDown] = matrix(kWidth, kHidden, out);
  }
  m.linears[kLast] = matrix(kVocabulary, kWidth, in);
  return m;
}

std::vector<Matrix*> parameters(Model& model) {
  std::vector<Matrix*> list{&model.embedding};
  for (Matrix& gain : model.gains) list.push_back(&gain);
  for (Matrix& linear : model.linears) list.push_back(&linear);
  return list;
}

Linears dense(const Model& model, std::int32_t type) {
  return [&model, type](int index, Floats x, int n, Floats& y) {
    const Matrix& w = model.linears[index];
    if (type == HEDDLE_BF16) round_to_bf16(x);
    const int cols = (n + 15) / 16 * 16;  // tokens are columns, as in Heddle's CPU path
    Floats xt(w.cols * cols), yt(w.rows * cols);
    for (int t = 0; t < n; ++t)
      for (int i = 0; i < w.cols; ++i) xt[i * cols + t] = x[t * w.cols + i];
    multiply_add(w.rows, cols, w.cols, w.values.data(), w.cols, 1, xt.data(), yt.data());
    for (int t = 0; t < n; ++t)
      for (int i = 0; i < w.rows; ++i) y[t * w.rows + i] = yt[i * cols + t];
  };
}

Floats forward(const Model& model, const Linears& linears, const int* tokens, int n, Cache& cache) {
  return Pass{model, linears, n, cache, nullptr}.run(tokens)->x;
}

double loss(const Model& model, const std::vector<Tokens>& documents, Model& gradient) {
  gradient = model;
  for (Matrix* p : parameters(gradient))
    *p = {p->rows, p->cols, Floats(p->values.size()), {}, {}, {}};
  const Linears linears = dense(model, HEDDLE_F32);
  const int n = int(documents[0].size()) - 1;  // of all alike
  double sum = 0, count = double(documents.size()) * n;
  for (const Tokens& tokens : documents) {
    Cache cache;
    Pass pass{model, linears, n, cache, &gradient};
    const Ref logits = pass.run(tokens.data());
    for (int t = 0; t < n; ++t) {
      float *row = &logits->x[t * kVocabulary], *d = &logits->d[t * kVocabulary], total = 0;
      const float top = *std::max_element(row, row + kVocabulary);
      for (int c = 0; c < kVocabulary; ++c) total += d[c] = std::exp(row[c] - top);
      for (int c = 0; c < kVocabulary; ++c) d[c] /= total * float(count);
      d[tokens[t + 1]] -= 1 / float(count);
      sum += std::log(total) + top - row[tokens[t + 1]];
    }
    for (; !pass.back.empty(); pass.back.pop_back()) pass.back.back()();
  }
  return sum / count / std::log(2.0);
}

}  // namespace transformer
