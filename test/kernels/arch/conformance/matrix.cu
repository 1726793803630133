// ldmatrix, stmatrix and movmatrix: the models against the hardware, every bit.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

#include "test/kernels/arch/conformance/conformance.hpp"
#include "test/kernels/arch/conformance/device.hpp"
#include "test/kernels/arch/matrix_kernels.cuh"
#include "test/simt/models/matrix.hpp"

namespace heddle::conformance {
namespace {

using arch_test::kTileBytes;
using simt::models::MatrixLane;

constexpr std::size_t kTrials = 64;

struct Tile {
  std::vector<unsigned char> image;  // kTileBytes
  std::vector<std::uint32_t> rows;   // a lane each, none twice
  std::vector<std::uint32_t> words;  // [lane][matrix]
};

Tile make_tile(std::mt19937& random) {
  Tile tile;
  tile.image.resize(kTileBytes);
  for (unsigned char& byte : tile.image) byte = static_cast<unsigned char>(random());
  tile.rows.resize(kTileBytes / 16);
  std::iota(tile.rows.begin(), tile.rows.end(), 0u);
  std::shuffle(tile.rows.begin(), tile.rows.end(), random);
  tile.rows.resize(32);
  for (std::uint32_t& row : tile.rows) row *= 16;
  tile.words.resize(128);
  for (std::uint32_t& word : tile.words) word = static_cast<std::uint32_t>(random());
  return tile;
}

void load_lanes(const Tile& tile, MatrixLane (&lanes)[32]) {
  for (std::size_t i = 0; i < 32; ++i) {
    std::memcpy(lanes[i].row, tile.image.data() + tile.rows[i], 16);
    std::memcpy(lanes[i].r, tile.words.data() + 4 * i, 16);
  }
}

std::string first_difference(std::size_t trial, const std::vector<std::uint32_t>& got,
                             const std::vector<std::uint32_t>& want) {
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (got[i] == want[i]) continue;
    return difference("trial " + std::to_string(trial) + " lane " + std::to_string(i / 4) +
                          " register " + std::to_string(i % 4),
                      got[i], want[i]);
  }
  return "";
}

template <int Count, bool Trans>
Outcome check_load() {
  std::mt19937 random(1);
  for (std::size_t t = 0; t < kTrials; ++t) {
    const Tile tile = make_tile(random);
    const DeviceArray<unsigned char> image(tile.image);
    const DeviceArray<std::uint32_t> rows(tile.rows), words(tile.words);
    launch(arch_test::load_kernel<Count, Trans>, 1, 32, image.data(), rows.data(), words.data());
    MatrixLane lanes[32];
    load_lanes(tile, lanes);
    simt::models::ldmatrix(Count, Trans, lanes);
    std::vector<std::uint32_t> want;
    for (const MatrixLane& lane : lanes) want.insert(want.end(), lane.r, lane.r + 4);
    const std::string wrong = first_difference(t, words.values(), want);
    if (!wrong.empty()) return {kTrials, wrong};
  }
  return {kTrials, ""};
}

template <int Count, bool Trans>
Outcome check_store() {
  std::mt19937 random(2);
  for (std::size_t t = 0; t < kTrials; ++t) {
    const Tile tile = make_tile(random);
    const DeviceArray<unsigned char> image(tile.image);
    const DeviceArray<std::uint32_t> rows(tile.rows), words(tile.words);
    launch(arch_test::store_kernel<Count, Trans>, 1, 32, words.data(), rows.data(), image.data());
    MatrixLane lanes[32];
    load_lanes(tile, lanes);
    simt::models::stmatrix(Count, Trans, lanes);
    std::vector<unsigned char> want = tile.image;
    for (std::size_t i = 0; i < 8 * Count; ++i) {
      std::memcpy(want.data() + tile.rows[i], lanes[i].row, 16);
    }
    const std::vector<unsigned char> got = image.values();
    const auto wrong = std::mismatch(want.begin(), want.end(), got.begin());
    if (wrong.first == want.end()) continue;
    const auto at = static_cast<std::size_t>(wrong.first - want.begin());
    return {kTrials, difference("trial " + std::to_string(t) + " byte " + std::to_string(at),
                                *wrong.second, *wrong.first)};
  }
  return {kTrials, ""};
}

Outcome check_move() {
  std::mt19937 random(3);
  for (std::size_t t = 0; t < kTrials; ++t) {
    const Tile tile = make_tile(random);
    std::vector<std::uint32_t> in;
    for (std::size_t i = 0; i < 32; ++i) in.push_back(tile.words[4 * i]);
    const DeviceArray<std::uint32_t> registers(in);
    launch(arch_test::move_kernel, 1, 32, registers.data());
    MatrixLane lanes[32];
    load_lanes(tile, lanes);
    simt::models::movmatrix(lanes);
    const std::vector<std::uint32_t> got = registers.values();
    for (std::size_t i = 0; i < 32; ++i) {
      if (got[i] == lanes[i].r[0]) continue;
      return {kTrials, difference("trial " + std::to_string(t) + " lane " + std::to_string(i),
                                  got[i], lanes[i].r[0])};
    }
  }
  return {kTrials, ""};
}

template <int Count>
void check_count(Record& record) {
  const std::string count = "<" + std::to_string(Count) + ">";
  record.check("ldmatrix" + count, check_load<Count, false>);
  record.check("ldmatrix_trans" + count, check_load<Count, true>);
  if (record.target() < 90) {
    record.skip("stmatrix" + count, "needs sm_90");
    record.skip("stmatrix_trans" + count, "needs sm_90");
    return;
  }
  record.check("stmatrix" + count, check_store<Count, false>);
  record.check("stmatrix_trans" + count, check_store<Count, true>);
}

}  // namespace

void check_matrix(Record& record) {
  check_count<1>(record);
  check_count<2>(record);
  check_count<4>(record);
  record.check("movmatrix_trans", check_move);
}

}  // namespace heddle::conformance
