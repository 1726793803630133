// The transformer example: its backward pass against finite differences, and threads that leave no
// trace.
#include <cmath>
#include <cstdio>

#include "transformer.hpp"

namespace transformer {
namespace {

constexpr float kStep = 1e-3f;

std::vector<Tokens> some_documents() {
  std::mt19937_64 random(5);
  std::vector<Tokens> documents(4, Tokens(33));
  for (Tokens& d : documents)
    for (int& t : d) t = int(random() % kVocabulary);
  return documents;
}

// Every parameter along a random direction of signs. A derivative that is off by a share of the
// gradient's norm shows: the slope's deviation over such directions is that norm.
int check_gradient(const std::vector<Tokens>& documents) {
  Model model = make_model(2), gradient, unused;
  loss(model, documents, gradient);
  const auto weights = parameters(model), exact = parameters(gradient);
  int failures = 0;
  for (std::size_t p = 0; p < weights.size(); ++p)
    for (const unsigned seed : {1u, 2u}) {
      std::mt19937_64 random(seed);
      Floats direction(weights[p]->values.size());
      for (float& d : direction) d = random() % 2 == 0 ? kStep : -kStep;
      const Floats saved = weights[p]->values;
      double slope = 0, norm = 0, sides[2];
      for (std::size_t i = 0; i < saved.size(); ++i) {
        slope += double(direction[i]) / kStep * exact[p]->values[i];
        norm += double(exact[p]->values[i]) * exact[p]->values[i];
      }
      for (const int side : {0, 1}) {
        for (std::size_t i = 0; i < saved.size(); ++i)
          weights[p]->values[i] = saved[i] + (side == 0 ? direction[i] : -direction[i]);
        sides[side] = loss(model, documents, unused) * std::log(2.0);
      }
      weights[p]->values = saved;
      const double found = (sides[0] - sides[1]) / (2 * kStep);
      const bool good = std::abs(found - slope) <= 0.005 * std::sqrt(norm) && norm > 0;
      std::printf("%s parameter %zu: slope %.6f, finite difference %.6f, norm %.6f\n",
                  good ? "ok  " : "FAIL", p, slope, found, std::sqrt(norm));
      failures += good ? 0 : 1;
    }
  return failures;
}

Model train_three_steps(const std::vector<Tokens>& documents, int threads) {
  Model model = make_model(3), gradient;
  prune(model);
  for (Matrix* p : parameters(model)) p->moment1 = p->moment2 = Floats(p->values.size());
  for (int step = 1; step <= 3; ++step) {
    loss(model, documents, gradient);
    adamw_step(model, gradient, 1e-3f, step, threads);
  }
  return model;
}

// And the masks hold.
int check_threads(const std::vector<Tokens>& documents) {
  Model one = train_three_steps(documents, 1), four = train_three_steps(documents, 4);
  const auto a = parameters(one), b = parameters(four);
  int failures = 0;
  for (std::size_t p = 0; p < a.size(); ++p) {
    bool good = a[p]->values == b[p]->values;
    for (std::size_t i = 0; i < a[p]->mask.size(); ++i)
      good = good && (a[p]->mask[i] != 0 || a[p]->values[i] == 0);
    if (!good) std::printf("FAIL parameter %zu: depends on threads or left its mask\n", p);
    failures += good ? 0 : 1;
  }
  return failures;
}

}  // namespace
}  // namespace transformer

int main() {
  const auto documents = transformer::some_documents();
  return transformer::check_gradient(documents) + transformer::check_threads(documents) == 0 ? 0
                                                                                             : 1;
}
