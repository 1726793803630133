// A Sparsifier's state in a file, with heddle::io of an installed Heddle.
#include <heddle/sparsifier_file.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

int main(int count, char** arguments) {
  using namespace heddle;
  if (count != 2) return 1;
  const Exec cpu = Exec::cpu(1);
  const Dims shape = {2, 4};
  std::vector<float> weight = {1, -4, 3, 2, 0, 7, 5, 6}, dropped(8);
  std::vector<std::uint8_t> mask(8), loaded(8);
  const auto parameter = [&](std::vector<std::uint8_t>& mask_bytes) {
    SparseParameter p;
    p.name = "w";
    p.weight = contiguous(weight.data(), 2, shape, DataType::f32);
    p.mask = contiguous_mask(mask_bytes.data(), 2, shape);
    p.dropped = contiguous(dropped.data(), 2, shape, DataType::f32);
    return p;
  };
  Sparsifier first(SparsifierOptions::any_size()), second(SparsifierOptions::any_size());
  if (!first.add(parameter(mask)).ok() || !second.add(parameter(loaded)).ok()) return 2;
  if (!first.compute_masks(cpu).ok()) return 3;
  Status status = save_sparsifier(cpu, first, arguments[1]);
  if (status.ok()) status = load_sparsifier(cpu, second, arguments[1]);
  if (!status.ok()) return std::fputs(status.message().c_str(), stderr), 4;
  return loaded == mask && mask == std::vector<std::uint8_t>{0, 1, 1, 0, 0, 1, 0, 1} ? 0 : 5;
}
