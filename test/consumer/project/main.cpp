// Uses every part of the library once, as an engine written in C++17 would.
#include <heddle/heddle.hpp>

#include <cstdio>
#include <vector>

int main() {
  using namespace heddle;
  const Exec cpu = Exec::cpu(2);
  const std::vector<float> weights = {1, -4, 3, 2, 0, 0, 5, 6};
  const std::vector<float> ones(4, 1.0f);
  std::vector<float> out(2);

  PackedDesc desc;
  desc.rows = 2;
  desc.cols = 4;
  desc.type = DataType::f32;
  const Result<std::size_t> size = packed_size(desc);
  if (!size.ok()) return 1;
  std::vector<unsigned char> blob(*size);
  const PackedView packed = {desc, blob.data(), blob.size()};
  if (!pack(cpu, row_major(weights.data(), 2, 4, DataType::f32), packed).ok()) return 2;
  if (!verify(cpu, packed).ok()) return 3;
  const Status status = matmul(cpu, packed, row_major(ones.data(), 4, 1, DataType::f32),
                               row_major(out.data(), 2, 1, DataType::f32));
  if (!status.ok()) return std::fputs(status.message().c_str(), stderr), 4;
  std::printf("%s: %g %g\n", HEDDLE_VERSION, out[0], out[1]);
  return out[0] == -1.0f && out[1] == 11.0f ? 0 : 5;
}
