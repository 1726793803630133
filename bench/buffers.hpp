#pragma once
// The memory of one case: the inputs, the results that the operations must reproduce, and scratch.

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include "bench/case.hpp"

namespace heddle::bench {

/// Bytes on a cache line of their own, every page touched.
class Memory {
 public:
  Memory() = default;
  explicit Memory(std::size_t bytes)
      : bytes_(bytes), data_(static_cast<std::byte*>(::operator new(bytes, kAlignment))) {
    std::memset(data_.get(), 0xA5, bytes);
  }
  std::byte* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(std::byte* data) const { ::operator delete(data, kAlignment); }
  };
  std::size_t bytes_ = 0;
  std::unique_ptr<std::byte, Free> data_;
};

/// Everything about a case but the device blob exists after `prepare`.
struct Buffers {
  Case problem;
  Memory dense;       // random, normal; the input of mask and pack
  Memory mask;        // the best mask of dense
  Memory pruned;      // dense under mask: compliant
  Memory packed;      // canonical blob of pruned
  Memory fragmented;  // its device blob; empty where the device order does not hold the case
  Memory matrix_out;  // scratch of a dense matrix, and what the memcpy baseline writes
  Memory mask_out;
  Memory blob_out;  // scratch that holds either blob

  PackedDesc desc(PackedOrder order) const {
    return {problem.rows, problem.cols, problem.pattern, problem.type, order};
  }
  bool has_device() const { return fragmented.bytes() > 0; }
  MatrixView matrix(const Memory& memory) const;
  MaskView mask_view(const Memory& memory) const;
  PackedView blob(const Memory& memory, PackedOrder order) const;
};

/// Makes the inputs of a case and checks the mask against its definition, on a sample of groups.
Result<Buffers> prepare(const Case& problem);

/// Fills a matrix with normal random values: a block of them, repeated.
void fill_normal(std::byte* data, std::int64_t elements, DataType type);

}  // namespace heddle::bench
