#pragma once
// Random operands of a wgmma rate, where the instruction wants them (PTX ISA, "Asynchronous
// Warpgroup Level Matrix Instructions"), and whether the sums are those of the matrices that they
// stand for.

#include <vector>

#include "bench/gpu/wgmma_rate.hpp"

namespace heddle::bench::gpu {

struct WgmmaOperands {
  WgmmaRate rate;
  std::vector<std::byte> image, weights;  // weights: of the sparse forms
  // The matrices: A [group][64][k], zeros where nothing is stored, and B [token][k].
  std::vector<double> a, b;
  int step_k;  // of an instruction
};
WgmmaOperands make_wgmma_operands(const WgmmaRate& rate);

/// What is wrong with the sums [kWgmmaSums] of that many rounds, or "".
std::string wrong_wgmma_sums(const WgmmaOperands& operands, const std::vector<std::uint32_t>& sums,
                             int rounds);

}  // namespace heddle::bench::gpu
