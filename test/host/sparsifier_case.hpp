#pragma once
// A parameter with all its tensors, for the tests of the Sparsifier.

#include <string>
#include <vector>

#include "heddle/sparsifier.hpp"
#include "test/host/step_tensor.hpp"

namespace heddle::test {

struct Layer {
  std::string name;
  Tensor weight, mask, dropped, master;
  bool keeps_dropped = true, has_master = false;
  std::string method;

  Layer(std::string layer_name, DataType type, const std::vector<std::int64_t>& shape,
        const Lay& lay = {}, const Lay& other = {})
      : name(std::move(layer_name)),
        weight(type, shape, lay),
        mask(DataType::i8, shape, other),
        dropped(type, shape, other),
        master(DataType::f32, shape, lay) {}

  SparseParameter parameter() {
    SparseParameter p;
    p.name = name;
    p.weight = weight.view();
    p.mask = mask.mask();
    if (keeps_dropped) p.dropped = dropped.view();
    if (has_master) p.master = master.view();
    p.method = method;
    return p;
  }
  std::vector<Tensor*> all() { return {&weight, &mask, &dropped, &master}; }
  bool zones_intact() {
    for (const Tensor* tensor : all())
      if (!tensor->zones_intact()) return false;
    return true;
  }
};

// Every bit of every tensor of the layers.
inline std::vector<std::vector<std::uint32_t>> all_bits(std::vector<Layer>& layers) {
  std::vector<std::vector<std::uint32_t>> list;
  for (Layer& layer : layers)
    for (const Tensor* tensor : layer.all()) list.push_back(tensor->all_bits());
  return list;
}

}  // namespace heddle::test
