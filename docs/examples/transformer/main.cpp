// Train, prune to 2:4, train again, pack, and generate: masked dense and packed side by side.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "transformer.hpp"

namespace transformer {
namespace {

void require(bool condition, const char* sentence) {
  if (!condition) throw std::runtime_error(sentence);
}

struct Generation {
  Tokens tokens;
  Floats logits;  // of every step
};

// Greedy: `count` tokens after the first `prompt` of a document.
Generation generate(const Model& model, const Linears& linears, const Tokens& document, int prompt,
                    int count) {
  Generation g;
  Cache cache;
  Floats logits = forward(model, linears, document.data(), prompt, cache);
  for (;;) {
    const auto row = logits.end() - kVocabulary;
    g.tokens.push_back(int(std::max_element(row, logits.end()) - row));
    g.logits.insert(g.logits.end(), row, logits.end());
    if (int(g.tokens.size()) == count) return g;
    logits = forward(model, linears, &g.tokens.back(), 1, cache);
  }
}

// How often the last line is put into order, in percent.
double answers(const Model& model, const Linears& linears, const std::vector<Tokens>& documents) {
  double right = 0;
  for (const Tokens& d : documents) {
    const int prompt = kTokens - kLetters - 1;
    const Tokens tokens = generate(model, linears, d, prompt, kLetters).tokens;
    right += std::equal(tokens.begin(), tokens.end(), d.begin() + prompt);
  }
  return 100 * right / double(documents.size());
}

std::string text(const Tokens& tokens, std::size_t count) {
  std::string s;
  for (std::size_t i = 0; i < count; ++i) s += tokens[i] < 30 ? kAlphabet[tokens[i]] : '_';
  return s;
}

// Tokens per second, the engines in turn; medians.
void print_speed(const Model& model, const Linears (&engines)[2], const Tokens& document) {
  constexpr int kRounds = 21;
  std::vector<double> prefill[2], decode[2];
  const auto time = [&](const Linears& engine, int count) {
    const auto start = std::chrono::steady_clock::now();
    generate(model, engine, document, kTokens - 6, count);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (int round = 0; round < kRounds; ++round)
    for (const int e : {0, 1}) {
      prefill[e].push_back(time(engines[e], 1));
      decode[e].push_back(time(engines[e], 31) - prefill[e].back());
    }
  for (auto* all : {prefill, decode}) {
    double rate[2];
    for (const int e : {0, 1}) {
      std::sort(all[e].begin(), all[e].end());
      rate[e] = (all == prefill ? kTokens - 6 : 30) / all[e][kRounds / 2];
    }
    std::printf("  %s tokens/s on one thread: dense %.0f, packed %.0f (%.2f x)\n",
                all == prefill ? "prefill" : "decode ", rate[0], rate[1], rate[1] / rate[0]);
  }
}

// The same tokens from both, and what each costs.
void compare(const Model& model, std::int32_t type, const std::vector<Tokens>& documents) {
  const Packed packed(model, type, on_cpu(1));
  const Linears engines[] = {dense(model, type), std::cref(packed)};
  std::size_t tokens = 0, bytes = 0;
  for (const Tokens& d : documents) {
    const Generation masked = generate(model, engines[0], d, kPrompt, kTokens - kPrompt);
    const Generation sparse = generate(model, engines[1], d, kPrompt, kTokens - kPrompt);
    require(masked.tokens == sparse.tokens, "packed: other tokens than masked dense");
    require(masked.logits == sparse.logits, "packed: other logits than masked dense");
    tokens += sparse.tokens.size();
  }
  for (const Matrix& w : model.linears) bytes += w.values.size() * heddle_size_of(type);
  std::printf(
      "\n%s: %zu tokens, the same from masked dense and packed; logits bit for bit\n"
      "  bytes of the linear layers: dense %zu, packed %zu (%.3f x); answers %.0f %%\n",
      heddle_type_name(type), tokens, bytes, packed.bytes(), double(packed.bytes()) / double(bytes),
      answers(model, engines[1], documents));
  print_speed(model, engines, documents[0]);
}

// On a GPU sums have another order: tokens may differ where two are as likely.
void compare_gpu(const Model& model, const std::vector<Tokens>& documents) {
  heddle_exec exec;
  if (!on_cuda(exec)) return void(std::printf("\nGPU: not measured, no device or built without\n"));
  const Packed packed(model, HEDDLE_BF16, exec);
  std::size_t same = 0, all = 0;
  for (const Tokens& d : documents) {
    const Tokens a = generate(model, dense(model, HEDDLE_BF16), d, kPrompt, kLetters).tokens;
    const Tokens b = generate(model, std::cref(packed), d, kPrompt, kLetters).tokens;
    for (std::size_t i = 0; i < a.size(); ++i, ++all) same += a[i] == b[i];
  }
  std::printf(
      "\nGPU, bf16: %zu of %zu tokens as on the CPU; linear layers %zu bytes,\n"
      "  %.0f decode steps of them a second as a CUDA graph\n",
      same, all, packed.bytes(), 1 / packed.graph_seconds());
  require(same * 100 >= all * 98, "GPU: other tokens than the CPU");
}

void run(int steps, int threads) {
  std::mt19937_64 random(1000);
  const std::vector<Tokens> held_out = make_documents(random, 100);
  const auto report = [&](const char* name, const Model& m) {
    const double bits = loss(m, held_out, threads);
    std::printf("%-13s %7.4f %12.0f %%\n", name, bits, answers(m, dense(m), held_out));
    return bits;
  };
  double entropy = 2;  // of the directions; the letters':
  for (int i = 0; i < kLetters; ++i) entropy += 2 * std::log2(26 - i);
  std::printf("held-out    bits/character   answers\nentropy       %7.4f\n",
              entropy / (kTokens - 1));
  Model model = make_model(1);
  train(model, steps, 1, threads);
  const double trained = report("dense", model);
  prune(model);
  const double pruned = report("2:4 one-shot", model);
  train(model, steps / 2, 2, threads);
  const double retrained = report("2:4 retrained", model);
  require(retrained < pruned && retrained < trained + 0.05, "retrained: loss too high");

  compare(model, HEDDLE_F32, held_out);
  for (Matrix* p : parameters(model)) round_to_bf16(p->values);
  compare(model, HEDDLE_BF16, held_out);
  compare_gpu(model, held_out);
  const Packed packed(model, HEDDLE_BF16, on_cpu(1));
  const auto g = generate(model, std::cref(packed), held_out[0], kPrompt, kTokens - kPrompt);
  std::printf("\n%s -> %s\n", text(held_out[0], kPrompt).c_str(),
              text(g.tokens, kTokens - kPrompt).c_str());
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
