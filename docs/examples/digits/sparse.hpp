#pragma once
// The steps of the recipe that Heddle does: prune, pack, multiply.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dataset.hpp"
#include "heddle/heddle.hpp"
#include "network.hpp"

namespace digits {

inline constexpr heddle::Pattern kPattern{2, 4};

/// A layer as it is stored: weights rounded to f16, biases in f32.
struct HalfLayer {
  int outputs = 0, inputs = 0;
  std::vector<std::uint16_t> weight;  // [outputs, inputs], f16
  std::vector<std::uint8_t> mask;     // [outputs, inputs]
  std::vector<float> bias;            // [outputs]
};

/// Its weight as Heddle takes it.
heddle::ConstMatrixView view(const HalfLayer& layer);

/// A layer ready for inference.
struct PackedLayer {
  heddle::PackedDesc desc;
  std::vector<std::byte> blob;  // packed_size(desc) bytes
  std::vector<float> bias;      // [outputs]
};

/// Its weight as matmul takes it.
heddle::ConstPackedView view(const PackedLayer& layer);

/// What pruning did to all weights together.
struct Pruned {
  double l1_share = 0;  // of the weights' magnitude that is left
};

/// Finds the mask of every weight by magnitude and applies it, once: the masks then stay in the
/// layers, and training goes on under them. method: "2:4", "tile-exact-2:4".
heddle::Result<Pruned> prune(Network& network, const std::string& method);

std::vector<HalfLayer> round_to_half(const Network& network);

/// not_compliant unless every weight follows the pattern along rows, and of tiles along columns too:
/// was the mask really frozen?
heddle::Status require_compliant(const std::vector<HalfLayer>& layers, bool tiles);

heddle::Result<std::vector<PackedLayer>> pack_layers(const std::vector<HalfLayer>& layers);

/// corrupt unless unpacking gives every stored weight and bias back, bit for bit.
heddle::Status require_identical(const std::vector<HalfLayer>& layers,
                                 const std::vector<PackedLayer>& packed);

/// The logits [kClasses, count]: per layer one product, bias and ReLU fused; f16 between layers.
heddle::Result<std::vector<float>> infer(const heddle::Exec& exec,
                                         const std::vector<PackedLayer>& layers,
                                         const Dataset& data);

}  // namespace digits
