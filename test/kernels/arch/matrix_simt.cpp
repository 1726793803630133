#include "test/simt/cuda.hpp"  // before the kernels

#include "test/kernels/arch/kernels.hpp"
#include "test/kernels/arch/matrix_kernels.cuh"

namespace heddle::arch_test {
namespace {

template <typename F>
void choose(const MatrixCase& c, F f) {
  const auto with_trans = [&](auto count) {
    c.trans ? f(count, std::true_type{}) : f(count, std::false_type{});
  };
  switch (c.count) {
    case 1: return with_trans(std::integral_constant<int, 1>{});
    case 2: return with_trans(std::integral_constant<int, 2>{});
    default: return with_trans(std::integral_constant<int, 4>{});
  }
}

GlobalBuffer<std::uint32_t> rows_of(const MatrixCase& c) {
  return GlobalBuffer<std::uint32_t>(std::vector<std::uint32_t>(c.row_of.begin(), c.row_of.end()));
}

}  // namespace

Report load_matrices(const MatrixCase& c, GlobalBuffer<unsigned char>& image, Registers& out,
                     const Options& options) {
  auto rows = rows_of(c);
  GlobalBuffer<std::uint32_t> registers(128);
  Report report;
  choose(c, [&](auto count, auto trans) {
    report = simt::launch(
        {1}, {32}, 0,
        [&, p = image.data(), q = rows.data(), r = registers.data()] {
          load_kernel<count(), trans()>(p, q, r);
        },
        options);
  });
  for (std::size_t i = 0; i < 128; ++i) out[i / 4][i % 4] = registers[i];
  return report;
}

Report store_matrices(const MatrixCase& c, const Registers& in, GlobalBuffer<unsigned char>& image,
                      const Options& options) {
  auto rows = rows_of(c);
  GlobalBuffer<std::uint32_t> registers(128);
  for (std::size_t i = 0; i < 128; ++i) registers[i] = in[i / 4][i % 4];
  Report report;
  choose(c, [&](auto count, auto trans) {
    report = simt::launch(
        {1}, {32}, 0,
        [&, p = image.data(), q = rows.data(), r = registers.data()] {
          store_kernel<count(), trans()>(r, q, p);
        },
        options);
  });
  return report;
}

Report move_matrix(std::array<std::uint32_t, 32>& registers, const Options& options) {
  GlobalBuffer<std::uint32_t> memory(
      std::vector<std::uint32_t>(registers.begin(), registers.end()));
  Report report = simt::launch(
      {1}, {32}, 0, [p = memory.data()] { move_kernel(p); }, options);
  for (std::size_t i = 0; i < 32; ++i) registers[i] = memory[i];
  return report;
}

}  // namespace heddle::arch_test
