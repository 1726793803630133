// What packing into device order moves, counted by the testbed: what its page claims.
#include "test/kernels/pack/device_case.hpp"
#include "test/simt/counted.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;

constexpr Shape kAligned = {192, 256};
constexpr std::uint64_t kSector = 32;

// Every sector once and no other.
void expect_ideal(const char* what, const simt::Traffic& traffic, std::uint64_t bytes) {
  EXPECT_EQ(traffic.units, bytes / kSector) << what;
  EXPECT_EQ(traffic.units, traffic.ideal) << what;
}

class DevicePackTraffic : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, DevicePackTraffic, testing::ValuesIn(matrix_types()), by_type);

TEST_P(DevicePackTraffic, FusedPruneAndPack) {
  for (const Pattern pattern : device_patterns(GetParam())) {
    SCOPED_TRACE(pattern_text(pattern));
    const Matrix m = device_matrix(GetParam(), kAligned.rows, kAligned.cols);
    const DeviceMatrix dm(m.view());
    const DeviceBlob out(desc_of(m, pattern, PackedOrder::device));
    const simt::Counters counters =
        simt::counters_of([&] { return pack(Exec::cuda(), dm.cview(), out.view()); });
    const auto elements = static_cast<std::uint64_t>(m.rows() * m.cols());
    expect_ideal("loads", counters.global_load, elements * size_of(GetParam()));
    expect_ideal("stores", counters.global_store, out.read().size());
    EXPECT_EQ(counters.bank_conflicts(), 0u);
    EXPECT_EQ(counters.shared_load.instructions + counters.shared_store.instructions, 0u);
  }
}

TEST_P(DevicePackTraffic, Unpack) {
  for (const Pattern pattern : device_patterns(GetParam())) {
    SCOPED_TRACE(pattern_text(pattern));
    const Matrix m = device_matrix(GetParam(), kAligned.rows, kAligned.cols);
    const Bytes blob = device_bytes(m, best_mask_of(m, pattern), pattern);
    const DeviceMatrix out(m.view());
    const DeviceBlob in(desc_of(m, pattern, PackedOrder::device), blob);
    const simt::Counters counters =
        simt::counters_of([&] { return unpack(Exec::cuda(), in.cview(), out.view()); });
    const auto elements = static_cast<std::uint64_t>(m.rows() * m.cols());
    expect_ideal("loads", counters.global_load, blob.size() - 128);
    expect_ideal("stores", counters.global_store, elements * size_of(GetParam()));
    EXPECT_EQ(counters.bank_conflicts(), 0u);
  }
}

}  // namespace
}  // namespace heddle
