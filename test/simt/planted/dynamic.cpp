#include "test/simt/planted/dynamic.cuh"
#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {

Report dynamic_reverse_elsewhere(GlobalBuffer<float>& out, unsigned bytes) {
  const auto threads = static_cast<unsigned>(out.size());
  return launch({1}, {threads}, bytes, [&, p = out.data()] { dynamic_kernel<100>(p); });
}

}  // namespace heddle::simt::planted
