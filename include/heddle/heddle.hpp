#pragma once
/// \file
/// Everything: N:M structured sparsity, from the mask to the sparse product.

#include "heddle/exec.hpp"
#include "heddle/mask.hpp"
#include "heddle/matmul.hpp"
#include "heddle/numeric.hpp"
#include "heddle/pack.hpp"
#include "heddle/pattern.hpp"
#include "heddle/select.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"
#include "heddle/version.hpp"
