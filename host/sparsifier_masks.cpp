// Finding masks, pruning, restoring. What can fail runs on copies first, then everything is written.
#include <algorithm>
#include <utility>

#include "heddle/sparsifier.hpp"
#include "host/choose.hpp"
#include "host/exec.hpp"
#include "host/exec_memory.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/tensor.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

Status not_now(const char* what, const char* why) {
  return {StatusCode::unsupported, message(what, ": ", why)};
}

TensorView dense_copy(void* data, const ConstTensorView& like) {
  return contiguous(data, like.rank, like.shape, like.type);
}

std::size_t bytes_of(const ConstTensorView& view) {
  return static_cast<std::size_t>(element_count(view)) * size_of(view.type);
}

}  // namespace

// The masks of all sparse parameters: in their own memory, or in copies where masks are in use.
struct Sparsifier::Search {
  bool in_copies = false;
  ExecMemory memory;             // of the copies, one behind the other
  std::vector<TensorMask> mask;  // of each parameter; dense ones have none
  std::vector<MaskStats> stats;
};

Status Sparsifier::need_dropped(const char* what) const {
  for (const Entry& entry : parameters_)
    if (entry.report.sparse && !entry.parameter.dropped)
      return {StatusCode::unsupported,
              message(what, ": '", entry.parameter.name,
                      "' is pruned and has no dropped tensor: must have one to be restored")};
  return {};
}

Status Sparsifier::find_masks(const Exec& exec, const ConstTensorView* scores, bool statistics,
                              Search& search) {
  search.in_copies = has_masks_;
  std::size_t mask_bytes = 0, most = 0;  // of all copies of masks; of the largest weight
  for (const Entry& entry : parameters_) {
    if (!entry.report.sparse) continue;
    const ConstTensorView weight = entry.parameter.weight;
    mask_bytes += static_cast<std::size_t>(element_count(weight));
    most = std::max(most, bytes_of(weight));
  }
  ExecMemory dense;  // a weight with its dropped values back
  if (search.in_copies) HEDDLE_TRY(search.memory.allocate(exec, mask_bytes, "new masks"));
  if (pruned_) HEDDLE_TRY(dense.allocate(exec, most, "a restored weight"));

  auto* next = static_cast<std::uint8_t*>(search.memory.data());
  for (std::size_t i = 0; i < size(); ++i) {
    const Entry& entry = parameters_[i];
    const SparseParameter& p = entry.parameter;
    search.mask.push_back(p.mask);
    search.stats.emplace_back();
    if (!entry.report.sparse) continue;
    ConstTensorView weight = p.weight;
    if (search.in_copies) {
      search.mask[i] = contiguous_mask(next, weight.rank, weight.shape);
      next += element_count(weight);
    }
    const bool scored = scores != nullptr && scores[i].data != nullptr;
    if (pruned_ && (!scored || statistics)) {
      const TensorView copy = dense_copy(dense.data(), weight);
      Choices restore(exec);
      restore.add(copy, p.mask, weight, *p.dropped);
      HEDDLE_TRY(restore.run());
      weight = copy;
    }
    HEDDLE_TRY(best_mask(exec, scored ? scores[i] : weight, entry.method, search.mask[i],
                         scored ? Ranking::value : Ranking::magnitude));
    if (!statistics) continue;
    Result<MaskStats> stats = mask_stats(exec, weight, search.mask[i]);
    if (!stats.ok()) return stats.status();
    search.stats[i] = *stats;
  }
  return {};
}

// Makes what was found the masks. Weights must not be pruned under the old ones any more.
Status Sparsifier::take_masks(const Exec& exec, const Search& search) {
  if (search.in_copies) {
    Choices copy(exec);
    for (std::size_t i = 0; i < size(); ++i)
      if (sparse(i))
        copy.add(as_bytes(parameters_[i].parameter.mask), std::nullopt, as_bytes(search.mask[i]),
                 std::nullopt);
    HEDDLE_TRY(copy.run());
  }
  for (std::size_t i = 0; i < size(); ++i) parameters_[i].report.stats = search.stats[i];
  has_masks_ = true;
  return {};
}

// Dropped values back into weights and masters.
Status Sparsifier::put_back(const Exec& exec) const {
  Choices restore(exec);
  for (const Entry& entry : parameters_) {
    const SparseParameter& p = entry.parameter;
    if (!entry.report.sparse) continue;
    restore.add(p.weight, p.mask, p.weight, *p.dropped);
    if (p.master) restore.add(*p.master, p.mask, *p.master, *p.dropped);
  }
  return restore.run();
}

Status Sparsifier::compute_masks(const Exec& exec, const ConstTensorView* scores) try {
  HEDDLE_TRY(check_exec(exec));
  if (frozen_) return not_now("compute_masks", "the masks are frozen");
  if (pruned_) HEDDLE_TRY(need_dropped("compute_masks"));
  for (std::size_t i = 0; scores != nullptr && i < size(); ++i) {
    if (scores[i].data == nullptr || !sparse(i)) continue;
    const std::string name = message("scores[", i, "]");
    HEDDLE_TRY(check_tensor_weights(name.c_str(), scores[i]));
    HEDDLE_TRY(check_tensor_shape(name.c_str(), scores[i], parameters_[i].parameter.weight));
  }
  Search search;
  HEDDLE_TRY(find_masks(exec, scores, true, search));

  if (pruned_) HEDDLE_TRY(put_back(exec));
  HEDDLE_TRY(take_masks(exec, search));
  Choices save(exec), prune(exec);
  for (const Entry& entry : parameters_) {
    const SparseParameter& p = entry.parameter;
    if (entry.report.sparse && p.dropped) save.add(*p.dropped, p.mask, std::nullopt, p.weight);
  }
  HEDDLE_TRY(save.run());
  pruned_ = true;
  return mask_weights(exec);
} catch (...) {
  return caught();
}

Status Sparsifier::restore(const Exec& exec) try {
  HEDDLE_TRY(check_exec(exec));
  if (frozen_) return not_now("restore", "the masks are frozen");
  if (!has_masks_) return {};
  if (pruned_) {
    HEDDLE_TRY(need_dropped("restore"));
    HEDDLE_TRY(put_back(exec));
  }
  Choices reset(exec);
  for (Entry& entry : parameters_) {
    const SparseParameter& p = entry.parameter;
    entry.report.stats = {};
    if (!entry.report.sparse) continue;
    reset.add(as_bytes(p.mask), std::nullopt, std::nullopt, std::nullopt, 1);
    if (p.dropped && pruned_) reset.add(*p.dropped, std::nullopt, std::nullopt, std::nullopt);
  }
  has_masks_ = pruned_ = false;
  return reset.run();
} catch (...) {
  return caught();
}

Status Sparsifier::refresh(const Exec& exec, const TensorView* masked, std::size_t count,
                           bool refresh_masks) try {
  HEDDLE_TRY(check_exec(exec));
  if (refresh_masks && frozen_) return not_now("refresh", "the masks are frozen");
  if (refresh_masks && pruned_)
    return not_now("refresh", "the weights are pruned: must be restored first");
  if (!refresh_masks && !has_masks_)
    return not_now("refresh", "there are no masks yet: refresh_masks must be true");
  HEDDLE_TRY(check_tensors("masked", masked, count, true));
  if (refresh_masks) {
    Search search;
    HEDDLE_TRY(find_masks(exec, nullptr, false, search));
    HEDDLE_TRY(take_masks(exec, search));
  }
  Choices write(exec);
  for (std::size_t i = 0; i < count; ++i) {
    if (masked[i].data == nullptr) continue;
    write.add(masked[i], mask(i), parameters_[i].parameter.weight, std::nullopt);
  }
  return write.run();
} catch (...) {
  return caught();
}

}  // namespace heddle
