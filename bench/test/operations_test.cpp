#include "bench/operations.hpp"

#include <gtest/gtest.h>

#include <map>

namespace heddle::bench {
namespace {

const Operation& named(const std::string& name) {
  for (const Operation& operation : operations())
    if (operation.name == name) return operation;
  throw std::out_of_range(name);
}

// By hand, from docs/formats.md. 8192 x 8192 of bf16 at 2:4: a matrix of 2^27 bytes and a mask of
// 2^26; canonical: header 128, values 2^26, metadata of 2 bits for 2^25 entries, which is 2^23
// bytes; device: header 128 and 128 x 128 blocks of 4608.
TEST(Traffic, Bf16At8192) {
  const Case problem{8192, 8192, 0, {2, 4}, DataType::bf16};
  const std::size_t matrix = 1u << 27, mask = 1u << 26, report = 24;
  const std::size_t packed = 128 + (1u << 26) + (1u << 23);
  const std::size_t fragmented = 128 + 128u * 128 * 4608;
  const std::map<std::string, std::size_t> want = {
      {"best_mask", matrix + mask},
      {"prune_pack_canonical", matrix + packed},
      {"prune_pack_device", matrix + fragmented},
      {"pack_mask_canonical", matrix + mask + packed + report},
      {"pack_mask_device", matrix + mask + fragmented + report},
      {"unpack_canonical", packed + matrix},
      {"unpack_device", fragmented + matrix},
      {"tile_mask", matrix + mask},
      {"pack_tiles", matrix + 2 * fragmented},
      {"score", matrix + 8192 * 4 + 2 * matrix},
      {"sgd_step", matrix + mask + 2 * matrix},
      {"sr_ste", matrix + mask + 2 * matrix},
      {"check", matrix + report},
      {"apply_mask", matrix + mask + matrix},
      {"verify_canonical", packed + report},
      {"verify_device", fragmented + report},
      {"to_device", packed + fragmented},
      {"to_canonical", fragmented + packed},
  };
  EXPECT_EQ(want.size(), operations().size());
  for (const auto& [name, bytes] : want) EXPECT_EQ(traffic(named(name), problem), bytes) << name;
}

TEST(Traffic, GapsDoNotCount) {
  const Case plain{67, 131, 0, {2, 4}, DataType::f16, Order::col};
  Case gaps = plain;
  gaps.ld_extra = 5;
  for (const Operation& operation : operations())
    EXPECT_EQ(traffic(operation, gaps), traffic(operation, plain)) << operation.name;
  EXPECT_EQ(part_bytes(gaps, Part::dense), 131u * 72 * 2);
  EXPECT_EQ(part_bytes(gaps, Part::mask), 131u * 72);
}

TEST(Operations, DeviceOrderOnlyWhereItHolds) {
  const Case held{64, 64, 0, {2, 4}, DataType::f16}, not_held{64, 64, 0, {4, 8}, DataType::f16};
  EXPECT_TRUE(applies(named("prune_pack_device"), held));
  EXPECT_FALSE(applies(named("prune_pack_device"), not_held));
  EXPECT_FALSE(applies(named("to_canonical"), not_held));
  EXPECT_TRUE(applies(named("prune_pack_canonical"), not_held));
  EXPECT_TRUE(applies(named("pack_tiles"), held));
  EXPECT_FALSE(applies(named("tile_mask"), not_held));
  EXPECT_TRUE(applies(named("sgd_step"), held));
  EXPECT_FALSE(applies(named("sgd_step"), {64, 64, 0, {2, 4}, DataType::i8}));
  EXPECT_FALSE(applies(named("pack_tiles"), {64, 64, 0, {2, 4}, DataType::f32}));
}

// The comparison sees a wrong byte, gaps included, and every operation passes it on the CPU.
TEST(Operations, ReproduceTheReference) {
  for (const Order order : {Order::row, Order::col}) {
    auto made = prepare({67, 131, 0, {2, 4}, DataType::f16, order, 3});
    ASSERT_TRUE(made.ok()) << made.status().to_string();
    const Buffers& buffers = *made;
    const Operands operands = buffers.operands();
    for (const Operation& operation : operations()) {
      for (const Part out : operation.writes)
        std::memset(operands[out].data, kPoison, operands[out].bytes);
      std::vector<std::byte> weight;
      const Span pruned = operands[Part::pruned];
      weight.assign(pruned.data, pruned.data + pruned.bytes);
      ASSERT_TRUE(operation.run(Exec::cpu(1), operands).ok()) << operation.name;
      EXPECT_EQ(std::memcmp(pruned.data, weight.data(), weight.size()), 0) << operation.name;
      for (const Part out : operation.writes) {
        std::byte* got = operands[out].data;
        EXPECT_EQ(difference(out, got, buffers), "") << operation.name;
        const std::size_t last = buffers.expected(out).bytes - 1;
        got[last] ^= std::byte{1};
        EXPECT_NE(difference(out, got, buffers), "") << operation.name;
        got[last] ^= std::byte{1};
      }
    }
  }
}

}  // namespace
}  // namespace heddle::bench
