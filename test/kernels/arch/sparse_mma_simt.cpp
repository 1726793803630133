#include "test/simt/cuda.hpp"  // before the kernels

#include "test/kernels/arch/kernels.hpp"
#include "test/kernels/arch/sparse_forms.cuh"

namespace heddle::arch_test {

std::vector<SparseForm> sparse_forms() {
  return std::vector<SparseForm>(std::begin(kSparseForms), std::end(kSparseForms));
}

Report run_sparse(const SparseForm& form, std::array<SparseLane, 32>& lanes,
                  const Options& options) {
  GlobalBuffer<SparseLane> memory(std::vector<SparseLane>(lanes.begin(), lanes.end()));
  Report report;
  for (const SparseKernel& entry : sparse_kernels()) {
    if (entry.form != form) continue;
    report = simt::launch(
        {1}, {32}, 0, [&, p = memory.data()] { entry.kernel(p); }, options);
  }
  for (std::size_t i = 0; i < 32; ++i) lanes[i] = memory[i];
  return report;
}

}  // namespace heddle::arch_test
