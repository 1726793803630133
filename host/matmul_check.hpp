#pragma once
// Validation of products, shared by matmul, linear, make_plan and run.

#include "heddle/matmul.hpp"

namespace heddle {

// What the caller calls the arguments.
struct MatmulNames {
  const char *a, *b, *d, *c, *bias, *scale_m, *scale_n, *batch;
};

// Everything about the memory of a product: views, shapes, types, vectors, strides, overlaps.
Status check_buffers(const MatmulNames& names, const MatmulBuffers& x);

// Everything about a description that does not depend on the execution.
Status check_matmul_desc(const MatmulDesc& desc);

Status check_activation(const char* name, Activation activation);

// `buffers` are what a plan for `desc` may be run with.
Status check_planned(const MatmulDesc& desc, const MatmulBuffers& x);

// Memory of at least `bytes`, aligned, apart from the buffers. No bytes: it is not looked at.
Status check_workspace(const Workspace& workspace, std::size_t bytes);
Status check_workspace_apart(const MatmulNames& names, const Workspace& workspace,
                             std::size_t bytes, const MatmulBuffers& x);

// The description of one call.
MatmulDesc describe(const MatmulBuffers& x, Activation activation);

// The kernels read device order only.
Status check_device_order(const char* name, PackedOrder order);

inline constexpr std::size_t kWorkspaceAlign = 256;

}  // namespace heddle
