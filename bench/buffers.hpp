#pragma once
// A case in host memory: the inputs, made by the CPU path and checked, which are also what every
// operation must reproduce; and scratch for the outputs.

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include "bench/operands.hpp"

namespace heddle::bench {

/// Bytes on a cache line of their own, every page touched.
class Memory {
 public:
  Memory() = default;
  explicit Memory(std::size_t bytes)
      : bytes_(bytes), data_(static_cast<std::byte*>(::operator new(bytes, kAlignment))) {
    std::memset(data_.get(), kPoison, bytes);
  }
  std::byte* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }
  Span span() const { return {data(), bytes()}; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(std::byte* data) const { ::operator delete(data, kAlignment); }
  };
  std::size_t bytes_ = 0;
  std::unique_ptr<std::byte, Free> data_;
};

/// Made by `prepare`. `fragmented` is empty where the device order does not hold the case.
struct Buffers {
  Case problem;
  Memory dense, mask, pruned, packed, fragmented;  // as Part says
  Memory matrix_out, mask_out, report;
  Memory blob_out;                           // for either blob
  Memory tile_mask, tile_blob, tile_turned;  // empty where the case has none
  Memory tile_mask_out, tile_blob_out, tile_turned_out;
  Memory columns, scores, scores_out;
  Memory clean_report;  // what every report must be

  /// All parts; packed_out and fragmented_out share their memory.
  Operands operands() const;

  /// What an output must be; an input is what it must still be.
  Span expected(Part part) const;
};

/// Makes the inputs of a case. The mask is checked against its definition on a sample of groups;
/// each blob must verify and unpack to the pruned matrix.
Result<Buffers> prepare(const Case& problem);

/// Fills a matrix with normal random values: a block of them, repeated.
void fill_normal(std::byte* data, std::int64_t elements, DataType type);

}  // namespace heddle::bench
