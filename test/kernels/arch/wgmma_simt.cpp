#include "test/simt/cuda.hpp"  // before the kernels

#include "test/kernels/arch/kernels.hpp"
#include "test/kernels/arch/wgmma_forms.cuh"

namespace heddle::arch_test {

HEDDLE_SIMT_DYNAMIC_SHARED(unsigned char, wgmma_memory);

std::vector<WgmmaProduct> wgmma_products() {
  return std::vector<WgmmaProduct>(kWgmmaProducts.begin(), kWgmmaProducts.end());
}

Report run_wgmma(const WgmmaCase& c, bool accumulate, int times, std::vector<WgmmaLane>& lanes,
                 const Options& options) {
  GlobalBuffer<std::uint32_t> image(c.image);
  GlobalBuffer<WgmmaLane> memory(c.lanes);
  const auto bytes = static_cast<unsigned>(4 * c.image.size());
  const WgmmaArgs args{image.data(), bytes,      memory.data(), c.a_matrix,
                       c.b_matrix,   accumulate, times};
  Report report;
  for (std::size_t i = 0; i < kWgmmaProducts.size(); ++i) {
    if (kWgmmaProducts[i] != c.product) continue;
    report = simt::launch(
        {1}, {128}, bytes, [&, kernel = wgmma_kernels()[i]] { kernel(args); }, options);
  }
  lanes.assign(memory.data(), memory.data() + memory.size());
  return report;
}

}  // namespace heddle::arch_test
