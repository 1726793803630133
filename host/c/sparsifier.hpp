#pragma once
// The handle of a Sparsifier.

#include "heddle/c/sparsifier.h"
#include "heddle/sparsifier.hpp"

struct heddle_sparsifier {
  heddle::Sparsifier value;
};
