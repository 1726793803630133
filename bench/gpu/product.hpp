#pragma once
// A product on the GPU and the ways to compute it: Heddle and the vendor's two libraries, each on
// its own sets of buffers.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/gpu/device.hpp"
#include "bench/gpu/rotation.hpp"
#include "bench/operands.hpp"
#include "bench/roof.hpp"
#include "heddle/select.hpp"

namespace heddle::bench::gpu {

/// A of a product: its blob, and the dense matrix of the entries that the blob stores, [m, k]
/// row-major.
struct Weight {
  Case problem;  // of any n
  PackedDesc desc;
  std::size_t packed_bytes = 0;
  DeviceMemory packed, dense;
};

/// Random, pruned and packed on the device by the library.
Weight make_weight(const Case& problem, const Stream& stream);

/// The weight of the case that runs now, kept for the next case of the same weight.
const Weight& weight_of(const Case& problem, const Stream& stream);
/// Frees it: before the end of main, while there is a device.
void forget_weight();

/// Tokens for which every set has room: a library that takes no odd count gets zeros behind them.
std::int64_t padded_tokens(std::int64_t n);

/// Copies of A as one library wants it, of B [k, n] and D [m, n], both order col: calls take turns.
class ProductSets {
 public:
  ProductSets(const Weight& weight, const std::byte* a, std::size_t a_bytes, std::int64_t n,
              std::size_t l2_bytes, const Stream& stream);

  std::size_t sets() const { return turns_.sets; }
  std::size_t calls() const { return turns_.calls; }  // of a batch
  const std::byte* a(std::size_t set) const { return a_[set].data(); }
  const std::byte* b(std::size_t set) const { return b_[set].data(); }
  std::byte* d(std::size_t set) const { return d_[set].data(); }

  void poison() const;

 private:
  Rotation turns_;
  std::size_t d_bytes_;
  std::vector<DeviceMemory> a_, b_, d_;
};

/// One way of computing the product. What cannot be computed throws when it is made.
class Side {
 public:
  virtual ~Side() = default;
  virtual std::string config() const = 0;
  virtual void call(std::size_t set) const = 0;      // enqueues one product
  virtual bool warpgroups() const { return false; }  // whether Heddle's wgmma kernel computes it
  virtual Selection opinion() const { return {}; }   // of the cost model, where Heddle computes it
  const ProductSets& sets() const { return sets_; }

 protected:
  explicit Side(ProductSets sets) : sets_(std::move(sets)) {}

 private:
  ProductSets sets_;
};

/// What a Side is made from.
struct SideArgs {
  const Case& problem;
  const Weight& weight;
  const Stream& stream;
  std::size_t l2_bytes;
};

/// Heddle's plan: by its own choice, by this configuration, or by that of its candidates which it
/// measures to be the fastest. `overlap`: calls may start before the ones ahead of them end.
std::unique_ptr<Side> heddle_side(const SideArgs& args, const std::optional<MatmulConfig>& config,
                                  bool overlap = false);
std::unique_ptr<Side> tuned_heddle_side(const SideArgs& args);
/// cuBLASLt on the dense matrix: the fastest of the candidates that its heuristics name.
std::unique_ptr<Side> cublaslt_side(const SideArgs& args);
/// cuSPARSELt, after its own search.
std::unique_ptr<Side> cusparselt_side(const SideArgs& args);

/// Median seconds of `body`, which enqueues `calls` products, over a few trials.
double quick_seconds(const Stream& stream, const Side& side, std::size_t calls);

}  // namespace heddle::bench::gpu
