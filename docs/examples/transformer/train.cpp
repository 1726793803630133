#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>

#include "transformer.hpp"

namespace transformer {

std::vector<Tokens> make_documents(std::mt19937_64& random, std::size_t count) {
  std::vector<Tokens> documents(count, {0});
  Tokens letters(26);
  for (Tokens& d : documents) {
    std::iota(letters.begin(), letters.end(), 4);
    for (int line = 0; line < 2; ++line) {
      for (std::size_t i = 0; i < kLetters; ++i)
        std::swap(letters[i], letters[i + random() % (26 - i)]);
      Tokens sorted(letters.begin(), letters.begin() + kLetters);
      d.push_back(1 + int(random() % 2));
      const bool descending = d.back() == 2;
      d.insert(d.end(), sorted.begin(), sorted.end());
      d.push_back(3);
      std::sort(sorted.begin(), sorted.end());
      if (descending) std::reverse(sorted.begin(), sorted.end());
      d.insert(d.end(), sorted.begin(), sorted.end());
    }
    d.push_back(0);
  }
  return documents;
}

double loss(const Model& model, const std::vector<Tokens>& documents, int threads,
            Model* gradient) {
  constexpr int kShards = 8, kCharacters = kTokens - 1;  // a shard is summed by one thread
  const int count = int(documents.size());
  Model zeros = model;
  for (Matrix* p : parameters(zeros)) *p = {p->rows, p->cols, Floats(p->values.size()), {}, {}, {}};
  std::vector<Model> gradients(kShards, zeros);
  double sums[kShards] = {};
  const auto work = [&](int thread) {
    for (int s = thread; s < kShards; s += threads)
      for (int i = s; i < count; i += kShards)
        sums[s] += document_loss(model, documents[i].data(), kCharacters,
                                 1 / float(count * kCharacters), gradients[s]);
  };
  std::vector<std::thread> workers;
  for (int thread = 0; thread < threads; ++thread) workers.emplace_back(work, thread);
  for (std::thread& worker : workers) worker.join();
  for (int s = 0; gradient != nullptr && s < kShards; ++s) {
    if (s == 0) *gradient = zeros;
    const auto to = parameters(*gradient), from = parameters(gradients[s]);
    for (std::size_t p = 0; p < to.size(); ++p)
      std::transform(from[p]->values.begin(), from[p]->values.end(), to[p]->values.begin(),
                     to[p]->values.begin(), std::plus<>());
  }
  return std::accumulate(sums, sums + kShards, 0.0) / (count * kCharacters) / std::log(2.0);
}

void train(Model& model, int steps, std::uint64_t seed, int threads) {
  std::mt19937_64 random(seed);
  for (Matrix* p : parameters(model)) p->moment1 = p->moment2 = Floats(p->values.size());
  for (int step = 1; step <= steps; ++step) {
    Model gradient;
    loss(model, make_documents(random, 32), threads, &gradient);
    const double warm = std::min(1.0, step / 50.0);
    const double fade = 0.55 + 0.45 * std::cos(3.14159265 * step / steps);
    adamw_step(model, gradient, float(3e-3 * warm * fade), step, threads);
  }
}

}  // namespace transformer
