// Train, prune to 2:4, train again, pack, generate: the masked dense and the packed engine side by
// side.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "transformer.hpp"

namespace transformer {
namespace {

void require(bool condition, const char* sentence) {
  if (!condition) throw std::runtime_error(sentence);
}

// The hand-written backward pass against finite differences, a parameter at a time along a random
// direction; and the gradient of several threads against that of one.
void check_gradient(const std::vector<Tokens>& documents) {
  Model model = make_model(2);
  std::vector<Model> gradients(kShards, model), single = gradients;
  loss(model, dense(model), documents, 3, &gradients);
  loss(model, dense(model), documents, 1, &single);
  const auto weights = parameters(model), exact = parameters(gradients[0]);
  for (std::size_t p = 0; p < weights.size(); ++p) {
    require(exact[p]->values == parameters(single[0])[p]->values, "gradient: depends on threads");
    std::mt19937_64 random(p);
    Floats direction(weights[p]->values.size());
    for (float& d : direction) d = random() % 2 == 0 ? 1.0f : -1.0f;
    double slope = 0, norm = 0, sides[2];
    for (std::size_t i = 0; i < direction.size(); ++i) {
      slope += direction[i] * exact[p]->values[i];
      norm += exact[p]->values[i] * exact[p]->values[i];
    }
    const Floats saved = weights[p]->values;
    for (const int side : {0, 1}) {
      for (std::size_t i = 0; i < saved.size(); ++i)
        weights[p]->values[i] = saved[i] + (side == 0 ? 1e-3f : -1e-3f) * direction[i];
      sides[side] = loss(model, dense(model), documents, 1) * std::log(2.0);
    }
    weights[p]->values = saved;
    const double difference = std::abs((sides[0] - sides[1]) / 2e-3 - slope);
    require(difference <= 0.02 * std::sqrt(norm), "gradient: differs from finite differences");
  }
}

struct Generation {
  Tokens tokens;
  Floats logits;  // of every step
};

// Greedy, after the first `prompt` tokens of a document, `count` tokens.
Generation generate(const Model& model, const Linears& linears, const Tokens& document, int prompt,
                    int count) {
  Generation g;
  Cache cache;
  Trace trace;
  forward(model, linears, document.data(), prompt, cache, trace);
  for (;;) {
    const auto row = trace.logits.end() - kVocabulary;
    g.tokens.push_back(int(std::max_element(row, trace.logits.end()) - row));
    g.logits.insert(g.logits.end(), row, trace.logits.end());
    if (int(g.tokens.size()) == count) return g;
    forward(model, linears, &g.tokens.back(), 1, cache, trace);
  }
}

// Share of the documents whose last line is answered right, in percent.
double answers(const Model& model, const Linears& linears, const std::vector<Tokens>& documents) {
  int right = 0;
  for (const Tokens& d : documents) {
    const Tokens tokens = generate(model, linears, d, kTokens - kLetters - 1, kLetters).tokens;
    right += std::equal(tokens.begin(), tokens.end(), d.end() - kLetters - 1);
  }
  return 100.0 * right / double(documents.size());
}

std::string text(const int* tokens, int count) {
  std::string s;
  for (int i = 0; i < count; ++i) s += tokens[i] == 0 ? '|' : kAlphabet[tokens[i]];
  return s;
}

double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + long(times.size()) / 2, times.end());
  return times[times.size() / 2];
}

// Seconds of prefill (32 tokens) and of a decode step, the engines in turn.
void print_speed(const char* name, const Model& model, const Linears (&engines)[2],
                 const Tokens& document) {
  std::vector<double> prefill[2], decode[2];
  for (int round = 0; round < 2 * 21; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    generate(model, engines[round % 2], document, 32, 1);
    prefill[round % 2].push_back(seconds());
    generate(model, engines[round % 2], document, 32, 31);
    decode[round % 2].push_back((seconds() - 2 * prefill[round % 2].back()) / 30);
  }
  const double p[] = {32 / median(prefill[0]), 32 / median(prefill[1])};
  const double d[] = {1 / median(decode[0]), 1 / median(decode[1])};
  std::printf("%s tokens/s, one thread: prefill dense %.0f, packed %.0f (%.2f x); "
              "decode dense %.0f, packed %.0f (%.2f x)\n",
              name, p[0], p[1], p[1] / p[0], d[0], d[1], d[1] / d[0]);
}

void compare(const char* name, const Model& model, int32_t type, const std::vector<Tokens>& held_out) {
  const Packed packed(model, type);
  const Linears engines[] = {dense(model, type), std::ref(packed)};
  std::size_t tokens = 0, weights = 0;
  for (const Tokens& d : held_out) {
    const Generation masked = generate(model, engines[0], d, kPrompt, kTokens - kPrompt);
    const Generation sparse = generate(model, engines[1], d, kPrompt, kTokens - kPrompt);
    require(masked.tokens == sparse.tokens, "packed: other tokens than masked dense");
    require(masked.logits == sparse.logits, "packed: other logits than masked dense");
    tokens += sparse.tokens.size();
  }
  for (const Matrix& w : model.linears) weights += w.values.size() * heddle_size_of(type);
  std::printf("\n%s: masked dense and packed agree in %zu tokens and in all logits, bit for bit\n"
              "%s bytes of linear layers: dense %zu, packed %zu (%.3f)\n%s answers right: %.0f %%\n",
              name, tokens, name, weights, packed.bytes(), double(packed.bytes()) / double(weights),
              name, answers(model, engines[1], held_out));
  print_speed(name, model, engines, held_out[0]);
}

void run(int steps, int threads) {
  std::mt19937_64 random(1000);
  std::vector<Tokens> held_out(100);
  for (Tokens& document : held_out) document = make_document(random);
  check_gradient({held_out.begin(), held_out.begin() + 8});

  const auto report = [&](const char* name, const Model& m) {
    const double bits = loss(m, dense(m), held_out, threads);
    std::printf("%-12s %8.4f %9.0f %%\n", name, bits, answers(m, dense(m), held_out));
    return bits;
  };
  double entropy = 2;
  for (int i = 0; i < kLetters; ++i) entropy += 2 * std::log2(26 - i);
  std::printf("held-out      bits per   answers\nlines        character     right\n");
  std::printf("the task     %8.4f %9d %%\n", entropy / (kTokens - 1), 100);
  Model model = make_model(1);
  train(model, steps, 1, threads);
  const double trained = report("dense", model);
  prune(model);
  const double pruned = report("one-shot 2:4", model);
  train(model, steps / 2, 2, threads);
  const double retrained = report("retrained", model);
  require(retrained < pruned, "retrained: no better than one-shot");
  require(retrained < trained + 0.05, "retrained: much worse than dense");

  compare("f32 ", model, HEDDLE_F32, held_out);
  for (Matrix* p : parameters(model)) round_to_bf16(p->values);
  compare("bf16", model, HEDDLE_BF16, held_out);
  const Packed packed(model, HEDDLE_BF16);
  const Tokens told = generate(model, std::ref(packed), held_out[0], kPrompt, kTokens - kPrompt).tokens;
  std::printf("\nprompt %s, packed bf16 goes on: %s\n", text(held_out[0].data(), kPrompt).c_str(),
              text(told.data(), int(told.size())).c_str());
}

}  // namespace
}  // namespace transformer

int main(int argc, char** argv) {
  try {
    transformer::run(argc > 1 ? std::atoi(argv[1]) : 600, argc > 2 ? std::atoi(argv[2]) : 2);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "heddle_transformer: %s\n", e.what());
    return 1;
  }
}
