// Prune and pack a weight, then multiply with it.
#include <cstdio>
#include <vector>

#include "heddle/heddle.hpp"

int main() {
  using namespace heddle;
  const std::int64_t m = 2, k = 8, n = 1;  // output features, input features, tokens
  const std::vector<float> weight = {4, 1, -3, 2, 0, 5, 1, 6,    // any m and k: nothing to pad
                                     1, 2, 3,  4, 9, 8, 7, -6};  // [m, k]
  const std::vector<float> x = {1, 1, 1, 1, 1, 1, 1, 1};         // [k, n]
  const std::vector<float> bias = {0.5f, -100};                  // [m]
  std::vector<float> y(m * n);                                   // [m, n]

  const PackedDesc desc{m, k, Pattern{2, 4}, DataType::f32, PackedOrder::canonical};
  const Result<std::size_t> bytes = packed_size(desc);
  std::vector<unsigned char> blob(bytes ? *bytes : 0);
  const PackedView packed{desc, blob.data(), blob.size()};

  MatmulOptions options;  // y = relu(weight * x + bias)
  options.bias = ConstVectorView{bias.data(), m, DataType::f32};
  options.activation = Activation::relu;

  Status status = bytes.status();
  if (status.ok())
    status = pack(Exec::cpu(), row_major(weight.data(), m, k, DataType::f32), packed);
  if (status.ok()) {
    status = matmul(Exec::cpu(), packed, row_major(x.data(), k, n, DataType::f32),
                    row_major(y.data(), m, n, DataType::f32), options);
  }
  if (!status.ok()) return std::fprintf(stderr, "%s\n", status.to_string().c_str()), 1;
  std::printf("y = [%g, %g]\n", y[0], y[1]);  // [4 - 3 + 5 + 6 + 0.5, 0]
}
