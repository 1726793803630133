// Train, prune to 2:4, train again, pack, and generate: masked dense and packed side by side.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

#include "transformer.hpp"

namespace transformer {
namespace {

// Two lines of letters and their order, '<' ascending or '>' descending; a token is a character.
constexpr char kAlphabet[] = "|<>=abcdefghijklmnopqrstuvwxyz";
constexpr int kLetters = 7, kPrompt = kLetters + 3, kTokens = 4 * kLetters + 5;
using Documents = std::vector<Tokens>;

Documents make_documents(std::mt19937_64& random, std::size_t count) {
  Documents documents(count, {0});
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

// AdamW with a cosine schedule; masks hold.
void train(Model& model, int steps, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Model gradient;
  for (Matrix* p : parameters(model)) p->moment1 = p->moment2 = Floats(p->values.size());
  for (int step = 1; step <= steps; ++step) {
    loss(model, make_documents(random, 32), gradient);
    const double warm = std::min(1.0, step / 50.0);
    const double fade = 0.55 + 0.45 * std::cos(3.14159265 * step / steps);
    adamw_step(model, gradient, float(3e-3 * warm * fade), step, 0);
  }
}

void require(bool condition, const char* sentence) {
  if (!condition) throw std::runtime_error(sentence);
}

// Greedy: continues the first `prompt` tokens of a document to `length`; `all` gets every logit.
Tokens generate(const Model& model, const Linears& linears, const Tokens& document, int prompt,
                int length, Floats* all = nullptr) {
  Tokens tokens(document.begin(), document.begin() + prompt);
  Cache cache;
  while (int(tokens.size()) < length) {
    const int n = int(tokens.size()) - cache.length;  // the prompt, then one by one
    const Floats logits = forward(model, linears, &tokens[cache.length], n, cache);
    if (all != nullptr) all->insert(all->end(), logits.begin(), logits.end());
    const auto row = logits.end() - kVocabulary;
    tokens.push_back(int(std::max_element(row, logits.end()) - row));
  }
  return tokens;
}

// How often the last line is put into order, in percent.
double answers(const Model& model, const Linears& linears, const Documents& documents) {
  double right = 0;
  for (const Tokens& d : documents)
    right += generate(model, linears, d, kTokens - kLetters, kTokens) == d;
  return 100 * right / double(documents.size());
}

// The most tokens per second of 21 rounds, the engines in turn.
void print_speed(const Model& model, const Linears (&engines)[2], const Tokens& document) {
  double best[2][2] = {};  // [prefill or decode][engine]
  for (int round = 0; round < 21 * 4; ++round) {
    const int phase = round % 2, e = round / 2 % 2;
    const auto start = std::chrono::steady_clock::now();
    generate(model, engines[e], document, phase == 0 ? 32 : 1, 33);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best[phase][e] = std::max(best[phase][e], 32 / time.count());
  }
  for (const auto& b : best)
    std::printf("  %-8s tokens/s of one thread: dense %6.0f, packed %6.0f (%.2f x)\n",
                &b == best ? "prefill" : "decode", b[0], b[1], b[1] / b[0]);
}

// The same tokens from both, and what each costs.
void compare(const Model& model, std::int32_t type, const Documents& documents) {
  std::size_t bytes = 0, packed = 0;
  for (const Matrix& w : model.linears) bytes += w.values.size() * heddle_size_of(type);
  const Linears engines[] = {dense(model, type), pack(model, type, packed)};
  for (const Tokens& d : documents) {
    Floats logits[2];
    const Tokens masked = generate(model, engines[0], d, kPrompt, kContext, &logits[0]);
    const Tokens sparse = generate(model, engines[1], d, kPrompt, kContext, &logits[1]);
    require(sparse == masked && logits[1] == logits[0], "packed: differs from masked dense");
  }
  std::printf("\n%s: masked dense and packed agree in %zu tokens, and in the logits bit for bit\n",
              heddle_type_name(type), documents.size() * (kContext - kPrompt));
  std::printf("  linear layers: dense %zu bytes, packed %zu (%.3f x); answers %.0f %%\n", bytes,
              packed, double(packed) / double(bytes), answers(model, engines[1], documents));
  print_speed(model, engines, documents[0]);
  for (const int t : generate(model, engines[1], documents[0], kPrompt, kTokens))
    std::putchar(t < 30 ? kAlphabet[t] : '_');
  std::putchar('\n');
}

void run(int steps) {
  std::mt19937_64 random(1000);
  const Documents held_out = make_documents(random, 100);
  Model unused;
  const auto report = [&](const char* name, const Model& m) {
    const double bits = loss(m, held_out, unused);
    std::printf("%-13s %7.4f %12.0f %%\n", name, bits, answers(m, dense(m, HEDDLE_F32), held_out));
    return bits;
  };
  double entropy = 2;  // of the directions; of the letters:
  for (int i = 0; i < kLetters; ++i) entropy += 2 * std::log2(26 - i);
  std::printf("held-out     bits/character   answers\nthe task      %7.4f\n",
              entropy / (kTokens - 1));
  Model model = make_model(1);
  train(model, steps, 1);
  const double trained = report("dense", model);
  prune(model);
  const double pruned = report("2:4 one-shot", model);
  train(model, steps / 2, 2);
  const double retrained = report("2:4 retrained", model);
  require(retrained < pruned && retrained < trained + 0.05, "retrained: loss too high");
  compare(model, HEDDLE_F32, held_out);
  for (Matrix* p : parameters(model)) round_to_bf16(p->values);
  compare(model, HEDDLE_BF16, held_out);
}

}  // namespace
}  // namespace transformer

int main(int argc, char** argv) {
  try {
    transformer::run(argc > 1 ? std::atoi(argv[1]) : 400);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "heddle_transformer: %s\n", e.what());
    return 1;
  }
}
