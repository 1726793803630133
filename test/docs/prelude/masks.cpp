// What the fragments of docs/masks.md take as given.
using namespace heddle;
extern const Exec exec;
extern const std::int64_t k, K, C, R, S;
extern ConstMatrixView activations, weight;
extern MatrixView scores;
extern MaskView mask;
extern double* sums;
extern float* norms;
extern void* data;
