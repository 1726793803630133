#pragma once
/// \file
/// Where an operation runs: the first argument of every one.

struct CUstream_st;
using cudaStream_t = CUstream_st*;  // the CUDA runtime's own declaration, repeated

namespace heddle {

/// Where to run. A small value: copy it freely, share it between threads.
class Exec {
 public:
  enum class Kind { cpu, cuda };

  /// On the CPU with at most `threads` threads; 0 means one per hardware thread. A negative count
  /// is answered by the operation with invalid_argument. Results never depend on the count.
  static Exec cpu(int threads = 0) noexcept { return Exec(Kind::cpu, threads, nullptr); }

  /// On the current CUDA device, ordered on `stream`. Where there is no device, driver or built
  /// kernel the operation returns `unavailable` and says which.
  static Exec cuda(cudaStream_t stream = nullptr) noexcept { return Exec(Kind::cuda, 0, stream); }

  Kind kind() const noexcept { return kind_; }
  int threads() const noexcept { return threads_; }
  cudaStream_t stream() const noexcept { return stream_; }

 private:
  Exec(Kind kind, int threads, cudaStream_t stream) noexcept
      : kind_(kind), threads_(threads), stream_(stream) {}
  Kind kind_;
  int threads_;
  cudaStream_t stream_;
};

}  // namespace heddle
