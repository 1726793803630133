// What moves data and computes nothing: copies, shuffles, votes, barriers, global loads and stores.
// The kernels are those that the testbed runs; the answers are plain.
#include "test/kernels/arch/conformance/conformance.hpp"
#include "test/kernels/arch/conformance/device.hpp"
#include "test/kernels/arch/copy_kernels.cuh"
#include "test/kernels/arch/global_kernels.cuh"
#include "test/kernels/arch/warp_kernels.cuh"

namespace heddle::conformance {
namespace {

using arch_test::Path;

template <typename T>
std::string first_difference(const std::vector<T>& got, const std::vector<T>& want) {
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (got[i] == want[i]) continue;
    return difference("element " + std::to_string(i), static_cast<unsigned>(got[i]),
                      static_cast<unsigned>(want[i]));
  }
  return "";
}

std::vector<unsigned char> some_bytes(std::size_t count) {
  std::vector<unsigned char> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<unsigned char>(i % 251 + 1);
  return bytes;
}

// Every number of source bytes, zeros for the rest.
template <int Bytes, bool PastL1>
Outcome check_copy() {
  const std::vector<unsigned char> bytes = some_bytes(64 * Bytes);
  for (std::uint32_t source = 0; source <= Bytes; ++source) {
    const DeviceArray<unsigned char> in(bytes), out(std::vector<unsigned char>(bytes.size(), 0xFF));
    launch(arch_test::once_kernel<Bytes, PastL1>, 1, 64, in.data(), out.data(), source);
    std::vector<unsigned char> want = bytes;
    for (std::size_t i = 0; i < want.size(); ++i) {
      if (i % Bytes >= source) want[i] = 0;
    }
    const std::string wrong = first_difference(out.values(), want);
    if (!wrong.empty()) return {Bytes + 1, std::to_string(source) + " source bytes, " + wrong};
  }
  return {Bytes + 1, ""};
}

Outcome check_pipeline(void (*kernel)(const float*, unsigned, float*), unsigned threads) {
  constexpr unsigned kTiles[] = {1, 2, 3, 4, 9, 100};
  for (const unsigned tiles : kTiles) {
    std::vector<float> values(64 * tiles), want(64, 0.0f);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(i * i % 1009);
      want[63 - i % 64] += values[i];  // sums of integers: exact
    }
    const DeviceArray<float> in(values), out(std::vector<float>(64, -1.0f));
    launch(kernel, 1, threads, in.data(), tiles, out.data());
    const std::string wrong = first_difference(out.values(), want);
    if (!wrong.empty()) return {std::size(kTiles), std::to_string(tiles) + " tiles, " + wrong};
  }
  return {std::size(kTiles), ""};
}

Outcome check_shuffles() {
  const DeviceArray<int> out(std::vector<int>(arch_test::kShuffleResults, -1));
  launch(arch_test::shuffle_kernel, 1, 32, out.data());
  std::vector<int> want(arch_test::kShuffleResults);
  for (int lane = 0; lane < 32; ++lane) {
    const int results[] = {
        5, lane < 3 ? lane : lane - 3,      lane > 24 ? lane : lane + 7, lane ^ 9, 0x49249249, 1,
        2, lane % 2 ? lane ^ 2 : 0x55555500};
    for (std::size_t i = 0; i < 8; ++i) want[32 * i + static_cast<std::size_t>(lane)] = results[i];
  }
  return {1, first_difference(out.values(), want)};
}

Outcome check_hand_over() {
  constexpr unsigned rounds = 50;
  const DeviceArray<unsigned> out(std::vector<unsigned>(64 * rounds, ~0u));
  launch(arch_test::hand_over_kernel, 1, 128, rounds, out.data());
  std::vector<unsigned> want(64 * rounds);
  for (unsigned i = 0; i < want.size(); ++i) want[i] = 100 * (i / 64) + 63 - i % 64;
  return {rounds, first_difference(out.values(), want)};
}

template <typename T>
Outcome check_path(Path path) {
  const std::vector<unsigned char> bytes = some_bytes(64 * sizeof(T));
  const DeviceArray<unsigned char> in(bytes), out(std::vector<unsigned char>(bytes.size(), 0xFF));
  launch(arch_test::copy_kernel<T>, 1, 64, path, reinterpret_cast<const T*>(in.data()),
         reinterpret_cast<T*>(out.data()));
  return {1, first_difference(out.values(), bytes)};
}

// Many blocks, again and again on the same counter.
Outcome check_last_block() {
  constexpr unsigned blocks = 300, rounds = 10;
  const DeviceArray<unsigned> rows(std::vector<unsigned>(64 * blocks, ~0u));
  const DeviceArray<unsigned> counter(std::vector<unsigned>{0});
  std::vector<unsigned> want(64);
  for (unsigned i = 0; i < 64; ++i) want[i] = 500 * blocks * (blocks - 1) + blocks * i * i;
  for (unsigned round = 0; round < rounds; ++round) {
    const DeviceArray<unsigned> sums(std::vector<unsigned>(64, ~0u));
    launch(arch_test::last_block_kernel, blocks, 64, rows.data(), counter.data(), sums.data());
    const std::string wrong = first_difference(sums.values(), want);
    if (!wrong.empty()) return {rounds, "round " + std::to_string(round) + ", " + wrong};
  }
  return {rounds, first_difference(counter.values(), {0})};
}

__global__ void target_kernel(int* target) { *target = arch::kTarget / 10; }

}  // namespace

int compiled_target() {
  const DeviceArray<int> target(std::vector<int>{0});
  launch(target_kernel, 1, 1, target.data());
  return target.values()[0];
}

void check_copies(Record& record) {
  record.check("cp_async_ca<4>", check_copy<4, false>);
  record.check("cp_async_ca<8>", check_copy<8, false>);
  record.check("cp_async_ca<16>", check_copy<16, false>);
  record.check("cp_async_cg", check_copy<16, true>);
  record.check("cp_async_wait_group",
               [] { return check_pipeline(arch_test::pipeline_kernel, 64); });
  if (record.target() < 90) return record.skip("cp_async_bulk, mbarrier", "needs sm_90");
  record.check("cp_async_bulk, mbarrier",
               [] { return check_pipeline(arch_test::bulk_kernel, 96); });
}

void check_warp(Record& record) {
  record.check("shfl, vote", check_shuffles);
  record.check("bar_sync, bar_arrive", check_hand_over);
}

void check_global(Record& record) {
  constexpr const char* names[] = {"ld/st_global_no_allocate", "ld_global_nc_no_allocate",
                                   "ld_global_nc_no_allocate, st_global_evict_first",
                                   "ld/st_global_cs", "ld/st_global_cg"};
  for (const Path path :
       {Path::no_allocate, Path::read_only, Path::read_only_policy, Path::streaming, Path::l2}) {
    const std::string name = names[static_cast<int>(path)];
    record.check(name + " 4 bytes", [=] { return check_path<float>(path); });
    record.check(name + " 8 bytes", [=] { return check_path<uint2>(path); });
    record.check(name + " 16 bytes", [=] { return check_path<uint4>(path); });
  }
  record.check("atom_add_acq_rel_gpu", check_last_block);
}

}  // namespace heddle::conformance
