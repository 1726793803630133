// What a training step calls: masking lists of tensors in few launches.
#include <array>

#include "heddle/sparsifier.hpp"
#include "host/cpu/operations.hpp"
#include "host/cuda/operations.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/tensor.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

// Tensors masked in place, 128 matrices at a time: what a launch of apply_masks takes.
class InPlace {
 public:
  explicit InPlace(const Exec& exec) : exec_(exec) {}
  InPlace(const InPlace&) = delete;
  InPlace& operator=(const InPlace&) = delete;

  void add(const TensorView& tensor, const ConstTensorMask& mask) {
    const Flat flat = flatten(tensor.rank, tensor.shape, {&tensor.stride, &mask.stride});
    const auto size = static_cast<std::int64_t>(size_of(tensor.type));
    each_matrix(flat, [&](const std::int64_t* offset) {
      auto* data = static_cast<std::byte*>(tensor.data) + offset[0] * size;
      const MatrixView matrix{data, flat.rows, flat.cols, flat.ld[0], tensor.type, Order::row};
      list_[count_++] = {
          matrix, {mask.data + offset[1], flat.rows, flat.cols, flat.ld[1], Order::row}, matrix};
      if (count_ == list_.size()) flush();
    });
  }

  Status run() {
    flush();
    return status_;
  }

 private:
  void flush() {
    // Checked already. On the CPU this cannot fail: compute_masks has no way back by now.
    if (on_cuda(exec_) && count_ > 0 && status_.ok())
      status_ = cuda::apply_masks(exec_, list_.data(), count_);
    for (std::size_t i = 0; !on_cuda(exec_) && i < count_ && status_.ok(); ++i)
      status_ = cpu::apply_mask(exec_, list_[i].matrix, list_[i].mask, list_[i].out);
    count_ = 0;
  }

  Exec exec_;
  Status status_;
  std::size_t count_ = 0;
  std::array<MaskedMatrix, 128> list_;
};

}  // namespace

Status Sparsifier::check_tensor_of(const std::string& name, const TensorView& tensor,
                                   std::size_t index, bool output) const {
  const SparseParameter& p = parameters_[index].parameter;
  HEDDLE_TRY(check_tensor_weights(name.c_str(), tensor));
  HEDDLE_TRY(check_tensor_shape(name.c_str(), tensor, p.weight));
  if (output) {
    HEDDLE_TRY(check_type(name.c_str(), tensor.type, p.weight.type));
    HEDDLE_TRY(check_no_overlap(name.c_str(), tensor, (p.name + ".weight").c_str(), p.weight));
  }
  if (!sparse(index)) return {};
  return check_no_overlap(name.c_str(), tensor, (p.name + ".mask").c_str(), as_bytes(p.mask));
}

Status Sparsifier::check_tensors(const char* name, const TensorView* list, std::size_t count,
                                 bool outputs) const {
  if (count != size())
    return invalid(message("count = ", count, ": must be ", size(), ", one for every parameter"));
  if (count > 0 && list == nullptr)
    return invalid(message(name, " = null: must point to ", count, " tensors"));
  for (std::size_t i = 0; i < count; ++i)
    if (list[i].data != nullptr)
      HEDDLE_TRY(check_tensor_of(message(name, "[", i, "]"), list[i], i, outputs));
  return {};
}

Status Sparsifier::mask_gradients(const Exec& exec, const TensorView* gradients,
                                  std::size_t count) const try {
  HEDDLE_TRY(check_exec(exec));
  HEDDLE_TRY(check_tensors("gradients", gradients, count, false));
  if (!pruned_) return {};
  InPlace work(exec);
  for (std::size_t i = 0; i < count; ++i)
    if (sparse(i) && gradients[i].data != nullptr)
      work.add(gradients[i], parameters_[i].parameter.mask);
  return work.run();
} catch (...) {
  return caught();
}

Status Sparsifier::mask_weights(const Exec& exec) const try {
  HEDDLE_TRY(check_exec(exec));
  if (!pruned_) return {};
  InPlace work(exec);
  for (const Entry& entry : parameters_) {
    const SparseParameter& p = entry.parameter;
    if (!entry.report.sparse) continue;
    work.add(p.weight, p.mask);
    if (p.master) work.add(*p.master, p.mask);
  }
  return work.run();
} catch (...) {
  return caught();
}

Status Sparsifier::mask_moments(const Exec& exec, const Moment* moments, std::size_t count) const
    try {
  HEDDLE_TRY(check_exec(exec));
  if (count > 0 && moments == nullptr)
    return invalid(message("moments = null: must point to ", count, " of them"));
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = message("moments[", i, "].");
    if (moments[i].parameter >= size())
      return invalid(message(name, "parameter = ", moments[i].parameter,
                             ": must be the index of one of ", size(), " parameters"));
    HEDDLE_TRY(check_tensor_of(name + "tensor", moments[i].tensor, moments[i].parameter, false));
  }
  if (!pruned_) return {};
  InPlace work(exec);
  for (std::size_t i = 0; i < count; ++i)
    if (sparse(moments[i].parameter))
      work.add(moments[i].tensor, parameters_[moments[i].parameter].parameter.mask);
  return work.run();
} catch (...) {
  return caught();
}

}  // namespace heddle
