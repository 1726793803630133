#pragma once
// A decoder-only transformer: RMSNorm, RoPE, causal attention with a KV cache, SwiGLU, tied head.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "heddle/heddle.h"

namespace transformer {

inline constexpr int kVocabulary = 32, kLayers = 2, kWidth = 128, kHeads = 4, kHidden = 256;
inline constexpr int kHead = kWidth / kHeads, kContext = 64;
using Floats = std::vector<float>;
using Tokens = std::vector<int>;

struct Matrix {  // a parameter
  int rows = 0, cols = 0;
  Floats values, moment1, moment2;  // [rows, cols]; the moments are the optimizer's
  std::vector<std::uint8_t> mask;   // a byte an entry, 0 = dropped; empty = dense
};
// A layer's products with weights; those that read the same input are one.
enum Linear { kQkv, kOut, kGateUp, kDown, kLinears };
struct Model {
  Matrix embedding;                    // and head
  Matrix gains[2 * kLayers + 1];       // of the norms: two a layer, then the last
  Matrix linears[kLayers * kLinears];  // index: layer * kLinears + Linear
};

// ---- model.cpp: the engine ----------------------------------------------------------------------
Model make_model(std::uint64_t seed);
std::vector<Matrix*> parameters(Model& model);

// Where the products of the linear layers come from: y [n, rows] = x [n, cols] * weight^T.
using Linears = std::function<void(int index, const Floats& x, int n, Floats& y)>;
struct Cache {
  int length = 0;                                   // tokens so far
  Floats keys[kLayers] = {}, values[kLayers] = {};  // [length, kWidth]
};
// Appends n tokens to the cached sequence and returns the logits [n, kVocabulary].
Floats forward(const Model& model, const Linears& linears, const int* tokens, int n, Cache& cache);
// The summed loss in nats of the n characters after the first; adds `scale` times its gradient.
double document_loss(const Model& model, const int* tokens, int n, float scale, Model& gradient);

void dense_product(const Matrix& w, const Floats& x, int n, Floats& y);  // y = x * w^T

// ---- train.cpp: two lines of letters and their order, '<' ascending or '>' descending -----------
inline constexpr char kAlphabet[] = "|<>=abcdefghijklmnopqrstuvwxyz";  // a token is a character
inline constexpr int kLetters = 7, kPrompt = kLetters + 3, kTokens = 4 * kLetters + 5;
std::vector<Tokens> make_documents(std::mt19937_64& random, std::size_t count);
// The mean over all characters in bits; gradient becomes that of the mean in nats. Bit for bit the
// same for any number of threads.
double loss(const Model& model, const std::vector<Tokens>& documents, int threads, Model& gradient);
void train(Model& model, int steps, std::uint64_t seed, int threads);  // masks hold

// ---- sparse.cpp: all that the engine asks of Heddle, through its C ABI --------------------------
void prune(Model& model);  // 2:4 by magnitude, every linear layer
void adamw_step(Model& model, Model& gradient, float rate, int step, int threads);
void round_to_bf16(Floats& values);
// The linear layers as they are. bf16: both factors are rounded, and sums are f32, as in Heddle.
Linears dense(const Model& model, std::int32_t type);

// The linear layers packed, and a plan per shape for every token count.
struct Packed {
  Packed(const Model& model, std::int32_t type);
  void operator()(int index, const Floats& x, int n, Floats& y) const;

  heddle_exec exec;
  std::vector<std::uint8_t> memory[kLayers * kLinears];
  heddle_packed blobs[kLayers * kLinears];
  std::shared_ptr<heddle_plan> plans[kLinears];  // alike layers share them
};

}  // namespace transformer
