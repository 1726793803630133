#pragma once
/// \file
/// DLPack in and out: any framework's tensors as views and back, without a copy. The structures are
/// those of DLPack 1.x, and the older unversioned one; this header needs none of theirs and can
/// stand beside it.

#include <optional>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/matmul.hpp"
#include "heddle/status.hpp"
#include "heddle/tensor.hpp"
#include "heddle/types.hpp"

struct DLManagedTensor;           // dlpack.h has these
struct DLManagedTensorVersioned;  // DLPack 1.0

namespace heddle {

/// A DLPack tensor to be read: borrowed, not owned. The tensor must outlive the source, and its
/// memory the views.
struct DlpackSource {
  const void* tensor = nullptr;  ///< a DLTensor (dlpack.h gives that structure no tag to declare)
  bool read_only = false;        ///< no writable view of it
  /// What elements of unsigned bytes stand for, an 8-bit type: frameworks without 8-bit floats in
  /// their DLPack hand them over as bytes. Tensors of other types keep theirs.
  std::optional<DataType> bytes_as;
};

/// The tensor of a capsule "dltensor_versioned", with its read-only flag. unsupported for another
/// major version than 1.
HEDDLE_API Result<DlpackSource> open_dlpack(const DLManagedTensorVersioned* managed);
/// The tensor of a capsule "dltensor".
HEDDLE_API Result<DlpackSource> open_dlpack(const DLManagedTensor* managed);

/// The views of a source. Everything is checked before it is believed: type (no lanes), device
/// (memory of `exec`: with CUDA of the current device, pinned or managed), rank, shape, strides
/// (none is contiguous), byte offset, and that the extent is addressable; invalid_argument or
/// unsupported names the field. The writable_ ones are invalid_argument for a read-only source.
///
/// A matrix has rank 2 and one stride of 1, row order where both are; a tensor has rank 1 to 5 and
/// any strides that a TensorView takes; a vector has rank 1 without gaps. Masks are of bool or
/// unsigned bytes.
HEDDLE_API Result<ConstMatrixView> matrix_from_dlpack(const Exec& exec, const DlpackSource& source);
/// A matrix that may be written.
HEDDLE_API Result<MatrixView> writable_matrix_from_dlpack(const Exec& exec,
                                                          const DlpackSource& source);
/// A mask.
HEDDLE_API Result<ConstMaskView> mask_from_dlpack(const Exec& exec, const DlpackSource& source);
/// A mask that may be written.
HEDDLE_API Result<MaskView> writable_mask_from_dlpack(const Exec& exec, const DlpackSource& source);
/// A tensor.
HEDDLE_API Result<ConstTensorView> tensor_from_dlpack(const Exec& exec, const DlpackSource& source);
/// A tensor that may be written.
HEDDLE_API Result<TensorView> writable_tensor_from_dlpack(const Exec& exec,
                                                          const DlpackSource& source);
/// A mask of rank 1 to 5.
HEDDLE_API Result<ConstTensorMask> tensor_mask_from_dlpack(const Exec& exec,
                                                           const DlpackSource& source);
/// A mask of rank 1 to 5 that may be written.
HEDDLE_API Result<TensorMask> writable_tensor_mask_from_dlpack(const Exec& exec,
                                                               const DlpackSource& source);
/// A vector.
HEDDLE_API Result<ConstVectorView> vector_from_dlpack(const Exec& exec, const DlpackSource& source);

/// Who keeps exported memory alive: release(context) is called once, from any thread, when the
/// consumer is done with it.
struct DlpackOwner {
  void* context = nullptr;                   ///< handed to release
  void (*release)(void* context) = nullptr;  ///< null: the memory lives long enough by other means
};

/// DLPack tensors of views in memory of `exec` (with CUDA of the current device): for a capsule
/// "dltensor_versioned". The consumer calls the deleter; until one takes it, release_dlpack does.
/// Where this fails, owner.release is not called. The Const forms set the read-only flag. Masks
/// become bool, whose bytes the consumer takes to be 0 or 1. Types of 8-bit floats have codes since
/// DLPack 1.1, which older consumers refuse. Matrices: as_tensor.
HEDDLE_API Result<DLManagedTensorVersioned*> to_dlpack(const Exec& exec, const TensorView& tensor,
                                                       const DlpackOwner& owner = {});
/// See above.
HEDDLE_API Result<DLManagedTensorVersioned*> to_dlpack(const Exec& exec,
                                                       const ConstTensorView& tensor,
                                                       const DlpackOwner& owner = {});
/// See above.
HEDDLE_API Result<DLManagedTensorVersioned*> to_dlpack(const Exec& exec, const TensorMask& mask,
                                                       const DlpackOwner& owner = {});
/// See above.
HEDDLE_API Result<DLManagedTensorVersioned*> to_dlpack(const Exec& exec,
                                                       const ConstTensorMask& mask,
                                                       const DlpackOwner& owner = {});

/// The same in the form before DLPack 1.0, for a capsule "dltensor". It has no read-only flag, so
/// that only writable views go.
HEDDLE_API Result<DLManagedTensor*> to_unversioned_dlpack(const Exec& exec,
                                                          const TensorView& tensor,
                                                          const DlpackOwner& owner = {});
/// See above.
HEDDLE_API Result<DLManagedTensor*> to_unversioned_dlpack(const Exec& exec, const TensorMask& mask,
                                                          const DlpackOwner& owner = {});

/// Calls the deleter of a tensor that no consumer took; null does nothing.
HEDDLE_API void release_dlpack(DLManagedTensorVersioned* managed) noexcept;
/// The same in the form before DLPack 1.0.
HEDDLE_API void release_dlpack(DLManagedTensor* managed) noexcept;

}  // namespace heddle
