#pragma once
// How tensor maps are made: by a function of the driver, to which the library does not link.

#include <cudaTypedefs.h>

#include "heddle/status.hpp"
#include "kernels/arch/tensor_map.hpp"

namespace heddle::cuda {

// The driver's function.
struct TensorMapEncoder {
  PFN_cuTensorMapEncodeTiled_v12000 function = nullptr;

  Status encode(const TensorMapShape& shape, TensorMap& map) const;
};
// Asks the runtime for it anew.
Result<TensorMapEncoder> find_tensor_map_encoder();

}  // namespace heddle::cuda
