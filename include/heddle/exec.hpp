#pragma once
/// \file
/// Where an operation runs: the first argument of every one.

struct CUstream_st;
using cudaStream_t = CUstream_st*;  ///< the CUDA runtime's own declaration, repeated

namespace heddle {

/// Where to run. A small value: copy it freely, share it between threads.
class Exec {
 public:
  /// The two kinds of execution.
  enum class Kind {
    cpu,   ///< threads of this process
    cuda,  ///< a stream of the current CUDA device
  };

  /// On the CPU with at most `threads` threads; 0 means one per hardware thread. A negative count
  /// is answered by the operation with invalid_argument. Results never depend on the count.
  static Exec cpu(int threads = 0) noexcept { return Exec(Kind::cpu, threads, nullptr); }

  /// On the current CUDA device, ordered on `stream`, which must be that device's. Every pointer of
  /// a view, blob or report is then memory that the device reaches; lists and descriptions stay on
  /// the host and are read before the call returns. Unless its comment says that it waits, an
  /// operation only launches: it allocates nothing, waits for nothing and can be captured in a
  /// graph. Where there is no device, driver or built kernel it returns `unavailable` and says
  /// which; what goes wrong later on the device shows in the stream, as always with CUDA.
  static Exec cuda(cudaStream_t stream = nullptr) noexcept { return Exec(Kind::cuda, 0, stream); }

  /// Which of the two.
  Kind kind() const noexcept { return kind_; }
  /// Of the CPU: at most so many; 0 is one per hardware thread.
  int threads() const noexcept { return threads_; }
  /// Of CUDA; null is the default stream.
  cudaStream_t stream() const noexcept { return stream_; }

 private:
  Exec(Kind kind, int threads, cudaStream_t stream) noexcept
      : kind_(kind), threads_(threads), stream_(stream) {}
  Kind kind_;
  int threads_;
  cudaStream_t stream_;
};

}  // namespace heddle
