// The Sparsifier with CUDA against the CPU: every byte of every tensor, after every call.
#include "test/device/device.hpp"
#include "test/host/sparsifier_case.hpp"
#include "test/oracle/suite.hpp"

#include <memory>
#include <string>
#include <vector>

#include "heddle/sparsifier.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::Lay;
using test::Layer;
using test::Tensor;

// A host tensor's copy in device memory, gaps included.
class DeviceTensor {
 public:
  DeviceTensor(Tensor& host, std::size_t misalign)
      : view_(host.view()), bytes_(host.raw(), host.raw_bytes(), misalign) {
    view_.data = bytes_.data();
  }
  TensorView view() const { return view_; }
  TensorMask mask() const {
    return {static_cast<std::uint8_t*>(view_.data), view_.rank, view_.shape, view_.stride};
  }
  testing::AssertionResult equals(const Tensor& host) const {
    const std::vector<unsigned char> got = bytes_.read();
    for (std::size_t i = 0; i < got.size(); ++i)
      if (got[i] != host.raw()[i])
        return testing::AssertionFailure()
               << "byte " << i << ": wanted " << int{host.raw()[i]} << ", got " << int{got[i]};
    return bytes_.zones_intact();
  }

 private:
  TensorView view_;
  test::DeviceBytes bytes_;
};

struct DeviceLayer {
  DeviceTensor weight, mask, dropped, master;
  DeviceLayer(Layer& host, std::size_t misalign)
      : weight(host.weight, misalign * 4),
        mask(host.mask, misalign),
        dropped(host.dropped, misalign),
        master(host.master, misalign * 2) {}
  SparseParameter parameter(Layer& host) const {
    SparseParameter p = host.parameter();
    p.weight = weight.view();
    p.mask = mask.mask();
    if (p.dropped) p.dropped = dropped.view();
    if (p.master) p.master = master.view();
    return p;
  }
  testing::AssertionResult equals(const Layer& host) const {
    if (auto same = weight.equals(host.weight); !same) return same << " of the weight";
    if (auto same = mask.equals(host.mask); !same) return same << " of the mask";
    if (auto same = dropped.equals(host.dropped); !same) return same << " of the dropped values";
    if (auto same = master.equals(host.master); !same) return same << " of the master";
    return testing::AssertionSuccess();
  }
};

std::vector<Layer> layers_of(DataType type) {
  const bool master = type == DataType::f32 || type == DataType::f16 || type == DataType::bf16;
  std::vector<Layer> layers;
  layers.emplace_back("plain", type, std::vector<std::int64_t>{8, 32});
  layers.emplace_back("gaps", type, std::vector<std::int64_t>{5, 19}, Lay{{}, 3, 0}, Lay{{}, 5, 0});
  layers.emplace_back("conv", type, std::vector<std::int64_t>{4, 8, 2, 3});
  layers.emplace_back("last", type, std::vector<std::int64_t>{4, 8, 2}, Lay{{0, 2, 1}, 1, 0});
  layers.emplace_back("bias", type, std::vector<std::int64_t>{33});
  layers.emplace_back("none", type, std::vector<std::int64_t>{0, 16});
  Random random(static_cast<std::uint64_t>(type) + 1);
  for (Layer& layer : layers) {
    for (Tensor* tensor : layer.all()) tensor->fill_codes(random);
    layer.weight.fill_codes(random);
    layer.has_master = master;
  }
  layers[2].method = "1:4";
  return layers;
}

class SparsifierDevice : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, SparsifierDevice, testing::ValuesIn(matrix_types()), by_type);

// A training's calls on the host and on the device, compared after each.
TEST_P(SparsifierDevice, EqualsTheCpu) {
  HEDDLE_NEED_DEVICE();
  for (const std::size_t misalign : {0, 1}) {
    test::on_device(
        std::string("sparsifier ") + to_string(GetParam()),
        [&](const Exec& exec) {
          const Exec cpu = Exec::cpu(1);
          std::vector<Layer> host = layers_of(GetParam());
          std::vector<DeviceLayer> device;
          device.reserve(host.size());
          Sparsifier on_host(SparsifierOptions::any_size());
          Sparsifier on_device(SparsifierOptions::any_size());
          std::vector<DeviceTensor> outs;
          std::vector<TensorView> host_outs, device_outs;
          std::vector<Tensor> out_storage;
          out_storage.reserve(host.size());
          for (Layer& layer : host) {
            device.emplace_back(layer, misalign);
            ASSERT_TRUE(succeeds(on_host.add(layer.parameter())));
            ASSERT_TRUE(succeeds(on_device.add(device.back().parameter(layer))));
            out_storage.push_back(layer.dropped);
            outs.emplace_back(out_storage.back(), 0);
            host_outs.push_back(out_storage.back().view());
            device_outs.push_back(outs.back().view());
          }
          const auto compare = [&](const char* call) {
            for (std::size_t i = 0; i < host.size(); ++i) {
              EXPECT_TRUE(device[i].equals(host[i])) << call << ", " << host[i].name;
              EXPECT_TRUE(outs[i].equals(out_storage[i])) << call << ", out of " << host[i].name;
            }
          };
          const std::size_t n = host.size();
          ASSERT_TRUE(succeeds(on_host.refresh(cpu, host_outs.data(), n, true)));
          ASSERT_TRUE(succeeds(on_device.refresh(exec, device_outs.data(), n, true)));
          compare("refresh");
          ASSERT_TRUE(succeeds(on_host.compute_masks(cpu)));
          ASSERT_TRUE(succeeds(on_device.compute_masks(exec)));
          compare("compute_masks");
          ASSERT_TRUE(succeeds(on_host.mask_gradients(cpu, host_outs.data(), n)));
          ASSERT_TRUE(succeeds(on_device.mask_gradients(exec, device_outs.data(), n)));
          compare("mask_gradients");
          ASSERT_TRUE(succeeds(on_host.compute_masks(cpu)));
          ASSERT_TRUE(succeeds(on_device.compute_masks(exec)));
          compare("compute_masks again");
          for (std::size_t i = 0; i < n; ++i) {
            const MaskStats a = on_host.report()[i].stats, b = on_device.report()[i].stats;
            EXPECT_EQ(a.elements, b.elements);
            EXPECT_EQ(a.kept, b.kept);
            EXPECT_EQ(a.nonzeros, b.nonzeros);
          }
          ASSERT_TRUE(succeeds(on_host.restore(cpu)));
          ASSERT_TRUE(succeeds(on_device.restore(exec)));
          compare("restore");
        },
        {6, 0});
  }
}

// More parameters than a launch takes, on few blocks.
TEST(SparsifierDevice, ManyParameters) {
  HEDDLE_NEED_DEVICE();
  for (const std::int64_t blocks : {0, 2})
    test::on_device("150 parameters",
                    [&](const Exec& exec) {
                      Random random(3);
                      std::vector<Layer> host;
                      for (int i = 0; i < 150; ++i) {
                        host.emplace_back("p" + std::to_string(i),
                                          matrix_types()[static_cast<std::size_t>(i) % 6],
                                          std::vector<std::int64_t>{i % 3, 4 + i % 9});
                        host.back().weight.fill_codes(random);
                      }
                      std::vector<DeviceLayer> device;
                      device.reserve(host.size());
                      Sparsifier on_host(SparsifierOptions::any_size()),
                          other(SparsifierOptions::any_size());
                      for (Layer& layer : host) {
                        device.emplace_back(layer, 0);
                        ASSERT_TRUE(succeeds(on_host.add(layer.parameter())));
                        ASSERT_TRUE(succeeds(other.add(device.back().parameter(layer))));
                      }
                      for (int round = 0; round < 2; ++round) {
                        ASSERT_TRUE(succeeds(on_host.compute_masks(Exec::cpu(1))));
                        ASSERT_TRUE(succeeds(other.compute_masks(exec)));
                      }
                      for (std::size_t i = 0; i < host.size(); ++i)
                        EXPECT_TRUE(device[i].equals(host[i])) << i;
                      ASSERT_TRUE(succeeds(on_host.restore(Exec::cpu(1))));
                      ASSERT_TRUE(succeeds(other.restore(exec)));
                      for (std::size_t i = 0; i < host.size(); ++i)
                        EXPECT_TRUE(device[i].equals(host[i])) << i;
                    },
                    {2, blocks});
}

}  // namespace
}  // namespace heddle
