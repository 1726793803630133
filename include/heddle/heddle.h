#ifndef HEDDLE_HEDDLE_H
#define HEDDLE_HEDDLE_H
/** \file
 * The C ABI of Heddle, all of it. The rules are in heddle/c/base.h. */
#include "heddle/c/base.h"
#include "heddle/c/checkpoint.h"
#include "heddle/c/dlpack.h"
#include "heddle/c/interchange.h"
#include "heddle/c/mask.h"
#include "heddle/c/matmul.h"
#include "heddle/c/method.h"
#include "heddle/c/pack.h"
#include "heddle/c/pattern.h"
#include "heddle/c/permute.h"
#include "heddle/c/score.h"
#include "heddle/c/select.h"
#include "heddle/c/sparsifier.h"
#include "heddle/c/step.h"
#include "heddle/c/tensor.h"
#include "heddle/c/tile.h"
#endif
