#pragma once
// A decoder-only transformer: RMSNorm, RoPE, causal attention with a KV cache, SwiGLU, tied head.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "heddle/heddle.h"

namespace transformer {

inline constexpr int kVocabulary = 32, kLayers = 2, kWidth = 128, kHeads = 4, kHidden = 256;
inline constexpr int kHead = kWidth / kHeads, kContext = 64;

using Floats = std::vector<float>;
using Tokens = std::vector<int>;

// ---- model.cpp ----------------------------------------------------------------------------------

struct Matrix {
  int rows = 0, cols = 0;
  Floats values;                   // [rows, cols]
  std::vector<std::uint8_t> mask;  // a byte an entry, 0 = dropped; empty = dense
};

// A layer's products with weights; those that read the same input are one.
enum Linear { kQkv, kOut, kGateUp, kDown, kLinears };

struct Model {
  Matrix embedding;                    // and head
  Matrix gains[2 * kLayers + 1];       // of the norms: two a layer, then the last
  Matrix linears[kLayers * kLinears];  // index: layer * kLinears + Linear
};
Model make_model(std::uint64_t seed);
std::vector<Matrix*> parameters(Model& model);

// Where the products of the linear layers come from: y [n, rows] = x [n, cols] * weight^T.
using Linears = std::function<void(int index, const Floats& x, int n, Floats& y)>;

struct Cache {
  int length = 0;                                   // tokens so far
  Floats keys[kLayers] = {}, values[kLayers] = {};  // [length, kWidth]
};

struct Trace {  // what a forward pass of n tokens computes; training reads it again
  struct {
    Floats x1, h1, qkv, attention, x2, h2, gate_up, hidden;
  } layers[kLayers];
  Floats x, h, logits;  // logits [n, kVocabulary]
};

// Appends n tokens to the cached sequence.
void forward(const Model& model, const Linears& linears, const int* tokens, int n, Cache& cache,
             Trace& trace);
float inverse_rms(const float* x);
void rotate(float* vector, int position, float sign);  // forth or back: sign 1 or -1
void attention_weights(const float* q, const float* keys, int count, float* weights);

// c[r, :] += sum over i of a[r * a_row + i * a_depth] * b[i, :]; b [depth, cols], c [rows, cols].
// Ascending in i, by fused multiply-add where the processor has it, as Heddle's CPU path sums: so
// that masked dense and packed weights give the same bits.
struct Product {
  int rows, cols, depth;
  const float* a;
  std::ptrdiff_t a_row, a_depth;
  const float* b;
  float* c;
};
void multiply_add(const Product& product);
void add(const Floats& y, Floats& x);  // x += y
void dense_product(const Matrix& w, const Floats& x, int n, Floats& y);

// ---- train.cpp ----------------------------------------------------------------------------------

// Two lines of letters and their order, '<' ascending or '>' descending; a token is a character.
inline constexpr char kAlphabet[] = "\n<>=abcdefghijklmnopqrstuvwxyz";
inline constexpr int kLetters = 8, kPrompt = kLetters + 3, kTokens = 4 * kLetters + 6;
Tokens make_document(std::mt19937_64& random);

// Mean over all characters, in bits. gradients: null, or kShards models, of which the first gets
// the gradient (of the mean in nats), the same for any number of threads.
inline constexpr int kShards = 8;
double loss(const Model& model, const Linears& linears, const std::vector<Tokens>& documents,
            int threads, std::vector<Model>* gradients = nullptr);
void train(Model& model, int steps, std::uint64_t seed, int threads);  // masks hold

// ---- sparse.cpp: all that the engine asks of Heddle, through its C ABI --------------------------

void prune(Model& model);  // 2:4 by magnitude, every linear layer
void adamw_step(Model& model, const Model& gradient, Model& moment1, Model& moment2, float rate,
                int step, int threads);
void need(heddle_status status);  // throws Heddle's sentence

// The linear layers as they are. bf16: both factors are rounded, and sums are f32, as in Heddle.
Linears dense(const Model& model, int32_t type = HEDDLE_F32);
void round_to_bf16(Floats& values);

// The linear layers packed, and a plan per shape for every token count.
class Packed {
 public:
  Packed(const Model& model, int32_t type);
  ~Packed();
  Packed(const Packed&) = delete;
  Packed& operator=(const Packed&) = delete;
  void operator()(int index, const Floats& x, int n, Floats& y) const;
  std::size_t bytes() const;

 private:
  heddle_exec exec_;
  std::vector<std::uint8_t> memory_[kLayers * kLinears];
  heddle_packed blobs_[kLayers * kLinears];
  heddle_plan* plans_[kLinears] = {};
};

}  // namespace transformer
