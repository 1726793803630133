#pragma once
/// \file
/// Everything: N:M structured sparsity, from the mask to the sparse product.

#include "heddle/exec.hpp"
#include "heddle/interchange.hpp"
#include "heddle/mask.hpp"
#include "heddle/matmul.hpp"
#include "heddle/method.hpp"
#include "heddle/numeric.hpp"
#include "heddle/pack.hpp"
#include "heddle/pattern.hpp"
#include "heddle/permute.hpp"
#include "heddle/score.hpp"
#include "heddle/select.hpp"
#include "heddle/sparsifier.hpp"
#include "heddle/status.hpp"
#include "heddle/step.hpp"
#include "heddle/tensor.hpp"
#include "heddle/tile.hpp"
#include "heddle/types.hpp"
#include "heddle/version.hpp"
