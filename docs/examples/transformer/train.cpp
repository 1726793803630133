#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>

#include "transformer.hpp"

namespace transformer {

std::vector<Tokens> make_documents(std::mt19937_64& random, std::size_t count) {
  std::vector<Tokens> documents(count, {0});
  Tokens letters(26);
  std::iota(letters.begin(), letters.end(), 4);
  for (Tokens& d : documents)
    for (int line = 0; line < 2; ++line) {
      for (std::size_t i = 0; i < kLetters; ++i)
        std::swap(letters[i], letters[i + random() % (26 - i)]);
      const bool descending = random() % 2 == 1;
      d.push_back(descending ? 2 : 1);
      d.insert(d.end(), letters.begin(), letters.begin() + kLetters);
      d.push_back(3);
      d.insert(d.end(), letters.begin(), letters.begin() + kLetters);
      std::sort(d.end() - kLetters, d.end());
      if (descending) std::reverse(d.end() - kLetters, d.end());
    }
  return documents;
}

double loss(const Model& model, const std::vector<Tokens>& documents, int threads,
            Model& gradient) {
  constexpr int kShards = 8, kCharacters = kTokens - 1;  // a shard is summed by one thread
  const int count = int(documents.size());
  gradient = model;
  for (Matrix* p : parameters(gradient))
    *p = {p->rows, p->cols, Floats(p->values.size()), {}, {}, {}};
  std::vector<Model> gradients(kShards, gradient);
  double sums[kShards] = {};
  std::vector<std::thread> workers;
  for (int thread = 0; thread < threads; ++thread)
    workers.emplace_back([&, thread] {
      for (int s = thread; s < kShards; s += threads)
        for (int i = s; i < count; i += kShards)
          sums[s] += document_loss(model, documents[i].data(), kCharacters,
                                   1 / float(count * kCharacters), gradients[s]);
    });
  for (std::thread& worker : workers) worker.join();
  for (Model& shard : gradients) {
    const auto to = parameters(gradient), from = parameters(shard);
    for (std::size_t p = 0; p < to.size(); ++p)
      for (std::size_t i = 0; i < to[p]->values.size(); ++i) to[p]->values[i] += from[p]->values[i];
  }
  return std::accumulate(sums, sums + kShards, 0.0) / (count * kCharacters) / std::log(2.0);
}

void train(Model& model, int steps, std::uint64_t seed, int threads) {
  std::mt19937_64 random(seed);
  for (Matrix* p : parameters(model)) p->moment1 = p->moment2 = Floats(p->values.size());
  for (int step = 1; step <= steps; ++step) {
    Model gradient;
    loss(model, make_documents(random, 32), threads, gradient);
    const double warm = std::min(1.0, step / 50.0);
    const double fade = 0.55 + 0.45 * std::cos(3.14159265 * step / steps);
    adamw_step(model, gradient, float(3e-3 * warm * fade), step, threads);
  }
}

}  // namespace transformer
