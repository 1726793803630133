#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>

#include "transformer.hpp"

namespace transformer {
namespace {

// y = x * w^T: from dy to dx and (added) dw.
void product_backward(const Matrix& w, const Floats& x, const Floats& dy, int n, Matrix& dw,
                      Floats& dx) {
  dx.assign(n * w.cols, 0);
  multiply_add({n, w.cols, w.rows, dy.data(), w.rows, 1, w.values.data(), dx.data()});
  multiply_add({w.rows, w.cols, n, dy.data(), 1, w.rows, x.data(), dw.values.data()});
}

// Adds to dx, which holds the gradient that passes by.
void norm_backward(const Matrix& gain, const Floats& x, const Floats& dy, int n, Matrix& dgain,
                   Floats& dx) {
  for (int t = 0; t < n * kWidth; t += kWidth) {
    const float inverse = inverse_rms(&x[t]);
    float dot = 0;
    for (int i = 0; i < kWidth; ++i) {
      dgain.values[i] += dy[t + i] * x[t + i] * inverse;
      dot += gain.values[i] * dy[t + i] * x[t + i];
    }
    const float pull = dot * inverse * inverse / kWidth;
    for (int i = 0; i < kWidth; ++i)
      dx[t + i] += inverse * (gain.values[i] * dy[t + i] - pull * x[t + i]);
  }
}

void attention_backward(const Floats& qkv, const Floats& keys, const Floats& values,
                        const Floats& dy, int n, Floats& dqkv) {
  constexpr int kStride = 3 * kWidth;
  dqkv.assign(qkv.size(), 0);
  float p[kContext], dp[kContext];
  for (int t = 0; t < n; ++t)
    for (int head = 0; head < kWidth; head += kHead) {
      const float *q = &qkv[t * kStride + head], *d = &dy[t * kWidth + head];
      float* dq = &dqkv[t * kStride + head];
      attention_weights(q, &keys[head], t + 1, p);
      float mean = 0;
      for (int j = 0; j <= t; ++j) {
        const float* v = &values[j * kWidth + head];
        float* dv = &dqkv[j * kStride + 2 * kWidth + head];
        dp[j] = 0;
        for (int i = 0; i < kHead; ++i) {
          dv[i] += p[j] * d[i];
          dp[j] += d[i] * v[i];
        }
        mean += p[j] * dp[j];
      }
      for (int j = 0; j <= t; ++j) {
        const float ds = p[j] * (dp[j] - mean) / std::sqrt(float(kHead));
        const float* k = &keys[j * kWidth + head];
        float* dk = &dqkv[j * kStride + kWidth + head];
        for (int i = 0; i < kHead; ++i) {
          dq[i] += ds * k[i];
          dk[i] += ds * q[i];
        }
      }
    }
  for (int t = 0; t < n; ++t) {
    rotate(&dqkv[t * kStride], t, -1);
    rotate(&dqkv[t * kStride + kWidth], t, -1);
  }
}

void swiglu_backward(const Floats& gate_up, const Floats& dy, int n, Floats& dgate_up) {
  dgate_up.resize(gate_up.size());
  for (int i = 0; i < n * kHidden; ++i) {
    const int g = i + i / kHidden * kHidden, u = g + kHidden;
    const float sigmoid = 1 / (1 + std::exp(-gate_up[g]));
    dgate_up[g] = dy[i] * gate_up[u] * sigmoid * (1 + gate_up[g] * (1 - sigmoid));
    dgate_up[u] = dy[i] * gate_up[g] * sigmoid;
  }
}

void backward(const Model& model, const int* tokens, int n, const Cache& cache, const Trace& trace,
              Model& g) {
  Floats dx(n * kWidth), dy, dz;
  const auto through = [&](int index, const Floats& x, const Floats& from, Floats& to) {
    product_backward(model.linears[index], x, from, n, g.linears[index], to);
  };
  product_backward(model.embedding, trace.h, trace.logits, n, g.embedding, dy);
  norm_backward(model.gains[2 * kLayers], trace.x, dy, n, g.gains[2 * kLayers], dx);
  for (int l = kLayers - 1; l >= 0; --l) {
    const auto& a = trace.layers[l];
    through(l * kLinears + kDown, a.hidden, dx, dy);
    swiglu_backward(a.gate_up, dy, n, dz);
    through(l * kLinears + kGateUp, a.h2, dz, dy);
    norm_backward(model.gains[2 * l + 1], a.x2, dy, n, g.gains[2 * l + 1], dx);
    through(l * kLinears + kOut, a.attention, dx, dy);
    attention_backward(a.qkv, cache.keys[l], cache.values[l], dy, n, dz);
    through(l * kLinears + kQkv, a.h1, dz, dy);
    norm_backward(model.gains[2 * l], a.x1, dy, n, g.gains[2 * l], dx);
  }
  for (int i = 0; i < n * kWidth; ++i)
    g.embedding.values[tokens[i / kWidth] * kWidth + i % kWidth] += dx[i];
}

// The summed loss of one document in nats; logits become their gradient times `scale`.
double cross_entropy(const int* targets, int n, float scale, Floats& logits) {
  double sum = 0;
  for (int t = 0; t < n; ++t) {
    float* row = &logits[t * kVocabulary];
    const float top = *std::max_element(row, row + kVocabulary), target = row[targets[t]];
    float total = 0;
    for (int c = 0; c < kVocabulary; ++c) total += row[c] = std::exp(row[c] - top);
    for (int c = 0; c < kVocabulary; ++c) row[c] *= scale / total;
    row[targets[t]] -= scale;
    sum += std::log(total) + top - target;
  }
  return sum;
}

}  // namespace

Tokens make_document(std::mt19937_64& random) {
  Tokens tokens{0}, letters(26);
  std::iota(letters.begin(), letters.end(), 4);
  for (int line = 0; line < 2; ++line) {
    for (std::size_t i = 0; i < kLetters; ++i)
      std::swap(letters[i], letters[i + random() % (26 - i)]);
    Tokens sorted(letters.begin(), letters.begin() + kLetters);
    tokens.push_back(1 + int(random() % 2));
    std::sort(sorted.begin(), sorted.end());
    if (tokens.back() == 2) std::reverse(sorted.begin(), sorted.end());
    tokens.insert(tokens.end(), letters.begin(), letters.begin() + kLetters);
    tokens.push_back(3);
    tokens.insert(tokens.end(), sorted.begin(), sorted.end());
  }
  tokens.push_back(0);
  return tokens;
}

double loss(const Model& model, const Linears& linears, const std::vector<Tokens>& documents,
            int threads, std::vector<Model>* gradients) {
  constexpr int kN = kTokens - 1;
  const int count = int(documents.size());
  double sums[kShards] = {}, sum = 0;
  const auto work = [&](int thread) {
    for (int s = thread; s < kShards; s += threads) {
      if (gradients != nullptr)
        for (Matrix* p : parameters((*gradients)[s])) p->values.assign(p->values.size(), 0);
      for (int i = s; i < count; i += kShards) {
        Cache cache;
        Trace trace;
        const int* tokens = documents[i].data();
        forward(model, linears, tokens, kN, cache, trace);
        sums[s] += cross_entropy(tokens + 1, kN, 1 / float(kN * count), trace.logits);
        if (gradients != nullptr) backward(model, tokens, kN, cache, trace, (*gradients)[s]);
      }
    }
  };
  std::vector<std::thread> workers;
  for (int thread = 0; thread < threads; ++thread) workers.emplace_back(work, thread);
  for (std::thread& worker : workers) worker.join();
  for (int s = 0; s < kShards; ++s) {
    sum += sums[s];
    if (gradients == nullptr || s == 0) continue;
    const auto to = parameters((*gradients)[0]), from = parameters((*gradients)[s]);
    for (std::size_t p = 0; p < to.size(); ++p) add(from[p]->values, to[p]->values);
  }
  return sum / std::log(2.0) / (kN * count);
}

void train(Model& model, int steps, std::uint64_t seed, int threads) {
  std::mt19937_64 random(seed);
  std::vector<Model> gradients(kShards, model), moments(2, model);
  for (Model& moment : moments)
    for (Matrix* p : parameters(moment)) p->values.assign(p->values.size(), 0);
  for (int step = 1; step <= steps; ++step) {
    std::vector<Tokens> batch(32);
    for (Tokens& document : batch) document = make_document(random);
    loss(model, dense(model), batch, threads, &gradients);
    const double warm = std::min(1.0, step / 50.0);
    const double fade = 0.55 + 0.45 * std::cos(3.14159265 * step / steps);
    adamw_step(model, gradients[0], moments[0], moments[1], float(3e-3 * warm * fade), step,
               threads);
  }
}

}  // namespace transformer
