#pragma once
/// \file
/// D = activation(alpha * scale_m * scale_n * (A * B) + beta * C + bias), A packed.
///
/// One call, or a plan that is made once and run for any number of tokens (see MatmulPlan). In a
/// linear layer m = output features, k = input features, n = tokens: activations X [n, k] row-major
/// are B with order col, results Y [n, m] row-major are D with order col.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/pack.hpp"
#include "heddle/select.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// Applied to every element of the result.
enum class Activation {
  none,       ///< x
  relu,       ///< max(x, 0)
  gelu_erf,   ///< x * (1 + erf(x / sqrt 2)) / 2
  gelu_tanh,  ///< the tanh approximation
  silu,       ///< x / (1 + exp(-x))
};

/// A vector in the caller's memory, read only; contiguous.
struct ConstVectorView {
  const void* data = nullptr;     ///< null only if empty
  std::int64_t size = 0;          ///< elements
  DataType type = DataType::f32;  ///< f32, f16 or bf16, as its use says
};

/// What happens around the product.
struct MatmulOptions {
  float alpha = 1.0f;                        ///< factor of the product
  float beta = 0.0f;                         ///< 0: C is not read, not even for NaN
  std::optional<ConstMatrixView> c;          ///< [m, n], the type of D; absent means D itself
  std::optional<ConstVectorView> bias;       ///< [m], one per output feature: f32, f16 or bf16
  std::optional<ConstVectorView> scale_m;    ///< [m] f32: one factor per output feature
  std::optional<ConstVectorView> scale_n;    ///< [n] f32: one factor per token
  Activation activation = Activation::none;  ///< applied last, before conversion to the type of D
};

/// Products of one A with `count` matrices B. Matrix i of B, C and D lies i * stride elements after
/// the first; bias and scales serve all alike. Strides are >= 0 and count from two matrices on. One
/// B or C may serve all (stride 0); those of D must share no element, but may lie in the same rows.
struct MatmulBatch {
  std::int64_t count = 1;     ///< 0: nothing to do
  std::int64_t b_stride = 0;  ///< elements from one B to the next; 0: one B for all
  std::int64_t c_stride = 0;  ///< not looked at where C is absent: then D's place is C's
  std::int64_t d_stride = 0;  ///< elements from one D to the next
};

/// The product of a packed A [m, k] with dense B [k, n] into D [m, n]; B, C and D in any order.
///
/// Types: A and B of one float type, or any two of f8e4m3 and f8e5m2: f32 accumulation, D f32, f16
/// or bf16. A and B i8: exact i32 accumulation (wraps beyond 2^31), D i32, i8, f32, f16 or bf16.
/// The epilogue works in f32, as ((alpha * scale_m) * scale_n) * product + beta * C + bias; a D of
/// i32 with alpha 0 or 1, beta 0 or 1, no scales, no bias and activation none or relu is exact
/// integer arithmetic instead. Integer results round to nearest even and saturate.
/// Each product is summed in ascending k on the CPU, so results never depend on the thread count.
/// m, n or the batch = 0: nothing to do. k = 0: D = activation(beta * C + bias).
/// Stored entries multiply B even where their value is zero, as the hardware does: NaN or inf in B
/// reaches the rows whose metadata selects it. alpha = 0 reads neither A, B nor the scales.
/// D must not overlap what is read; C may be D itself (same view, same stride).
///
/// With CUDA, A is in device order (`unsupported` otherwise: see convert) and f32 is multiplied as
/// tf32 (10 bits of mantissa, the rest cut off). The sums are in the order of the plan: the same
/// bits for the same plan, n and alignment of A and B (on compute capability 9.0 matrices whose
/// addresses or strides are no multiples of 16 bytes take another kernel), whatever else runs. This
/// form chooses anew on every call and takes workspace in stream order; a MatmulPlan does neither.
HEDDLE_API Status matmul(const Exec& exec, const ConstPackedView& a, const ConstMatrixView& b,
                         const MatrixView& d, const MatmulOptions& options = {},
                         const MatmulBatch& batch = {});

/// Y = activation(X * W^T ...) for row-major activations: x [n, k], weight [m, k], y [n, m], all in
/// any order; options.c is [n, m], bias and scale_m are per output feature, scale_n per token.
HEDDLE_API Status linear(const Exec& exec, const ConstMatrixView& x, const ConstPackedView& weight,
                         const MatrixView& y, const MatmulOptions& options = {});

// ---- plans --------------------------------------------------------------------------------------

/// What a plan is made for: everything but the number of tokens, the pointers and the strides.
struct MatmulDesc {
  PackedDesc a;                              ///< m, k, pattern, type, order of the blob
  std::int64_t max_n = 1;                    ///< any n up to this can be run
  std::int64_t max_batch = 1;                ///< any count up to this
  DataType b_type = DataType::f16;           ///< of B
  DataType d_type = DataType::f16;           ///< of D, and of C
  Order b_order = Order::col;                ///< of B [k, n]; col is row-major activations [n, k]
  Order c_order = Order::col;                ///< of a C that is not D itself
  Order d_order = Order::col;                ///< of D [m, n]; col is row-major results [n, m]
  std::optional<DataType> bias;              ///< its type, where there is one
  bool scale_m = false;                      ///< a factor per output feature is given
  bool scale_n = false;                      ///< a factor per token is given
  Activation activation = Activation::none;  ///< applied to every element
  /// CUDA, sm_90 and newer (`unsupported` below): the run may start while the kernel before it in
  /// the stream still works, and reads A then, so that that kernel must not write A. (Programmatic
  /// dependent launch.)
  bool overlap_previous = false;
  /// Configurations to use instead of select's, as `tune` gives them or written by hand. A run with
  /// less work than an entry's blocks and splits are meant for uses fewer of them. CUDA only.
  MatmulTuning tuning;
};

/// The memory of one run.
struct MatmulBuffers {
  ConstPackedView a;                       ///< the blob, as desc().a says
  ConstMatrixView b;                       ///< [k, n], n up to max_n
  MatrixView d;                            ///< [m, n]
  float alpha = 1.0f;                      ///< factor of the product
  float beta = 0.0f;                       ///< 0: C is not read
  std::optional<ConstMatrixView> c;        ///< absent means D itself
  std::optional<ConstVectorView> bias;     ///< [m], where the description has it
  std::optional<ConstVectorView> scale_m;  ///< [m] f32
  std::optional<ConstVectorView> scale_n;  ///< [n] f32
  MatmulBatch batch;                       ///< count up to max_batch
};

/// Scratch memory of the execution, aligned to 256 bytes, apart from the buffers. `clear_workspace`
/// must precede its first use; every run leaves it ready for the next, of any plan. Runs that may
/// overlap in time (other streams, other threads) need one each. A plan whose workspace_size is 0
/// needs none.
struct Workspace {
  void* data = nullptr;   ///< null if bytes is 0
  std::size_t bytes = 0;  ///< its capacity
};

/// An immutable plan: copy it freely, run it from many threads and streams at once. A plan made for
/// CUDA belongs to the device that was current then.
class MatmulPlan {
 public:
  /// What it was made for.
  HEDDLE_API const MatmulDesc& desc() const noexcept;
  /// Bytes that a run with any n up to max_n needs. 0 on the CPU.
  HEDDLE_API std::size_t workspace_size() const noexcept;
  /// What a run with these sizes would do, and the time that the model predicts. Sizes of 0:
  /// nothing, in no time. `unavailable` on the CPU.
  HEDDLE_API Result<Selection> selection(std::int64_t n, std::int64_t batch = 1) const;

  struct State;  ///< the library's own
  /// The library's own: plans come from make_plan.
  explicit MatmulPlan(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  /// The library's own.
  const State& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

/// Checks a description without making a plan: the same answer as make_plan's.
HEDDLE_API Status check(const Exec& exec, const MatmulDesc& desc);

/// Validates everything that does not depend on the buffers. With HEDDLE_LOG=plan in the
/// environment (read once in a process) the choices are printed to stderr: the only thing that the
/// library ever prints.
HEDDLE_API Result<MatmulPlan> make_plan(const Exec& exec, const MatmulDesc& desc);

/// Makes a workspace ready for its first use (with CUDA in stream order).
HEDDLE_API Status clear_workspace(const Exec& exec, const Workspace& workspace);

/// D = activation(alpha * scale_m * scale_n * (A * B) + beta * C + bias) as matmul. With CUDA one
/// kernel launch: nothing is allocated, waited for or read from the environment, and the call can
/// be captured in a graph. The buffers must be what the plan's desc says.
HEDDLE_API Status run(const Exec& exec, const MatmulPlan& plan, const MatmulBuffers& buffers,
                      const Workspace& workspace = {});

/// Measures the configurations worth trying for these sizes on the caller's buffers, which keep
/// their contents: results go to memory taken in stream order. Waits. `unavailable` on the CPU.
/// Splits are kept within the workspace, which may be larger than the plan needs. Runs follow each
/// other, so that what fits into L2 is measured there. The result, for this n and below, can be
/// stored as text and given to another plan's desc.
HEDDLE_API Result<MatmulTuning> tune(const Exec& exec, const MatmulPlan& plan,
                                     const MatmulBuffers& buffers, const Workspace& workspace);

}  // namespace heddle
