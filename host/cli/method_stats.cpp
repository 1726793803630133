#include "host/cli/method_stats.hpp"

namespace heddle::cli {

OwnMask make_mask(const ConstTensorView& weight) {
  std::size_t entries = 1;
  for (int d = 0; d < weight.rank; ++d) {
    entries *= static_cast<std::size_t>(weight.shape[static_cast<std::size_t>(d)]);
  }
  OwnMask mask{make_buffer(entries), {}};
  mask.view = contiguous_mask(reinterpret_cast<std::uint8_t*>(mask.memory.get()), weight.rank,
                              weight.shape);
  return mask;
}

Result<MaskStats> method_stats(const Options& options, const MaskMethod& method,
                               const ConstTensorView& weight, Ranking ranking) {
  const OwnMask mask = make_mask(weight);
  const Status status = best_mask(options.exec(), weight, method, mask.view, ranking);
  if (!status.ok()) return status;
  return mask_stats(options.exec(), weight, mask.view);
}

}  // namespace heddle::cli
