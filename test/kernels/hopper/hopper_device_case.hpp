#pragma once
// What the tests of the warpgroup kernel share: its instances, and configurations of it. The cases
// themselves are those of test/kernels/matmul.

#include <string>
#include <vector>

#include "kernels/hopper/shape.hpp"
#include "test/kernels/matmul/matmul_device_case.hpp"

#define HEDDLE_NEED_HOPPER() HEDDLE_NEED_CAPABILITY(90)

namespace heddle::test {

inline constexpr int kHopperCapability = 90;

// The pairs of types that it multiplies, on the device that has it.
inline std::vector<Kind> hopper_kinds() {
  std::vector<Kind> all;
  for (const TypePair& t : input_types()) all.push_back({t.a, t.b, kHopperCapability});
  return all;
}
inline std::string hopper_kind_name(const testing::TestParamInfo<Kind>& info) {
  return type_name(info.param.a) + "x" + type_name(info.param.b);
}
inline bool is_fp8(const Kind& kind) { return size_of(kind.a) == 1 && kind.a != DataType::i8; }

// Groups x row blocks x tokens on `clusters` clusters; whole tiles.
inline MatmulConfig warpgroups(int groups, int row_blocks, int tokens, int cluster = 1,
                               int clusters = 1, int stages = 3) {
  MatmulConfig c;
  c.kernel = MatmulKernel::wgmma;
  c.groups = groups, c.row_blocks = row_blocks, c.tiles = tokens / 8;
  c.cluster = cluster;
  c.blocks = cluster * clusters;
  c.stages = stages;
  return c;
}
// The same with the first split_tiles tiles split among `split` of the clusters, all of them if 0.
inline MatmulConfig split_among(MatmulConfig c, std::int64_t split_tiles, int split = 0) {
  c.split_tiles = split_tiles;
  c.split_blocks = split == 0 ? c.blocks : split * c.cluster;
  return c;
}

// Every instance there is for a kind and an order of B, in every size of cluster.
inline std::vector<MatmulConfig> hopper_instances(const Kind& kind, Order b_order) {
  std::vector<MatmulConfig> all;
  if (b_order == Order::row && size_of(kind.a) != 2) return all;
  for (const HopperShape& s : kHopperShapeList)
    for (bool staged : {false, true})
      for (int cluster : {1, 2, 4}) {
        if (s.tokens < 128 && (!is_fp8(kind) || s.tokens % (8 * cluster) != 0)) continue;
        const bool may_stage = b_order == Order::col && kind.a != DataType::f32;
        if (staged && !(s.tokens == 256 && may_stage)) continue;
        all.push_back(warpgroups(s.groups, s.row_blocks, s.tokens, cluster));
        all.back().staged = staged;
      }
  return all;
}

// Tokens of a small shape of a kind: the testbed's time grows with them.
inline int hopper_tokens(const Kind& kind) { return is_fp8(kind) ? 32 : 128; }

}  // namespace heddle::test
