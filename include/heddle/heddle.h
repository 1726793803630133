#ifndef HEDDLE_HEDDLE_H
#define HEDDLE_HEDDLE_H
/** \file
 * The C ABI of Heddle, all of it. The rules are in heddle/c/base.h. */
#include "heddle/c/base.h"
#endif
