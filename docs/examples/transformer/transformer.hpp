#pragma once
// A decoder-only transformer: RMSNorm, RoPE, causal attention with a KV cache, SwiGLU, tied head.
#include <array>
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
inline constexpr int kLast = kLayers * kLinears;  // the head, after all layers
struct Model {
  Matrix embedding;
  std::array<Matrix, 2 * kLayers + 1> gains;  // of the norms: two a layer, then the last
  std::array<Matrix, kLast + 1> linears;      // index: layer * kLinears + Linear, or kLast
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
// The mean over all characters but the first in bits; gradient becomes that of the mean in nats.
double loss(const Model& model, const std::vector<Tokens>& documents, Model& gradient);
// The linear layers as they are. bf16: both factors are rounded, and sums are f32, as in Heddle.
Linears dense(const Model& model, std::int32_t type);

// ---- sparse.cpp: all that the engine asks of Heddle, through its C ABI --------------------------
void prune(Model& model);  // 2:4 by magnitude, every linear layer
void adamw_step(Model& model, Model& gradient, float rate, int step, int threads);
void round_to_bf16(Floats& values);
// The linear layers packed; adds their bytes.
Linears pack(const Model& model, std::int32_t type, std::size_t& bytes);

}  // namespace transformer
