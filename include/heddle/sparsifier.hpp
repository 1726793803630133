#pragma once
/// \file
/// The training recipe, over raw pointers: what automatic sparsity (ASP) is to a framework. Train
/// dense, prune once, train again with the same recipe and the zeros frozen:
///
///     Sparsifier s(options);
///     s.add({"fc1.weight", weight, mask});     // for every parameter
///     s.compute_masks(exec);                   // finds the masks and prunes
///     // every training step, by hooks around the framework's own optimizer ...
///     s.mask_gradients(exec, gradients, n);    // after backward, before clipping
///     optimizer.step();
///     s.mask_weights(exec);
///     // ... or fused with it: sgd_step, adamw_step (step.hpp) with StepTensors::mask
///
/// The memory of weights, masks and dropped values is the caller's (tensors of a framework, which
/// then also travel with its checkpoints); a Sparsifier holds views and the state that is not
/// memory. Not thread-safe; one object per model, any number of them.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/mask.hpp"
#include "heddle/method.hpp"
#include "heddle/status.hpp"
#include "heddle/step.hpp"
#include "heddle/tensor.hpp"

namespace heddle {

/// What sizes a parameter must have to be pruned, per type: dimension 0 a multiple of `rows`,
/// dimension 1 of `cols`. Heddle itself prunes and packs any size; the rule keeps first layers and
/// small classifiers dense.
struct EligibilityRule {
  std::int64_t rows = 1;  ///< output features: a multiple of it
  std::int64_t cols = 1;  ///< input features: a multiple of it
};

/// Which parameters become sparse, and by which method.
struct SparsifierOptions {
  std::string method = "2:4";                 ///< of parameters that name none (find_method)
  std::vector<std::string> allowed_names;     ///< not empty: only these parameters
  std::vector<std::string> disallowed_names;  ///< not these; stronger
  /// As ASP: f32 and f16 need 8 and 16; bf16 any size; the types that ASP does not know any size.
  EligibilityRule f32{8, 16};
  EligibilityRule f16{8, 16};  ///< see f32
  EligibilityRule bf16{};      ///< see f32
  EligibilityRule f8{};        ///< of both 8-bit float types
  EligibilityRule i8{};        ///< see f32
  int min_rank = 2;            ///< below it (biases, norms) a parameter stays dense

  /// The defaults without the rules of size.
  static SparsifierOptions any_size() {
    SparsifierOptions options;
    options.f32 = options.f16 = {};
    return options;
  }
};

/// A parameter to register.
struct SparseParameter {
  std::string name;   ///< unique, not empty
  TensorView weight;  ///< of rank 1 to 5, in memory of the execution
  /// The weight's shape, any strides (the weight's own are the fastest); written by compute_masks.
  /// Not looked at where the parameter stays dense; neither are `dropped` and `master`.
  TensorMask mask;
  /// The weight's shape and type: holds what pruning dropped, so that masks can be recomputed and
  /// weights restored exactly. Absent: dropped values are gone.
  std::optional<TensorView> dropped;
  /// f32 copy of an f32, f16 or bf16 weight that is pruned with it. Dropped entries come back as
  /// the weight's, whose rounding they have.
  std::optional<TensorView> master;
  std::string method;  ///< empty: the options'
};

/// What became of a parameter.
struct ParameterReport {
  std::string name;               ///< as added
  std::string method;             ///< by which its mask is found
  bool sparse = false;            ///< false: it stays dense
  std::string reason;             ///< why it is not sparse; empty if it is
  MaskStats stats;                ///< of the weight when compute_masks found its mask; else zero
  double fill() const noexcept {  ///< share of entries kept
    return stats.elements > 0 ? double(stats.kept) / double(stats.elements) : 1.0;
  }
  double l1_share() const noexcept {  ///< share of magnitude kept
    return stats.l1_total > 0 ? stats.l1_kept / stats.l1_total : 1.0;
  }
};

/// A tensor of the state, in memory of the execution.
struct StateTensor {
  std::string name;  ///< "<parameter>.mask", "<parameter>.dropped"
  TensorView view;   ///< masks as i8
};

/// Unless it says otherwise a call that fails has written nothing: what can fail is done first.
/// (What goes wrong on a CUDA device in the midst of a launched operation is the exception.)
class Sparsifier {
 public:
  /// Without parameters yet.
  HEDDLE_API explicit Sparsifier(SparsifierOptions options = {});

  /// Registers a parameter, sparse or (by its rank, its name or its size) dense; which, the report
  /// says. invalid_argument for bad views, a repeated or empty name, or memory that another
  /// parameter has (a tied weight is one parameter: register it once); not_found for an unknown
  /// method; unsupported once there are masks or after freeze().
  HEDDLE_API Status add(const SparseParameter& parameter);

  /// Parameters added, dense ones too.
  std::size_t size() const noexcept { return parameters_.size(); }
  /// Is the parameter of this index, below size(), sparse?
  HEDDLE_API bool sparse(std::size_t index) const noexcept;
  /// The parameter of a name; size() if there is none.
  HEDDLE_API std::size_t find(const std::string& name) const noexcept;

  /// Finds the mask of every sparse parameter and prunes: dropped = mask ? +0 : weight (where there
  /// is such a tensor), weight = mask ? weight : +0, the same for the master. Where weights are
  /// pruned already, first restores what was dropped; a parameter without `dropped` then fails with
  /// unsupported. Waits (for the report's statistics).
  /// scores: null, or for every parameter in order of add a tensor of its shape to rank by
  /// (Ranking::value) or a view with null data for magnitude.
  /// Takes memory for the time of the call where there are masks already: a byte for every sparse
  /// entry, and a copy of the largest weight. A failure of the first call leaves the contents of
  /// the masks unspecified.
  HEDDLE_API Status compute_masks(const Exec& exec, const ConstTensorView* scores = nullptr);

  /// From now on masks cannot be recomputed or restored.
  void freeze() noexcept { frozen_ = true; }
  /// Was freeze() called?
  bool frozen() const noexcept { return frozen_; }
  /// Are there masks, by compute_masks, refresh or resume?
  bool has_masks() const noexcept { return has_masks_; }
  /// Are the weights pruned? Between compute_masks and restore; not after a mere refresh.
  bool pruned() const noexcept { return pruned_; }

  /// weight = mask ? weight : dropped, bit for bit (master likewise, from the dropped values);
  /// dropped = +0, masks all 1. unsupported where a sparse parameter has no `dropped`, and after
  /// freeze(). Where nothing is pruned only the masks are reset.
  HEDDLE_API Status restore(const Exec& exec);

  /// Multi-tensor hooks: one launch per 128 tensors. They do nothing unless weights are pruned.
  /// gradients: one tensor per parameter in order of add (null data: none), of its shape, any type.
  HEDDLE_API Status mask_gradients(const Exec& exec, const TensorView* gradients,
                                   std::size_t count) const;
  HEDDLE_API Status mask_weights(const Exec& exec) const;  ///< and masters
  /// A moment of the optimizer.
  struct Moment {
    std::size_t parameter = 0;  ///< its index, below size()
    TensorView tensor;          ///< of its shape, any type
  };
  /// Optimizer moments, any number per parameter; +0 where masks are 0.
  HEDDLE_API Status mask_moments(const Exec& exec, const Moment* moments, std::size_t count) const;

  /// For SR-STE: finds the masks anew from the dense weights without pruning them and writes
  /// masked[i] = mask ? weight : +0 into one tensor per parameter of its shape and type (null data:
  /// none; dense parameters are copied). `refresh_masks` false only writes. Statistics are not
  /// renewed: that would wait. unsupported with `refresh_masks` while weights are pruned (restore
  /// first) and after freeze(), without it before there are masks. Memory and failures as in
  /// compute_masks.
  HEDDLE_API Status refresh(const Exec& exec, const TensorView* masked, std::size_t count,
                            bool refresh_masks);

  /// The mask for StepTensors::mask: nothing for a dense parameter or while there are no masks.
  HEDDLE_API std::optional<ConstTensorMask> mask(std::size_t index) const;

  /// One entry per parameter, in order of add.
  HEDDLE_API std::vector<ParameterReport> report() const;

  /// Everything that a run needs to resume bit for bit, besides the weights themselves and the
  /// optimizer's own state: the tensors, and words for the rest. To restore, add the same
  /// parameters, fill the tensors, and call resume with the words. sparsifier_file.hpp does both
  /// with a safetensors file.
  /// state() has content if has_masks(); `dropped` if pruned().
  HEDDLE_API std::vector<StateTensor> state() const;
  /// What is not tensors: text for the metadata of a checkpoint.
  HEDDLE_API std::map<std::string, std::string> state_words() const;
  /// invalid_argument where the words are of other parameters, shapes or methods, corrupt where
  /// they are no words of state_words(); names the first.
  HEDDLE_API Status resume(const std::map<std::string, std::string>& words);

 private:
  struct Entry {
    SparseParameter parameter;
    MaskMethod method;
    ParameterReport report;
  };
  struct Search;  // masks found and not yet written

  Status check_new(const SparseParameter& parameter) const;
  Status check_views(const SparseParameter& parameter) const;
  std::string why_dense(const SparseParameter& parameter) const;
  Status need_dropped(const char* what) const;
  Status check_tensor_of(const std::string& name, const TensorView& tensor, std::size_t index,
                         bool output) const;
  Status check_tensors(const char* name, const TensorView* list, std::size_t count,
                       bool outputs) const;
  Status find_masks(const Exec& exec, const ConstTensorView* scores, bool statistics,
                    Search& search);
  Status take_masks(const Exec& exec, const Search& search);
  Status put_back(const Exec& exec) const;

  SparsifierOptions options_;
  std::vector<Entry> parameters_;
  bool has_masks_ = false;
  bool pruned_ = false;  // weights hold +0 where masks are 0, `dropped` holds the rest
  bool frozen_ = false;
};

}  // namespace heddle
