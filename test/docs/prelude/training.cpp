// What the fragments of docs/training.md take as given.
using namespace heddle;
extern const Exec exec;
extern const int steps;
extern const std::size_t n;
extern Status status;
extern Sparsifier s;
extern const TensorView* masked;
extern const SrSteTensors* list;
extern const StepTensors* tensors;
extern const SgdOptions options;
