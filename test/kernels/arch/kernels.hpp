// Kernels around the wrappers of kernels/arch, run in the testbed by the tests beside this file.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/arch/tensor_map.hpp"
#include "test/kernels/arch/cases.hpp"
#include "test/kernels/arch/wgmma_case.hpp"
#include "test/simt/models/sparse_mma.hpp"
#include "test/simt/simt.hpp"

namespace heddle::arch_test {

using simt::GlobalBuffer;
using simt::Options;
using simt::Report;

// sparse_mma_simt.cpp: one warp, one instruction on the registers of 32 lanes, which receive d.
using simt::models::SparseForm;
using simt::models::SparseLane;
std::vector<SparseForm> sparse_forms();  // every wrapper with every selector, and saturating
Report run_sparse(const SparseForm& form, std::array<SparseLane, 32>& lanes,
                  const Options& options);

// wgmma_simt.cpp: a warpgroup, the product `times` times, each a group of its own
std::vector<WgmmaProduct> wgmma_products();
Report run_wgmma(const WgmmaCase& c, bool accumulate, int times, std::vector<WgmmaLane>& lanes,
                 const Options& options);

// matrix_simt.cpp: one warp, on an image of the tile
Report load_matrices(const MatrixCase& c, GlobalBuffer<unsigned char>& image, Registers& out,
                     const Options& options);
Report store_matrices(const MatrixCase& c, const Registers& in, GlobalBuffer<unsigned char>& image,
                      const Options& options);
Report move_matrix(std::array<std::uint32_t, 32>& registers, const Options& options);

// copy_simt.cpp: one block of 64 threads
Report copy_once(const CopyCase& c, const unsigned char* in, unsigned char* out,
                 const Options& options);
// out[i] = sum over tiles of in[64 * tile + 63 - i], through a pipeline of three stages.
Report copy_pipeline(const float* in, unsigned tiles, float* out, const Options& options);
// The same by one bulk copy a tile, two stages, a producer warp and full and empty mbarriers; 96
// threads, 64 of which consume.
Report bulk_pipeline(const float* in, unsigned tiles, float* out, const Options& options);

// tensor_simt.cpp: a cluster doubles `planes` x `tiles` boxes of [kBoxRows][32] floats, each block
// loading a part of a box; one thread turns a matrix of 8 columns about, 4 rows at a time; three
// warpgroups, the lanes that are elected twice: out[i] = 3, else 0.
Report copy_tensor(const TensorMap& in, const TensorMap& out, unsigned cluster, int planes,
                   int tiles, const Options& options);
Report copy_matrix(const TensorMap& in, const TensorMap& out, int rows, const Options& options);
Report roles(std::uint32_t* out, const Options& options);

// warp_simt.cpp
Report shuffles(int* out, const Options& options);  // 8 results of 32 lanes, see the kernel
// Warps 0 and 1 hand rows to warps 2 and 3 through named barriers 1 and 2, `rounds` times.
Report hand_over(unsigned rounds, unsigned* out, const Options& options);

// global_simt.cpp: out[i] = in[i] for 64 elements of 4, 8 or 16 bytes by each pair of wrappers
Report copy_global(Path path, unsigned bytes, const void* in, void* out, const Options& options);
// sums[i] = sum over blocks b of 1000 b + i^2, by the last block to arrive; rows: 64 a block.
Report last_block(unsigned blocks, unsigned* rows, unsigned* counter, unsigned* sums,
                  const Options& options);

// convert_simt.cpp: out[i] = the conversion of in[i], and of in[i] and in[i + 1] for two floats; a
// multiple of 64 of them, in[count] is there too.
Report convert(Conversion conversion, const std::uint32_t* in, std::uint32_t* out, unsigned count,
               const Options& options);

}  // namespace heddle::arch_test
