#pragma once
// The network on disk: dense and packed, both safetensors.

#include <string>
#include <vector>

#include "heddle/status.hpp"
#include "sparse.hpp"

namespace digits {

/// Writes `layerN.weight` (F16, [outputs, inputs], zeros where the mask drops) and `layerN.bias`.
heddle::Status save_dense(const std::string& path, const std::vector<HalfLayer>& layers);

/// Writes `layerN.weight.values`, `layerN.weight.metadata` and `layerN.bias`.
heddle::Status save_packed(const std::string& path, const std::vector<PackedLayer>& layers);

/// Reads what save_packed wrote, and verifies it: a file is data from elsewhere.
heddle::Result<std::vector<PackedLayer>> load_packed(const std::string& path);

}  // namespace digits
